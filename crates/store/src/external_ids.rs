//! External ids: found by the blind index of their type and value, and listed by object.

use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::identity::ExternalId;
use model::ids::{ObjectId, TenantNumber};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// The blind index under which an external id of an object is found again.
#[derive(Serialize, Deserialize)]
struct BlindRow([u8; 16]);

rows! {
    ExternalId => ExternalId,
    BlindRow => ExternalIdOf,
}

fn blind(keys: &Keys, tenant: TenantNumber, kind: &str, value: &str) -> Result<[u8; 16], StoreFault> {
    // The length keeps ("a", "bc") and ("ab", "c") apart.
    let mut text = (kind.len() as u64).to_be_bytes().to_vec();
    text.extend_from_slice(kind.as_bytes());
    text.extend_from_slice(value.as_bytes());
    keys.blind_payload(tenant, "external-id", &text)
}

/// The key of an external id.
pub(crate) fn key(keys: &Keys, tenant: TenantNumber, kind: &str, value: &str) -> Result<Key, StoreFault> {
    Ok(Key::new(tenant, Table::ExternalId).blind(blind(keys, tenant, kind, value)?))
}

/// The external ids of an object, in no meaningful order.
pub(crate) fn of_object(
    view: &View,
    tenant: TenantNumber,
    object: ObjectId,
) -> Result<Vec<ExternalId>, StoreFault> {
    let mut found = Vec::new();
    let prefix = Key::new(tenant, Table::ExternalIdOf).number(object.number());
    view.scan::<BlindRow>(&prefix, Direction::Forward, |_, row| {
        let key = Key::new(tenant, Table::ExternalId).blind(row.0);
        found.extend(view.row::<ExternalId>(&key)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Binds an external id that is free. Reading it notes it: of two commands that bind the same one, the later conflicts.
pub(crate) fn put(tx: &WriteTx, tenant: TenantNumber, id: &ExternalId) -> Result<(), StoreFault> {
    let blind = blind(&tx.view.keys, tenant, id.kind.as_str(), id.value.as_str())?;
    let key = Key::new(tenant, Table::ExternalId).blind(blind);
    if tx.view.contains(&key)? {
        return Err(StoreFault::Inconsistent {
            tenant,
            what: "a free external id",
        });
    }
    tx.put(&key, id)?;
    let by_object = Key::new(tenant, Table::ExternalIdOf)
        .number(id.object.number())
        .blind(blind);
    tx.put(&by_object, &BlindRow(blind))
}

pub(crate) fn delete(tx: &WriteTx, tenant: TenantNumber, id: &ExternalId) -> Result<(), StoreFault> {
    let blind = blind(&tx.view.keys, tenant, id.kind.as_str(), id.value.as_str())?;
    tx.delete(&Key::new(tenant, Table::ExternalId).blind(blind));
    tx.delete(
        &Key::new(tenant, Table::ExternalIdOf)
            .number(id.object.number())
            .blind(blind),
    );
    Ok(())
}
