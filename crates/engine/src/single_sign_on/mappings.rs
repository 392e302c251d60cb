//! Mappings from what a provider says to rights, one by one: the same ones as in the settings.

use super::settings::{put, realm, sign_on_missing};
use crate::desk::{Changing, Reading};
use crate::refusal::{Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::single_sign_on::{
    AccessMapping, InventoryMapping, NewInventoryMapping, NewMapping, SignOn, SignOnChange,
};
use policy::operations::sessions::{LoginOptionAdmin, SignOnRead};

/// Reads all mappings, of both kinds.
pub struct ReadMappings;

impl Query for ReadMappings {
    type Operation = SignOnRead;
    type Answer = (Vec<AccessMapping>, Vec<InventoryMapping>);

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.realm(desk.allow::<SignOnRead>()?);
        let settings = rows.sign_on()?.ok_or_else(sign_on_missing)?;
        Ok((settings.mappings, settings.inventory_mappings))
    }
}

/// Changes the settings and says what is then there.
fn change<A: Send + 'static>(
    desk: &Changing,
    ends_sessions: bool,
    change: impl FnOnce(&mut SignOn) -> Result<A, Refusal>,
) -> Result<Then<A>, Refusal> {
    let realm = realm(desk)?;
    let before = realm.now().sign_on()?.ok_or_else(sign_on_missing)?;
    let mut after = before.clone();
    let answer = change(&mut after)?;
    put(
        desk,
        &realm,
        &before,
        &after,
        &SignOnChange::default(),
        ends_sessions,
    )?;
    Ok(done(answer))
}

fn missing(id: u32) -> Refusal {
    Refusal::Missing(Missing::AccessMapping(id))
}

macro_rules! commands {
    ($(
        $list:ident, $put:ident, $new:ident, $kept:ident:
        $create:ident = $create_doc:literal, $change:ident = $change_doc:literal, $delete:ident = $delete_doc:literal;
    )*) => {$(
        #[doc = $create_doc]
        pub struct $create {
            /// What it says.
            pub mapping: $new,
            /// Whether every session of the tenant ends with it.
            pub ends_sessions: bool,
        }

        impl Command for $create {
            type Operation = LoginOptionAdmin;
            type Answer = $kept;

            fn change(&self, desk: &Changing) -> Result<Then<$kept>, Refusal> {
                change(desk, self.ends_sessions, |settings| {
                    let id = settings.new_number();
                    settings.$put(id, &self.mapping);
                    found(&settings.$list, |mapping| mapping.id == id, id)
                })
            }
        }

        #[doc = $change_doc]
        pub struct $change {
            /// Which.
            pub id: u32,
            /// What it says now: from the one that is there.
            pub change: Box<dyn Fn(&$kept) -> $new + Send + Sync>,
            /// Whether every session of the tenant ends with it.
            pub ends_sessions: bool,
        }

        impl Command for $change {
            type Operation = LoginOptionAdmin;
            type Answer = $kept;

            fn change(&self, desk: &Changing) -> Result<Then<$kept>, Refusal> {
                change(desk, self.ends_sessions, |settings| {
                    let before = found(&settings.$list, |mapping| mapping.id == self.id, self.id)?;
                    settings.$put(self.id, &(self.change)(&before));
                    found(&settings.$list, |mapping| mapping.id == self.id, self.id)
                })
            }
        }

        #[doc = $delete_doc]
        pub struct $delete {
            /// Which.
            pub id: u32,
            /// Whether every session of the tenant ends with it.
            pub ends_sessions: bool,
        }

        impl Command for $delete {
            type Operation = LoginOptionAdmin;
            type Answer = ();

            fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
                change(desk, self.ends_sessions, |settings| {
                    let before = settings.$list.len();
                    settings.$list.retain(|mapping| mapping.id != self.id);
                    match settings.$list.len() < before {
                        true => Ok(()),
                        false => Err(missing(self.id)),
                    }
                })
            }
        }
    )*};
}

commands! {
    mappings, put_mapping, NewMapping, AccessMapping:
    CreateMapping = "Adds a mapping to groups.",
    ChangeMapping = "Changes a mapping to groups.",
    DeleteMapping = "Removes a mapping to groups; what it gave falls at the next sign-in.";
    inventory_mappings, put_inventory_mapping, NewInventoryMapping, InventoryMapping:
    CreateInventoryMapping = "Adds a mapping to inventory roles.",
    ChangeInventoryMapping = "Changes a mapping to inventory roles.",
    DeleteInventoryMapping = "Removes a mapping to inventory roles; what it gave falls at the next sign-in.";
}

fn found<M: Clone>(list: &[M], is_it: impl Fn(&M) -> bool, id: u32) -> Result<M, Refusal> {
    list.iter()
        .find(|mapping| is_it(mapping))
        .cloned()
        .ok_or_else(|| missing(id))
}
