//! The parents of objects that were asked for lately. Every decision by permissions on single objects goes up from an
//! object, and most of what it reads was read for the one before.
//!
//! What is kept is used only if the object's `Above` row is still in the version that it was read at. That row moves
//! with every edge to a parent, and a version is never given twice, so nothing has to be thrown away when edges move.

use super::tree::neighbours_by;
use crate::fault::StoreFault;
use crate::rows::{Key, Table};
use crate::seal::RowVersion;
use crate::view::View;
use model::ids::{ObjectId, TenantNumber};
use model::inventory::ChildKind;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// Objects whose parents are kept, of all tenants together: about 20 MiB.
const OBJECTS_MAX: usize = 200_000;

/// The parents of an object, each with its kind of edge.
pub(crate) type Parents = Arc<[(ChildKind, ObjectId)]>;

/// The parents of objects that were asked for lately.
pub(crate) struct KnownParents(Cache<(TenantNumber, ObjectId), (Option<RowVersion>, Parents)>);

impl Default for KnownParents {
    fn default() -> Self {
        Self(Cache::new(OBJECTS_MAX))
    }
}

impl KnownParents {
    /// The parents of an object as the view has them. A command that has asked runs again if the object gets or loses a
    /// parent before it commits.
    pub(crate) fn of(
        &self,
        view: &View,
        tenant: TenantNumber,
        object: ObjectId,
    ) -> Result<Parents, StoreFault> {
        let above = Key::new(tenant, Table::Above).number(object.number());
        let version = view.watched_version(&above)?;
        let place = (tenant, object);
        if let Some((_, parents)) = self.0.get(&place).filter(|(known, _)| *known == version) {
            return Ok(parents);
        }
        let parents: Parents = neighbours_by(view, tenant, Table::Parent, object, &ChildKind::ALL)?.into();
        self.0.insert(place, (version, parents.clone()));
        Ok(parents)
    }
}
