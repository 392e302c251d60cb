//! What stands for a state of something, so that a client can say which state it has seen. What it is a state of, and what
//! follows if it is another one by now, is not known here.

use crate::fault::StoreFault;
use crate::inventory::InventoryRows;
use crate::realm::RealmRows;
use crate::rows::encode;
use crate::view::View;
use model::ids::TenantNumber;
use serde::Serialize;

/// Rows of a tenant, whose states can be told apart.
pub trait States {
    /// What stands for a state of something: the same for the same state. Only who has the tenant's keys can tell which
    /// state it stands for.
    fn digest(&self, state: &impl Serialize) -> Result<[u8; 16], StoreFault>;
}

impl States for RealmRows<'_> {
    fn digest(&self, state: &impl Serialize) -> Result<[u8; 16], StoreFault> {
        digest(self.view, self.tenant, state)
    }
}

impl States for InventoryRows<'_> {
    fn digest(&self, state: &impl Serialize) -> Result<[u8; 16], StoreFault> {
        digest(self.view, self.tenant, state)
    }
}

fn digest(view: &View, tenant: TenantNumber, state: &impl Serialize) -> Result<[u8; 16], StoreFault> {
    view.keys.blind_identity(tenant, "state", encode(state)?)
}
