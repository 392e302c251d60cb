//! Raising an alarm: a new one, or the open one of its source and type once more.

use super::{WrittenAlarm, check, missing, written};
use crate::desk::Changing;
use crate::refusal::Refusal;
use crate::work::{Command, Then, done};
use model::alarms::{Alarm, AlarmMapping, AlarmStatus, NewAlarm};
use model::ids::{AlarmId, ObjectId};
use model::time::Timestamp;
use policy::operations::alarms::AlarmCreate;

/// Raises an alarm. While one of its source and type is open, that one counts on, and nothing of the new one is kept but
/// its time.
pub struct RaiseAlarm(pub NewAlarm);

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raised {
    /// This alarm.
    Alarm(WrittenAlarm),
    /// Nothing: its source is maintained, or alarms of its type are suppressed.
    Dropped,
}

impl Command for RaiseAlarm {
    type Operation = AlarmCreate;
    type Answer = Raised;

    fn heard_of(&self) -> Vec<ObjectId> {
        vec![self.0.source]
    }

    fn change(&self, desk: &Changing) -> Result<Then<Raised>, Refusal> {
        let sent = &self.0;
        let names: Vec<_> = sent.fragments.names().collect();
        let proof = desk.allow_on_with::<AlarmCreate>(sent.source, &names);
        let rows = desk
            .tx
            .alarms(proof.map_err(|refusal| refusal.of_named_source(sent.source))?);
        check(&sent.text, &sent.fragments)?;
        let is_maintained = rows
            .response_interval(sent.source)?
            .is_some_and(|minutes| minutes <= 0);
        let mapping = desk.tx.alarm_mapping(desk.who(), sent.kind.as_str())?;
        if is_maintained || mapping == Some(AlarmMapping::Suppressed) {
            return Ok(done(Raised::Dropped));
        }
        if let Some(open) = rows.open_alarm(sent.source, sent.kind.as_str())? {
            return Ok(done(Raised::Alarm(raise_again(desk, open, sent.time)?)));
        }
        let mut alarm = new_alarm(rows.new_id()?, sent, desk.now());
        if let Some(AlarmMapping::Shown { severity, text }) = mapping {
            alarm.severity = severity.unwrap_or(alarm.severity);
            alarm.text = text.unwrap_or(alarm.text);
        }
        rows.create(&alarm)?;
        Ok(done(Raised::Alarm(written(desk, alarm)?)))
    }
}

/// Counts on the open alarm. It is changed by this, so it takes a right on it as it is, whatever fragments were sent.
fn raise_again(desk: &Changing, open: AlarmId, time: Timestamp) -> Result<WrittenAlarm, Refusal> {
    let proof = desk.allow_on_alarm::<AlarmCreate>(open);
    let rows = desk.tx.alarms(proof.map_err(|refusal| match refusal {
        // Its id, which the caller may not know, is not told.
        Refusal::Missing(_) => Refusal::Forbidden,
        refusal => refusal,
    })?);
    let before = rows.now().alarm(open)?.ok_or(missing(open))?;
    let after = raised_again(&before, rows.new_id()?, time, desk.now());
    rows.update(&before, &after)?;
    written(desk, after)
}

/// An alarm as it is first stored.
pub(crate) fn new_alarm(id: AlarmId, sent: &NewAlarm, now: Timestamp) -> Alarm {
    Alarm {
        id,
        source: sent.source,
        time: sent.time,
        first_occurrence: None,
        kind: sent.kind.clone(),
        text: sent.text.clone(),
        severity: sent.severity,
        status: sent.status.unwrap_or(AlarmStatus::Active),
        count: 1,
        place: id,
        created: now,
        updated: now,
        fragments: sent.fragments.clone(),
    }
}

/// An open alarm after it was raised once more, at a place of its own that was drawn for this.
fn raised_again(before: &Alarm, place: AlarmId, time: Timestamp, now: Timestamp) -> Alarm {
    Alarm {
        time,
        first_occurrence: before.first_occurrence.or(Some(before.time)),
        count: before.count.saturating_add(1),
        place,
        updated: now,
        ..before.clone()
    }
}
