//! What a proof reaches, where types alone do not say it.

use crate::gate::Held;
use crate::world::World;
use model::inventory::ChildKind;
use store::fault::StoreFault;

// A proof for one object changes no other, whatever the behaviour asks for.
#[test]
fn a_proof_does_not_reach_beside_its_object() {
    use policy::operations::identity::ExternalIdCreate;
    use policy::operations::inventory::{ChildLink, InventoryDelete, InventoryUpdate};
    let held = Held::new();
    let admin = held.admin();
    let [mine, other] = held.objects();
    let tx = admin.write(held.store()).unwrap();
    let object = admin
        .list(&held.admin().read(held.store()))
        .object(other)
        .unwrap()
        .unwrap();
    let beside =
        |result: Result<(), StoreFault>| assert!(matches!(result, Err(StoreFault::OutOfReach { .. })));

    let rows = tx.inventory(admin.allow_on::<InventoryUpdate>(&tx, mine).unwrap());
    beside(rows.update(&object, object.clone()));
    beside(rows.create(object.clone()));
    assert_eq!(rows.now().object(other).unwrap(), None);
    let rows = tx.inventory(admin.allow_on::<InventoryDelete>(&tx, mine).unwrap());
    beside(rows.delete(&object));
    let rows = tx.inventory(admin.allow_on::<ExternalIdCreate>(&tx, mine).unwrap());
    beside(rows.create_external_id(&crate::world::serial(other, "v")));
    let rows = tx.inventory(admin.allow_on::<ChildLink>(&tx, mine).unwrap());
    let child = admin.allow_on::<ChildLink>(&tx, mine).unwrap();
    beside(rows.link(other, ChildKind::Asset, &child).map(|_| ()));
    assert!(tx.is_empty());
}

// R115
#[test]
#[should_panic(expected = "a proof of one tenant in the transaction of another")]
fn a_transaction_takes_no_proof_of_another_tenant() {
    let world = World::new();
    let [one, two] = [&world.realms[0], &world.realms[1]];
    let tx = one.admin.write(&world.store).unwrap();
    let foreign = two
        .admin
        .allow::<policy::operations::inventory::InventoryCreate>(&tx)
        .unwrap();
    let _ = tx.inventory(foreign);
}
