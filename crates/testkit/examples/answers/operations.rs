//! Loads the operations of a world: each is created with what it names first, changed so that it names more, and brought
//! to where it stands.

use crate::Platform;
use crate::load::{Loaded, commit, mint, object_id};
use crate::world::{OperationText, Progress};
use model::ids::PrincipalId;
use model::json::{Json, Object};
use model::operations::{Operation, OperationStatus};
use policy::operations::operations::{OperationCreate, OperationUpdate};

/// The software that these objects are.
fn software<'a>(ids: impl Iterator<Item = &'a u64>) -> Object {
    let entry = |id: &u64| {
        let entry: Object = [("id", id.to_string())].into_iter().collect();
        Json::from(entry)
    };
    let entries: Vec<Json> = ids.map(entry).collect();
    [("c8y_SoftwareUpdate", entries)].into_iter().collect()
}

pub(crate) fn ask(platform: &Platform, loaded: &Loaded, text: &OperationText, creator: PrincipalId) {
    let (store, now) = (&platform.store, platform.clock.now());
    let (created, _) = commit::<OperationCreate, _>(store, loaded, |tx| {
        let rows = tx.operations(mint::<OperationCreate>(loaded));
        let operation = Operation {
            id: rows.new_id().expect("an id"),
            device: object_id(text.device),
            creator,
            bulk: None,
            description: None,
            status: OperationStatus::Pending,
            failure_reason: None,
            created: now,
            updated: now,
            expires: None,
            handed_out: Vec::new(),
            fragments: software(text.names.iter()),
        };
        rows.create(&operation).expect("stored");
        operation
    });
    commit::<OperationUpdate, _>(store, loaded, |tx| {
        let rows = tx.operations(mint::<OperationUpdate>(loaded));
        let changed = Operation {
            status: match text.state {
                Progress::Open => OperationStatus::Pending,
                Progress::Begun => OperationStatus::Executing,
                Progress::Over => OperationStatus::Successful,
            },
            fragments: software(text.names.iter().chain(&text.names_later)),
            ..created.clone()
        };
        rows.update(&created, &changed).expect("stored");
    });
}
