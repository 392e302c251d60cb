//! Logs of a data directory whose program is stopped: which there are, and their checkpoints, for the operator.

use crate::refusal::{Missing, Refusal};
use audit::verify::{Fault, Verified};
use model::ids::{MANAGEMENT, TenantNumber};
use model::names::TenantId;
use policy::operations::audit::AuditProve;
use policy::operations::tenants::TenantRead;
use policy::proof::{Allowed, SystemReason};
use std::io::Write;
use store::audit_log::{Expired, IndexFault};
use store::shards::Store;

/// The log of one tenant.
pub struct Log {
    tenant: TenantNumber,
    id: TenantId,
}

impl Log {
    /// The tenant's id.
    pub fn name(&self) -> &str {
        self.id.as_str()
    }

    /// The name that its checkpoints begin with: [`log_of`].
    pub fn log_name(&self) -> String {
        format!("holdfast/{}/audit", self.id)
    }

    /// Verifies the log as it is stored, with checkpoints of it that were kept elsewhere; those of other logs are
    /// passed over.
    pub fn verify(&self, store: &Store, kept: &[String]) -> Result<Verified, Fault> {
        let name = self.log_name();
        let own: Vec<String> = kept.iter().filter(|note| log_of(note) == name).cloned().collect();
        super::verify_directory(store, self.tenant, &own)
    }

    /// Compares what finds records by source, user and type with the records; the first difference, if there is any.
    pub fn check_index(&self, store: &Store) -> Result<Option<IndexFault>, Refusal> {
        let proof = Allowed::<AuditProve>::mint_system(self.tenant, SystemReason::Operator);
        Ok(store.read(self.tenant)?.audit_log(proof).check_index()?)
    }

    /// The records that retention rules have removed, and by which rule.
    pub fn expired(&self, store: &Store) -> Result<Vec<Expired>, Refusal> {
        Ok(super::expired_records(store, self.tenant)?)
    }

    /// The latest signed checkpoint; none of a log without records.
    pub fn checkpoint(&self, store: &Store) -> Result<Option<String>, Refusal> {
        let proof = Allowed::<AuditProve>::mint_system(self.tenant, SystemReason::Operator);
        Ok(store.read(self.tenant)?.audit_log(proof).checkpoint()?)
    }

    /// Writes the whole log as a bundle.
    pub fn export(&self, store: &Store, out: &mut dyn Write) -> Result<(), super::ExportFailed> {
        super::export_directory(store, self.tenant, 0, out)
    }
}

/// The logs of all tenants whose keys are there, the management tenant's first; or that of one.
pub fn logs(store: &Store, only: Option<&TenantId>) -> Result<Vec<Log>, Refusal> {
    let proof = Allowed::<TenantRead>::mint_system(MANAGEMENT, SystemReason::Operator);
    let tenants = store.read(MANAGEMENT)?.catalogue(proof).tenants()?.into_iter();
    let wanted = tenants
        .filter(|tenant| tenant.status.is_there())
        .filter(|tenant| only.is_none_or(|id| *id == tenant.id));
    let logs: Vec<_> = wanted
        .map(|tenant| Log {
            tenant: tenant.number,
            id: tenant.id,
        })
        .collect();
    match only {
        Some(id) if logs.is_empty() => Err(Refusal::Missing(Missing::Tenant(id.to_string()))),
        _ => Ok(logs),
    }
}

/// The log that a checkpoint is of, as its note says.
pub fn log_of(note: &str) -> &str {
    note.lines().next().unwrap_or_default()
}

/// The notes of a file that has one after the other, with an empty line between them: each ends with its signatures.
pub fn split_notes(text: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = String::new();
    let mut is_signed = false;
    for line in text.lines() {
        let signs = line.starts_with('\u{2014}');
        if is_signed && !signs {
            notes.push(std::mem::take(&mut note));
            is_signed = false;
            if line.is_empty() {
                continue;
            }
        }
        is_signed |= signs;
        note.push_str(line);
        note.push('\n');
    }
    if !note.trim().is_empty() {
        notes.push(note);
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::split_notes;

    #[test]
    fn notes_are_cut_where_the_signatures_of_one_end() {
        let first = "a/log\n3\nroot\n\n\u{2014} key sig\n\u{2014} witness sig\n";
        let second = "b/log\n4\nroot\n\n\u{2014} key sig\n";
        for between in ["", "\n"] {
            assert_eq!(split_notes(&format!("{first}{between}{second}")), [first, second]);
        }
        assert_eq!(split_notes(""), Vec::<String>::new());
    }
}
