//! Alarms as rows: documents about a source, in order of the times at which they were last raised.
//!
//! Beside the rows of alarms there is one row for the open alarm of each source and type, which every command that
//! raises one reads: two that do so at once cannot both find none. And one row for each source that counts its open
//! alarms.
//!
//! An alarm that is raised again gets the time at which that happened, and moves to a new place at the end of its lines.
//! If it stayed where it was, its line would have a time there that is far out of order, and the one number that bounds
//! this for the whole line would make every list walk over years.

use crate::documents::{Document, DocumentChanges, DocumentRows, Lines, about};
use crate::fault::StoreFault;
use crate::feed::What;
use crate::inventory::object_key;
use crate::keys::Keys;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::{View, unless_broken};
use model::alarms::{Alarm, OpenAlarms};
use model::ids::{AlarmId, ObjectId, TenantNumber};
use model::inventory::ManagedObject;
use model::time::Timestamp;
use policy::facts::{ObjectFacts, Principal};
use serde::{Deserialize, Serialize};

/// The open alarm of a source and a type.
#[derive(Serialize, Deserialize)]
struct OpenAlarm(AlarmId);

rows! {
    Alarm => Alarm,
    OpenAlarm => OpenAlarm,
    OpenAlarms => OpenAlarms,
}

/// The place of the open alarm of a source and a type, which no key shows.
fn open_key(keys: &Keys, tenant: TenantNumber, source: ObjectId, kind: &str) -> Result<Key, StoreFault> {
    let blind = keys.blind_payload(tenant, "alarm type", kind.as_bytes())?;
    Ok(Key::new(tenant, Table::OpenAlarm)
        .number(source.number())
        .blind(blind))
}

fn count_key(tenant: TenantNumber, source: ObjectId) -> Key {
    Key::new(tenant, Table::OpenAlarms).number(source.number())
}

impl Lines for Alarm {
    const OF: Table = Table::AlarmOf;
    const LINE: u8 = 2;
    const LISTS_OPEN: bool = true;
    const MOVES: bool = true;
}

impl Document for Alarm {
    fn number(&self) -> u64 {
        self.id.number()
    }

    fn what(&self) -> What {
        What::Alarm(self.id)
    }

    fn source(&self) -> ObjectId {
        self.source
    }

    fn time(&self) -> Timestamp {
        self.time
    }

    fn fragments(&self) -> impl Iterator<Item = &str> {
        self.fragments.names()
    }

    fn place(&self) -> u64 {
        self.place.number()
    }

    fn is_open(&self) -> bool {
        self.status.is_open()
    }

    fn follow(
        changes: &AlarmChanges<'_>,
        before: Option<&Self>,
        after: Option<&Self>,
    ) -> Result<(), StoreFault> {
        let before = before.filter(|alarm| alarm.is_open());
        let after = after.filter(|alarm| alarm.is_open());
        match (before, after) {
            (None, Some(opened)) => changes.note_open(opened)?,
            (Some(closed), None) => changes.tx.delete(&changes.open_key_of(closed)?),
            _ => {}
        }
        changes.count(before, after)
    }

    fn forget(&self, tx: &WriteTx, tenant: TenantNumber) -> Result<(), StoreFault> {
        let key = open_key(&tx.view.keys, tenant, self.source, self.kind.as_str())?;
        tx.delete(&key);
        Ok(())
    }
}

/// The alarms of a tenant, to read within a reach.
pub type AlarmRows<'t> = DocumentRows<'t, Alarm>;
/// The alarms of a tenant, to change.
pub type AlarmChanges<'t> = DocumentChanges<'t, Alarm>;

impl AlarmRows<'_> {
    /// An alarm within reach, by its id.
    pub fn alarm(&self, id: AlarmId) -> Result<Option<Alarm>, StoreFault> {
        self.document(id.number())
    }

    /// The open alarm of a source and a type. Whether the caller may know of it, is still to be decided.
    pub fn open_alarm(&self, source: ObjectId, kind: &str) -> Result<Option<AlarmId>, StoreFault> {
        let key = open_key(&self.view.keys, self.tenant, source, kind)?;
        Ok(self.view.row::<OpenAlarm>(&key)?.map(|OpenAlarm(id)| id))
    }

    /// How many alarms of an object are open; nothing if not all of its alarms are within reach: a number would tell of
    /// those that are hidden.
    pub fn open_alarms(&self, source: ObjectId) -> Result<Option<OpenAlarms>, StoreFault> {
        if !self.reaches_all_of(source)? {
            return Ok(None);
        }
        let row = self
            .view
            .row_unnoted::<OpenAlarms>(&count_key(self.tenant, source));
        Ok(Some(unless_broken(row)?.flatten().unwrap_or_default()))
    }
}

impl AlarmChanges<'_> {
    /// A new alarm id, or a new place for one.
    pub fn new_id(&self) -> Result<AlarmId, StoreFault> {
        self.tx.ids.alarm(self.tenant)
    }

    /// The open alarm of a source and a type. The committer refuses the change if another one comes or this one goes.
    pub fn open_alarm(&self, source: ObjectId, kind: &str) -> Result<Option<AlarmId>, StoreFault> {
        self.now().open_alarm(source, kind)
    }

    /// How often a source must be heard of, in minutes; nothing if that is not required or the source is not there.
    pub fn response_interval(&self, source: ObjectId) -> Result<Option<i16>, StoreFault> {
        let object = self
            .tx
            .view
            .row::<ManagedObject>(&object_key(self.tenant, source))?;
        Ok(object.and_then(|object| object.response_interval()))
    }

    fn open_key_of(&self, alarm: &Alarm) -> Result<Key, StoreFault> {
        open_key(&self.tx.view.keys, self.tenant, alarm.source, alarm.kind.as_str())
    }

    /// Notes an alarm as the open one; whoever opens it has seen that there is no other.
    fn note_open(&self, alarm: &Alarm) -> Result<(), StoreFault> {
        if self.open_alarm(alarm.source, alarm.kind.as_str())?.is_some() {
            return Err(StoreFault::Inconsistent {
                tenant: self.tenant,
                what: "a second open alarm of one type",
            });
        }
        self.tx.put(&self.open_key_of(alarm)?, &OpenAlarm(alarm.id))
    }

    /// Counts what was open before and what is open after.
    fn count(&self, before: Option<&Alarm>, after: Option<&Alarm>) -> Result<(), StoreFault> {
        let Some(source) = before.or(after).map(|alarm| alarm.source) else {
            return Ok(());
        };
        let [before, after] = [before, after].map(|alarm| alarm.map(|alarm| alarm.severity));
        if before == after {
            return Ok(());
        }
        let key = count_key(self.tenant, source);
        let mut open = self.tx.view.row::<OpenAlarms>(&key)?.unwrap_or_default();
        if let Some(severity) = before {
            let number = open.of_mut(severity);
            *number = number.saturating_sub(1);
        }
        if let Some(severity) = after {
            let number = open.of_mut(severity);
            *number = number.saturating_add(1);
        }
        if open.is_empty() {
            self.tx.delete(&key);
            return Ok(());
        }
        self.tx.put(&key, &open)
    }
}

/// Removes what is left of the alarms of a source when the last one is gone.
pub(crate) fn remove_counts_of(tx: &WriteTx, tenant: TenantNumber, source: ObjectId) {
    tx.delete(&count_key(tenant, source));
}

impl View {
    /// The source of an alarm, and the names of the alarm's fragments.
    pub fn alarm_facts(
        &self,
        who: &Principal,
        id: AlarmId,
    ) -> Result<Option<(ObjectFacts, Vec<String>)>, StoreFault> {
        self.piece_facts(who, about::<Alarm>(self, who.tenant(), id.number())?)
    }
}
