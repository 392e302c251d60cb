//! Loads a world into a store: by the same tables and in the same order as people would have made it, with everything
//! that was there before and is gone.

use crate::operations::ask;
use crate::world::{GroupText, Kind, ObjectText, PieceText, State, Step, TenantText, UserText};
use crate::{Platform, first_admin};
use engine::setup::{NewTenant, create_tenant};
use model::grants::{Assignment, InventoryRole, Subject};
use model::ids::{InventoryRoleId, MeasurementId, ObjectId, PrincipalId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::json::{Json, Object};
use model::measurements::NewMeasurement;
use model::options::{ONLY_ACCESSIBLE_FRAGMENTS, OptionName, OptionValue};
use model::permissions::{Permission, Rule, Select, parse_object};
use model::secret::Secret;
use model::users::{Group, User, UserKind};
use policy::decide::{Target, decide};
use policy::facts::{ObjectFacts, Principal};
use policy::operation::Operation;
use policy::operations::inventory::{
    ChildLink, ChildUnlink, InventoryCreate, InventoryDelete, InventoryUpdate,
};
use policy::operations::measurements::MeasurementCreate;
use policy::operations::options::OptionAdmin;
use policy::operations::users::{RoleChange, UserCreate};
use policy::proof::{Allowed, SystemReason};
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use store::Receipt;
use store::realm::RealmChanges;
use store::shards::Store;
use store::transaction::WriteTx;

/// A tenant of a world as it lies in the store.
pub(crate) struct Loaded {
    pub(crate) number: TenantNumber,
    /// By the places of the users: who signs in under that name now.
    pub(crate) users: Vec<PrincipalId>,
    pub(crate) refused: Vec<usize>,
    pub(crate) objects: Vec<ObjectId>,
    /// The world's numbers of the measurements.
    pub(crate) pieces: HashMap<MeasurementId, u64>,
    /// The tenant's administrator.
    admin: PrincipalId,
}

pub(crate) fn load(platform: &Platform, text: &TenantText) -> Loaded {
    let store = &platform.store;
    let mut loaded = new_tenant(platform);
    if text.only_accessible_fragments {
        show_in_part(store, &loaded);
    }
    let (groups, roles) = (
        groups(store, &loaded, text),
        inventory_roles(store, &loaded, text),
    );
    let mut first: HashMap<&str, PrincipalId> = HashMap::new();
    for user in &text.users {
        first.insert(&user.name, create_user(store, &loaded, user, &groups, &roles));
    }
    for object in &text.objects {
        let owner = first[object.owner.as_str()];
        create_object(platform, &loaded, object, owner);
        loaded.objects.push(object_id(object.id));
    }
    let steps = text.steps.iter().enumerate();
    loaded.refused = steps
        .filter(|(_, step)| !take(store, &loaded, step))
        .map(|(place, _)| place)
        .collect();
    for piece in &text.pieces {
        append(platform, &mut loaded, piece);
    }
    for operation in &text.operations {
        ask(platform, &loaded, operation, first[operation.creator.as_str()]);
    }
    for user in &text.users {
        let now = settle(store, &loaded, user, first[user.name.as_str()]);
        loaded.users.push(now);
    }
    loaded
}

fn new_tenant(platform: &Platform) -> Loaded {
    let store = &platform.store;
    let mut random = [0; 8];
    platform.clock.fill(&mut random);
    let domain = format!("w{}.example.org", u64::from_be_bytes(random));
    let tenant = NewTenant {
        id: None,
        domain: parse(&domain),
        company: "World".to_owned(),
        admin: first_admin(),
        contact_name: None,
        contact_phone: None,
        custom_properties: Object::new(),
    };
    create_tenant(store, &platform.clock, &tenant).expect("a tenant");
    let catalogue = store.catalogue().expect("a view");
    let tenant = catalogue
        .tenant_by_domain(&parse(&domain))
        .expect("readable")
        .expect("the tenant");
    let view = store.view(tenant.number).expect("a view");
    let admin = view
        .sign_in_facts(&tenant, &parse("admin"))
        .expect("readable")
        .expect("the administrator");
    Loaded {
        number: tenant.number,
        users: Vec::new(),
        refused: Vec::new(),
        objects: Vec::new(),
        pieces: HashMap::new(),
        admin: admin.user.id,
    }
}

/// Sets the option that shows measurements without the fragments that are not covered.
fn show_in_part(store: &Store, loaded: &Loaded) {
    let name = OptionName {
        category: parse(ONLY_ACCESSIBLE_FRAGMENTS.category),
        key: parse(ONLY_ACCESSIBLE_FRAGMENTS.key),
    };
    let value = OptionValue::new(Secret::new("true")).expect("a value");
    commit::<OptionAdmin, _>(store, loaded, |tx| {
        let rows = tx.options(mint::<OptionAdmin>(loaded));
        rows.put(&name, &value).expect("stored");
    });
}

fn parse<T: FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap_or_else(|bad| panic!("{text:?}: {bad:?}"))
}

pub(crate) fn object_id(number: u64) -> ObjectId {
    ObjectId::new(number).expect("in range")
}

pub(crate) fn mint<N: Operation>(loaded: &Loaded) -> Allowed<N> {
    Allowed::mint_system(loaded.number, SystemReason::Setup)
}

/// One commit of the platform itself in the tenant.
pub(crate) fn commit<N: Operation, T>(
    store: &Store,
    loaded: &Loaded,
    change: impl FnOnce(&WriteTx) -> T,
) -> (T, Receipt) {
    let tx = store.write_for(&mint::<N>(loaded)).expect("a transaction");
    let done = change(&tx);
    (done, store.commit_blocking(tx).expect("durable"))
}

fn in_realm<T>(store: &Store, loaded: &Loaded, change: impl FnOnce(&RealmChanges<'_>) -> T) -> T {
    commit::<UserCreate, T>(store, loaded, |tx| change(&tx.realm(mint::<UserCreate>(loaded)))).0
}

type Groups = HashMap<String, Group>;
type Roles = HashMap<String, InventoryRoleId>;

fn groups(store: &Store, loaded: &Loaded, text: &TenantText) -> Groups {
    let group = |text: &GroupText| {
        in_realm(store, loaded, |realm| {
            let found = realm.now().group_named(&parse(&text.name)).expect("readable");
            let group = Group {
                id: found
                    .as_ref()
                    .map_or_else(|| realm.new_group().expect("an id"), |group| group.id),
                name: parse(&text.name),
                description: None,
                custom_properties: Object::new(),
                roles: text.roles.iter().map(|role| parse(role)).collect(),
            };
            match &found {
                Some(before) => realm.update_group(before, &group).expect("stored"),
                None => realm.create_group(&group).expect("stored"),
            }
            give(realm, Subject::Group(group.id), &text.rules);
            (text.name.clone(), group)
        })
    };
    text.groups.iter().map(group).collect()
}

fn inventory_roles(store: &Store, loaded: &Loaded, text: &TenantText) -> Roles {
    let role = |role: &crate::world::RoleText| {
        let (id, _) = commit::<RoleChange, _>(store, loaded, |tx| {
            let realm = tx.realm(mint::<RoleChange>(loaded));
            let id = realm.new_inventory_role().expect("an id");
            let stored = InventoryRole {
                id,
                name: role.name.clone(),
                description: None,
                permissions: role
                    .permissions
                    .iter()
                    .map(|permission| parse(permission))
                    .collect(),
                version: 0,
            };
            realm.put_inventory_role(None, &stored).expect("stored");
            id
        });
        (role.name.clone(), id)
    };
    text.inventory_roles.iter().map(role).collect()
}

/// Gives a user or group these rules and no others.
fn give(realm: &RealmChanges<'_>, subject: Subject, rules: &[String]) {
    let mut by_object: BTreeMap<Select<ObjectId>, Vec<Permission>> = BTreeMap::new();
    for rule in rules {
        let Rule { object, permission } = parse(rule);
        by_object.entry(object).or_default().push(permission);
    }
    let before = realm.now().permissions(subject).expect("readable");
    for object in before
        .into_keys()
        .filter(|object| !by_object.contains_key(object))
    {
        realm
            .put_permissions(subject, object, Vec::new())
            .expect("stored");
    }
    for (object, permissions) in by_object {
        realm
            .put_permissions(subject, object, permissions)
            .expect("stored");
    }
}

/// A user as it first was: with what it has, and what it had.
fn create_user(
    store: &Store,
    loaded: &Loaded,
    text: &UserText,
    groups: &Groups,
    roles: &Roles,
) -> PrincipalId {
    let group_ids = |names: &[String]| names.iter().map(|name| groups[name].id).collect::<Vec<_>>();
    let (id, before) = in_realm(store, loaded, |realm| {
        let mut user = bare_user(realm.new_principal().expect("an id"), text);
        user.roles = text.roles.iter().map(|role| parse(role)).collect();
        user.groups = group_ids(&text.groups)
            .into_iter()
            .chain(group_ids(&text.former_groups))
            .collect();
        realm.create_user(&user).expect("stored");
        give(realm, Subject::User(user.id), &text.former_rules);
        (user.id, user)
    });
    in_realm(store, loaded, |realm| {
        let mut user = before.clone();
        user.groups = group_ids(&text.groups).into_iter().collect();
        realm.update_user(&before, &user).expect("stored");
        give(realm, Subject::User(id), &text.rules);
        for assignment in &text.assignments {
            let assignment = Assignment {
                id: realm.new_assignment().expect("an id"),
                subject: Subject::User(id),
                object: parse_object(&assignment.object).expect("an object"),
                roles: vec![roles[&assignment.role]],
            };
            realm.put_assignment(&assignment).expect("stored");
        }
    });
    id
}

fn bare_user(id: PrincipalId, text: &UserText) -> User {
    User {
        id,
        name: parse(&text.name),
        kind: match text.kind {
            Kind::Human => UserKind::Person,
            Kind::Service => UserKind::Service,
            Kind::Device => UserKind::Device,
        },
        enabled: true,
        first_name: None,
        last_name: None,
        display_name: None,
        email: None,
        phone: None,
        newsletter: false,
        custom_properties: Object::new(),
        roles: [].into(),
        groups: [].into(),
        owner: None,
        epoch: 0,
        password_changed: None,
        must_change_password: false,
        first_admin: false,
    }
}

/// What became of the user in the end, and who has its name then.
fn settle(store: &Store, loaded: &Loaded, text: &UserText, id: PrincipalId) -> PrincipalId {
    in_realm(store, loaded, |realm| {
        let user = realm.now().user(id).expect("readable").expect("the user");
        match text.state {
            State::Enabled => {}
            State::Disabled => {
                let disabled = User {
                    enabled: false,
                    ..user.clone()
                };
                realm.update_user(&user, &disabled).expect("stored");
            }
            State::Deleted | State::Recreated => realm.delete_user(&user).expect("deleted"),
        }
    });
    if text.state != State::Recreated {
        return id;
    }
    in_realm(store, loaded, |realm| {
        let again = bare_user(realm.new_principal().expect("an id"), text);
        realm.create_user(&again).expect("stored");
        again.id
    })
}

fn fragments<'a>(names: impl IntoIterator<Item = &'a String>, value: &Json) -> Object {
    let values = names.into_iter().map(|name| (name.clone(), value.clone()));
    values.collect()
}

fn create_object(platform: &Platform, loaded: &Loaded, text: &ObjectText, owner: PrincipalId) {
    let store = &platform.store;
    let now = platform.clock.now();
    let created = ManagedObject {
        id: object_id(text.id),
        owner,
        name: None,
        kind: text.file.then(|| parse("c8y_FirmwareBinary")),
        created: now,
        updated: now,
        project: None,
        fragments: fragments(&text.former_fragments, &Json::from(true)),
    };
    commit::<InventoryCreate, _>(store, loaded, |tx| {
        let rows = tx.inventory(mint::<InventoryCreate>(loaded));
        rows.create(created.clone()).expect("stored");
    });
    commit::<InventoryUpdate, _>(store, loaded, |tx| {
        let rows = tx.inventory(mint::<InventoryUpdate>(loaded));
        let before = rows
            .now()
            .object(created.id)
            .expect("readable")
            .expect("the object");
        let after = ManagedObject {
            fragments: fragments(&text.fragments, &Json::from(true)),
            ..before.clone()
        };
        rows.update(&before, after).expect("stored");
    });
}

/// Takes a step; says whether it was taken.
fn take(store: &Store, loaded: &Loaded, step: &Step) -> bool {
    let admin = administrator(store, loaded);
    let tx = store.write_as(&admin).expect("a transaction");
    let facts = |id: u64| tx.object_facts(&admin, object_id(id)).expect("readable");
    let taken = match step {
        Step::Link(kind, parent, child) => match (facts(*parent), facts(*child)) {
            (Some(parent), Some(child)) => {
                let rows = tx.inventory(allowed::<ChildLink>(&admin, &parent));
                let end = allowed::<ChildLink>(&admin, &child);
                let linked = rows.link(parent.id(), child_kind(kind), &end);
                linked.expect("readable").is_ok()
            }
            _ => false,
        },
        Step::Unlink(kind, parent, child) => match facts(*parent) {
            Some(parent) => {
                let end = allowed::<ChildUnlink>(&admin, &parent);
                store::inventory::unlink(&tx, end, parent.id(), child_kind(kind), object_id(*child))
                    .expect("readable")
            }
            None => false,
        },
        Step::Delete(id) => match facts(*id) {
            Some(object) => {
                let rows = tx.inventory(allowed::<InventoryDelete>(&admin, &object));
                let stored = rows
                    .now()
                    .object(object.id())
                    .expect("readable")
                    .expect("the object");
                rows.delete(&stored).expect("deleted");
                true
            }
            None => false,
        },
    };
    store.commit_blocking(tx).expect("durable");
    taken
}

fn child_kind(name: &str) -> ChildKind {
    match name {
        "device" => ChildKind::Device,
        "asset" => ChildKind::Asset,
        "addition" => ChildKind::Addition,
        other => panic!("no kind of edge: {other}"),
    }
}

fn allowed<N: Operation>(admin: &Principal, object: &ObjectFacts) -> Allowed<N> {
    decide(admin, Target::Object(object)).expect("an administrator may")
}

/// The first administrator, with its rights as they are now.
fn administrator(store: &Store, loaded: &Loaded) -> Principal {
    let view = store.view(loaded.number).expect("a view");
    let facts = view.principal(loaded.number, loaded.admin).expect("readable");
    facts.expect("the administrator").principal
}

fn append(platform: &Platform, loaded: &mut Loaded, piece: &PieceText) {
    let source = object_id(piece.object);
    let reading: Object = [("value", Json::from(1_u64))].into_iter().collect();
    let series: Object = [("T", Json::from(reading))].into_iter().collect();
    // Fragments with series are stored another way than those without.
    let value = if piece.id.is_multiple_of(2) {
        Json::from(series)
    } else {
        Json::from(true)
    };
    let document = NewMeasurement {
        source,
        time: platform.clock.now(),
        kind: parse("c8y_Any"),
        fragments: fragments(&piece.fragments, &value),
    };
    let (_, receipt) = commit::<MeasurementCreate, _>(&platform.store, loaded, |tx| {
        let rows = tx.measurements(mint::<MeasurementCreate>(loaded));
        rows.append(source, &[&document])
            .expect("readable")
            .expect("room for its shape");
    });
    let id = receipt.measurements.first().expect("its id");
    loaded.pieces.insert(*id, piece.id);
}
