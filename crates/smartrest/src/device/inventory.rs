//! Rows about the device itself: what it is, what it can do.

use super::DeviceRow;
use crate::arguments::{Arguments, parsed};
use crate::fault::Fault;
use crate::values::{BOOLEAN, LABEL, NUMBER, boolean, number};
use model::inventory::{IS_DEVICE, ManagedObjectUpdate, NewManagedObject};
use model::json::{Json, Object};
use model::names::{FragmentName, Label};
use model::operations::IS_AGENT;
use model::time::Timestamp;

const DEVICE_TYPE: &str = "c8y_MQTTDevice";
const CHILD_TYPE: &str = "c8y_MQTTChildDevice";
const SERVICE_TYPE: &str = "c8y_Service";
const MOBILE: [&str; 7] = ["imei", "iccid", "imsi", "mcc", "mnc", "lac", "cellId"];
const PROTOCOLS: [&str; 4] = ["SSH", "TELNET", "VNC", "PASSTHROUGH"];

fn marks(names: &[&str]) -> Object {
    names
        .iter()
        .map(|name| (*name, Json::Object(Object::new())))
        .collect()
}

fn default_name(serial: &str) -> String {
    format!("MQTT Device {serial}")
}

/// The object of a device: by row 100, or by its first data. What is absent has a default.
pub fn new_device(serial: &str, name: Option<&str>, kind: Option<&str>) -> Result<NewManagedObject, Fault> {
    Ok(NewManagedObject {
        name: Some(parsed(name.unwrap_or(&default_name(serial)), "the name", LABEL)?),
        kind: Some(parsed(kind.unwrap_or(DEVICE_TYPE), "the type", LABEL)?),
        owner: None,
        fragments: marks(&[IS_DEVICE, IS_AGENT]),
    })
}

/// The object of a child device: by row 101, or by its first data. `is_device` tells whether it is marked as a device.
pub fn new_child(
    id: &str,
    name: Option<&str>,
    kind: Option<&str>,
    is_device: bool,
) -> Result<NewManagedObject, Fault> {
    Ok(NewManagedObject {
        name: Some(parsed(name.unwrap_or(&default_name(id)), "the name", LABEL)?),
        kind: Some(parsed(kind.unwrap_or(CHILD_TYPE), "the type", LABEL)?),
        owner: None,
        fragments: if is_device {
            marks(&[IS_DEVICE])
        } else {
            Object::new()
        },
    })
}

/// The object of a service.
pub fn new_service(name: Label, service_type: &str, status: &str) -> Result<NewManagedObject, Fault> {
    Ok(NewManagedObject {
        name: Some(name),
        kind: Some(parsed(SERVICE_TYPE, "the type", LABEL)?),
        owner: None,
        fragments: [("serviceType", service_type), ("status", status)]
            .into_iter()
            .collect(),
    })
}

pub(super) fn create_device(mut arguments: Arguments<'_>, serial: &str) -> Result<DeviceRow, Fault> {
    let (name, kind) = (arguments.optional(), arguments.optional());
    new_device(serial, name, kind).map(DeviceRow::CreateDevice)
}

pub(super) fn create_child(mut arguments: Arguments<'_>) -> Result<DeviceRow, Fault> {
    let id = arguments.label("the id of the child")?;
    let (name, kind) = (arguments.optional(), arguments.optional());
    // Only the literal word leaves the mark out.
    let is_device = arguments.next() != "false";
    let object = new_child(id.as_str(), name, kind, is_device)?;
    Ok(DeviceRow::CreateChild { id, object })
}

pub(super) fn create_service(mut arguments: Arguments<'_>) -> Result<DeviceRow, Fault> {
    let id = arguments.label("the id of the service")?;
    let service_type = arguments.required("the type of the service")?;
    let name = arguments.label("the name")?;
    let status = arguments.required("the status")?;
    let object = new_service(name, service_type, status)?;
    let update = ManagedObjectUpdate {
        fragments: object.fragments.clone().into_iter().collect(),
        ..ManagedObjectUpdate::default()
    };
    Ok(DeviceRow::CreateService { id, object, update })
}

pub(super) fn require_availability(mut arguments: Arguments<'_>) -> Result<DeviceRow, Fault> {
    let Some(text) = arguments.optional() else {
        return Ok(DeviceRow::RequireAvailability(None));
    };
    let minutes: i64 = parsed(text, "the interval", "a whole number of minutes")?;
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let minutes = minutes.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    Ok(DeviceRow::RequireAvailability(Some(minutes)))
}

/// Rows that change fragments of the device.
pub(super) fn update(
    template: u16,
    mut arguments: Arguments<'_>,
    now: Timestamp,
) -> Result<ManagedObjectUpdate, Fault> {
    let fragments = match template {
        107 => removed(arguments)?,
        110 => texts("c8y_Hardware", &["serialNumber", "model", "revision"], arguments),
        111 => texts("c8y_Mobile", &MOBILE, arguments),
        112 => vec![("c8y_Position".to_owned(), position(&mut arguments)?.into())],
        113 => texts("c8y_Configuration", &["config"], arguments),
        114 => list("c8y_SupportedOperations", arguments),
        115 => texts("c8y_Firmware", &["name", "version", "url"], arguments),
        116 => vec![("c8y_SoftwareList".to_owned(), software_list(arguments))],
        118 => list("c8y_SupportedLogs", arguments),
        119 => list("c8y_SupportedConfigurations", arguments),
        120 => vec![configuration(arguments, now)?],
        122 => vec![agent(arguments)?],
        143 => list_or_none(
            "c8y_SupportedSoftwareTypes",
            arguments.rest().map(Json::from).collect(),
        ),
        150 => list_or_none("c8y_RemoteAccessSupportedProtocols", protocols(arguments)?),
        _ => return Err(Fault::UnknownTemplate),
    };
    Ok(ManagedObjectUpdate {
        fragments,
        ..ManagedObjectUpdate::default()
    })
}

fn removed(arguments: Arguments<'_>) -> Result<Vec<(String, Json)>, Fault> {
    let names = arguments.fragments("the fragment")?;
    if names.is_empty() {
        return Err(Fault::missing("the fragment"));
    }
    let removal = |name: FragmentName| (name.as_str().to_owned(), Json::Null);
    Ok(names.into_iter().map(removal).collect())
}

/// A fragment of texts; those that are empty are left out.
fn texts(fragment: &str, names: &[&str], mut arguments: Arguments<'_>) -> Vec<(String, Json)> {
    let mut object = Object::new();
    for name in names {
        if let Some(text) = arguments.optional() {
            object.set(*name, text);
        }
    }
    vec![(fragment.to_owned(), object.into())]
}

fn list(fragment: &str, arguments: Arguments<'_>) -> Vec<(String, Json)> {
    let items: Vec<_> = arguments.rest().map(Json::from).collect();
    vec![(fragment.to_owned(), items.into())]
}

/// A list, or the removal of the fragment if the list is empty.
fn list_or_none(fragment: &str, items: Vec<Json>) -> Vec<(String, Json)> {
    let value = if items.is_empty() {
        Json::Null
    } else {
        items.into()
    };
    vec![(fragment.to_owned(), value)]
}

/// `lat`, `lng`, `alt` in degrees and metres, `accuracy` in metres; those that are empty are left out.
pub(super) fn position(arguments: &mut Arguments<'_>) -> Result<Object, Fault> {
    let mut position = Object::new();
    for (name, described) in [
        ("lat", "the latitude"),
        ("lng", "the longitude"),
        ("alt", "the altitude"),
        ("accuracy", "the accuracy"),
    ] {
        if let Some(text) = arguments.optional() {
            position.set(name, number(text).ok_or(Fault::wrong(described, NUMBER))?);
        }
    }
    Ok(position)
}

fn software_list(mut arguments: Arguments<'_>) -> Json {
    let mut items = Vec::new();
    while !arguments.is_over() {
        let item: Object = ["name", "version", "url"]
            .into_iter()
            .map(|name| (name, arguments.next()))
            .collect();
        if item.iter().any(|(_, text)| text.as_str() != Some("")) {
            items.push(Json::Object(item));
        }
    }
    items.into()
}

/// The configuration of a type. The type may hold what the name of a fragment may not, such as the dot of a file's name:
/// there it becomes an underscore.
fn configuration(mut arguments: Arguments<'_>, now: Timestamp) -> Result<(String, Json), Fault> {
    let kind = arguments.label("the type of the configuration")?;
    let url = arguments.required("the address")?;
    let name = arguments.optional().unwrap_or(kind.as_str());
    let time = arguments.time(now)?;
    let fits = |c: char| c.to_string().parse::<FragmentName>().is_ok();
    let suffix: String = kind
        .as_str()
        .chars()
        .map(|c| if fits(c) { c } else { '_' })
        .collect();
    let fragment: FragmentName = parsed(&format!("c8y_Configuration_{suffix}"), "the type", LABEL)?;
    let configuration: Object = [
        ("type", kind.as_str()),
        ("url", url),
        ("name", name),
        ("time", &time.to_string()),
    ]
    .into_iter()
    .collect();
    Ok((fragment.as_str().to_owned(), configuration.into()))
}

fn agent(mut arguments: Arguments<'_>) -> Result<(String, Json), Fault> {
    let mut agent = Object::new();
    agent.set("name", arguments.required("the name of the agent")?);
    agent.set("version", arguments.required("the version of the agent")?);
    if let Some(url) = arguments.optional() {
        agent.set("url", url);
    }
    agent.set("maintainer", arguments.required("the maintainer of the agent")?);
    Ok(("c8y_Agent".to_owned(), agent.into()))
}

fn protocols(arguments: Arguments<'_>) -> Result<Vec<Json>, Fault> {
    let known = |text: &str| {
        PROTOCOLS
            .into_iter()
            .find(|protocol| protocol.eq_ignore_ascii_case(text))
    };
    let read = |text| known(text).map(Json::from);
    let wrong = Fault::wrong("the protocol", "one of SSH, TELNET, VNC and PASSTHROUGH");
    arguments.rest().map(read).collect::<Option<_>>().ok_or(wrong)
}

/// Whether a text says so; nothing said is the default.
pub(super) fn truth(text: Option<&str>, name: &'static str, default: bool) -> Result<bool, Fault> {
    match text {
        Some(text) => boolean(text).ok_or(Fault::wrong(name, BOOLEAN)),
        None => Ok(default),
    }
}
