//! Sessions: opened with a user name and a password, for a cookie or a header; ended one by one or all at once.

use crate::answer::Answer;
use crate::call::Call;
use crate::cookies;
use crate::problem::Problem;
use crate::users::check_tenant;
use contract::body::BadBody;
use contract::sessions::{Endpoint, LoginForm, login_form};
use engine::refusal::{Missing, Refusal};
use engine::sessions::{Carrier, EndAllSessions, EndSession, OpenSession, OpenedSession};
use engine::sign_in::BasicCredential;
use model::json::Object;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Open => {
            let session = open(call, Carrier::Cookie).await?;
            Ok(cookies::set(Answer::nothing(200), &session))
        }
        Endpoint::OpenElsewhere => {
            let missing = Missing::LoginOption("OAUTH2".to_owned());
            Err(Problem::refused(call.endpoint, Refusal::Missing(missing)))
        }
        Endpoint::OpenForHeader => {
            let session = open(call, Carrier::Header).await?;
            let token: Object = [("access_token", session.token.expose())].into_iter().collect();
            Ok(Answer::json(200, "application/json", &token))
        }
        Endpoint::End => end(&call).await,
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

async fn end(call: &Call) -> Result<Answer, Problem> {
    call.run(EndSession).await?;
    Ok(without_cookie(call))
}

fn without_cookie(call: &Call) -> Answer {
    let answer = Answer::nothing(200);
    match call.caller.as_ref().is_some_and(|caller| caller.has_cookie()) {
        true => cookies::remove(answer),
        false => answer,
    }
}
