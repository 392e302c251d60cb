//! How long a permission decision takes: with all facts at hand, with the principal's facts cached as the door caches
//! them, and with everything read from the store.

use super::house::{Device, House, tenant, text};
use super::{Row, Scale, grouped, rate};
use policy::decide::{Target, decide};
use policy::facts::{ObjectFacts, Principal};
use policy::operations::measurements::MeasurementRead;
use std::hint::black_box;
use store::view::View;

/// A device asks for its own data: no role helps, so every clause up to ownership is looked at.
pub(super) fn measure(house: &House, devices: &[Device], scale: &Scale) -> Result<Vec<Row>, String> {
    let store = house.door.store();
    let device = devices.first().ok_or("no device")?;
    let catalogue = store.catalogue().map_err(text)?;
    let tenant = catalogue
        .tenant_by_id(&tenant()?)
        .map_err(text)?
        .ok_or("no tenant")?;
    let view = store.view(tenant.number).map_err(text)?;
    let user = view
        .sign_in_facts(&tenant, &device.account.user)
        .map_err(text)?
        .ok_or("no user")?
        .user
        .id;
    let principal_in = |view: &View| -> Result<Principal, String> {
        Ok(view
            .principal(tenant.number, user)
            .map_err(text)?
            .ok_or("no principal")?
            .principal)
    };
    let object_in = |view: &View, who: &Principal| -> Result<ObjectFacts, String> {
        view.object_facts(who, device.object)
            .map_err(text)?
            .ok_or_else(|| "no object".to_owned())
    };
    let decided = |who: &Principal, object: &ObjectFacts| {
        let decision = decide::<MeasurementRead>(who, Target::Object(black_box(object)));
        decision.map(|proof| drop(black_box(proof))).map_err(text)
    };
    let principal = principal_in(&view)?;
    let object = object_in(&view, &principal)?;
    let epoch = view.rules_epoch(tenant.number).map_err(text)?;

    let at_hand = rate(scale.slice, || decided(black_box(&principal), &object))?;
    let cached = rate(scale.slice, || {
        let view = store.view(tenant.number).map_err(text)?;
        if view.rules_epoch(tenant.number).map_err(text)? != epoch {
            return Err("the rules have changed".to_owned());
        }
        decided(&principal, &object_in(&view, &principal)?)
    })?;
    let cold = rate(scale.slice, || {
        let view = store.view(tenant.number).map_err(text)?;
        let principal = principal_in(&view)?;
        decided(&principal, &object_in(&view, &principal)?)
    })?;
    Ok(vec![
        row("the decision alone, facts at hand", at_hand),
        row(
            "cached: the principal's facts kept, its rules' version and the object read",
            cached,
        ),
        row("cold: principal, groups and object read", cold),
    ])
}

fn row(how: &str, (count, per_second): (u64, f64)) -> Row {
    Row {
        what: format!("permission decisions by ownership, one thread; {how}"),
        count,
        result: format!("{} per second", grouped(per_second)),
    }
}
