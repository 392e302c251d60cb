//! The groups of the fleet: one for all of it, below it regions, below these sites with their devices.

use crate::documents::{SIMULATED, position};
use crate::roster::{Device, REGIONS, SITES};
use crate::server::{Line, Trouble, list_at, text_at};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The group above all others.
pub(crate) const TOP: &str = "Simulated fleet";
/// Objects of a page, so few that an answer stays small.
const PAGE: usize = 200;
/// Devices that are put into a group with one request.
const REFERENCES: usize = 500;

/// What is on the server already.
#[derive(Debug, Default, Clone)]
pub(crate) struct There {
    /// Groups by their names.
    pub(crate) groups: HashMap<String, String>,
    /// Devices by their ids: the id of the object, and whether its history is complete.
    pub(crate) devices: HashMap<String, (String, bool)>,
    /// With which chance the fleet was begun.
    pub(crate) seed: Option<u64>,
}

/// Looks for everything that says that it is of the fleet.
pub(crate) async fn find(line: &mut Line) -> Result<There, Trouble> {
    let mut there = There::default();
    for page in 1.. {
        let path = format!(
            "/inventory/managedObjects?fragmentType={SIMULATED}&pageSize={PAGE}&currentPage={page}\
             &withChildren=false&withParents=false"
        );
        let found = line.get(&path).await?;
        let objects = list_at(&found, "managedObjects");
        for object in objects {
            let id = text_at(object, "/id")?;
            let mark = object.get(SIMULATED).unwrap_or(&Value::Null);
            if let Some(device) = mark.get("device").and_then(Value::as_str) {
                let has_history = mark
                    .get("hasHistory")
                    .and_then(Value::as_bool)
                    .unwrap_or_default();
                there.devices.insert(device.to_owned(), (id, has_history));
            } else if let Some(group) = mark.get("group").and_then(Value::as_str) {
                there.seed = mark.get("seed").and_then(Value::as_u64).or(there.seed);
                there.groups.insert(group.to_owned(), id);
            }
        }
        if objects.len() < PAGE {
            break;
        }
    }
    Ok(there)
}

/// Makes the groups that are missing. Each is made in its place, so that none is lost on the way.
pub(crate) async fn grow(line: &mut Line, there: &mut There, seed: u64) -> Result<(), Trouble> {
    let top = group(
        line,
        there,
        None,
        (TOP, json!({ "group": TOP, "seed": seed }), None),
    )
    .await?;
    for (number, region) in REGIONS.iter().enumerate() {
        let of_region = group(
            line,
            there,
            Some(&top),
            (region, json!({ "group": region }), None),
        )
        .await?;
        for site in SITES.iter().filter(|site| site.region == number) {
            let mark = json!({ "group": site.name, "kind": site.kind });
            let at = Some(position(site.place));
            group(line, there, Some(&of_region), (site.name, mark, at)).await?;
        }
    }
    Ok(())
}

async fn group(
    line: &mut Line,
    there: &mut There,
    parent: Option<&str>,
    (name, mark, at): (&str, Value, Option<Value>),
) -> Result<String, Trouble> {
    if let Some(id) = there.groups.get(name) {
        return Ok(id.clone());
    }
    let kind = if parent.is_none() {
        "c8y_DeviceGroup"
    } else {
        "c8y_DeviceSubgroup"
    };
    let mut object = json!({ "name": name, "type": kind, "c8y_IsDeviceGroup": {} });
    object[SIMULATED] = mark;
    if let Some(at) = at {
        object["c8y_Position"] = at;
    }
    let path = match parent {
        None => "/inventory/managedObjects".to_owned(),
        Some(parent) => format!("/inventory/managedObjects/{parent}/childAssets"),
    };
    let made = line.post(&path, &object).await?;
    let id = made
        .pointer("/managedObject/id")
        .or_else(|| made.get("id"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    let id = id.ok_or_else(|| Trouble::Incomplete(path, "id"))?;
    there.groups.insert(name.to_owned(), id.clone());
    Ok(id)
}

/// Puts devices where they belong: below their parents, or into the groups of their sites.
pub(crate) async fn place(
    line: &mut Line,
    there: &There,
    seed: u64,
    new: &[(Device, String)],
) -> Result<(), Trouble> {
    let mut places: HashMap<(String, &str), Vec<&str>> = HashMap::new();
    for (device, id) in new {
        let parent = device.parent.map(|parent| Device::of(seed, parent).id());
        let below = match &parent {
            Some(parent) => there
                .devices
                .get(parent)
                .map(|(id, _)| (id.clone(), "childDevices")),
            None => {
                let site = SITES
                    .get(device.site)
                    .and_then(|site| there.groups.get(site.name));
                site.map(|id| (id.clone(), "childAssets"))
            }
        };
        if let Some(below) = below {
            places.entry(below).or_default().push(id);
        }
    }
    for ((parent, kind), children) in places {
        for some in children.chunks(REFERENCES) {
            let references: Vec<_> = some
                .iter()
                .map(|id| json!({ "managedObject": { "id": id } }))
                .collect();
            let path = format!("/inventory/managedObjects/{parent}/{kind}");
            line.post(&path, &json!({ "references": references })).await?;
        }
    }
    Ok(())
}
