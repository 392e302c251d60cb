//! Preparing a change set on the pool of the commands and committing it; all of it again when something that it read has
//! moved meanwhile. What holds for every commit is said here: turns after a conflict, and an end to trying.
//!
//! It decides nothing. Whoever prepares has asked.

use super::{Door, Inside, Refused};
use crate::refusal::Refusal;
use model::ids::TenantNumber;
use model::limits::CONFLICT_RETRIES_MAX;
use std::sync::Arc;
use store::Receipt;
use store::fault::CommitFailed;
use store::transaction::WriteTx;

impl Door {
    /// Commits what is prepared, and tells what was prepared to be told. Without a change set, or with an empty one, there is
    /// nothing to commit. `prepare` may run several times and has no effect outside of its change set. Who meets a conflict
    /// takes turns with those of this tenant.
    pub(crate) async fn committed<P, T>(
        &self,
        tenant: TenantNumber,
        prepare: impl Fn(&Inside) -> Result<(P, T), Refused> + Send + Sync + 'static,
    ) -> Result<T, Refusal>
    where
        P: Into<Option<WriteTx>>,
        T: Send + 'static,
    {
        let done = self.commit_prepared(tenant, prepare).await;
        done.map(|(told, _)| told).map_err(|refused| refused.refusal)
    }

    /// The same for a command: with the receipt if anything was committed, and a refusal that may be to be recorded.
    pub(super) async fn commit_prepared<P, T>(
        &self,
        tenant: TenantNumber,
        prepare: impl Fn(&Inside) -> Result<(P, T), Refused> + Send + Sync + 'static,
    ) -> Result<(T, Option<Receipt>), Refused>
    where
        P: Into<Option<WriteTx>>,
        T: Send + 'static,
    {
        let prepare = Arc::new(prepare);
        let mut turn = None;
        for _ in 0..=CONFLICT_RETRIES_MAX {
            let (inside, prepare) = (self.0.clone(), prepare.clone());
            let prepared = self.work(move || {
                let (tx, told) = prepare(&inside)?;
                Ok((tx.into(), told))
            });
            let (tx, told): (Option<WriteTx>, T) = prepared.await?;
            let Some(tx) = tx.filter(|tx| !tx.is_empty()) else {
                return Ok((told, None));
            };
            match self.0.store.commit(tx).await {
                Ok(receipt) => return Ok((told, Some(receipt))),
                Err(CommitFailed::Conflict) if turn.is_none() => {
                    turn = Some(self.0.turns.of(tenant).await?);
                }
                Err(CommitFailed::Conflict) => {}
                Err(failed) => return Err(Refusal::from(failed).into()),
            }
        }
        Err(Refusal::Busy.into())
    }
}
