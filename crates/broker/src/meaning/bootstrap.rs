//! How a device gets what it signs in with: a user and a password, once somebody has let it in; or a token, if it has a
//! certificate.

use super::Said;
use super::refused::Refused;
use crate::speaker::Speaker;
use engine::door::Door;
use engine::refusal::Refusal;
use engine::registration::AskCredentials;
use model::limits::DEVICE_TOKEN_BYTES_MAX;
use model::registration::DeviceId;
use model::secret::Secret;
use mqtt::reason::PublishRefusal;
use smartrest::fault::{ErrorCode, ErrorRow};
use smartrest::server::{ServerRow, credentials_row, token_row};
use smartrest::topic::SubscribeTopic;

/// Asks for the credentials of the device that the client id names; the payload is its security token, if it has one.
/// Nothing is answered until it has been let in, for whatever reason: the device asks again and again.
pub(super) async fn credentials(
    door: &Door,
    who: &Speaker,
    payload: &[u8],
    said: &mut Said,
) -> Result<(), PublishRefusal> {
    let id: Option<DeviceId> = who.serial.as_str().parse().ok();
    let token = std::str::from_utf8(payload).map(str::trim);
    let (Some(id), Ok(token)) = (id, token) else {
        return Err(PublishRefusal::Content);
    };
    if token.len() > DEVICE_TOKEN_BYTES_MAX {
        return Err(PublishRefusal::Content);
    }
    let token = (!token.is_empty()).then(|| Secret::new(token));
    match door
        .device_credentials(&who.caller, AskCredentials { id, token })
        .await
    {
        Ok(given) => {
            let row = credentials_row(&given.tenant, &given.user, &given.password);
            said.answer(SubscribeTopic::Credentials, row.expose());
            Ok(())
        }
        // A device that asks too often is not told so: it asks again anyway.
        Err(Refusal::Missing(_) | Refusal::TooOften { .. }) => Ok(()),
        Err(Refusal::Forbidden) => Err(PublishRefusal::NotAuthorized),
        Err(refusal) => match Refused::from(refusal) {
            Refused::Stop(why) => Err(why),
            Refused::Told(..) => Err(PublishRefusal::Content),
        },
    }
}

/// Asks for a token with which the device calls the REST API.
pub(super) async fn token(door: &Door, who: &Speaker, said: &mut Said) -> Result<(), PublishRefusal> {
    let given = match who.by_certificate {
        true => door.device_token(&who.caller).await,
        false => Err(Refusal::Forbidden),
    };
    match given {
        Ok(token) => {
            said.answer(SubscribeTopic::Token, token_row(&token).expose());
            Ok(())
        }
        Err(Refusal::Forbidden) => {
            let error = ErrorRow {
                code: ErrorCode::NotCreated,
                about: String::new(),
                text: "only a device that signs in with a certificate gets a token".to_owned(),
            };
            said.answer(SubscribeTopic::Token, ServerRow::Error(error).print());
            Ok(())
        }
        Err(refusal) => match Refused::from(refusal) {
            Refused::Stop(why) => Err(why),
            Refused::Told(..) => Err(PublishRefusal::NotAuthorized),
        },
    }
}
