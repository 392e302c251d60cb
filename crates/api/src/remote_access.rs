//! Remote access: configurations and sessions. What is passed on between the two ends of a session is in `relay`.

mod relay;

pub(crate) use relay::DeviceEnd;

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::realtime::{BINARY, Upgrade};
use crate::takeover::Takeover;
use contract::remote_access::{Endpoint, configuration_update, new_configuration};
use engine::remote_access::{
    CreateConfiguration, DeleteConfiguration, FindConfigurations, ReadConfiguration, SessionView,
    UpdateConfiguration,
};
use http::header::SEC_WEBSOCKET_PROTOCOL;
use model::ids::{ObjectId, RemoteConfigurationId};
use model::json::{Json, Object};
use model::remote_access::RemoteConfiguration;
use model::secret::Secret;

const JSON: &str = "application/json";

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::ListConfigurations => {
            let found = call.ask(FindConfigurations(call.id(0)?)).await?;
            Ok(array(found.iter().map(show)))
        }
        Endpoint::CreateConfiguration => create(call).await,
        Endpoint::ReadConfiguration => {
            let (device, id) = place(&call)?;
            let found = call.ask(ReadConfiguration { device, id }).await?;
            Ok(Answer::json(200, JSON, &show(&found)))
        }
        Endpoint::UpdateConfiguration => change(call).await,
        Endpoint::DeleteConfiguration => {
            let (device, id) = place(&call)?;
            call.run(DeleteConfiguration { device, id }).await?;
            Ok(Answer::nothing(204))
        }
        Endpoint::Client => open(call).await,
        Endpoint::Device => answer(call).await,
        Endpoint::ListSessions => {
            let found = call.setting.remote_access.sessions(call.caller()?).await;
            let found = found.map_err(call.refused())?;
            Ok(array(found.iter().map(show_session)))
        }
        Endpoint::EndSession => {
            let ended = call.setting.remote_access.end(call.caller()?, call.id(0)?).await;
            ended.map_err(call.refused())?;
            Ok(Answer::nothing(204))
        }
    }
}

/// Whether it opens a WebSocket.
pub(crate) fn is_socket(endpoint: contract::endpoints::Endpoint) -> bool {
    use contract::endpoints::Endpoint as Any;
    matches!(endpoint, Any::RemoteAccess(Endpoint::Client | Endpoint::Device))
}

fn array(objects: impl Iterator<Item = Object>) -> Answer {
    let all = Json::Array(objects.map(Json::Object).collect());
    Answer::text(JSON, all.to_string())
}

/// The device and the configuration of a path.
fn place(call: &Call) -> Result<(ObjectId, RemoteConfigurationId), Problem> {
    Ok((call.id(0)?, call.id(1)?))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let device = call.id(0)?;
    let body = call.take_body()?;
    let (endpoint, secrets) = new_configuration(body).map_err(|bad| Problem::body(&call, &bad))?;
    let new = CreateConfiguration {
        device,
        endpoint,
        secrets,
    };
    let made = call.run(new).await?;
    let location = call.link(&format!("{}/{}", call.path(), made.id));
    Ok(Answer::json(201, JSON, &show(&made)).at(location))
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let (device, id) = place(&call)?;
    let body = call.take_body()?;
    let update = configuration_update(body).map_err(|bad| Problem::body(&call, &bad))?;
    let changed = call.run(UpdateConfiguration { device, id, update }).await?;
    Ok(Answer::json(200, JSON, &show(&changed)))
}

/// A configuration without its secrets.
fn show(configuration: &RemoteConfiguration) -> Object {
    let endpoint = &configuration.endpoint;
    let mut shown = Object::new();
    shown.set("id", configuration.id.to_string());
    shown.set("name", endpoint.name.as_str());
    shown.set("hostname", endpoint.host.as_str());
    shown.set("port", u32::from(endpoint.port.get()));
    shown.set("protocol", endpoint.protocol.word());
    shown.set("credentialsType", endpoint.credentials.word());
    if let Some(username) = &endpoint.username {
        shown.set("username", username.as_str());
    }
    shown
}

fn show_session(session: &SessionView) -> Object {
    let mut shown = Object::new();
    shown.set("id", session.id.to_string());
    shown.set("deviceId", session.device.to_string());
    shown.set("configurationId", session.configuration.to_string());
    shown.set("name", session.endpoint.name.as_str());
    shown.set("protocol", session.endpoint.protocol.word());
    shown.set("user", session.user.as_str());
    shown.set("creationTime", session.since.to_string());
    if let Some(connected) = session.connected {
        shown.set("connectionTime", connected.to_string());
    }
    shown.set("secondsMax", session.seconds_max);
    shown.set("bytesFromUser", session.from_user);
    shown.set("bytesFromDevice", session.from_device);
    shown
}

/// The wish for a WebSocket, from whom it counts: a browser adds a credential that it keeps whatever page asks.
fn wanted(call: &mut Call) -> Result<Upgrade, Problem> {
    let upgrade = call.upgrade.take().ok_or_else(Problem::no_upgrade)?;
    match upgrade.may_be_forged(call.caller()?) {
        true => Err(Problem::other_page()),
        false => Ok(upgrade),
    }
}

/// Asks a device to connect. A refusal is an ordinary answer; who may not is not told what else is wrong.
async fn open(mut call: Call) -> Result<Answer, Problem> {
    let operation = call.endpoint.declaration().operation;
    let gate = call.door().gate(call.caller()?, operation).await;
    gate.map_err(call.refused())?;
    let (device, configuration) = place(&call)?;
    let upgrade = wanted(&mut call)?;
    let remote = &call.setting.remote_access;
    let holder = remote.open(call.caller()?, device, configuration).await;
    let holder = holder.map_err(call.refused())?;
    let takeover = Takeover::new(move |stream| relay::converse(holder, stream));
    let answer = Answer::taken_over(upgrade.accept().to_owned(), takeover);
    Ok(match upgrade.offers_binary() {
        true => answer.with(SEC_WEBSOCKET_PROTOCOL, BINARY),
        false => answer,
    })
}

/// Lets a device in that shows a key. The sub-protocol is always answered: agents fail without it.
async fn answer(mut call: Call) -> Result<Answer, Problem> {
    let upgrade = wanted(&mut call)?;
    let key = Secret::new(call.part(0));
    let answered = call.setting.remote_access.answer(call.caller()?, &key).await;
    let answered = answered.map_err(call.refused())?;
    let takeover = Takeover::new(move |stream| relay::hand_over(answered, stream));
    let answer = Answer::taken_over(upgrade.accept().to_owned(), takeover);
    Ok(answer.with(SEC_WEBSOCKET_PROTOCOL, BINARY))
}
