//! Endpoints that disconnect one device, let it back in and take it out of service, and what their bodies say. They are
//! Holdfast's own.

use crate::body::{BadBody, object, parsed, require, short_text};
use crate::endpoint::{Answer, Body, PAGING, answer, endpoints, nothing};
use model::decommissioning::{DataChoice, Step};
use model::json::{Json, Object};
use model::limits::{BODY_BYTES_MAX, REASON_CHARS_MAX};
use policy::operations::disconnection as does;

const JSON: &str = "application/json";

const fn body(schema: &'static str) -> Body {
    Body {
        media: &[],
        schema,
        bytes_max: BODY_BYTES_MAX,
    }
}

endpoints! {
    Read = Get "/devicecontrol/devices/{id}/disconnection" does does::DisconnectionRead {
        answer: answer(200, JSON, "Disconnection"),
        errors: &[403, 404, 422],
        about: "See what the disconnection of a device would take from it, counted; or when it was done, by whom and why.",
    }
    Disconnect = Post "/devicecontrol/devices/{id}/disconnection" does does::DeviceDisconnect {
        body: body("DeviceDisconnectionRequest"),
        answer: answer(200, JSON, "Disconnection"),
        errors: &[400, 403, 404, 413, 422],
        about: "Disconnect a stolen or tampered device: nothing that it has opens anything any more. Its data stays.",
    }
    Readmit = Delete "/devicecontrol/devices/{id}/disconnection" does does::DeviceReadmit {
        answer: nothing(204),
        errors: &[403, 404, 409],
        about: "Let a disconnected device come back. It must be registered anew.",
    }
    ListBlocked = Get "/devicecontrol/disconnections" does does::BlockedDeviceRead {
        query: &[PAGING],
        answer: answer(200, JSON, "BlockedDevices"),
        errors: &[403, 422],
        about: "List the devices that are kept out, the latest first.",
    }
    Unblock = Delete "/devicecontrol/disconnections/{requestId}" does does::DeviceReadmit {
        answer: nothing(204),
        errors: &[403, 404, 409],
        about: "Keep a device out no longer whose managed object is gone.",
    }
    ReadDecommissioning = Get "/devicecontrol/devices/{id}/decommissioning" does does::DecommissioningRead {
        answer: answer(200, JSON, "Decommissioning"),
        errors: &[403, 404],
        about: "See how far a device is out of service, and what of it is proven.",
    }
    BeginDecommissioning = Post "/devicecontrol/devices/{id}/decommissioning" does does::DecommissioningAdmin {
        body: body("DisconnectionRequest"),
        answer: answer(201, JSON, "Decommissioning"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Begin to take a device out of service. Nothing is changed about it before the first step.",
    }
    StepDecommissioning = Put "/devicecontrol/devices/{id}/decommissioning" does does::DecommissioningAdmin {
        body: body("DecommissioningStepRequest"),
        answer: answer(200, JSON, "Decommissioning"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Take a step, or leave it out with a reason.",
    }
    AbandonDecommissioning = Delete "/devicecontrol/devices/{id}/decommissioning" does does::DecommissioningAdmin {
        answer: nothing(204),
        errors: &[403, 404, 409],
        about: "Leave a device in service, as long as nothing was revoked or removed.",
    }
    CompleteDecommissioning = Post "/devicecontrol/devices/{id}/decommissioning/completion" does does::DecommissioningAdmin {
        answer: answer(200, JSON, "Decommissioning"),
        errors: &[403, 404, 422],
        about: "End it with a report in the audit log, once no step is open. Again, it changes nothing.",
    }
    ReadCertificate = Get "/devicecontrol/devices/{id}/decommissioning/certificate" does does::DecommissioningRead {
        answer: Answer { status: 200, media: Some("text/plain"), schema: None },
        errors: &[403, 404, 422],
        about: "The certificate of decommissioning: the audit record with the report, and the proof that it is in the signed log.",
    }
}

/// Why a device is disconnected, or taken out of service.
pub fn reason(body: Json) -> Result<String, BadBody> {
    let body = object(body)?;
    require(&body, &["reason"])?;
    said(&body, "reason")?.ok_or(BadBody::Missing(vec!["reason"]))
}

/// A disconnection that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentDisconnection {
    /// Why.
    pub reason: String,
    /// Whether the user goes as well that it shares with a device above it.
    pub cuts_shared: bool,
}

/// Reads one.
pub fn disconnection(body: Json) -> Result<SentDisconnection, BadBody> {
    let body = object(body)?;
    Ok(SentDisconnection {
        cuts_shared: crate::body::boolean(&body, "sharedUser")?.unwrap_or(false),
        reason: reason(Json::Object(body))?,
    })
}

/// Words that are not empty.
fn said(body: &Object, name: &'static str) -> Result<Option<String>, BadBody> {
    let text = short_text(body, name, REASON_CHARS_MAX)?;
    match text.as_ref().is_some_and(|text| text.trim().is_empty()) {
        true => Err(BadBody::Rule {
            property: name.to_owned(),
            rule: "it is empty",
        }),
        false => Ok(text),
    }
}

/// A step that a client takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentStep {
    /// Which.
    pub step: Step,
    /// Whether it is left out.
    pub is_skipped: bool,
    /// What is said about it.
    pub note: Option<String>,
    /// What becomes of the data.
    pub data: Option<DataChoice>,
}

/// Reads one.
pub fn step(body: Json) -> Result<SentStep, BadBody> {
    let body = object(body)?;
    require(&body, &["step"])?;
    let step = parsed::<Step>(
        &body,
        "step",
        "one of EXPORT, WIPE, REVOKE, DATA and HARDWARE is expected",
    )?;
    Ok(SentStep {
        step: step.ok_or(BadBody::Missing(vec!["step"]))?,
        is_skipped: crate::body::boolean(&body, "skip")?.unwrap_or(false),
        note: said(&body, "note")?,
        data: parsed::<DataChoice>(&body, "data", "one of KEEP and REMOVE is expected")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn a_reason_is_said_in_words() {
        let read = |text: &str| reason(parse(text.as_bytes()).expect("JSON"));
        assert_eq!(read(r#"{"reason":"stolen","more":1}"#), Ok("stolen".to_owned()));
        for text in [
            "{}",
            r#"{"reason":""}"#,
            r#"{"reason":"  "}"#,
            r#"{"reason":1}"#,
            "[]",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_step_is_one_of_those_that_there_are() {
        let read = |text: &str| step(parse(text.as_bytes()).expect("JSON"));
        let taken = read(r#"{"step":"DATA","data":"KEEP","note":"n"}"#).expect("a step");
        assert_eq!(
            (taken.step, taken.data, taken.is_skipped),
            (Step::Data, Some(DataChoice::Keep), false)
        );
        for text in [
            "{}",
            r#"{"step":"data"}"#,
            r#"{"step":"WIPE","skip":"yes"}"#,
            r#"{"step":"DATA","data":"ALL"}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
