//! The documents that the agent sends, and the requests around them.

use super::queue::Reading;
use crate::client::Request;
use bytes::Bytes;
use http::Method;
use model::ids::ObjectId;
use model::names::Label;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// The type of external id under which devices are known.
const EXTERNAL_ID_TYPE: &str = "c8y_Serial";
/// The type of the device object.
const DEVICE_TYPE: &str = "holdfast_Machine";
/// The type of the measurements.
const MEASUREMENT_TYPE: &str = "holdfast_MachineReadings";
/// The device counts as unavailable when it was silent for this long.
const RESPONSE_INTERVAL_MINUTES: u32 = 2;

const MANAGED_OBJECT: &str = "application/vnd.com.nsn.cumulocity.managedobject+json";
const EXTERNAL_ID: &str = "application/vnd.com.nsn.cumulocity.externalid+json";
const MEASUREMENT: &str = "application/vnd.com.nsn.cumulocity.measurement+json";
const MEASUREMENTS: &str = "application/vnd.com.nsn.cumulocity.measurementcollection+json";

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is said of the device when it is created.
#[derive(Debug, Clone)]
pub(super) struct Device {
    pub(super) name: Label,
    pub(super) external_id: Label,
    pub(super) model: Option<String>,
    pub(super) revision: Option<String>,
}

/// Asks which object an external id names.
pub(super) fn find(device: &Device) -> Request {
    let id = utf8_percent_encode(device.external_id.as_str(), SEGMENT);
    Request {
        method: Method::GET,
        path: format!("/identity/externalIds/{EXTERNAL_ID_TYPE}/{id}"),
        content_type: None,
        body: Bytes::new(),
        wants_body: true,
    }
}

/// Creates the device; `measured` are the fragments that it can measure.
pub(super) fn create(device: &Device, measured: &[String]) -> Request {
    let hardware: Map<String, Value> = [
        ("model", device.model.as_deref()),
        ("serialNumber", Some(device.external_id.as_str())),
        ("revision", device.revision.as_deref()),
    ]
    .into_iter()
    .filter_map(|(name, text)| Some((name.to_owned(), text?.into())))
    .collect();
    let document = json!({
        "name": device.name.as_str(),
        "type": DEVICE_TYPE,
        "c8y_IsDevice": {},
        "com_cumulocity_model_Agent": {},
        "c8y_Hardware": hardware,
        "c8y_Agent": { "name": "holdfast-agent", "version": env!("CARGO_PKG_VERSION") },
        "c8y_RequiredAvailability": { "responseInterval": RESPONSE_INTERVAL_MINUTES },
        "c8y_SupportedMeasurements": measured,
    });
    Request {
        wants_body: true,
        ..post("/inventory/managedObjects".to_owned(), MANAGED_OBJECT, &document)
    }
}

/// Gives the device its external id.
pub(super) fn bind(device: &Device, object: ObjectId) -> Request {
    let document = json!({ "type": EXTERNAL_ID_TYPE, "externalId": device.external_id.as_str() });
    post(
        format!("/identity/globalIds/{object}/externalIds"),
        EXTERNAL_ID,
        &document,
    )
}

/// Sends one reading as a measurement, several as a collection of measurements.
pub(super) fn measure(source: ObjectId, readings: &[Reading]) -> Request {
    let path = "/measurement/measurements".to_owned();
    match readings {
        [reading] => post(path, MEASUREMENT, &measurement(source, reading)),
        several => {
            let documents: Vec<_> = several
                .iter()
                .map(|reading| measurement(source, reading))
                .collect();
            post(path, MEASUREMENTS, &json!({ "measurements": documents }))
        }
    }
}

fn measurement(source: ObjectId, reading: &Reading) -> Value {
    let mut document = reading.fragments.clone();
    document.insert("source".to_owned(), json!({ "id": source.to_string() }));
    document.insert("time".to_owned(), reading.time.to_string().into());
    document.insert("type".to_owned(), MEASUREMENT_TYPE.into());
    Value::Object(document)
}

fn post(path: String, content_type: &'static str, document: &Value) -> Request {
    let body = Bytes::from(document.to_string());
    Request {
        method: Method::POST,
        path,
        content_type: Some(content_type),
        body,
        wants_body: false,
    }
}
