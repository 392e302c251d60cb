//! Operations as the server hands them out: one JSON document per line. What is not understood is nobody's fault: it is
//! left alone.

use model::operations::EXPIRY_TIME;
use model::registration::DeviceId;
use model::time::Timestamp;
use serde_json::Value;

pub(super) const RESTART: &str = "c8y_Restart";
pub(super) const COMMAND: &str = "c8y_Command";
pub(super) const LOG: &str = "c8y_LogfileRequest";
pub(super) const UPLOAD: &str = "c8y_UploadConfigFile";
pub(super) const DOWNLOAD: &str = "c8y_DownloadConfigFile";

/// Lines that are asked for at most, and when nobody says how many.
const LINES_MAX: usize = 10_000;
const LINES_DEFAULT: usize = 1_000;

/// An operation for this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(super) id: u64,
    /// Together with the id it is this operation and no other, even after the server was set back in time.
    pub(super) created: Timestamp,
    pub(super) expires: Option<Timestamp>,
    pub(super) what: What,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Restart,
    Command(String),
    Log(Lines),
    Upload { kind: String },
    Download { kind: String, url: String },
}

/// Which lines of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) log: String,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    pub(super) text: String,
    pub(super) count: usize,
}

impl Asked {
    /// The operations of a message that are for this device and that it knows, in their order.
    pub(crate) fn read(payload: &[u8], own: &DeviceId) -> Vec<Self> {
        let lines = payload.split(|byte| *byte == b'\n');
        lines.filter_map(|line| Self::line(line, own)).collect()
    }

    fn line(line: &[u8], own: &DeviceId) -> Option<Self> {
        let document: Value = serde_json::from_slice(line).ok()?;
        // A machine has no other devices below it: what is for another is not for this one.
        let target = document["externalSource"]["externalId"].as_str()?;
        if target != own.as_str() {
            return None;
        }
        let id = match &document["id"] {
            Value::String(text) => text.parse().ok()?,
            other => other.as_u64()?,
        };
        Some(Self {
            id,
            created: time(&document["creationTime"])?,
            expires: time(&document[EXPIRY_TIME]),
            what: What::read(&document)?,
        })
    }
}

impl What {
    fn read(document: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if document.get(RESTART).is_some() {
            return Some(Self::Restart);
        }
        if let Some(asked) = document.get(COMMAND) {
            return Some(Self::Command(text(&asked["text"])?));
        }
        if let Some(asked) = document.get(LOG) {
            let count = asked["maximumLines"]
                .as_u64()
                .and_then(|count| usize::try_from(count).ok());
            return Some(Self::Log(Lines {
                log: text(&asked["logFile"])?,
                from: time(&asked["dateFrom"]),
                to: time(&asked["dateTo"]),
                text: text(&asked["searchText"]).unwrap_or_default(),
                count: count.unwrap_or(LINES_DEFAULT).min(LINES_MAX),
            }));
        }
        if let Some(asked) = document.get(UPLOAD) {
            let kind = text(&asked["type"])?;
            return Some(Self::Upload { kind });
        }
        let asked = document.get(DOWNLOAD)?;
        let (kind, url) = (text(&asked["type"])?, text(&asked["url"])?);
        Some(Self::Download { kind, url })
    }
}

/// A time; none if there is none or it is not one.
fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn own() -> DeviceId {
        "d1".parse().expect("an id")
    }

    fn read(document: &str) -> Vec<Asked> {
        Asked::read(document.as_bytes(), &own())
    }

    const HEAD: &str = r#""id":"7","creationTime":"2026-11-21T10:00:00.000Z","externalSource":{"externalId":"d1","type":"c8y_Serial"}"#;

    #[test]
    fn known_operations_are_read_and_all_others_are_left_alone() {
        let log = Lines {
            log: "syslog".to_owned(),
            from: Some("2026-11-21T09:00:00.000Z".parse().expect("a time")),
            to: None,
            text: "x".to_owned(),
            count: 5,
        };
        for (fragment, expected) in [
            (r#""c8y_Restart":{}"#, Some(What::Restart)),
            (
                r#""c8y_Command":{"text":"ls"}"#,
                Some(What::Command("ls".to_owned())),
            ),
            (r#""c8y_Command":{}"#, None),
            (
                r#""c8y_LogfileRequest":{"logFile":"syslog","dateFrom":"2026-11-21T10:00:00+0100","searchText":"x","maximumLines":5}"#,
                Some(What::Log(log)),
            ),
            (
                r#""c8y_UploadConfigFile":{"type":"app"}"#,
                Some(What::Upload {
                    kind: "app".to_owned(),
                }),
            ),
            (r#""c8y_DownloadConfigFile":{"type":"app"}"#, None),
            (r#""c8y_Relay":{"relayState":"OPEN"}"#, None),
        ] {
            let found = read(&format!("{{{HEAD},{fragment}}}"));
            assert_eq!(
                found.first().map(|asked| asked.what.clone()),
                expected,
                "{fragment}"
            );
        }
    }

    #[test]
    fn operations_for_others_and_without_a_name_in_time_are_not_ours() {
        for other in [
            HEAD.replace("\"d1\"", "\"d2\""),
            HEAD.replace("externalSource", "source"),
            HEAD.replace("creationTime", "time"),
            HEAD.replace("\"7\"", "\"-7\""),
        ] {
            assert_eq!(read(&format!("{{{other},\"c8y_Restart\":{{}}}}")), []);
        }
    }

    #[test]
    fn one_bad_line_does_not_spoil_its_neighbours() {
        let good = format!("{{{HEAD},\"c8y_Restart\":{{}}}}");
        assert_eq!(read(&format!("{good}\n{{\n\n{good}")).len(), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            // tidy: proves by not panicking
            let _ = Asked::read(&bytes, &own());
        }
    }
}
