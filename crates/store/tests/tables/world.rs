//! A store with two tenants and their users as values, and the shortest way from a user to a committed change.

use audit::record::{Actor, ActorKind, Origin, Outcome, Record, Severity};
use model::grants::Subject;
use model::identity::ExternalId;
use model::ids::{MANAGEMENT, ObjectId, PrincipalId, ShardNumber, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::json::Object;
use model::permissions::{Permission, Select};
use model::roles::Role;
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use model::users::{User, UserKind};
use policy::decide::{Target, decide};
use policy::facts::Principal;
use policy::operation::Operation;
use policy::operations::identity::{ExternalIdCreate, ExternalIdDelete};
use policy::operations::inventory::{
    ChildLink, ChildUnlink, InventoryCreate, InventoryDelete, InventoryList, InventoryUpdate,
};
use policy::operations::tenants::{TenantCreate, TenantSetup};
use policy::operations::users::RoleChange;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::backend::Backend;
use store::backend::memory::MemoryBackend;
use store::fault::{CommitFailed, StoreFault};
use store::inventory::{InventoryRows, LinkRefused};
use store::keyring::Keyring;
use store::master_key::MasterKey;
use store::shards::{OpenError, Store};
use store::transaction::{ReadTx, WriteTx};
use store::view::View;
use store::{Receipt, realm::RealmChanges};

/// The keys of one platform: a keyring file and the master key that opens it.
pub(crate) struct Keys {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) master: MasterKey,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let keys = Self {
            directory: tempfile::tempdir().unwrap(),
            master: MasterKey::random(),
        };
        Keyring::create(&keys.file(), &keys.master).unwrap();
        keys
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.directory.path().join("keyring")
    }

    pub(crate) fn open(&self) -> Keyring {
        Keyring::open(&self.file(), &self.master).unwrap()
    }

    pub(crate) fn start(&self, engines: &Engines) -> Result<Store, OpenError> {
        let Engines { catalogue, tenants } = engines.clone();
        Store::start(catalogue, &[tenants], self.open())
    }
}

/// The engine of the catalogue's shard and that of the one shard for tenants.
#[derive(Clone)]
pub(crate) struct Engines {
    pub(crate) catalogue: Arc<dyn Backend>,
    pub(crate) tenants: Arc<dyn Backend>,
}

impl Engines {
    /// A new catalogue in memory beside this engine for tenants.
    pub(crate) fn with(tenants: Arc<dyn Backend>) -> Self {
        Self {
            catalogue: Arc::new(MemoryBackend::new()),
            tenants,
        }
    }
}

/// A user of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Someone {
    pub(crate) tenant: TenantNumber,
    pub(crate) id: PrincipalId,
}

/// A tenant with an administrator and three users without any role.
#[derive(Debug, Clone)]
pub(crate) struct Realm {
    pub(crate) tenant: TenantNumber,
    pub(crate) admin: Someone,
    pub(crate) users: [Someone; 3],
}

/// A store with the management tenant and two more.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) engines: Engines,
    pub(crate) keys: Keys,
    pub(crate) realms: [Realm; 2],
}

impl World {
    pub(crate) fn new() -> Self {
        Self::on(Arc::new(MemoryBackend::new()))
    }

    /// With this engine for the tenants.
    pub(crate) fn on(tenants: Arc<dyn Backend>) -> Self {
        let (keys, engines) = (Keys::new(), Engines::with(tenants));
        let store = keys.start(&engines).unwrap();
        create_management(&store).unwrap();
        let realms = ["t1", "t2"].map(|id| create_tenant(&store, id).unwrap());
        Self {
            store,
            engines,
            keys,
            realms,
        }
    }

    /// Ends the store and starts it again on the same engine.
    pub(crate) fn restart(self) -> Self {
        let Self {
            store,
            engines,
            keys,
            realms,
        } = self;
        drop(store);
        let store = keys.start(&engines).unwrap();
        Self {
            store,
            engines,
            keys,
            realms,
        }
    }
}

pub(crate) fn system<N: Operation>() -> Allowed<N> {
    Allowed::mint_system(MANAGEMENT, SystemReason::Setup)
}

pub(crate) fn create_management(store: &Store) -> Result<Receipt, CommitFailed> {
    let tx = store
        .write_for(&system::<TenantCreate>())
        .map_err(|_| CommitFailed::Stopped)?;
    let row = tenant_row("management", MANAGEMENT);
    tx.catalogue(system::<TenantCreate>())
        .create(&row)
        .map_err(|_| CommitFailed::Stopped)?;
    prepare_realm(&tx, &row).map_err(|_| CommitFailed::Stopped)?;
    tx.record(record("Tenant created"));
    store.commit_blocking(tx)
}

/// Makes a tenant in the order in which the platform does: its row, its keys, its realm, and then it is there.
pub(crate) fn create_tenant(store: &Store, id: &str) -> Option<Realm> {
    create_tenant_on(store, id, ShardNumber(1))
}

/// The same on a shard of choice.
pub(crate) fn create_tenant_on(store: &Store, id: &str, shard: ShardNumber) -> Option<Realm> {
    let tx = store.write_for(&system::<TenantCreate>()).ok()?;
    let catalogue = tx.catalogue(system::<TenantCreate>());
    let after = Tenant {
        shard,
        ..tenant_row(id, catalogue.new_number().ok()?)
    };
    let before = Tenant {
        status: TenantStatus::Creating,
        ..after.clone()
    };
    catalogue.create(&before).ok()?;
    store.commit_blocking(tx).ok()?;

    store.make_keys(&system::<TenantCreate>(), after.number).ok()?;
    let tx = store.write_for(&filling(after.number)).ok()?;
    let realm = prepare_realm(&tx, &after).ok()?;
    store.commit_blocking(tx).ok()?;

    let tx = store.write_for(&system::<TenantCreate>()).ok()?;
    let catalogue = tx.catalogue(system::<TenantCreate>());
    // Read, so that it conflicts with whoever undoes the creation.
    let before = catalogue.now().tenant(&after.id).ok()??;
    catalogue.update(&before, &after).ok()?;
    tx.record(record("Tenant created"));
    store.commit_blocking(tx).ok()?;
    Some(realm)
}

/// The right to fill the realm of a new tenant.
pub(crate) fn filling(tenant: TenantNumber) -> Allowed<TenantSetup> {
    Allowed::mint_system(tenant, SystemReason::Setup)
}

pub(crate) fn tenant_row(id: &str, number: TenantNumber) -> Tenant {
    Tenant {
        number,
        shard: ShardNumber(u16::from(number != MANAGEMENT)),
        id: id.parse().unwrap(),
        domain: format!("{id}.example.org").parse().unwrap(),
        company: id.to_owned(),
        admin_name: None,
        admin_email: None,
        contact_name: None,
        contact_phone: None,
        custom_properties: Object::new(),
        allow_create_tenants: false,
        parent: None,
        created: Timestamp::from_millis(0),
        status: TenantStatus::Active,
    }
}

fn prepare_realm(tx: &WriteTx, tenant: &Tenant) -> Result<Realm, StoreFault> {
    let number = tenant.number;
    let realm = tx.realm(filling(number));
    realm.begin(&tenant.id)?;
    let roles = [
        Role::InventoryAdmin,
        Role::InventoryRead,
        Role::EventAdmin,
        Role::EventRead,
        Role::IdentityAdmin,
        Role::IdentityRead,
        Role::MeasurementAdmin,
        Role::MeasurementRead,
        Role::AuditRead,
        Role::UserManagementAdmin,
        Role::UserManagementRead,
    ];
    let admin = add_user(&realm, number, "admin", &roles)?;
    let alice = add_user(&realm, number, "alice", &[])?;
    let bob = add_user(&realm, number, "bob", &[])?;
    let carol = add_user(&realm, number, "carol", &[])?;
    Ok(Realm {
        tenant: number,
        admin,
        users: [alice, bob, carol],
    })
}

fn add_user(
    realm: &RealmChanges<'_>,
    tenant: TenantNumber,
    name: &str,
    roles: &[Role],
) -> Result<Someone, StoreFault> {
    let id = realm.new_principal()?;
    realm.create_user(&User {
        id,
        name: name.parse().unwrap(),
        // Carol is a device: what she owns reaches what hangs below (R023).
        kind: if name == "carol" {
            UserKind::Device
        } else {
            UserKind::Person
        },
        enabled: true,
        first_name: None,
        last_name: None,
        display_name: None,
        email: None,
        phone: None,
        newsletter: false,
        custom_properties: Object::new(),
        roles: roles.iter().copied().collect(),
        groups: BTreeSet::new(),
        owner: None,
        epoch: 0,
        password_changed: None,
        must_change_password: false,
        first_admin: false,
    })?;
    Ok(Someone { tenant, id })
}

pub(crate) fn record(activity: &str) -> Record {
    Record {
        time: Timestamp::from_millis(1),
        client_time: None,
        actor: Actor {
            principal: None,
            name: String::new(),
            kind: ActorKind::System,
        },
        address: None,
        kind: "Test".to_owned(),
        activity: activity.to_owned(),
        text: String::new(),
        source: None,
        severity: Severity::Information,
        outcome: Outcome::Success,
        application: None,
        changes: Vec::new(),
        count: 1,
        origin: Origin::Platform,
        extra: Object::new(),
        batch: None,
        salt: [7; 16],
    }
}

impl Someone {
    /// The facts for a decision, from this view.
    pub(crate) fn facts(self, view: &View) -> Result<Principal, StoreFault> {
        Ok(view
            .principal(self.tenant, self.id)?
            .expect("the user is there")
            .principal)
    }

    /// A transaction that reads in this user's tenant.
    pub(crate) fn read(self, store: &Store) -> ReadTx {
        store.read(self.tenant).unwrap()
    }

    /// A transaction of this user.
    pub(crate) fn write(self, store: &Store) -> Result<WriteTx, StoreFault> {
        let facts = self.facts(&store.view(self.tenant)?)?;
        store.write_as(&facts)
    }

    /// What this user's lists reach.
    pub(crate) fn list(self, tx: &ReadTx) -> InventoryRows<'_> {
        tx.inventory(self.allow::<InventoryList>(tx).unwrap())
    }

    /// The decision on the tenant as a whole.
    pub(crate) fn allow<N: Operation>(self, view: &View) -> Result<Allowed<N>, StoreFault> {
        Ok(decide(&self.facts(view)?, Target::Tenant).expect("allowed"))
    }

    /// The decision on one object, which must be there.
    pub(crate) fn allow_on<N: Operation>(self, view: &View, id: ObjectId) -> Result<Allowed<N>, StoreFault> {
        let facts = self.facts(view)?;
        let object = view.object_facts(&facts, id)?.expect("the object is there");
        Ok(decide(&facts, Target::Object(&object)).expect("allowed"))
    }

    /// Gives a user exactly these permissions to read managed objects, by names of fragments.
    pub(crate) fn grant(
        self,
        tx: &WriteTx,
        to: Someone,
        object: Select<ObjectId>,
        names: &[String],
    ) -> Result<(), StoreFault> {
        let permissions = names
            .iter()
            .map(|name| Permission::of_parts("MANAGED_OBJECT", name, "READ").unwrap());
        tx.realm(self.allow::<RoleChange>(tx)?).put_permissions(
            Subject::User(to.id),
            object,
            permissions.collect(),
        )?;
        tx.record(record("granted"));
        Ok(())
    }

    pub(crate) fn create(self, tx: &WriteTx, object: ManagedObject) -> Result<ObjectId, StoreFault> {
        let rows = tx.inventory(self.allow::<InventoryCreate>(tx)?);
        let id = rows.new_id()?;
        rows.create(ManagedObject { id, ..object })?;
        tx.record(record("created"));
        Ok(id)
    }

    pub(crate) fn update(
        self,
        tx: &WriteTx,
        id: ObjectId,
        change: impl FnOnce(&mut ManagedObject),
    ) -> Result<ManagedObject, StoreFault> {
        let rows = tx.inventory(self.allow_on::<InventoryUpdate>(tx, id)?);
        let before = rows.now().object(id)?.expect("the object is there");
        let mut after = before.clone();
        change(&mut after);
        rows.update(&before, after.clone())?;
        tx.record(record("updated"));
        Ok(after)
    }

    pub(crate) fn delete(self, tx: &WriteTx, id: ObjectId) -> Result<(), StoreFault> {
        let rows = tx.inventory(self.allow_on::<InventoryDelete>(tx, id)?);
        let object = rows.now().object(id)?.expect("the object is there");
        rows.delete(&object)?;
        tx.record(record("deleted"));
        Ok(())
    }

    pub(crate) fn link(
        self,
        tx: &WriteTx,
        (parent, kind, child): (ObjectId, ChildKind, ObjectId),
    ) -> Result<Result<(), LinkRefused>, StoreFault> {
        let rows = tx.inventory(self.allow_on::<ChildLink>(tx, parent)?);
        let child = self.allow_on::<ChildLink>(tx, child)?;
        tx.record(record("linked"));
        rows.link(parent, kind, &child)
    }

    pub(crate) fn unlink(
        self,
        tx: &WriteTx,
        (parent, kind, child): (ObjectId, ChildKind, ObjectId),
    ) -> Result<bool, StoreFault> {
        let end = self.allow_on::<ChildUnlink>(tx, parent)?;
        tx.record(record("unlinked"));
        store::inventory::unlink(tx, end, parent, kind, child)
    }

    pub(crate) fn bind(self, tx: &WriteTx, object: ObjectId, value: &str) -> Result<(), StoreFault> {
        let rows = tx.inventory(self.allow_on::<ExternalIdCreate>(tx, object)?);
        rows.create_external_id(&serial(object, value))?;
        tx.record(record("bound"));
        Ok(())
    }

    pub(crate) fn free(self, tx: &WriteTx, object: ObjectId, value: &str) -> Result<(), StoreFault> {
        let rows = tx.inventory(self.allow_on::<ExternalIdDelete>(tx, object)?);
        rows.delete_external_id(&serial(object, value))?;
        tx.record(record("freed"));
        Ok(())
    }
}

/// One committed change of this user; fails when the change set does.
pub(crate) fn change<T>(
    store: &Store,
    who: Someone,
    prepare: impl FnOnce(&WriteTx) -> Result<T, StoreFault>,
) -> Result<T, CommitFailed> {
    let tx = who.write(store).map_err(|_| CommitFailed::Stopped)?;
    let done = prepare(&tx).map_err(|_| CommitFailed::Stopped)?;
    store.commit_blocking(tx)?;
    Ok(done)
}

/// An object of this owner.
pub(crate) fn object(owner: Someone, name: &str) -> ManagedObject {
    ManagedObject {
        // The store gives the real one.
        id: ObjectId::new(1).unwrap(),
        owner: owner.id,
        name: Some(name.parse().unwrap()),
        kind: None,
        project: None,
        created: Timestamp::from_millis(0),
        updated: Timestamp::from_millis(0),
        fragments: Object::new(),
    }
}

pub(crate) fn serial(object: ObjectId, value: &str) -> ExternalId {
    ExternalId {
        kind: "c8y_Serial".parse().unwrap(),
        value: value.parse().unwrap(),
        object,
    }
}

/// Copies a directory tree.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
