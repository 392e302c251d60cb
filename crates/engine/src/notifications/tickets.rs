//! Tokens with which subscribers connect. One is made for whoever asks for it and ends with them: with their rights, with
//! the session, key or certificate that they came in with, and when the subscriber unsubscribes.

use crate::caller::CertificateTrace;
use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::{FaultId, Refusal};
use crate::sessions::current_key;
use crate::sign_in::key_of;
use crate::work::{Command, Then, done};
use authn::ticket::Ticket;
use model::ids::ServiceKeyId;
use model::limits::TICKET_MINUTES_MAX;
use model::notifications::{SubscriberName, Topic};
use model::secret::Secret;
use policy::operations::notifications::TicketCreate;
use store::realm::RealmChanges;

const MINUTE_MILLIS: i64 = 60_000;

/// Makes a token.
pub struct CreateTicket {
    /// What it opens.
    pub topic: Topic,
    /// As whom.
    pub subscriber: SubscriberName,
    /// Whether several clients may share it.
    pub shared: bool,
    /// How long one can connect with it; a wish beyond [`TICKET_MINUTES_MAX`] is shortened.
    pub minutes: i64,
}

impl Command for CreateTicket {
    type Operation = TicketCreate;
    type Answer = Secret;

    fn change(&self, desk: &Changing) -> Result<Then<Secret>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<TicketCreate>()?);
        let (who, now) = (desk.caller().identity(), desk.now());
        let minutes = self.minutes.clamp(0, TICKET_MINUTES_MAX);
        let wanted = now.plus_millis(minutes * MINUTE_MILLIS);
        let session = who.came.session;
        let ticket = Ticket {
            principal: who.principal,
            epoch: who.epoch,
            session: session.map(|session| session.id),
            key: self.service_key(desk, &realm)?,
            certificate: who.came.certificate.map(|CertificateTrace(trace)| trace),
            by_provider: who.came.by_provider,
            topic: self.topic.clone(),
            subscriber: self.subscriber.clone(),
            shared: self.shared,
            issued: now,
            // The end of a session is remembered only as long as it would have lasted.
            expires: session.map_or(wanted, |session| session.expires.min(wanted)),
        };
        let row = current_key(&realm, &desk.world, now)?;
        let damaged = || Refusal::Fault(FaultId::report(&"a key for tokens is damaged"));
        let key = key_of(&row).ok_or_else(damaged)?;
        let token = key
            .sign_ticket(&who.tenant_id, &ticket, desk.world.random())
            .map_err(|_| damaged())?;
        let text = format!(
            "Token for notifications created: topic {}, subscriber {}, until {}",
            ticket.topic.name, ticket.subscriber, ticket.expires
        );
        desk.note(Note::new("Notification", "Notification token created", &ticket.subscriber).text(text));
        let token = token.expose().to_owned();
        Ok(done(Secret::new(token)))
    }
}

impl CreateTicket {
    /// The key of a service account that the caller came in with.
    fn service_key(
        &self,
        desk: &Changing,
        realm: &RealmChanges<'_>,
    ) -> Result<Option<ServiceKeyId>, Refusal> {
        let who = desk.caller().identity();
        let Some(hash) = who.came.key else { return Ok(None) };
        let account = realm.now().service_account(who.principal)?;
        let keys = account.map(|account| account.keys).unwrap_or_default();
        let own = keys.into_iter().find(|key| key.hash == hash.0);
        own.map(|key| Some(key.id)).ok_or(Refusal::NotSignedIn)
    }
}
