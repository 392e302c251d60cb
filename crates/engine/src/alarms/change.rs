//! Changing one alarm: its status, severity, words and fragments.

use super::{WrittenAlarm, check, missing, written};
use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::{Conflict, Invalid, Refusal};
use crate::work::{Command, Then, done};
use audit::record::Change;
use model::alarms::{Alarm, AlarmUpdate};
use model::ids::AlarmId;
use model::json::Json;
use model::limits::FRAGMENTS_MAX;
use policy::operations::alarms::AlarmUpdate as Updating;
use std::collections::BTreeSet;
use store::alarms::AlarmChanges;

/// Changes an alarm.
pub struct UpdateAlarm {
    /// Which.
    pub id: AlarmId,
    /// What.
    pub update: AlarmUpdate,
}

impl Command for UpdateAlarm {
    type Operation = Updating;
    type Answer = WrittenAlarm;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenAlarm>, Refusal> {
        let rows = desk.tx.alarms(desk.allow_on_alarm::<Updating>(self.id)?);
        let before = rows.now().alarm(self.id)?.ok_or(missing(self.id))?;
        let mut after = before.clone();
        self.apply(&mut after)?;
        // Whoever may change only some fragments may not add others either.
        let names: Vec<_> = after.fragments.names().collect();
        let _ = desk
            .tx
            .alarms(desk.allow_on_with::<Updating>(before.source, &names)?);
        if after != before {
            if !may_be_open(&rows, &before, &after)? {
                return Err(Refusal::Conflict(Conflict::AlarmOpen));
            }
            after.updated = desk.now();
            desk.note(describe(&before, &after));
            rows.update(&before, &after)?;
        }
        Ok(done(written(desk, after)?))
    }
}

impl UpdateAlarm {
    fn apply(&self, alarm: &mut Alarm) -> Result<(), Refusal> {
        let AlarmUpdate {
            source,
            text,
            severity,
            status,
            fragments,
        } = &self.update;
        if source.is_some_and(|source| source != alarm.source) {
            return Err(Refusal::Invalid(Invalid::SourceStays));
        }
        // Each one is looked up among the others: no more of them than could be removed and set at once.
        if fragments.len() > 2 * FRAGMENTS_MAX {
            return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
        }
        if let Some(text) = text {
            alarm.text.clone_from(text);
        }
        alarm.severity = severity.unwrap_or(alarm.severity);
        alarm.status = status.unwrap_or(alarm.status);
        for (name, value) in fragments {
            match value {
                Json::Null => drop(alarm.fragments.remove(name)),
                value => alarm.fragments.set(name.clone(), value.clone()),
            }
        }
        check(&alarm.text, &alarm.fragments)
    }
}

/// Whether an alarm may become what it is to become: one that was cleared cannot stand again beside a newer one of its
/// source and type.
pub(super) fn may_be_open(rows: &AlarmChanges<'_>, before: &Alarm, after: &Alarm) -> Result<bool, Refusal> {
    let opens = !before.status.is_open() && after.status.is_open();
    Ok(!opens || rows.open_alarm(after.source, after.kind.as_str())?.is_none())
}

/// What changed, by names: words and fragments may be personal or secret, their values stay in the alarm.
pub(super) fn describe(before: &Alarm, after: &Alarm) -> Note {
    let word = |word: &'static str| Some(Json::from(word));
    let mut note = Note::new("Alarm", "Alarm updated", after.id)
        .text(format!(
            "Alarm {} of managed object {} updated",
            after.id, after.source
        ))
        .change("status", word(before.status.word()), word(after.status.word()))
        .change(
            "severity",
            word(before.severity.word()),
            word(after.severity.word()),
        );
    let names = before.fragments.names().chain(after.fragments.names());
    let changed = names.filter(|name| before.fragments.get(name) != after.fragments.get(name));
    let changed: BTreeSet<_> = changed
        .chain((before.text != after.text).then_some("text"))
        .collect();
    for name in changed {
        let has = |alarm: &Alarm| (name == "text" || alarm.fragments.contains(name)).then(|| Json::from("…"));
        note.changes.push(Change {
            attribute: name.to_owned(),
            kind: "java.lang.Object".to_owned(),
            previous: has(before),
            new: has(after),
        });
    }
    note
}
