//! A proof to read cannot be passed on as a proof to delete.
use policy::operations::inventory::{InventoryDelete, InventoryRead};
use policy::proof::Allowed;

fn relabel(proof: Allowed<InventoryRead>) -> Allowed<InventoryDelete> {
    proof
}

fn main() {}
