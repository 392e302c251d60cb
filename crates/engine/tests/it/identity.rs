//! External ids through the door.

use crate::house::House;
use engine::caller::Caller;
use engine::identity::{CreateExternalId, DeleteExternalId, ListExternalIds, ReadExternalId};
use engine::inventory::DeleteObject;
use engine::refusal::{Conflict, Missing, Refusal};
use engine::version::Expected;
use model::ids::ObjectId;
use model::roles::Role;

const ALL: &[Role] = &[
    Role::InventoryAdmin,
    Role::InventoryRead,
    Role::IdentityAdmin,
    Role::IdentityRead,
];

fn bind(house: &House, who: &Caller, object: ObjectId, value: &str) -> Result<(), Refusal> {
    let (kind, value) = (
        "c8y_Serial".parse().expect("a type"),
        value.parse().expect("a value"),
    );
    house.run(who, CreateExternalId { object, kind, value })
}

fn find(house: &House, who: &Caller, value: &str) -> Result<ObjectId, Refusal> {
    let ask = ReadExternalId {
        kind: "c8y_Serial".to_owned(),
        value: value.to_owned(),
    };
    house.ask(who, ask).map(|found| found.object)
}

fn free(house: &House, who: &Caller, value: &str) -> Result<(), Refusal> {
    house.run(
        who,
        DeleteExternalId {
            kind: "c8y_Serial".to_owned(),
            value: value.to_owned(),
        },
    )
}

fn missing(value: &str) -> Refusal {
    Refusal::Missing(Missing::ExternalId {
        kind: "c8y_Serial".to_owned(),
        value: value.to_owned(),
    })
}

#[test]
fn an_object_is_found_by_its_external_ids_until_they_are_freed() {
    let house = House::new();
    let who = house.person("alpha", "ann", ALL);
    let object = house.object(&who, "meter");
    bind(&house, &who, object, "b 7/ü").expect("bound");
    bind(&house, &who, object, "a").expect("bound");
    assert_eq!(find(&house, &who, "b 7/ü"), Ok(object));
    let listed = house.ask(&who, ListExternalIds { object }).expect("listed");
    assert_eq!(
        listed.iter().map(|id| id.value.as_str()).collect::<Vec<_>>(),
        ["a", "b 7/ü"]
    );
    free(&house, &who, "a").expect("freed");
    assert_eq!(find(&house, &who, "a"), Err(missing("a")));
    assert_eq!(free(&house, &who, "a"), Err(missing("a")));
    let deletion = DeleteObject {
        id: object,
        cascade: false,
        force_cascade: false,
        with_device_user: false,
        expected: Expected::Any,
    };
    house.run(&who, deletion).expect("deleted");
    assert_eq!(find(&house, &who, "b 7/ü"), Err(missing("b 7/ü")));
}

// R021
#[test]
fn a_conflict_does_not_tell_who_holds_the_external_id() {
    let house = House::new();
    let who = house.person("alpha", "ann", ALL);
    let device = house.person("alpha", "creator", &[Role::InventoryCreate]);
    let (hers, its) = (house.object(&who, "hers"), house.object(&device, "its"));
    bind(&house, &who, hers, "7").expect("bound");
    assert_eq!(
        bind(&house, &device, its, "7"),
        Err(Refusal::Conflict(Conflict::ExternalIdTaken))
    );
    assert_eq!(
        bind(&house, &who, hers, "7"),
        Err(Refusal::Conflict(Conflict::ExternalIdTaken))
    );
    assert_eq!(find(&house, &device, "7"), Err(missing("7")));
    assert_eq!(find(&house, &who, "7"), Ok(hers));
}

// R116
#[test]
fn the_same_external_id_names_another_object_in_another_tenant() {
    let house = House::new();
    let ann = house.person("alpha", "ann", ALL);
    let bob = house.person("beta", "bob", ALL);
    let (hers, his) = (house.object(&ann, "truck"), house.object(&bob, "truck"));
    bind(&house, &ann, hers, "7").expect("bound");
    assert_eq!(find(&house, &bob, "7"), Err(missing("7")));
    assert_eq!(free(&house, &bob, "7"), Err(missing("7")));
    assert_eq!(
        bind(&house, &bob, hers, "8"),
        Err(Refusal::Missing(Missing::Object(hers)))
    );
    assert_eq!(
        house.ask(&bob, ListExternalIds { object: hers }),
        Err(Refusal::Missing(Missing::Object(hers)))
    );
    bind(&house, &bob, his, "7").expect("bound");
    assert_eq!(
        (find(&house, &ann, "7"), find(&house, &bob, "7")),
        (Ok(hers), Ok(his))
    );
}

// R019
#[test]
fn whoever_only_writes_external_ids_cannot_look_them_up() {
    let house = House::new();
    let owner = house.person("alpha", "owner", ALL);
    let writer = house.person("alpha", "writer", &[Role::IdentityAdmin]);
    let object = house.object(&owner, "meter");
    bind(&house, &writer, object, "7").expect("bound");
    assert_eq!(find(&house, &writer, "7"), Err(Refusal::Forbidden));
    assert_eq!(
        house.ask(&writer, ListExternalIds { object }),
        Err(Refusal::Forbidden)
    );
    free(&house, &writer, "7").expect("freed");
}
