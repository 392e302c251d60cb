//! Retention rules as rows of a tenant's identity part, and the run of them that is under way or was the last one.

use crate::fault::StoreFault;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{RetentionRuleId, TenantNumber};
use model::retention::{RetentionRule, RetentionRun};

rows! {
    RetentionRule => RetentionRule,
    RetentionRun => RetentionRun,
}

fn rule_key(tenant: TenantNumber, id: RetentionRuleId) -> Key {
    Key::new(tenant, Table::RetentionRule).number(id.number())
}

fn run_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::RetentionRun)
}

/// The retention rules of a tenant, to read.
pub struct RetentionRows<'t> {
    view: &'t View,
    tenant: TenantNumber,
}

impl<'t> RetentionRows<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber) -> Self {
        Self { view, tenant }
    }

    /// A rule by its id.
    pub fn rule(&self, id: RetentionRuleId) -> Result<Option<RetentionRule>, StoreFault> {
        self.view.row(&rule_key(self.tenant, id))
    }

    /// Every rule, in order of ids.
    pub fn rules(&self) -> Result<Vec<RetentionRule>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::RetentionRule))
    }

    /// The run that is under way, or the last one.
    pub fn run(&self) -> Result<Option<RetentionRun>, StoreFault> {
        self.view.row(&run_key(self.tenant))
    }
}

/// The retention rules of a tenant, to change.
pub struct RetentionChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
}

impl<'t> RetentionChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber) -> Self {
        Self { tx, tenant }
    }

    /// What is there now; the committer refuses the change if a rule or run that was read moves.
    pub fn now(&self) -> RetentionRows<'t> {
        RetentionRows::new(&self.tx.view, self.tenant)
    }

    /// A new id of a rule.
    pub fn new_id(&self) -> Result<RetentionRuleId, StoreFault> {
        self.tx.ids.retention_rule(self.tenant)
    }

    /// Stores a new or changed rule.
    pub fn put(&self, rule: &RetentionRule) -> Result<(), StoreFault> {
        self.tx.put(&rule_key(self.tenant, rule.id), rule)
    }

    /// Removes a rule.
    pub fn delete(&self, id: RetentionRuleId) {
        self.tx.delete(&rule_key(self.tenant, id));
    }

    /// Stores how far a run has come.
    pub fn put_run(&self, run: &RetentionRun) -> Result<(), StoreFault> {
        self.tx.put(&run_key(self.tenant), run)
    }
}
