//! A new password for those who do not know theirs any more.

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::users::{check_tenant, user_in};
use contract::body::BadBody;
use contract::password_reset::{Endpoint, own_password, password_reset, reset_request};
use engine::password_reset::{AskReset, CheckReset, RedeemReset};
use engine::refusal::{Missing, Refusal};
use model::json::Object;
use model::names::TenantId;
use model::secret::Secret;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Ask => ask(call),
        Endpoint::Check => check(&call).await,
        Endpoint::Redeem => redeem(call).await,
        Endpoint::HandOut => {
            check_tenant(&call)?;
            hand_out(call).await
        }
    }
}

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

/// The tenant that the request names. What can be no name is answered like a tenant that is not there.
fn named(call: &Call) -> Option<Result<TenantId, ()>> {
    call.text("tenantId").map(|id| id.parse().map_err(|_| ()))
}

fn ask(mut call: Call) -> Result<Answer, Problem> {
    let email = reset_request(call.take_body()?).map_err(bad(&call))?;
    let tenant = named(&call).transpose();
    if let Ok(tenant) = tenant {
        call.door().ask_reset(AskReset {
            email,
            tenant,
            host: call.host.clone(),
            address: call.address,
        });
    }
    Ok(Answer::nothing(200))
}

fn shown(call: &Call, token: Secret, email: String) -> Result<CheckReset, Problem> {
    let unknown = |()| Problem::refused(call.endpoint, Refusal::Missing(Missing::ResetToken));
    Ok(CheckReset {
        token,
        email,
        tenant: named(call).transpose().map_err(unknown)?,
        host: call.host.clone(),
        address: call.address,
    })
}

async fn check(call: &Call) -> Result<Answer, Problem> {
    let (Some(token), Some(email)) = (call.text("token"), call.text("email")) else {
        return Err(Problem::missing_parameters(call, &["token", "email"]));
    };
    let shown = shown(call, Secret::new(token), email)?;
    call.door().check_reset(shown).await.map_err(call.refused())?;
    Ok(Answer::nothing(200))
}

async fn redeem(mut call: Call) -> Result<Answer, Problem> {
    let reset = password_reset(call.take_body()?).map_err(bad(&call))?;
    let request = RedeemReset {
        shown: shown(&call, reset.token, reset.email)?,
        password: reset.password,
    };
    call.door().redeem_reset(request).await.map_err(call.refused())?;
    Ok(Answer::nothing(200))
}

async fn hand_out(mut call: Call) -> Result<Answer, Problem> {
    let name = user_in(&call, 1)?;
    let current = own_password(call.take_body()?).map_err(bad(&call))?;
    let made = call.door().hand_out_reset(call.caller()?, name, current).await;
    let made = made.map_err(call.refused())?;
    let shown: Object = [
        ("token", made.token.expose().to_owned()),
        ("email", made.email),
        ("expires", made.expires.to_string()),
    ]
    .into_iter()
    .collect();
    Ok(Answer::json(200, "application/json", &shown))
}
