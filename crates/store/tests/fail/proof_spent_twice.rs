//! Opening a table spends the proof, and no copy of it can be made before.
use policy::operations::inventory::InventoryRead;
use policy::proof::Allowed;
use store::transaction::ReadTx;

fn twice(tx: &ReadTx, proof: Allowed<InventoryRead>) {
    let _ = tx.inventory(proof);
    let _ = tx.inventory(proof);
}

fn copied(tx: &ReadTx, proof: Allowed<InventoryRead>) {
    let _ = tx.inventory(proof.clone());
    let _ = tx.inventory(proof);
}

fn main() {}
