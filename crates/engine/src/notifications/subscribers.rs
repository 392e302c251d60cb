//! Subscribers: they come to be when they first connect, and stay until they unsubscribe.

use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::{Bound, Invalid, Missing, Refusal};
use crate::work::{Command, Then, done};
use authn::ticket::Ticket;
use model::limits::{SUBSCRIBERS_ENDED_MAX, SUBSCRIBERS_MAX};
use model::time::Timestamp;
use policy::operations::notifications::{SubscriberCreate, SubscriberDelete};
use store::notifications::{Subscriber, SubscriberId};

/// A client connects: its subscriber is there from now on.
pub(super) struct Register {
    pub(super) ticket: Ticket,
    /// Whether it is the only client of its subscriber.
    pub(super) is_alone: bool,
}

impl Command for Register {
    type Operation = SubscriberCreate;
    type Answer = SubscriberId;

    fn change(&self, desk: &Changing) -> Result<Then<SubscriberId>, Refusal> {
        let rows = desk.tx.notifications(desk.allow::<SubscriberCreate>()?);
        let Ticket {
            topic, subscriber, ..
        } = &self.ticket;
        let id = rows.now().subscriber_id(topic, subscriber)?;
        let known = rows.now().subscriber(id)?;
        let void_until = known.as_ref().and_then(|known| known.void_until);
        if void_until.is_some_and(|until| self.ticket.issued <= until) {
            return Err(Refusal::NotSignedIn);
        }
        let is_there = known.is_some_and(|known| known.ended.is_none());
        // What is not kept begins anew with the first client.
        if is_there && !(topic.non_persistent && self.is_alone) {
            return Ok(done(id));
        }
        if !is_there {
            let all = rows.now().subscribers()?;
            let open = all.iter().filter(|one| one.ended.is_none()).count();
            if open >= SUBSCRIBERS_MAX || all.len() >= SUBSCRIBERS_ENDED_MAX {
                return Err(Refusal::Invalid(Invalid::TooMany(Bound::Subscribers)));
            }
        }
        rows.put_subscriber(&Subscriber {
            topic: topic.clone(),
            name: subscriber.clone(),
            since: rows.now().sorted_about()?.letter,
            seen: desk.now(),
            lost: 0,
            ended: None,
            void_until,
        })?;
        let text = format!("Subscriber {subscriber} of topic {} connected", topic.name);
        desk.note(Note::new("Notification", "Subscriber connected", subscriber).text(text));
        Ok(done(id))
    }
}

/// Unsubscribes a subscriber: nothing is kept for it any more, and its tokens are void.
pub(super) struct Unregister(pub(super) Ticket);

impl Command for Unregister {
    type Operation = SubscriberDelete;
    /// Which it was, and since when its tokens are void.
    type Answer = (SubscriberId, Timestamp);

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let rows = desk.tx.notifications(desk.allow::<SubscriberDelete>()?);
        let Ticket {
            topic, subscriber, ..
        } = &self.0;
        let id = rows.now().subscriber_id(topic, subscriber)?;
        let known = rows.now().subscriber(id)?.filter(|known| known.ended.is_none());
        let mut known = known.ok_or(Refusal::Missing(Missing::Subscriber))?;
        // A token from before it began anew ends nothing of it.
        if known.void_until.is_some_and(|until| self.0.issued <= until) {
            return Err(Refusal::Missing(Missing::Subscriber));
        }
        known.ended = Some(desk.now());
        known.void_until = known.ended;
        rows.put_subscriber(&known)?;
        let text = format!("Subscriber {subscriber} of topic {} unsubscribed", topic.name);
        desk.note(Note::new("Notification", "Subscriber unsubscribed", subscriber).text(text));
        Ok(done((id, desk.now())))
    }
}
