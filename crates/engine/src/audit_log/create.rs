//! Records that applications and agents write themselves. The platform says who wrote one and when; what it says is the
//! client's word and marked as such, so that no client can forge a record of the platform's (R098).

use super::{AuditEntry, id_of};
use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::{FaultId, Invalid, Refusal};
use crate::work::{Command, Then};
use audit::record::{Origin, Record, Severity};
use model::ids::AuditId;
use model::json::Object;
use model::limits::{DOCUMENT_BYTES_MAX, FRAGMENTS_MAX};
use model::time::Timestamp;
use policy::operations::audit::{AuditCreate, AuditRead};

/// The types that a client may use. All others are the platform's: those under which it records sign-ins, rights,
/// users, tenants, settings and refusals.
pub const CLIENT_TYPES: [&str; 10] = [
    "Alarm",
    "Application",
    "BulkOperation",
    "CepModule",
    "Connector",
    "Event",
    "Inventory",
    "Operation",
    "Report",
    "SmartRule",
];

/// Properties of a record that the platform gives: not taken from a client.
const GIVEN: [&str; 13] = [
    "activity",
    "application",
    "changes",
    "count",
    "creationTime",
    "id",
    "self",
    "severity",
    "source",
    "text",
    "time",
    "type",
    "user",
];

/// A record as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuditRecord {
    /// Its type: one of [`CLIENT_TYPES`].
    pub kind: String,
    /// What was done, in few words.
    pub activity: String,
    /// The details.
    pub text: String,
    /// The id of the thing that it is about.
    pub source: String,
    /// When it happened, as the client says.
    pub time: Timestamp,
    /// How important it is.
    pub severity: Option<Severity>,
    /// Custom fragments.
    pub fragments: Object,
}

/// Writes a record of a client.
pub struct CreateAuditRecord(pub NewAuditRecord);

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreatedRecord {
    /// The record as it was written.
    Shown(AuditEntry),
    /// Only its id, for those who may not read the log (R019).
    Hidden(AuditId),
}

impl Command for CreateAuditRecord {
    type Operation = AuditCreate;
    type Answer = Result<CreatedRecord, Refusal>;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        // The proof is spent by the record that this very operation writes.
        let _ = desk.allow::<AuditCreate>()?;
        let record = self.record(desk)?;
        desk.tx.record(record.clone());
        let may_read = desk.may::<AuditRead>();
        Ok(Box::new(move |receipt| {
            let id = receipt.records.first().and_then(|sequence| id_of(*sequence));
            let id =
                id.ok_or_else(|| Refusal::Fault(FaultId::report(&"a record was written and has no place")))?;
            if !may_read {
                return Ok(CreatedRecord::Hidden(id));
            }
            Ok(CreatedRecord::Shown(AuditEntry {
                id,
                record: Some(Box::new(record)),
            }))
        }))
    }
}

impl CreateAuditRecord {
    fn record(&self, desk: &Changing) -> Result<Record, Refusal> {
        let new = &self.0;
        let kind = CLIENT_TYPES.into_iter().find(|kind| *kind == new.kind);
        let kind = kind.ok_or(Refusal::Invalid(Invalid::ReservedType))?;
        // Names are known to differ; setting one by one would look each up among all before it.
        let extra = new.fragments.iter().filter(|(name, _)| !GIVEN.contains(name));
        let extra = Object::from_unique(
            extra
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
        );
        let bytes = extra.to_string().len() + new.activity.len() + new.text.len() + new.source.len();
        if bytes > DOCUMENT_BYTES_MAX || extra.len() > FRAGMENTS_MAX {
            return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
        }
        let note = Note {
            severity: new.severity.unwrap_or(Severity::Information),
            client_time: Some(new.time),
            extra,
            ..Note::new(kind, "", &new.source).text(new.text.as_str())
        };
        let mut record = desk.record_of(note);
        record.activity.clone_from(&new.activity);
        record.origin = Origin::Client;
        // Whatever a client sends, the log must verify afterwards.
        if Record::parse(&record.canonical()).as_ref() != Ok(&record) {
            return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
        }
        Ok(record)
    }
}
