//! The tenant of a table is that of the proof: there is no place to name another.
use model::ids::TenantNumber;
use policy::operations::inventory::InventoryRead;
use policy::operations::users::UserRead;
use policy::proof::Allowed;
use store::transaction::ReadTx;

fn other(tx: &ReadTx, proof: Allowed<InventoryRead>, users: Allowed<UserRead>) {
    let _ = tx.inventory(TenantNumber(2), proof);
    let _ = tx.realm(TenantNumber(2), users);
}

fn changed(mut proof: Allowed<InventoryRead>) {
    proof.tenant = TenantNumber(2);
}

fn main() {}
