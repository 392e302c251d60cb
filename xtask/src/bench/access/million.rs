//! Many objects in few commits: groups five deep, devices in the lowest, and other trees. Written through transactions
//! of the store with the administrator's proofs, and without records: this is not what is measured.

use super::super::house::{House, tenant, text};
use super::super::place::{now, parsed};
use model::ids::ObjectId;
use model::inventory::{ChildKind, ManagedObject};
use model::json::{Json, Object};
use policy::decide::{Target, decide};
use policy::facts::Principal;
use policy::operations::inventory::{ChildLink, InventoryCreate};

/// Objects of one commit.
const COMMIT: usize = 500;

/// Puts objects into a platform.
pub(super) struct Filler<'h> {
    house: &'h House,
    admin: Principal,
}

/// An object to be made.
pub(super) struct New {
    pub(super) parent: Option<ObjectId>,
    pub(super) kind: ChildKind,
    pub(super) number: usize,
}

impl New {
    pub(super) fn name(&self) -> String {
        format!("object {:08}", self.number)
    }

    pub(super) fn label(&self) -> String {
        format!("bench_{}", self.number % 10)
    }

    /// Of five objects three are red.
    pub(super) fn colour(&self) -> &'static str {
        if self.number % 5 < 3 { "red" } else { "blue" }
    }

    pub(super) fn fragments(&self) -> Object {
        let serial = Json::from(format!("S-{:08}", self.number));
        let hardware: Object = [("serialNumber", serial)].into_iter().collect();
        let fragments = [
            ("c8y_IsDevice", Json::Object(Object::new())),
            ("c8y_Hardware", Json::Object(hardware)),
            ("colour", Json::from(self.colour().to_owned())),
        ];
        fragments.into_iter().collect()
    }
}

impl<'h> Filler<'h> {
    pub(super) fn new(house: &'h House) -> Result<Self, String> {
        let store = house.door.store();
        let catalogue = store.catalogue().map_err(text)?;
        let tenant = catalogue
            .tenant_by_id(&tenant()?)
            .map_err(text)?
            .ok_or("no tenant")?;
        let view = store.view(tenant.number).map_err(text)?;
        let admin = view
            .sign_in_facts(&tenant, &parsed("admin")?)
            .map_err(text)?
            .ok_or("no administrator")?;
        let admin = view
            .principal(tenant.number, admin.user.id)
            .map_err(text)?
            .ok_or("no administrator")?;
        Ok(Self {
            house,
            admin: admin.principal,
        })
    }

    /// Makes all of them, in order; gives their ids.
    pub(super) fn make(&self, new: &[New]) -> Result<Vec<ObjectId>, String> {
        let mut ids = Vec::with_capacity(new.len());
        for commit in new.chunks(COMMIT) {
            ids.extend(self.commit(commit)?);
        }
        Ok(ids)
    }

    /// The same on two threads, for objects that do not hang below each other.
    pub(super) fn make_apart(&self, new: &[New]) -> Result<Vec<ObjectId>, String> {
        let (left, right) = new.split_at(new.len() / 2);
        std::thread::scope(|scope| {
            let left = scope.spawn(|| self.make(left));
            let right = self.make(right)?;
            let left = left.join().map_err(|_| "a thread panicked".to_owned())??;
            Ok([left, right].concat())
        })
    }

    /// Makes a chain, each below the one before; gives their ids.
    pub(super) fn chain(&self, depth: usize) -> Result<Vec<ObjectId>, String> {
        let mut ids: Vec<ObjectId> = Vec::new();
        for number in 0..depth {
            let new = New {
                parent: ids.last().copied(),
                kind: ChildKind::Asset,
                number,
            };
            ids.extend(self.commit(&[new])?);
        }
        Ok(ids)
    }

    fn commit(&self, new: &[New]) -> Result<Vec<ObjectId>, String> {
        let store = self.house.door.store();
        let tx = store.write_as(&self.admin).map_err(text)?;
        let mut ids = Vec::with_capacity(new.len());
        for new in new {
            let rows = tx.inventory(decide::<InventoryCreate>(&self.admin, Target::Tenant).map_err(text)?);
            let id = rows.new_id().map_err(text)?;
            let object = ManagedObject {
                id,
                owner: self.admin.id(),
                name: Some(parsed(&new.name())?),
                kind: Some(parsed(&new.label())?),
                project: None,
                created: now(),
                updated: now(),
                fragments: new.fragments(),
            };
            rows.create(object).map_err(text)?;
            ids.push(id);
            let Some(parent) = new.parent else { continue };
            let end = |object| {
                let facts = tx
                    .object_facts(&self.admin, object)
                    .map_err(text)?
                    .ok_or("no object")?;
                decide::<ChildLink>(&self.admin, Target::Object(&facts)).map_err(text)
            };
            let linked = tx.inventory(end(parent)?).link(parent, new.kind, &end(id)?);
            linked.map_err(text)?.map_err(|refused| format!("{refused:?}"))?;
        }
        store
            .commit_blocking(tx)
            .map_err(|failed| format!("{failed:?}"))?;
        Ok(ids)
    }
}
