//! A proof to read opens no table for changes.
use policy::operations::inventory::InventoryRead;
use policy::proof::Allowed;
use store::transaction::WriteTx;

fn change(tx: &WriteTx, proof: Allowed<InventoryRead>) {
    let _ = tx.inventory(proof);
}

fn main() {}
