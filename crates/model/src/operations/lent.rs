//! What an operation names for its device to fetch: firmware, software, configurations and profiles, by their files in the
//! inventory and by their own ids.
//!
//! It does not know who may read these, nor whether they are there.

use crate::files::IS_BINARY;
use crate::ids::ObjectId;
use crate::inventory::ManagedObject;
use crate::json::{Json, Object};
use crate::limits::OPERATION_NAMES_MAX;
use std::collections::BTreeSet;

/// Where the API shows the content of a managed object; its id follows.
const BINARIES: &str = "/inventory/binaries/";

/// Types of objects in the repositories.
const REPOSITORY_TYPES: [&str; 6] = [
    "c8y_Firmware",
    "c8y_FirmwareBinary",
    "c8y_Software",
    "c8y_SoftwareBinary",
    "c8y_ConfigurationDump",
    "c8y_Profile",
];

/// Whether an object is of those that an operation can open to its device: a file, or an entry of a repository. What else
/// somebody names by its id, another device above all, stays closed.
pub fn can_be_lent(object: &ManagedObject) -> bool {
    let is_entry = |kind: &str| REPOSITORY_TYPES.contains(&kind);
    object.fragments.contains(IS_BINARY) || object.kind.as_ref().is_some_and(|kind| is_entry(kind.as_str()))
}

/// The objects that an operation names by these fragments, [`OPERATION_NAMES_MAX`] at most: further ones are left out.
pub fn named(fragments: &Object) -> BTreeSet<ObjectId> {
    let mut named = Named::default();
    for fragment in ["c8y_Firmware", "c8y_DownloadConfigFile"] {
        named.entry(fragments.get(fragment));
    }
    for fragment in ["c8y_SoftwareUpdate", "c8y_SoftwareList"] {
        named.entries(fragments.get(fragment));
    }
    let profile = fragments.get("c8y_DeviceProfile").and_then(Json::as_object);
    let part = |name| profile.and_then(|profile| profile.get(name));
    named.entry(part("firmware"));
    named.entries(part("software"));
    named.entries(part("configuration"));
    named.id(fragments.get("profileId"));
    named.0
}

#[derive(Default)]
struct Named(BTreeSet<ObjectId>);

impl Named {
    fn entries(&mut self, entries: Option<&Json>) {
        let entries = entries.and_then(Json::as_array).unwrap_or_default();
        entries.iter().for_each(|entry| self.entry(Some(entry)));
    }

    fn entry(&mut self, entry: Option<&Json>) {
        let Some(entry) = entry.and_then(Json::as_object) else {
            return;
        };
        self.add(entry.get("url").and_then(Json::as_str).and_then(file_at));
        self.id(entry.get("id"));
        let dump = entry.get("c8y_ConfigurationDump").and_then(Json::as_object);
        self.id(dump.and_then(|dump| dump.get("id")));
    }

    fn id(&mut self, id: Option<&Json>) {
        let id = match id {
            Some(Json::String(text)) => text.parse().ok(),
            Some(Json::Number(number)) => number.text().parse().ok(),
            _ => None,
        };
        self.add(id);
    }

    fn add(&mut self, id: Option<ObjectId>) {
        if self.0.len() < OPERATION_NAMES_MAX {
            self.0.extend(id);
        }
    }
}

/// The object whose content lies at this address. The host is not looked at: tenants are reached by more names than the
/// platform knows, and whoever names a file of the tenant on another host opens what they could name here as well.
fn file_at(url: &str) -> Option<ObjectId> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.get(rest.find('/')?..)?,
        None => url,
    };
    let path = path.split(['?', '#']).next()?;
    path.strip_prefix(BINARIES)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{file_at, named};
    use crate::ids::ObjectId;
    use crate::json::{Json, Object};
    use crate::limits::OPERATION_NAMES_MAX;

    fn entry(name: &str, value: impl Into<Json>) -> Object {
        [(name, value.into())].into_iter().collect()
    }

    fn numbers(fragments: &Object) -> Vec<u64> {
        named(fragments).into_iter().map(ObjectId::number).collect()
    }

    #[test]
    fn a_file_is_named_by_its_path_on_any_host_and_by_nothing_like_it() {
        let named = |url: &str| file_at(url).map(ObjectId::number);
        for url in [
            "/inventory/binaries/7",
            "https://t100.example.org/inventory/binaries/7",
            "https://192.0.2.1:8443/inventory/binaries/7?download=true",
            "http://a/inventory/binaries/7#x",
        ] {
            assert_eq!(named(url), Some(7), "{url}");
        }
        for url in [
            "",
            "7",
            "https://",
            "https://a",
            "/inventory/binaries/",
            "/inventory/binaries/7/",
            "/inventory/binaries/7/../8",
            "/inventory/binaries/07x",
            "/inventory/binaries/-7",
            "/inventory/managedObjects/7",
            "/x/inventory/binaries/7",
            "https://a/?/inventory/binaries/7",
            "event/events/7/binaries",
        ] {
            assert_eq!(named(url), None, "{url}");
        }
    }

    #[test]
    fn what_is_to_be_fetched_is_named_by_address_and_id_wherever_the_api_has_it() {
        let at = |id: u64| entry("url", format!("/inventory/binaries/{id}"));
        let by_id = |id: &str| entry("id", id);
        let mut profile = Object::new();
        profile.set("firmware", at(11));
        profile.set("software", vec![at(12).into(), by_id("13").into()]);
        profile.set("configuration", vec![at(14).into()]);
        let dump = entry("c8y_ConfigurationDump", by_id("5"));
        for (fragment, value, expected) in [
            ("c8y_Firmware", Json::from(at(1)), vec![1]),
            ("c8y_Firmware", entry("id", 2_u64).into(), vec![2]),
            (
                "c8y_SoftwareUpdate",
                vec![at(3).into(), by_id("4").into()].into(),
                vec![3, 4],
            ),
            ("c8y_SoftwareList", vec![at(3).into()].into(), vec![3]),
            ("c8y_DownloadConfigFile", dump.into(), vec![5]),
            ("c8y_DeviceProfile", profile.into(), vec![11, 12, 13, 14]),
            ("profileId", "15".into(), vec![15]),
            // What is no place for it names nothing.
            ("c8y_Command", at(1).into(), vec![]),
            ("c8y_Restart", by_id("1").into(), vec![]),
            ("c8y_UploadConfigFile", at(1).into(), vec![]),
            ("c8y_Firmware", "/inventory/binaries/1".into(), vec![]),
            ("id", "1".into(), vec![]),
        ] {
            assert_eq!(numbers(&entry(fragment, value)), expected, "{fragment}");
        }
    }

    #[test]
    fn an_operation_names_so_many_objects_and_no_more() {
        let entries = |count: usize| -> Vec<Json> {
            let ids = 1..=u64::try_from(count).expect("small");
            ids.map(|id| entry("id", id).into()).collect()
        };
        for (count, expected) in [
            (OPERATION_NAMES_MAX, OPERATION_NAMES_MAX),
            (OPERATION_NAMES_MAX + 1, OPERATION_NAMES_MAX),
        ] {
            assert_eq!(
                numbers(&entry("c8y_SoftwareUpdate", entries(count))).len(),
                expected
            );
        }
    }
}
