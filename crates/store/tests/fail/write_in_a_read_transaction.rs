//! A transaction that reads opens no table for changes.
use policy::operations::inventory::InventoryUpdate;
use policy::proof::Allowed;
use store::transaction::ReadTx;

fn change(tx: &ReadTx, proof: Allowed<InventoryUpdate>) {
    let _ = tx.inventory(proof);
}

fn main() {}
