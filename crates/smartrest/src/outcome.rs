//! What else changes when an operation was done: parameters of rows 503 and 506, by the fragment of the operation.

use crate::values::time;
use model::inventory::ManagedObjectUpdate;
use model::json::{Json, Object};
use model::operations::{OperationStatus, OperationUpdate};
use model::time::Timestamp;

/// The changes that come with the end of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Of the operation.
    pub operation: OperationUpdate,
    /// Of the device; an empty one changes nothing.
    pub device: ManagedObjectUpdate,
}

/// What changes when the operation with these fragments was done. A fragment that the API does not speak of keeps the first
/// parameter as its `result`, so that what a custom operation printed is not lost.
pub fn done(fragments: &Object, parameters: &[String], now: Timestamp) -> Done {
    let mut operation = Vec::new();
    let mut device = Vec::new();
    let first = parameters
        .first()
        .map(String::as_str)
        .filter(|text| !text.is_empty());
    for (name, value) in fragments.iter() {
        match (name, value) {
            ("c8y_RelayArray", _) if !parameters.is_empty() => {
                let states: Vec<_> = parameters
                    .iter()
                    .map(|state| Json::from(state.as_str()))
                    .collect();
                device.push((name.to_owned(), Json::Array(states)));
            }
            ("c8y_RelayArray", _) => {}
            ("c8y_CommunicationMode", mode) => device.push((name.to_owned(), mode.clone())),
            ("c8y_DownloadConfigFile", Json::Object(file)) => {
                let at = first.and_then(time).unwrap_or(now);
                device.extend(dump(file, at).map(|dump| ("c8y_ConfigurationDump".to_owned(), dump)));
            }
            (name, Json::Object(fragment)) => {
                let kept_as = match name {
                    "c8y_LogfileRequest" | "c8y_UploadConfigFile" => "file",
                    _ => "result",
                };
                if let Some(first) = first {
                    let mut fragment = fragment.clone();
                    fragment.set(kept_as, first);
                    operation.push((name.to_owned(), fragment.into()));
                }
            }
            _ => {}
        }
    }
    Done {
        operation: OperationUpdate {
            status: OperationStatus::Successful,
            failure_reason: None,
            description: None,
            fragments: operation,
        },
        device: ManagedObjectUpdate {
            fragments: device,
            ..ManagedObjectUpdate::default()
        },
    }
}

/// Which configuration the device has now, if the operation told its id.
fn dump(file: &Object, at: Timestamp) -> Option<Json> {
    let id = file.get("c8y_ConfigurationDump")?.as_object()?.get("id")?;
    let dump: Object = [("id", id.clone()), ("time", at.to_string().into())]
        .into_iter()
        .collect();
    Some(dump.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
        Json::Object(members.into_iter().collect())
    }

    #[test]
    fn parameters_change_the_operation_or_the_device_by_its_fragment() {
        let now = Timestamp::from_millis(0);
        let dump = object([("c8y_ConfigurationDump", object([("id", "7".into())]))]);
        for (fragment, value, parameters, operation, device) in [
            (
                "c8y_Command",
                object([("text", "ls".into())]),
                &["a b"][..],
                r#"{"text":"ls","result":"a b"}"#,
                "",
            ),
            ("c8y_Command", object([]), &[], "", ""),
            (
                "c8y_LogfileRequest",
                object([]),
                &["http://x"],
                r#"{"file":"http://x"}"#,
                "",
            ),
            (
                "c8y_UploadConfigFile",
                object([]),
                &["http://x"],
                r#"{"file":"http://x"}"#,
                "",
            ),
            (
                "c8y_RelayArray",
                Json::Null,
                &["OPEN", "CLOSED"],
                "",
                r#"["OPEN","CLOSED"]"#,
            ),
            ("c8y_RelayArray", Json::Null, &[], "", ""),
            (
                "c8y_CommunicationMode",
                object([("mode", "SMS".into())]),
                &[],
                "",
                r#"{"mode":"SMS"}"#,
            ),
            (
                "c8y_DownloadConfigFile",
                dump.clone(),
                &[],
                "",
                r#"{"id":"7","time":"1970-01-01T00:00:00.000Z"}"#,
            ),
            (
                "c8y_DownloadConfigFile",
                dump,
                &["2026-11-21T07:40:22Z"],
                "",
                r#"{"id":"7","time":"2026-11-21T07:40:22.000Z"}"#,
            ),
            ("c8y_DownloadConfigFile", object([]), &["x"], "", ""),
            ("set_wifi", object([]), &["ok"], r#"{"result":"ok"}"#, ""),
            ("c8y_Restart", object([]), &[], "", ""),
        ] {
            let fragments = [(fragment, value)].into_iter().collect();
            let parameters: Vec<_> = parameters.iter().map(|text| (*text).to_owned()).collect();
            let done = done(&fragments, &parameters, now);
            let shown = |changes: &[(String, Json)]| {
                changes
                    .iter()
                    .map(|(_, value)| value.to_string())
                    .collect::<String>()
            };
            assert_eq!(shown(&done.operation.fragments), operation, "{fragment}");
            assert_eq!(shown(&done.device.fragments), device, "{fragment}");
            assert_eq!(done.operation.status, OperationStatus::Successful);
        }
    }
}
