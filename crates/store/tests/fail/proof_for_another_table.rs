//! A proof for measurements opens neither the inventory nor the realm.
use policy::operations::measurements::MeasurementRead;
use policy::proof::Allowed;
use store::transaction::ReadTx;

fn inventory(tx: &ReadTx, proof: Allowed<MeasurementRead>) {
    let _ = tx.inventory(proof);
}

fn realm(tx: &ReadTx, proof: Allowed<MeasurementRead>) {
    let _ = tx.realm(proof);
}

fn main() {}
