//! What a device is asked to do, as the static templates 510 to 531 tell it, from the fragments of an operation. People and
//! programs write numbers as text and text as numbers: all of it becomes text.

use crate::values::text_of;
use model::json::{Json, Object};

/// A piece of software.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its type; not told by every template.
    pub kind: String,
    /// Where it is.
    pub url: String,
    /// `install` or `delete`; not told by every template.
    pub action: String,
}

/// A firmware.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Firmware {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it is.
    pub url: String,
    /// Whether it is a patch.
    pub is_patch: bool,
    /// What it patches.
    pub dependency: String,
}

/// A configuration of a device profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Where it is.
    pub url: String,
    /// Its type.
    pub kind: String,
}

/// A device profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The firmware.
    pub firmware: Option<Firmware>,
    /// The software.
    pub software: Vec<Package>,
    /// The configurations.
    pub configuration: Vec<Configuration>,
}

/// What a device is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationRow {
    /// 510: restart.
    Restart,
    /// 511: run this command.
    Command(String),
    /// 513: take this configuration.
    Configuration(String),
    /// 515: install this firmware.
    Firmware(Firmware),
    /// 516: install this software; without types and actions.
    SoftwareList(Vec<Package>),
    /// 517: send the measurements of this name.
    Measurement(String),
    /// 518: `OPEN` or `CLOSED`.
    Relay(String),
    /// 519: the same of several.
    RelayArray(Vec<String>),
    /// 520: send the configuration.
    UploadConfiguration,
    /// 521: take the configuration from this address.
    DownloadConfiguration(String),
    /// 522: send a log.
    Log {
        /// Its name.
        file: String,
        /// From when, as the operation says it.
        from: String,
        /// Until when.
        to: String,
        /// What lines must hold.
        search: String,
        /// Most lines.
        lines_max: String,
    },
    /// 523: `SMS` or `IP`.
    CommunicationMode(String),
    /// 524: take a configuration of a type.
    DownloadConfigurationOf(Configuration),
    /// 525: install this patch of the firmware.
    FirmwarePatch(Firmware),
    /// 526: send the configuration of this type.
    UploadConfigurationOf(String),
    /// 527: apply this profile; software without types.
    Profile(Profile),
    /// 528: install and delete software; without types.
    SoftwareUpdate(Vec<Package>),
    /// 529: the same with types.
    SoftwareUpdateOf(Vec<Package>),
    /// 530: connect for remote access.
    RemoteAccess {
        /// The host, as the device sees it.
        host: String,
        /// Its port.
        port: String,
        /// The key of the connection.
        key: String,
    },
    /// 531: apply this profile; software with types.
    ProfileOf(Profile),
}

impl OperationRow {
    /// The rows of one fragment of an operation: none if no template knows it, or if it has not the shape that it must
    /// have.
    pub fn of(name: &str, value: &Json, knows_types: bool) -> Vec<Self> {
        let row = match (name, value) {
            ("c8y_SoftwareList", Json::Array(list)) => {
                Self::SoftwareList(packages(list, |package| Package {
                    kind: String::new(),
                    action: String::new(),
                    ..package
                }))
            }
            ("c8y_SoftwareUpdate", Json::Array(list)) if knows_types => {
                Self::SoftwareUpdateOf(packages(list, |it| it))
            }
            ("c8y_SoftwareUpdate", Json::Array(list)) => Self::SoftwareUpdate(packages(list, untyped)),
            ("c8y_RelayArray", Json::Array(states)) => Self::RelayArray(states.iter().map(text_of).collect()),
            ("c8y_DeviceProfile", Json::Object(profile)) => return profiles(profile),
            (name, Json::Object(fragment)) => match Self::of_object(name, fragment) {
                Some(row) => row,
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        vec![row]
    }

    fn of_object(name: &str, fragment: &Object) -> Option<Self> {
        let text = |name| fragment.get(name).map(text_of).unwrap_or_default();
        let kind = || Some(text("type")).filter(|kind| !kind.is_empty());
        Some(match name {
            "c8y_Restart" => Self::Restart,
            "c8y_Command" => Self::Command(text("text")),
            "c8y_Configuration" => Self::Configuration(text("config")),
            "c8y_Firmware" => match firmware(fragment) {
                patch if patch.is_patch => Self::FirmwarePatch(patch),
                whole => Self::Firmware(Firmware {
                    dependency: String::new(),
                    ..whole
                }),
            },
            "c8y_MeasurementRequestOperation" => Self::Measurement(text("requestName")),
            "c8y_Relay" => Self::Relay(text("relayState")),
            "c8y_UploadConfigFile" => kind().map_or(Self::UploadConfiguration, Self::UploadConfigurationOf),
            "c8y_DownloadConfigFile" => match kind() {
                Some(kind) => Self::DownloadConfigurationOf(Configuration {
                    url: text("url"),
                    kind,
                }),
                None => Self::DownloadConfiguration(text("url")),
            },
            "c8y_LogfileRequest" => Self::Log {
                file: text("logFile"),
                from: text("dateFrom"),
                to: text("dateTo"),
                search: text("searchText"),
                lines_max: text("maximumLines"),
            },
            "c8y_CommunicationMode" => Self::CommunicationMode(text("mode")),
            "c8y_RemoteAccessConnect" => Self::RemoteAccess {
                host: text("hostname"),
                port: text("port"),
                key: text("connectionKey"),
            },
            _ => return None,
        })
    }
}

fn untyped(package: Package) -> Package {
    Package {
        kind: String::new(),
        ..package
    }
}

fn packages(list: &[Json], keep: impl Fn(Package) -> Package) -> Vec<Package> {
    let read = |item: &Object| {
        let text = |name| item.get(name).map(text_of).unwrap_or_default();
        keep(Package {
            name: text("name"),
            version: text("version"),
            kind: text("softwareType"),
            url: text("url"),
            action: text("action"),
        })
    };
    list.iter().filter_map(Json::as_object).map(read).collect()
}

fn firmware(fragment: &Object) -> Firmware {
    let text = |name| fragment.get(name).map(text_of).unwrap_or_default();
    Firmware {
        name: text("name"),
        version: text("version"),
        url: text("url"),
        is_patch: fragment.get("isPatch").is_some_and(says_so),
        dependency: text("dependency"),
    }
}

/// One row for every device, and one more if types of software are told.
fn profiles(profile: &Object) -> Vec<OperationRow> {
    let list = |name| profile.get(name).and_then(Json::as_array).unwrap_or_default();
    let configuration = |item: &Object| Configuration {
        url: item.get("url").map(text_of).unwrap_or_default(),
        kind: item.get("type").map(text_of).unwrap_or_default(),
    };
    let typed = Profile {
        firmware: profile
            .get("firmware")
            .and_then(Json::as_object)
            .filter(|it| !it.is_empty())
            .map(firmware),
        software: packages(list("software"), |it| it),
        configuration: list("configuration")
            .iter()
            .filter_map(Json::as_object)
            .map(configuration)
            .collect(),
    };
    let plain = Profile {
        software: typed.software.iter().cloned().map(untyped).collect(),
        ..typed.clone()
    };
    let has_types = typed.software.iter().any(|package| !package.kind.is_empty());
    let mut rows = vec![OperationRow::Profile(plain)];
    rows.extend(has_types.then_some(OperationRow::ProfileOf(typed)));
    rows
}

/// Whether it says so, as a truth value or as the word.
fn says_so(value: &Json) -> bool {
    value.as_bool().unwrap_or(value.as_str() == Some("true"))
}
