//! The users of microservices: what they may do whatever they hold, and what not.

use super::{TENANT, object, principal_id};
use crate::decide::{Denied, Target, could, decide};
use crate::facts::{Held, Principal};
use crate::operation::Operation;
use crate::operations::applications::{CurrentSettingsRead, CurrentSubscriptionsRead};
use crate::operations::inventory::{GlobalSet, InventoryList, InventoryRead};
use crate::proof::Because;
use model::applications::{ActsFor, Part};
use model::ids::{ApplicationId, MANAGEMENT, TenantNumber};
use model::roles::Role;
use model::users::UserKind;

fn part_of(owner: TenantNumber, part: Part, roles: &[Role]) -> Principal {
    let held = Held {
        direct: roles.iter().copied().collect(),
        acts_for: ApplicationId::new(5).map(|application| ActsFor {
            application,
            owner,
            part,
        }),
        ..Held::default()
    };
    Principal::from_store(TENANT, principal_id(1), UserKind::Service, held)
}

// R010, R115: an operator that subscribes a tenant to its microservice sees nothing there before the tenant grants something.
#[test]
fn a_microservice_of_another_tenant_sees_no_object_before_it_was_granted_anything() {
    let global = object(TENANT, 9, true);
    let own_read = [Role::UserManagementOwnRead];
    let uninvited = part_of(MANAGEMENT, Part::Service, &own_read);
    let granted = part_of(MANAGEMENT, Part::Service, &[own_read[0], Role::AlarmRead]);
    let at_home = part_of(TENANT, Part::Service, &own_read);
    let read =
        |who: &Principal| decide::<InventoryRead>(who, Target::Object(&global)).map(|proof| proof.because());
    assert_eq!(read(&uninvited), Err(Denied::Missing));
    assert_eq!(read(&granted), Ok(Because::Global));
    assert_eq!(read(&at_home), Ok(Because::Global));
    let listed = |who: &Principal| decide::<InventoryList>(who, Target::Tenant).map(drop);
    assert_eq!(listed(&uninvited), Err(Denied::Forbidden));
    assert_eq!(listed(&granted), Ok(()));
    assert!(!could(&uninvited, InventoryRead::INFO.need, true));
    assert!(decide::<GlobalSet>(&uninvited, Target::Tenant).is_err());
    assert!(decide::<CurrentSettingsRead>(&uninvited, Target::Tenant).is_ok());
}

#[test]
fn the_part_with_which_a_microservice_begins_knows_of_nothing_whatever_it_was_given() {
    let begins = part_of(TENANT, Part::Bootstrap, &[Role::InventoryRead, Role::TenantAdmin]);
    let foreign = object(TENANT, 9, false);
    let read = decide::<InventoryRead>(&begins, Target::Object(&foreign)).map(drop);
    assert_eq!(read, Err(Denied::Missing));
    assert!(decide::<InventoryList>(&begins, Target::Tenant).is_err());
    assert!(decide::<CurrentSubscriptionsRead>(&begins, Target::Tenant).is_ok());
}
