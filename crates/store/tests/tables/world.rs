//! A store with two tenants and their users as values, and the shortest way from a user to a committed change.

use audit::record::{Actor, ActorKind, Origin, Outcome, Record, Severity};
use model::identity::ExternalId;
use model::ids::{MANAGEMENT, ObjectId, PrincipalId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::json::Object;
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
use policy::operations::tenants::TenantCreate;
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
use store::shard::{OpenError, Store};
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

    pub(crate) fn start(&self, backend: Arc<dyn Backend>) -> Result<Store, OpenError> {
        Store::start(backend, self.open())
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
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) keys: Keys,
    pub(crate) realms: [Realm; 2],
}

impl World {
    pub(crate) fn new() -> Self {
        Self::on(Arc::new(MemoryBackend::new()))
    }

    pub(crate) fn on(backend: Arc<dyn Backend>) -> Self {
        let keys = Keys::new();
        let store = keys.start(backend.clone()).unwrap();
        create_management(&store).unwrap();
        let realms = ["t1", "t2"].map(|id| create_tenant(&store, id).unwrap());
        Self {
            store,
            backend,
            keys,
            realms,
        }
    }

    /// Ends the store and starts it again on the same engine.
    pub(crate) fn restart(self) -> Self {
        let Self {
            store,
            backend,
            keys,
            realms,
        } = self;
        drop(store);
        let store = keys.start(backend.clone()).unwrap();
        Self {
            store,
            backend,
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
    prepare_tenant(&tx, "management", MANAGEMENT).map_err(|_| CommitFailed::Stopped)?;
    tx.record_for_platform(record("Tenant created"));
    store.commit_blocking(tx)
}

pub(crate) fn create_tenant(store: &Store, id: &str) -> Option<Realm> {
    let tx = store.write_for(&system::<TenantCreate>()).ok()?;
    let number = tx.catalogue(system::<TenantCreate>()).new_tenant().ok()?;
    let realm = prepare_tenant(&tx, id, number).ok()?;
    tx.record_for_platform(record("Tenant created"));
    store.commit_blocking(tx).ok()?;
    Some(realm)
}

pub(crate) fn tenant_row(id: &str, number: TenantNumber) -> Tenant {
    Tenant {
        number,
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

fn prepare_tenant(tx: &WriteTx, id: &str, number: TenantNumber) -> Result<Realm, StoreFault> {
    let realm = tx
        .catalogue(system::<TenantCreate>())
        .create(&tenant_row(id, number))?;
    let roles = [
        Role::InventoryAdmin,
        Role::InventoryRead,
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
        kind: UserKind::Person,
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

    /// A transaction of this user.
    pub(crate) fn write(self, store: &Store) -> Result<WriteTx, StoreFault> {
        let facts = self.facts(&*store.read()?)?;
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
