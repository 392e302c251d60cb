//! What a device is asked to do as the fields of a row.

use super::operation::{OperationRow, Package, Profile};

/// The marks of the sections of a device profile.
pub(super) const FIRMWARE: &str = "$FW";
pub(super) const SOFTWARE: &str = "$SW";
pub(super) const CONFIGURATION: &str = "$CONF";

impl OperationRow {
    /// The id of its template.
    pub fn template(&self) -> u16 {
        match self {
            Self::Restart => 510,
            Self::Command(_) => 511,
            Self::Configuration(_) => 513,
            Self::Firmware(_) => 515,
            Self::SoftwareList(_) => 516,
            Self::Measurement(_) => 517,
            Self::Relay(_) => 518,
            Self::RelayArray(_) => 519,
            Self::UploadConfiguration => 520,
            Self::DownloadConfiguration(_) => 521,
            Self::Log { .. } => 522,
            Self::CommunicationMode(_) => 523,
            Self::DownloadConfigurationOf(_) => 524,
            Self::FirmwarePatch(_) => 525,
            Self::UploadConfigurationOf(_) => 526,
            Self::Profile(_) => 527,
            Self::SoftwareUpdate(_) => 528,
            Self::SoftwareUpdateOf(_) => 529,
            Self::RemoteAccess { .. } => 530,
            Self::ProfileOf(_) => 531,
        }
    }

    /// The fields after the id of the device.
    pub fn fields(&self) -> Vec<String> {
        match self {
            Self::Restart | Self::UploadConfiguration => Vec::new(),
            Self::Command(text)
            | Self::Configuration(text)
            | Self::Measurement(text)
            | Self::Relay(text)
            | Self::DownloadConfiguration(text)
            | Self::CommunicationMode(text)
            | Self::UploadConfigurationOf(text) => vec![text.clone()],
            Self::RelayArray(states) => states.clone(),
            Self::Firmware(it) => cloned([&it.name, &it.version, &it.url]),
            Self::FirmwarePatch(it) => cloned([&it.name, &it.version, &it.url, &it.dependency]),
            Self::SoftwareList(list) => each(list, |it| cloned([&it.name, &it.version, &it.url])),
            Self::SoftwareUpdate(list) => each(list, without_type),
            Self::SoftwareUpdateOf(list) => each(list, with_type),
            Self::DownloadConfigurationOf(it) => cloned([&it.url, &it.kind]),
            Self::Log {
                file,
                from,
                to,
                search,
                lines_max,
            } => cloned([file, from, to, search, lines_max]),
            Self::RemoteAccess { host, port, key } => cloned([host, port, key]),
            Self::Profile(profile) => profile_fields(profile, without_type),
            Self::ProfileOf(profile) => profile_fields(profile, with_type),
        }
    }
}

fn cloned<const N: usize>(fields: [&String; N]) -> Vec<String> {
    fields.map(Clone::clone).to_vec()
}

fn each(list: &[Package], fields: impl Fn(&Package) -> Vec<String>) -> Vec<String> {
    list.iter().flat_map(fields).collect()
}

fn without_type(it: &Package) -> Vec<String> {
    cloned([&it.name, &it.version, &it.url, &it.action])
}

fn with_type(it: &Package) -> Vec<String> {
    cloned([&it.name, &it.version, &it.kind, &it.url, &it.action])
}

/// The sections of a profile, each after its mark; a section that is empty is left out with its mark.
fn profile_fields(profile: &Profile, package: impl Fn(&Package) -> Vec<String>) -> Vec<String> {
    let mut fields = Vec::new();
    if let Some(it) = &profile.firmware {
        fields.push(FIRMWARE.to_owned());
        fields.extend(cloned([&it.name, &it.version, &it.url]));
        fields.extend([it.is_patch.to_string(), it.dependency.clone()]);
    }
    if !profile.software.is_empty() {
        fields.push(SOFTWARE.to_owned());
        fields.extend(each(&profile.software, package));
    }
    if !profile.configuration.is_empty() {
        fields.push(CONFIGURATION.to_owned());
        fields.extend(
            profile
                .configuration
                .iter()
                .flat_map(|it| cloned([&it.url, &it.kind])),
        );
    }
    fields
}
