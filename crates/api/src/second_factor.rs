//! Second factors: one's own, those of others, and what the tenant demands.

use crate::answer::Answer;
use crate::call::Call;
use crate::cookies;
use crate::links::segment;
use crate::problem::Problem;
use crate::users::{check_tenant, user_in};
use contract::body::BadBody;
use contract::second_factor::{Endpoint, activity, code, code_if_any, demand, strategy};
use engine::second_factor::{
    DemandFactor, DropFactor, ReadOwnFactor, ReadRecoveryCodes, ReadTenantFactor, ReadUserFactor,
    RevokeFactor, SetTenantFactor, SwitchFactor, TotpCode,
};
use model::json::{Json, Object};

/// The kind of second factors that there is.
const STRATEGY: &str = "TOTP";
const JSON: &str = "application/json";

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::SetUp => set_up(&call).await,
        Endpoint::Drop => {
            call.run(DropFactor).await?;
            Ok(Answer::nothing(204))
        }
        Endpoint::ReadActivity => read_activity(&call).await,
        Endpoint::SetActivity => set_activity(call).await,
        Endpoint::Verify => verify(call).await,
        Endpoint::ReadRecovery => read_recovery(&call).await,
        Endpoint::MakeRecovery => make_recovery(call).await,
        in_tenant => {
            check_tenant(&call)?;
            handle_in_tenant(in_tenant, call).await
        }
    }
}

/// The endpoints whose path names the tenant.
async fn handle_in_tenant(endpoint: Endpoint, mut call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::ReadOfUser => return read_of_user(&call).await,
        Endpoint::ReadOfTenant => return read_of_tenant(&call).await,
        Endpoint::DemandOfUser => {
            let name = user_in(&call, 1)?;
            let demanded = demand(call.take_body()?).map_err(bad(&call))?;
            call.run(DemandFactor { name, demanded }).await?;
        }
        Endpoint::RemoveOfUser | Endpoint::Revoke => {
            let command = RevokeFactor {
                name: user_in(&call, 1)?,
                lifts_demand: endpoint == Endpoint::RemoveOfUser,
            };
            call.run(command).await?;
        }
        Endpoint::SetOfTenant => {
            strategy(call.take_body()?).map_err(bad(&call))?;
            call.run(SetTenantFactor).await?;
        }
        Endpoint::SetUp
        | Endpoint::Drop
        | Endpoint::ReadActivity
        | Endpoint::SetActivity
        | Endpoint::Verify
        | Endpoint::ReadRecovery
        | Endpoint::MakeRecovery => return Err(Problem::unknown_path()),
    }
    Ok(Answer::nothing(204))
}

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

async fn set_up(call: &Call) -> Result<Answer, Problem> {
    let caller = call.caller()?;
    let made = call.door().set_up_factor(caller).await.map_err(call.refused())?;
    let secret = made.expose();
    let account = format!(
        "{}:{}",
        segment(caller.tenant_id().as_str()),
        segment(caller.name().as_str())
    );
    let issuer = segment(caller.tenant_id().as_str());
    let url =
        format!("otpauth://totp/{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30");
    let shown: Object = [("rawSecret", secret), ("secretQrUrl", url)]
        .into_iter()
        .collect();
    Ok(Answer::json(200, JSON, &shown))
}

async fn read_activity(call: &Call) -> Result<Answer, Problem> {
    let factor = call.ask(ReadOwnFactor).await?;
    let mut shown = Object::new();
    shown.set("isActive", factor.is_on);
    shown.set("isForced", factor.is_demanded);
    Ok(Answer::json(200, JSON, &shown))
}

async fn set_activity(mut call: Call) -> Result<Answer, Problem> {
    let on = activity(call.take_body()?).map_err(bad(&call))?;
    call.run(SwitchFactor { on }).await?;
    Ok(Answer::nothing(204))
}

async fn verify(mut call: Call) -> Result<Answer, Problem> {
    let code: TotpCode = code(call.take_body()?).map_err(bad(&call))?;
    let proven = call
        .door()
        .prove_factor(call.caller()?, code, call.agent.clone())
        .await;
    let answer = Answer::nothing(204);
    match proven.map_err(call.refused())? {
        Some(session) => Ok(cookies::set(answer, &session)),
        None => Ok(answer),
    }
}

async fn read_recovery(call: &Call) -> Result<Answer, Problem> {
    let codes = call.ask(ReadRecoveryCodes).await?;
    let mut shown = Object::new();
    shown.set("left", codes.left as u64);
    if let Some(made) = codes.made {
        shown.set("creationTime", made.to_string());
    }
    Ok(Answer::json(200, JSON, &shown))
}

async fn make_recovery(mut call: Call) -> Result<Answer, Problem> {
    let code: Option<TotpCode> = code_if_any(call.take_body()?).map_err(bad(&call))?;
    let made = call.door().make_recovery_codes(call.caller()?, code).await;
    let codes = made.map_err(call.refused())?;
    let codes: Vec<Json> = codes.iter().map(|code| code.expose().into()).collect();
    let mut shown = Object::new();
    shown.set("codes", codes);
    Ok(Answer::json(200, JSON, &shown))
}

async fn read_of_user(call: &Call) -> Result<Answer, Problem> {
    let name = user_in(call, 1)?;
    let factor = call.ask(ReadUserFactor { name }).await?;
    let mut shown = Object::new();
    shown.set("tfaEnabled", factor.is_on);
    shown.set("tfaEnforced", factor.is_demanded);
    shown.set("strategy", STRATEGY);
    if let Some(last) = factor.last_used {
        shown.set("lastTfaRequestTime", last.to_string());
    }
    Ok(Answer::json(200, JSON, &shown))
}

async fn read_of_tenant(call: &Call) -> Result<Answer, Problem> {
    let factor = call.ask(ReadTenantFactor).await?;
    let mut shown: Object = [("strategy", STRATEGY)].into_iter().collect();
    shown.set("enabledOnSystemLevel", true);
    shown.set("enabledOnTenantLevel", true);
    shown.set("enforcedOnSystemLevel", false);
    shown.set("totpEnforcedOnTenantLevel", factor.is_demanded);
    Ok(Answer::json(200, JSON, &shown))
}
