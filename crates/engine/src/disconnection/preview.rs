//! What a disconnection would do, counted before anything is done; and what it has done.

use super::cut::taken_by;
use super::names::{Names, SharedUser, device_of};
use super::{missing, no_device};
use crate::desk::Reading;
use crate::page::{Listed, Page};
use crate::refusal::Refusal;
use crate::work::Query;
use model::disconnection::BlockedDevice;
use model::ids::ObjectId;
use model::inventory::ChildKind;
use model::limits::{OWN_CHILDREN_SHOWN_MAX, SOURCES_BELOW_MAX};
use model::operations::OperationStatus;
use model::registration::DeviceId;
use model::time::Timestamp;
use model::users::UserKind;
use policy::operation::Operation;
use policy::operations::disconnection::{BlockedDeviceRead, DisconnectionRead};
use policy::operations::inventory::InventoryRead;
use policy::operations::operations::OperationRead;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use store::realm::RealmRows;

/// A disconnection, done or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisconnectionView {
    /// The object.
    pub object: ObjectId,
    /// When it was done, by whom and why.
    pub done: Option<(Timestamp, String, String)>,
    /// The names under which the device is or would be kept out.
    pub devices: Vec<DeviceId>,
    /// Whether its user is that of a device above it, which would stay connected.
    pub is_shared: bool,
    /// What would be taken from it now.
    pub consequences: Consequences,
    /// Devices below it that come in by themselves, and stay connected.
    pub own_children: Vec<ObjectId>,
    /// Whether all of them are named.
    pub all_children: bool,
    /// Devices below it that speak through it.
    pub through: usize,
}

/// What would be taken from a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consequences {
    /// Users that would be disabled.
    pub users: usize,
    /// Their passwords.
    pub credentials: usize,
    /// Certificates that are not revoked.
    pub certificates: usize,
    /// Requests to let it in.
    pub requests: usize,
    /// One-time passwords.
    pub one_time_passwords: usize,
    /// Operations that wait.
    pub pending: usize,
    /// Operations that it is at.
    pub executing: usize,
}

/// Sees what a disconnection would do, or has done.
pub struct ReadDisconnection(pub ObjectId);

impl Query for ReadDisconnection {
    type Operation = DisconnectionRead;
    type Answer = DisconnectionView;

    fn answer(&self, desk: &Reading) -> Result<DisconnectionView, Refusal> {
        let realm = desk.tx.realm(desk.allow_on::<DisconnectionRead>(self.0)?);
        no_device(desk, DisconnectionRead::INFO.name)?;
        let tenant = desk.who().tenant();
        let inventory = desk.tx.inventory(Allowed::<InventoryRead>::mint_system(
            tenant,
            SystemReason::Disconnection,
        ));
        let object = inventory.object(self.0)?.ok_or_else(|| missing(self.0))?;
        let external = inventory.external_ids(self.0)?;
        let names = Names::of(desk, &realm, &external, &object, SharedUser::Spared)?;
        let state = inventory.disconnection(self.0)?;
        let devices = names.all.clone();
        let mut consequences = Consequences::default();
        for device in &devices {
            consequences.count(&realm, device)?;
        }
        let taken = taken_by(desk, self.0)?;
        let rows = desk.tx.operations(Allowed::<OperationRead>::mint_system(
            tenant,
            SystemReason::Disconnection,
        ));
        for object in &taken {
            consequences.pending += rows.of_device(*object, OperationStatus::Pending)?.len();
            consequences.executing += rows.of_device(*object, OperationStatus::Executing)?.len();
        }
        let below = inventory.with_below(self.0, &[ChildKind::Device], SOURCES_BELOW_MAX)?;
        let (mut own_children, mut all_children) = (Vec::new(), below.is_some());
        let own_users = users_of(&realm, &devices)?;
        for child in below.into_iter().flatten().filter(|child| *child != self.0) {
            let Some(facts) = desk.tx.object_facts(desk.who(), child)? else {
                continue;
            };
            let owner = realm.user(facts.owner())?;
            let is_own = owner.as_ref().and_then(device_of).is_some()
                && facts.owner() != object.owner
                && !own_users.contains(&facts.owner());
            if is_own && own_children.len() == OWN_CHILDREN_SHOWN_MAX {
                all_children = false;
            } else if is_own {
                own_children.push(child);
            }
        }
        let done = match state {
            Some(state) => Some((state.time, desk.shown_name(state.by)?, state.reason)),
            None => None,
        };
        Ok(DisconnectionView {
            object: self.0,
            done,
            devices,
            is_shared: names.is_shared,
            consequences,
            own_children,
            all_children,
            through: taken.len() - 1,
        })
    }
}

fn users_of(
    realm: &RealmRows<'_>,
    devices: &[DeviceId],
) -> Result<BTreeSet<model::ids::PrincipalId>, Refusal> {
    let mut users = BTreeSet::new();
    for device in devices {
        let Ok(name) = device.user_name() else { continue };
        users.extend(realm.user_named(&name)?.map(|user| user.id));
    }
    Ok(users)
}

impl Consequences {
    fn count(&mut self, realm: &RealmRows<'_>, device: &DeviceId) -> Result<(), Refusal> {
        self.requests += usize::from(realm.device_request(device)?.is_some());
        self.one_time_passwords += usize::from(realm.enrolment(device)?.is_some());
        let issued = realm.issued_to(device)?.into_iter();
        let mut certificates: BTreeSet<_> = issued
            .filter(|one| one.revoked.is_none())
            .map(|one| one.serial)
            .collect();
        let Ok(name) = device.user_name() else {
            return Ok(());
        };
        let user = realm.user_named(&name)?;
        if let Some(user) = user.filter(|user| user.kind == UserKind::Device) {
            self.users += usize::from(user.enabled);
            self.credentials += usize::from(realm.credential(user.id)?.is_some());
            let used = realm.device_certificates(user.id)?;
            let used = used.into_iter().flat_map(|used| used.used);
            certificates.extend(used.filter_map(|one| one.serials.into_iter().next()));
        }
        self.certificates += certificates.len();
        Ok(())
    }
}

/// A device that is kept out, as those see it who may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedView {
    /// The device.
    pub blocked: BlockedDevice,
    /// The name under which whoever disconnected it is shown.
    pub by: String,
}

/// Lists devices that are kept out, the latest first.
pub struct FindBlocked(pub Page);

impl Query for FindBlocked {
    type Operation = BlockedDeviceRead;
    type Answer = Listed<BlockedView>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.realm(desk.allow::<BlockedDeviceRead>()?);
        let mut all = rows.blocked_devices()?;
        all.sort_unstable_by(|left, right| (right.time, &left.device).cmp(&(left.time, &right.device)));
        self.0.of(all).try_map(|blocked| {
            let by = desk.shown_name(blocked.by)?;
            Ok(BlockedView { blocked, by })
        })
    }
}
