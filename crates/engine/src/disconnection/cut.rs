//! What is taken from a device, and counted.

use crate::certificates::revoke_issued;
use crate::desk::{Changing, Desk};
use crate::operations::updated;
use crate::refusal::{FaultId, Refusal};
use model::certificates::{RevokedSerial, SerialNumber};
use model::disconnection::{BlockedDevice, Disconnection};
use model::ids::{ObjectId, OperationId};
use model::inventory::ManagedObject;
use model::limits::{CANCELLED_AT_ONCE_MAX, SOURCES_BELOW_MAX};
use model::operations::{Operation, OperationStatus};
use model::registration::DeviceId;
use model::users::{User, UserKind};
use policy::operations::operations::OperationUpdate;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::ops::Deref;
use store::realm::RealmChanges;
use store::view::View;

/// A disconnection under way.
pub(super) struct Cut<'d> {
    desk: &'d Changing,
    realm: &'d RealmChanges<'d>,
    object: ObjectId,
    /// What is kept of it.
    pub(super) state: Disconnection,
    blocked: usize,
    users: usize,
    credentials: usize,
    certificates: BTreeSet<SerialNumber>,
    requests: usize,
    one_time_passwords: usize,
}

impl<'d> Cut<'d> {
    pub(super) fn new(
        desk: &'d Changing,
        realm: &'d RealmChanges<'d>,
        object: &ManagedObject,
        before: Option<Disconnection>,
        reason: &str,
    ) -> Self {
        let new = || Disconnection {
            time: desk.now(),
            by: desk.who().id(),
            reason: reason.to_owned(),
            devices: Vec::new(),
            enabled: Vec::new(),
        };
        Self {
            desk,
            realm,
            object: object.id,
            state: before.unwrap_or_else(new),
            blocked: 0,
            users: 0,
            credentials: 0,
            certificates: BTreeSet::new(),
            requests: 0,
            one_time_passwords: 0,
        }
    }

    pub(super) fn is_something(&self) -> bool {
        let counts = [
            self.blocked,
            self.users,
            self.credentials,
            self.certificates.len(),
            self.requests,
            self.one_time_passwords,
        ];
        counts.iter().any(|count| *count > 0)
    }

    /// Takes everything from the device that has this name, and keeps it out under it.
    pub(super) fn device(&mut self, device: &DeviceId) -> Result<(), Refusal> {
        let (realm, rows) = (self.realm, self.realm.now());
        if rows.blocked_device(device)?.is_none() {
            realm.block_device(&BlockedDevice {
                device: device.clone(),
                object: self.object,
                time: self.desk.now(),
                by: self.desk.who().id(),
                reason: self.state.reason.clone(),
            })?;
            self.blocked += 1;
        }
        if !self.state.devices.contains(device) {
            self.state.devices.push(device.clone());
        }
        if rows.device_request(device)?.is_some() {
            realm.delete_device_request(device)?;
            self.requests += 1;
        }
        if rows.enrolment(device)?.is_some() {
            realm.delete_enrolment(device)?;
            self.one_time_passwords += 1;
        }
        let revoked = revoke_issued(realm, self.desk.now(), rows.issued_to(device)?)?;
        self.certificates
            .extend(revoked.into_iter().map(|one| one.serial));
        let name = device
            .user_name()
            .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
        match rows.user_named(&name)? {
            Some(user) if user.kind == UserKind::Device => self.user(&user),
            _ => Ok(()),
        }
    }

    /// Whatever was opened as this user ends with the epoch.
    fn user(&mut self, before: &User) -> Result<(), Refusal> {
        let rows = self.realm.now();
        let has_credential = rows.credential(before.id)?.is_some();
        let certificates = rows.device_certificates(before.id)?;
        if !before.enabled && !has_credential && certificates.is_none() {
            return Ok(());
        }
        if has_credential {
            self.realm.forget_credential(before.id);
            self.credentials += 1;
        }
        if let Some(certificates) = certificates {
            // Those that others have issued: the first number is that of the device's own.
            let own = certificates.used.into_iter();
            for serial in own.filter_map(|one| one.serials.into_iter().next()) {
                let since = self.desk.now();
                self.realm.revoke(&RevokedSerial {
                    serial: serial.clone(),
                    since,
                })?;
                self.certificates.insert(serial);
            }
            self.realm.forget_device_certificates(before.id);
        }
        if before.enabled && !self.state.enabled.contains(&before.id) {
            self.state.enabled.push(before.id);
        }
        self.users += 1;
        self.realm.end_placement(before.id);
        let mut after = before.clone();
        after.enabled = false;
        after.epoch += 1;
        Ok(self.realm.update_user(before, &after)?)
    }

    pub(super) fn text(&self, object: ObjectId, cancelled: usize) -> String {
        let names: Vec<_> = self.state.devices.iter().map(DeviceId::as_str).collect();
        format!(
            "The device {object} is disconnected and kept out as {}: {}. {} users disabled, {} credentials and {} \
             certificates taken away, {} requests and {} one-time passwords removed, {cancelled} operations cancelled",
            names.join(", "),
            self.state.reason,
            self.users,
            self.credentials,
            self.certificates.len(),
            self.requests,
            self.one_time_passwords,
        )
    }
}

/// Operations that were cancelled.
pub(super) struct Cancelled {
    pub(super) count: usize,
    /// Whether some are left.
    pub(super) more: bool,
}

/// The objects whose operations an object takes: itself, and what hangs below it without an agent in between.
pub(super) fn taken_by(
    desk: &Desk<impl Deref<Target = View>>,
    object: ObjectId,
) -> Result<Vec<ObjectId>, Refusal> {
    let below = desk.tx.devices_below(desk.who(), object, SOURCES_BELOW_MAX)?;
    // Of more than that only its own: the others are not handed out any more in any case, and end with their time.
    let mut all = vec![object];
    for child in below.into_iter().flatten().filter(|child| *child != object) {
        if desk.tx.agent_of(desk.who(), child)? == Some(object) {
            all.push(child);
        }
    }
    Ok(all)
}

/// Cancels what waits for an object, so that it is asked for nothing before it erases itself.
pub(crate) fn cancel_for_wipe(desk: &Changing, object: ObjectId) -> Result<(), Refusal> {
    let right = desk.allow_on_with::<OperationUpdate>(object, &[])?;
    drop(desk.tx.operations(right));
    cancel_as(desk, object, "The device is taken out of service").map(drop)
}

/// Cancels what waits for an object that is disconnected or is under way there, up to so many.
pub(super) fn cancel(desk: &Changing, object: ObjectId, reason: &str) -> Result<Cancelled, Refusal> {
    cancel_as(desk, object, &format!("The device was disconnected: {reason}"))
}

fn cancel_as(desk: &Changing, object: ObjectId, reason: &str) -> Result<Cancelled, Refusal> {
    let objects = taken_by(desk, object)?;
    let proof = Allowed::<OperationUpdate>::mint_system(desk.who().tenant(), SystemReason::Disconnection);
    let rows = desk.tx.operations(proof);
    let mut open: Vec<OperationId> = Vec::new();
    for object in objects {
        for status in [OperationStatus::Pending, OperationStatus::Executing] {
            open.extend(rows.of_device(object, status)?);
            if open.len() > CANCELLED_AT_ONCE_MAX {
                break;
            }
        }
    }
    let more = open.len() > CANCELLED_AT_ONCE_MAX;
    open.truncate(CANCELLED_AT_ONCE_MAX);
    let mut count = 0;
    for id in open {
        let Some(before) = rows.now().operation(id)? else {
            continue;
        };
        let after = Operation {
            status: OperationStatus::Failed,
            failure_reason: Some(reason.to_owned()),
            updated: desk.now(),
            ..before.clone()
        };
        rows.update(&before, &after)?;
        desk.note(updated(&before, &after));
        count += 1;
    }
    Ok(Cancelled { count, more })
}
