//! The parts of a proof are private: nobody can put one together.
use model::ids::TenantNumber;
use policy::operations::inventory::InventoryRead;
use policy::proof::{Allowed, Because, Reach};

fn main() {
    let _: Allowed<InventoryRead> = Allowed {
        tenant: TenantNumber(1),
        principal: None,
        reach: Reach::Tenant,
        because: Because::Public,
        operation: std::marker::PhantomData,
    };
}
