//! Alarms about what should not happen with certificates, at the object of the device. A device without one has none: its
//! tenant's log has the record, whose severity is a warning.

use crate::alarms::OwnAlarm;
use crate::refusal::Refusal;
use crate::world::World;
use model::alarms::Severity;
use model::ids::{ObjectId, TenantNumber};
use model::registration::{DeviceId, ID_TYPE_DEFAULT};
use policy::operations::inventory::InventoryUpdate;
use policy::proof::{Allowed, SystemReason};
use std::sync::Arc;
use store::transaction::WriteTx;

/// The type of the alarms.
const ALARM_TYPE: &str = "c8y_CertificateMisuse";
const REASON: SystemReason = SystemReason::Registration;

/// What is said of a key that a second device shows.
pub(super) const KEY_OF_OTHER: &str = "A key was shown that belongs to another device";

/// Tells of a device that has shown the key of another one.
pub(crate) fn alarm_about_key(
    world: &Arc<dyn World>,
    tx: &WriteTx,
    tenant: TenantNumber,
    device: &DeviceId,
) -> Result<(), Refusal> {
    raise(world, tx, tenant, (device, None), KEY_OF_OTHER)
}

/// Raises an alarm at the device's object, if there is one and none of this kind is open there: at the one that it was
/// registered with, else at the one with its name as external id.
pub(super) fn raise(
    world: &Arc<dyn World>,
    tx: &WriteTx,
    tenant: TenantNumber,
    (device, object): (&DeviceId, Option<ObjectId>),
    text: &str,
) -> Result<(), Refusal> {
    let inventory = tx.inventory(Allowed::<InventoryUpdate>::mint_system(tenant, REASON));
    let bound = || inventory.now().external_id(ID_TYPE_DEFAULT, device.as_str());
    let source = match object {
        Some(object) => Some(object),
        None => bound()?.map(|bound| bound.object),
    };
    let Some(source) = source else { return Ok(()) };
    if inventory.now().object(source)?.is_none() {
        return Ok(());
    }
    let alarm = OwnAlarm {
        tenant,
        source,
        kind: ALARM_TYPE,
        reason: REASON,
    };
    alarm.raise(world, tx, (Severity::Critical, world.now()), text)
}
