//! Only the right to delete tenants destroys keys.
use model::ids::TenantNumber;
use policy::operations::tenants::TenantRead;
use policy::proof::Allowed;
use store::shards::Store;

fn shred(store: &Store, proof: Allowed<TenantRead>) {
    let _ = store.shred(&proof, TenantNumber(2));
}

fn main() {}
