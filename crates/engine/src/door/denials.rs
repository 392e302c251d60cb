//! Refusals on their way into the audit log: the first of a kind at once, repeats counted in windows (R096).

use super::Door;
use crate::audit_log::{Details, REFUSAL_KIND};
use crate::caller::Caller;
use crate::desk::Denial;
use crate::note::Note;
use crate::refusal::Refusal;
use crate::windows::Counted;
use audit::record::{Outcome, Record, Severity};

impl Door {
    /// Records that the caller was refused something by the decision.
    pub(super) async fn record_denial(&self, caller: &Caller, denial: Denial) -> Result<(), Refusal> {
        let identity = caller.identity();
        let note = Note {
            severity: Severity::Minor,
            ..Note::new(REFUSAL_KIND, "Access denied", denial.operation)
        };
        let text = format!("{} on {}", denial.operation, denial.target);
        let mut record = self.0.record_of(caller, note.text(text));
        record.outcome = Outcome::Denied;
        let mut repeats = record.clone();
        let now = record.time;
        Details::of(denial, now).write(&mut record.extra);
        Details::of_repeats(denial, now).write(&mut repeats.extra);
        let key = (
            identity.tenant,
            identity.principal,
            denial.operation,
            denial.target,
        );
        let add = |repeats: &mut Record| Details::add(&mut repeats.extra, denial, now);
        let millis = self.0.world.monotonic_millis();
        match self.0.denials.count_with(key, repeats, millis, add) {
            Counted::Repeat => Ok(()),
            // Those who are signed in are known one by one, so without room each refusal is a record.
            Counted::First | Counted::NoRoom => {
                self.record_first(|inside| &inside.denials, key, record, identity.tenant)
                    .await
            }
        }
    }

    /// The refusals that are counted and not written yet, of the caller's tenant.
    pub(crate) fn open_denials(&self, caller: &Caller) -> Vec<(Record, u64)> {
        let tenant = caller.identity().tenant;
        self.0.denials.open(|key| key.0 == tenant)
    }
}
