//! Only the decision makes proofs.
use model::ids::TenantNumber;
use policy::operations::inventory::InventoryRead;
use policy::proof::{Allowed, Because, Reach};

fn main() {
    let _: Allowed<InventoryRead> = Allowed::new(TenantNumber(1), None, Reach::Tenant, Because::Public);
}
