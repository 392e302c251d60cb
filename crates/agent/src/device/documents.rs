//! What the device says, as it goes over MQTT: rows of SmartREST where there is a template, JSON otherwise.

use crate::machine::Machine;
use crate::queue::Message;
use crate::readings::Fragments;
use model::names::Label;
use model::registration::DeviceId;
use model::time::Timestamp;
use serde_json::{Map, Value, json};

/// The type of the device object.
const DEVICE_TYPE: &str = "holdfast_Machine";
/// The type of the measurements.
const MEASUREMENT_TYPE: &str = "holdfast_MachineReadings";
/// The device counts as unavailable when it was silent for this long.
pub(super) const RESPONSE_INTERVAL_MINUTES: u32 = 2;
/// A sign of life without content.
pub(super) const HEARTBEAT: &str = "125";
/// Rows of the device about itself.
pub(crate) const OWN_ROWS: &str = "s/us";
/// What the server publishes if the device vanishes without a good-bye.
pub(super) const WILL: (&str, &str) = (
    OWN_ROWS,
    "400,holdfast_ConnectionLost,The connection of the device was lost",
);

/// What is said of the device.
#[derive(Debug, Clone)]
pub(super) struct Device {
    pub(super) id: DeviceId,
    pub(super) name: Label,
    pub(super) machine: Machine,
    /// The operations that it offers.
    pub(super) operations: Vec<&'static str>,
    /// The names of the logs and configuration files that may be asked for.
    pub(super) logs: Vec<String>,
    pub(super) configurations: Vec<String>,
}

/// What is said at the start of every session: the server has what the device is, whatever it had before.
pub(super) fn hello(device: &Device, measured: &[String]) -> [Message; 2] {
    let minutes = RESPONSE_INTERVAL_MINUTES.to_string();
    let machine = &device.machine;
    let hardware = [
        "110",
        device.id.as_str(),
        machine.model.as_deref().unwrap_or_default(),
        machine.revision.as_deref().unwrap_or_default(),
    ];
    let list = |template: &'static str, items: &mut dyn Iterator<Item = &str>| {
        let all: Vec<&str> = std::iter::once(template).chain(items).collect();
        row(&all)
    };
    let said = [
        row(&["100", device.name.as_str(), DEVICE_TYPE]),
        row(&hardware),
        list("114", &mut device.operations.iter().copied()),
        row(&["117", &minutes]),
        list("118", &mut device.logs.iter().map(String::as_str)),
        list("119", &mut device.configurations.iter().map(String::as_str)),
        row(&["122", "holdfast-agent", env!("CARGO_PKG_VERSION"), "", "Holdfast"]),
    ];
    let fragments = json!({ "c8y_SupportedMeasurements": measured });
    let about = Message {
        topic: inventory(&device.id),
        payload: fragments.to_string().into_bytes(),
    };
    [rows(said.join("\n")), about]
}

/// Where the properties of the device are changed.
pub(super) fn inventory(device: &DeviceId) -> String {
    format!("inventory/managedObjects/update/{device}")
}

/// A reading as a measurement of the device.
pub(super) fn measurement(time: Timestamp, fragments: Fragments) -> Message {
    let mut document: Map<String, Value> = fragments;
    document.insert("time".to_owned(), time.to_string().into());
    document.insert("type".to_owned(), MEASUREMENT_TYPE.into());
    Message {
        topic: "measurement/measurements/create".to_owned(),
        payload: Value::Object(document).to_string().into_bytes(),
    }
}

/// How many messages had no room.
pub(super) fn lost(count: u64) -> Message {
    let text = format!(
        "{count} messages were given up: the server was away for longer than there was room for them"
    );
    rows(row(&["400", "holdfast_MessagesLost", &text]))
}

/// Rows of the device about itself.
pub(crate) fn rows(text: String) -> Message {
    Message {
        topic: OWN_ROWS.to_owned(),
        payload: text.into_bytes(),
    }
}

/// One row: fields are quoted where they have to be.
pub(crate) fn row(fields: &[&str]) -> String {
    let written: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    written.join(",")
}

fn quoted(field: &str) -> String {
    let is_plain = !field.contains([',', '"', '\n', '\r', '\t', '\\']) && field.trim() == field;
    match is_plain {
        true => field.to_owned(),
        false => format!("\"{}\"", field.replace('"', "\"\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_a_reader_would_stumble() {
        let fields = [
            "506",
            "7",
            "",
            "plain text",
            "a,b",
            "say \"hi\"",
            "two\nlines",
            " blank",
        ];
        assert_eq!(
            row(&fields),
            "506,7,,plain text,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\" blank\""
        );
    }

    #[test]
    fn a_session_begins_with_everything_that_the_device_is() {
        let device = Device {
            id: "d1".parse().expect("an id"),
            name: "Shed, left".parse().expect("a name"),
            machine: Machine {
                host_name: "shed".to_owned(),
                external_id: "x".parse().expect("a label"),
                model: Some("Model T".to_owned()),
                revision: None,
            },
            operations: vec!["c8y_Restart"],
            logs: vec!["syslog".to_owned()],
            configurations: vec![],
        };
        let [said, about] = hello(&device, &["c8y_Test".to_owned()]);
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "100,\"Shed, left\",holdfast_Machine\n110,d1,Model T,\n114,c8y_Restart\n117,2\n118,syslog\n119\n\
             122,holdfast-agent,{version},,Holdfast"
        );
        assert_eq!(
            (said.topic.as_str(), said.payload),
            ("s/us", expected.into_bytes())
        );
        assert_eq!(about.topic, "inventory/managedObjects/update/d1");
        assert_eq!(about.payload, br#"{"c8y_SupportedMeasurements":["c8y_Test"]}"#);
    }
}
