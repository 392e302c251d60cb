//! Locking an option, so that it is neither changed nor deleted until it is unlocked. For the management tenant's own: what
//! another tenant has set is not for the operator to hold (R124).

use super::missing;
use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::Refusal;
use crate::work::{Command, Then, done};
use model::json::Json;
use model::options::{OptionName, TenantOption};
use policy::operations::options::OptionLock;

/// Locks an option, or unlocks it.
pub struct LockOption {
    /// Which.
    pub name: OptionName,
    /// Whether it can be changed from now on.
    pub is_editable: bool,
}

impl Command for LockOption {
    type Operation = OptionLock;
    type Answer = TenantOption;

    fn change(&self, desk: &Changing) -> Result<Then<TenantOption>, Refusal> {
        let rows = desk.tx.options(desk.allow::<OptionLock>()?);
        let option = rows.now().option(&self.name)?;
        let option = option.ok_or_else(|| missing(&self.name))?;
        let was_locked = rows.now().is_locked(&self.name)?;
        if was_locked == self.is_editable {
            rows.put_lock(&self.name, !self.is_editable)?;
            let note = Note::new("Option", "Option locked or unlocked", &self.name);
            let (before, after) = (Json::Bool(!was_locked), Json::Bool(self.is_editable));
            desk.note(note.change("editable", Some(before), Some(after)));
        }
        Ok(done(option))
    }
}
