//! Managed objects that are files: the object, and beside it which content it has. What may be done with the content goes by
//! rights on binaries, which reach a part of an object's data like those on measurements; the object is found like any
//! other.

use crate::blobs::{OpenFile, Uploads, release};
use crate::fault::StoreFault;
use crate::inventory::{InventoryChanges, InventoryRows, object_key};
use crate::projection::Projections;
use crate::rows::{Key, Table, rows};
use crate::search::{Found, OwnerNames, Search, TooCostly};
use crate::transaction::WriteTx;
use crate::view::View;
use model::files::{BINARY_PROPERTIES, File, IS_BINARY};
use model::ids::{ObjectId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use policy::proof::{Reach, Shows};
use serde::{Deserialize, Serialize};

/// The file of a managed object.
#[derive(Serialize, Deserialize)]
struct Binary(File);
rows!(Binary => Binary);

fn binary_key(tenant: TenantNumber, object: ObjectId) -> Key {
    Key::new(tenant, Table::Binary).number(object.number())
}

/// Lets go of the file of an object that is deleted in this transaction, if it has one.
pub(crate) fn release_of(tx: &WriteTx, tenant: TenantNumber, object: ObjectId) -> Result<(), StoreFault> {
    let key = binary_key(tenant, object);
    if let Some(Binary(file)) = tx.view.row::<Binary>(&key)? {
        release(tx, tenant, &file.content)?;
        tx.delete(&key);
    }
    Ok(())
}

impl<'t> InventoryChanges<'t> {
    /// Contents of files on their way to new objects.
    pub fn uploads(&self) -> Uploads<'t> {
        Uploads::new(self.tx, self.tenant)
    }

    /// Gives a new object, created here, the file that it stands for.
    pub fn create_file(&self, object: ObjectId, file: File) -> Result<(), StoreFault> {
        if self.reach != Reach::Tenant {
            return Err(self.out_of_reach("the file of a new object"));
        }
        self.tx.put(&binary_key(self.tenant, object), &Binary(file))
    }
}

/// Managed objects that are files, to read within a reach.
pub struct BinaryRows<'t> {
    view: &'t View,
    tenant: TenantNumber,
    objects: InventoryRows<'t>,
    /// The only object within reach, with the fragments that are covered.
    part: Option<(ObjectId, Shows)>,
}

impl<'t> BinaryRows<'t> {
    pub(crate) fn new(
        view: &'t View,
        projections: Option<&'t Projections>,
        tenant: TenantNumber,
        reach: &Reach,
    ) -> Self {
        let part = match reach {
            Reach::Part { object, shows } => Some((*object, shows.clone())),
            _ => None,
        };
        Self {
            view,
            tenant,
            objects: InventoryRows::new(view, projections, tenant, reach),
            part,
        }
    }

    /// An object within reach, file or not.
    pub fn object(&self, id: ObjectId) -> Result<Option<ManagedObject>, StoreFault> {
        let Some((only, shows)) = &self.part else {
            return self.objects.object(id);
        };
        let object = self.view.row::<ManagedObject>(&object_key(self.tenant, id))?;
        Ok(object.filter(|object| object.id == *only && shows.shows(object.fragment_names())))
    }

    /// The file of an object within reach, if it is one.
    pub fn file(&self, object: &ManagedObject) -> Result<Option<OpenFile<'t>>, StoreFault> {
        let file = self.view.row::<Binary>(&binary_key(self.tenant, object.id))?;
        Ok(file.map(|Binary(file)| OpenFile::new(self.view, self.tenant, file)))
    }

    /// A page of the files within reach that the search means.
    pub fn find(
        &self,
        search: &Search,
        names: OwnerNames<'_>,
    ) -> Result<Result<Found, TooCostly>, StoreFault> {
        let search = Search {
            fragment: Some(IS_BINARY.to_owned()),
            ..search.clone()
        };
        self.objects.find(&search, names)
    }

    /// Whether anything hangs below an object.
    pub fn has_children(&self, object: ObjectId) -> Result<bool, StoreFault> {
        for kind in ChildKind::ALL {
            if !self.objects.children(object, kind)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Managed objects that are files, to change.
pub struct BinaryChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
    reach: Reach,
}

impl<'t> BinaryChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber, reach: Reach) -> Self {
        Self { tx, tenant, reach }
    }

    /// What is there now; the committer refuses the change if it moves.
    pub fn now(&self) -> BinaryRows<'t> {
        BinaryRows::new(&self.tx.view, None, self.tenant, &self.reach)
    }

    /// Contents on their way to objects within reach.
    pub fn uploads(&self) -> Uploads<'t> {
        Uploads::new(self.tx, self.tenant)
    }

    /// Gives an object another content, and lets go of the one that it has. `before` is the object as it was read here;
    /// `object` differs from it in what tells of the content, and in nothing else.
    pub fn replace(
        &self,
        before: &ManagedObject,
        object: ManagedObject,
        file: File,
    ) -> Result<(), StoreFault> {
        self.must_reach(before)?;
        let differs = |name: &str| before.fragments.get(name) != object.fragments.get(name);
        let names = || before.fragments.names().chain(object.fragments.names());
        let is_other = names().any(|name| differs(name) && !BINARY_PROPERTIES.contains(&name))
            || (&before.name, &before.kind, before.owner) != (&object.name, &object.kind, object.owner);
        if is_other {
            return Err(self.out_of_reach());
        }
        release_of(self.tx, self.tenant, before.id)?;
        self.tx.put(&binary_key(self.tenant, before.id), &Binary(file))?;
        self.objects(before.id).update(before, object)
    }

    /// Removes an object that is a file, with its content. `object` is as it was read here.
    pub fn delete(&self, object: &ManagedObject) -> Result<(), StoreFault> {
        self.must_reach(object)?;
        if self.now().file(object)?.is_none() {
            return Err(self.out_of_reach());
        }
        self.objects(object.id).delete(object)
    }

    fn objects(&self, id: ObjectId) -> InventoryChanges<'t> {
        InventoryChanges::new(self.tx, self.tenant, Reach::Object(id))
    }

    fn must_reach(&self, object: &ManagedObject) -> Result<(), StoreFault> {
        match self.now().object(object.id)? {
            Some(_) => Ok(()),
            None => Err(self.out_of_reach()),
        }
    }

    fn out_of_reach(&self) -> StoreFault {
        StoreFault::OutOfReach {
            tenant: self.tenant,
            what: "a binary",
        }
    }
}
