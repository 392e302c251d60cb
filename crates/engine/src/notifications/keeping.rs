//! What becomes of notifications that nobody takes, and of subscribers that do not come back.

use super::sorting::{Known, Step};
use crate::refusal::Refusal;
use model::limits::{BACKLOG_HOURS_MAX, SUBSCRIBER_DAYS_MAX, TICKET_MINUTES_MAX};
use model::time::Timestamp;
use policy::operations::notifications::SubscriberCreate;
use policy::proof::Allowed;
use std::ops::ControlFlow;
use store::notifications::{NotificationChanges, Subscriber, SubscriberId};
use store::transaction::WriteTx;

const MINUTE_MILLIS: i64 = 60_000;
const HOUR_MILLIS: i64 = 60 * MINUTE_MILLIS;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;
/// Notifications that one commit removes.
const REMOVED_MAX: usize = 2_000;

impl Step<'_> {
    /// Removes what is too old or nobody's; nothing if there is nothing to remove. There may be more.
    pub(super) fn tidy(&self, known: &mut Known) -> Result<Option<WriteTx>, Refusal> {
        let proof = || Allowed::<SubscriberCreate>::mint_system(self.tenant, super::sorting::REASON);
        let tx = self.inside.store.write_for(&proof())?;
        let rows = tx.notifications(proof());
        for subscriber in rows.now().subscribers()? {
            let id = rows.now().subscriber_id(&subscriber.topic, &subscriber.name)?;
            self.tidy_one(&tx, &rows, known, (id, subscriber))?;
        }
        rows.let_go_of_journal()?;
        rows.sweep(REMOVED_MAX)?;
        Ok((!tx.is_empty()).then_some(tx))
    }

    fn tidy_one(
        &self,
        tx: &WriteTx,
        rows: &NotificationChanges<'_>,
        known: &mut Known,
        (id, mut subscriber): (SubscriberId, Subscriber),
    ) -> Result<(), Refusal> {
        let now = self.inside.world.now();
        let age = |since: Timestamp| now.millis().saturating_sub(since.millis());
        let is_connected = self.connected.contains(&id);
        if let Some(ended) = subscriber.ended {
            // No token from before is good any more.
            if age(ended) > TICKET_MINUTES_MAX * MINUTE_MILLIS {
                rows.forget_subscriber(&subscriber)?;
            }
            return Ok(());
        }
        if is_connected && age(subscriber.seen) > HOUR_MILLIS {
            subscriber.seen = now;
            rows.put_subscriber(&subscriber)?;
        }
        let is_gone = age(subscriber.seen) > SUBSCRIBER_DAYS_MAX * DAY_MILLIS;
        if !is_connected && (is_gone || subscriber.topic.non_persistent) {
            let text = format!(
                "Subscriber {} of topic {} forgotten: it is not connected",
                subscriber.name, subscriber.topic.name
            );
            let source = Some(subscriber.name.to_string());
            tx.record(self.record("Subscriber forgotten", text, source));
            return Ok(rows.forget_subscriber(&subscriber)?);
        }
        let mut old = Vec::new();
        rows.now().letters(id, 0, |number, letter| {
            let is_old = age(letter.since) > BACKLOG_HOURS_MAX * HOUR_MILLIS;
            if is_old {
                old.push(number);
            }
            match is_old && old.len() < REMOVED_MAX {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        })?;
        if old.is_empty() {
            return Ok(());
        }
        for number in &old {
            rows.remove_letter(id, *number);
        }
        known.forget_count(id);
        self.lose(tx, rows, known, (id, &subscriber), old.len() as u64)
    }
}
