//! Endpoints of the software that is installed on a device, where agents and consoles know them: what rows 140 to 142 do.

use crate::body::{BadBody, object, require, text};
use crate::endpoint::{Body, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter, required};
use model::json::Json;
use model::limits::{BODY_BYTES_MAX, SOFTWARE_AT_ONCE_MAX};
use policy::operations::inventory as does;

const DEVICE: &[Parameter] = &[required("deviceId", Kind::Text, "The device.")];
const FILTERS: &[Parameter] = &[
    parameter("name", Kind::Text, "Of this name."),
    parameter("type", Kind::Text, "Of this type."),
    parameter("version", Kind::Text, "Of this version."),
];
const BODY: Body = Body {
    media: &[],
    schema: "SoftwareItems",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    List = Get "/service/advanced-software-mgmt/software" does does::InventoryRead {
        query: &[DEVICE, FILTERS, PAGING],
        answer: answer(200, "application/json", "SoftwareCollection"),
        errors: &[404, 422],
        about: "List the software that is installed on a device, as the device has told it.",
    }
    Replace = Post "/service/advanced-software-mgmt/software" does does::InventoryUpdate {
        query: &[DEVICE],
        body: BODY,
        answer: nothing(201),
        errors: &[400, 403, 404, 413, 422],
        about: "Say what is installed on a device, all of it.",
    }
    Add = Put "/service/advanced-software-mgmt/software" does does::InventoryUpdate {
        query: &[DEVICE],
        body: BODY,
        answer: nothing(200),
        errors: &[400, 403, 404, 413, 422],
        about: "Say what is installed on a device too.",
    }
    Remove = Delete "/service/advanced-software-mgmt/software" does does::InventoryUpdate {
        query: &[DEVICE],
        body: BODY,
        answer: nothing(204),
        errors: &[400, 403, 404, 413, 422],
        about: "Say what is installed on a device no more, by names and versions.",
    }
}

/// One piece of software as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftwareItem {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its type.
    pub kind: Option<String>,
    /// Where it comes from.
    pub url: Option<String>,
}

/// A list of software.
pub fn software_items(body: Json) -> Result<Vec<SoftwareItem>, BadBody> {
    let Json::Array(items) = body else {
        return Err(BadBody::WrongType {
            property: "body".to_owned(),
            expected: "an array of software",
        });
    };
    if items.len() > SOFTWARE_AT_ONCE_MAX {
        return Err(BadBody::TooMany {
            property: "body",
            most: SOFTWARE_AT_ONCE_MAX,
        });
    }
    items.into_iter().map(software_item).collect()
}

fn software_item(item: Json) -> Result<SoftwareItem, BadBody> {
    let item = object(item)?;
    require(&item, &["name", "version"])?;
    let owned = |name| Ok::<_, BadBody>(text(&item, name)?.map(str::to_owned));
    Ok(SoftwareItem {
        name: owned("name")?.ok_or(BadBody::Missing(vec!["name"]))?,
        version: owned("version")?.ok_or(BadBody::Missing(vec!["version"]))?,
        kind: owned("softwareType")?,
        url: owned("url")?,
    })
}
