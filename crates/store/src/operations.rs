//! Operations as rows: documents about a device, in order of their creation.

use crate::bulk_operations;
use crate::documents::{Document, DocumentChanges, DocumentRows, Lines, about};
use crate::fault::StoreFault;
use crate::feed::What;
use crate::inventory::{line_by, object_key};
use crate::rows::{Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{ObjectId, OperationId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::operations::{IS_AGENT, Operation, OperationStatus};
use model::time::Timestamp;
use policy::facts::{ObjectFacts, Principal};

rows!(Operation => Operation);

impl Lines for Operation {
    const OF: Table = Table::OperationOf;
    const LINE: u8 = 3;
    // Those that wait: a device that asks for them walks over nothing that has ended.
    const LISTS_OPEN: bool = true;
    const IS_LISTED_ELSEWHERE: bool = true;
}

impl Document for Operation {
    fn number(&self) -> u64 {
        self.id.number()
    }

    fn what(&self) -> What {
        What::Operation(self.id)
    }

    fn source(&self) -> ObjectId {
        self.device
    }

    fn time(&self) -> Timestamp {
        self.created
    }

    fn is_open(&self) -> bool {
        self.status == OperationStatus::Pending
    }

    fn follow(
        changes: &OperationChanges<'_>,
        before: Option<&Self>,
        after: Option<&Self>,
    ) -> Result<(), StoreFault> {
        bulk_operations::follow(changes.tx, changes.tenant, before, after)
    }

    fn forget(&self, tx: &WriteTx, tenant: TenantNumber) -> Result<(), StoreFault> {
        bulk_operations::follow(tx, tenant, Some(self), None)
    }

    fn fragments(&self) -> impl Iterator<Item = &str> {
        self.fragments.names()
    }
}

/// The operations of a tenant, to read within a reach.
pub type OperationRows<'t> = DocumentRows<'t, Operation>;
/// The operations of a tenant, to change.
pub type OperationChanges<'t> = DocumentChanges<'t, Operation>;

impl OperationRows<'_> {
    /// An operation within reach, by its id.
    pub fn operation(&self, id: OperationId) -> Result<Option<Operation>, StoreFault> {
        self.document(id.number())
    }
}

impl OperationChanges<'_> {
    /// A new operation id.
    pub fn new_id(&self) -> Result<OperationId, StoreFault> {
        self.tx.ids.operation(self.tenant)
    }

    /// Whether a device is an agent or hangs below one by child devices: somebody takes its operations.
    pub fn has_agent(&self, device: ObjectId) -> Result<bool, StoreFault> {
        let view = &self.tx.view;
        let line = line_by(view, self.tenant, device, &[ChildKind::Device])?;
        for id in std::iter::once(device).chain(line) {
            let object = view.row::<ManagedObject>(&object_key(self.tenant, id))?;
            if object.is_some_and(|object| object.fragments.contains(IS_AGENT)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl View {
    /// The device of an operation, and the names of the operation's fragments.
    pub fn operation_facts(
        &self,
        who: &Principal,
        id: OperationId,
    ) -> Result<Option<(ObjectFacts, Vec<String>)>, StoreFault> {
        self.piece_facts(who, about::<Operation>(self, who.tenant(), id.number())?)
    }
}
