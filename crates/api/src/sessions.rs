//! Sessions: opened with a user name and a password, for a cookie or a header; ended one by one or all at once.

mod open;

use crate::answer::Answer;
use crate::call::Call;
use crate::cookies;
use crate::problem::Problem;
use crate::single_sign_on;
use crate::users::check_tenant;
use contract::body::BadBody;
use contract::sessions::{Endpoint, LoginForm, code_form, login_form};
use engine::refusal::Refusal;
use engine::sessions::{Carrier, EndAllSessions, EndSession, OpenSession, OpenedSession};
use engine::sign_in::BasicCredential;
use model::json::Object;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Open => {
            let form = call.body.as_ref().map_or(Ok(None), code_form);
            if let Some(form) = form.map_err(|bad| Problem::body(&call, &bad))? {
                return single_sign_on::by_page(&call, form).await;
            }
            let session = open(call, Carrier::Cookie).await?;
            Ok(cookies::set(Answer::nothing(200), &session))
        }
        Endpoint::OpenElsewhere => single_sign_on::through_provider(&call).await,
        Endpoint::OpenForHeader => {
            let session = open(call, Carrier::Header).await?;
            let token: Object = [("access_token", session.token.expose())].into_iter().collect();
            Ok(Answer::json(200, "application/json", &token))
        }
        Endpoint::End => end(&call).await,
        Endpoint::ListOwn
        | Endpoint::EndOthers
        | Endpoint::EndOwn
        | Endpoint::ListOfUser
        | Endpoint::EndAllOfUser
        | Endpoint::EndOfUser => open::handle(endpoint, &call).await,
        Endpoint::EndAll => {
            check_tenant(&call)?;
            call.run(EndAllSessions).await?;
            Ok(without_cookie(&call))
        }
    }
}

async fn open(mut call: Call, carrier: Carrier) -> Result<OpenedSession, Problem> {
    let body = call.take_body()?;
    let form = login_form(body).map_err(|bad: BadBody| Problem::body(&call, &bad))?;
    let request = OpenSession {
        basic: credential(&call, &form).ok_or_else(|| Problem::not_signed_in(call.from_console))?,
        code: form.code,
        host: call.host.clone(),
        address: call.address,
        application: call.application.clone(),
        agent: call.agent.clone(),
        carrier,
    };
    let opened = call.door().open_session(request).await;
    opened.map_err(|refusal| match refusal {
        Refusal::NotSignedIn => Problem::not_signed_in(call.from_console),
        refusal => Problem::refused(call.endpoint, refusal),
    })
}

/// Who the form says one is. A tenant before the user name counts more than the parameter; an empty parameter is none.
fn credential(call: &Call, form: &LoginForm) -> Option<BasicCredential> {
    let basic = BasicCredential::from_parts(&form.user, form.password.expose()).ok()?;
    let named = match call.text("tenant_id") {
        Some(id) => Some(id.parse().ok()?),
        None => None,
    };
    Some(BasicCredential {
        tenant: basic.tenant.or(named),
        ..basic
    })
}

/// Ends the session here. Where the provider is to end its own too, the page is told where that is.
async fn end(call: &Call) -> Result<Answer, Problem> {
    let onward = call.door().provider_log_out(call.caller()?, &call.origin).await;
    let onward = onward.map_err(call.refused())?;
    call.run(EndSession).await?;
    let answer = without_cookie(call);
    Ok(match onward {
        Some(url) => {
            let shown: Object = [("url", url.as_str())].into_iter().collect();
            answer.with_json(&shown)
        }
        None => answer,
    })
}

fn without_cookie(call: &Call) -> Answer {
    let answer = Answer::nothing(200);
    match call.caller.as_ref().is_some_and(|caller| caller.has_cookie()) {
        true => cookies::remove(answer),
        false => answer,
    }
}
