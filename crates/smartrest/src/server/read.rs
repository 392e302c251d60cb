//! What a device is asked to do, read from the fields of a row: what devices do with the rows of the platform.

use super::fields::{CONFIGURATION, FIRMWARE, SOFTWARE};
use super::operation::{Configuration, Firmware, OperationRow, Package, Profile};
use crate::arguments::Arguments;
use std::borrow::Cow;

impl OperationRow {
    /// What a row asks for: its template, and its fields after the id of the device. Nothing if no template has this id.
    pub fn read(template: u16, fields: &[Cow<'_, str>]) -> Option<Self> {
        let mut arguments = Arguments::new(fields);
        let mut next = || arguments.next().to_owned();
        Some(match template {
            510 => Self::Restart,
            511 => Self::Command(next()),
            513 => Self::Configuration(next()),
            515 => Self::Firmware(Firmware {
                name: next(),
                version: next(),
                url: next(),
                ..Firmware::default()
            }),
            516 => Self::SoftwareList(read_each(fields, 3, |[name, version, url, ..]| {
                package([name, version, "", url, ""])
            })),
            517 => Self::Measurement(next()),
            518 => Self::Relay(next()),
            519 => Self::RelayArray(fields.iter().map(|field| field.clone().into_owned()).collect()),
            520 => Self::UploadConfiguration,
            521 => Self::DownloadConfiguration(next()),
            522 => Self::Log {
                file: next(),
                from: next(),
                to: next(),
                search: next(),
                lines_max: next(),
            },
            523 => Self::CommunicationMode(next()),
            524 => Self::DownloadConfigurationOf(Configuration {
                url: next(),
                kind: next(),
            }),
            525 => Self::FirmwarePatch(Firmware {
                name: next(),
                version: next(),
                url: next(),
                is_patch: true,
                dependency: next(),
            }),
            526 => Self::UploadConfigurationOf(next()),
            527 => Self::Profile(read_profile(fields, 4)),
            528 => Self::SoftwareUpdate(read_each(fields, 4, untyped_package)),
            529 => Self::SoftwareUpdateOf(read_each(fields, 5, package)),
            530 => Self::RemoteAccess {
                host: next(),
                port: next(),
                key: next(),
            },
            531 => Self::ProfileOf(read_profile(fields, 5)),
            _ => return None,
        })
    }
}

fn package([name, version, kind, url, action]: [&str; 5]) -> Package {
    Package {
        name: name.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        url: url.to_owned(),
        action: action.to_owned(),
    }
}

fn untyped_package([name, version, url, action, ..]: [&str; 5]) -> Package {
    package([name, version, "", url, action])
}

/// Groups of so many fields, the last of which may be short; the rest of the five is empty.
fn read_each<T>(fields: &[Cow<'_, str>], size: usize, read: impl Fn([&str; 5]) -> T) -> Vec<T> {
    let group = |group: &[Cow<'_, str>]| {
        let mut group = Arguments::new(group);
        read([
            group.next(),
            group.next(),
            group.next(),
            group.next(),
            group.next(),
        ])
    };
    fields.chunks(size).map(group).collect()
}

/// A profile whose software takes so many fields each. A mark is the word alone in its field.
fn read_profile(fields: &[Cow<'_, str>], software_fields: usize) -> Profile {
    let section = |mark: &str| {
        let start = fields
            .iter()
            .position(|field| field == mark)
            .map_or(fields.len(), |place| place + 1);
        let inside = fields.get(start..).unwrap_or_default();
        let is_mark = |field: &Cow<'_, str>| [FIRMWARE, SOFTWARE, CONFIGURATION].contains(&field.as_ref());
        let end = inside.iter().position(is_mark).unwrap_or(inside.len());
        inside.get(..end).unwrap_or_default()
    };
    let read_firmware = |[name, version, url, is_patch, dependency]: [&str; 5]| Firmware {
        name: name.to_owned(),
        version: version.to_owned(),
        url: url.to_owned(),
        is_patch: is_patch == "true",
        dependency: dependency.to_owned(),
    };
    let software = section(SOFTWARE);
    Profile {
        firmware: read_each(section(FIRMWARE), 5, read_firmware).into_iter().next(),
        software: match software_fields {
            4 => read_each(software, 4, untyped_package),
            _ => read_each(software, 5, package),
        },
        configuration: read_each(section(CONFIGURATION), 2, |[url, kind, ..]| Configuration {
            url: url.to_owned(),
            kind: kind.to_owned(),
        }),
    }
}
