//! Subscriptions of the caller's own tenant: the only place where a microservice gets roles.

use super::super::parts::{self, PartKey};
use super::super::write::{may_grant, names, regrant};
use super::super::{ApplicationView, allow, grantable, missing, pending};
use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::{Conflict, Refusal};
use crate::users::{Gifts, refuse};
use crate::work::{Command, Then, done};
use model::applications::{ActsFor, Application, ApplicationKind, Part, Subscription};
use model::grants::Subject;
use model::ids::ApplicationId;
use model::roles::Role;
use policy::operation::Operation;
use policy::operations::applications::SubscriptionAdmin;
use policy::proof::Allowed;
use std::collections::BTreeSet;
use store::realm::RealmChanges;

/// Subscribes the caller's own tenant; where it is subscribed already, grants what waits for it.
pub(super) struct SubscribeOwn {
    pub(super) id: ApplicationId,
    /// The application, if it is the management tenant's.
    pub(super) offered: Option<Application>,
    pub(super) key: PartKey,
}

impl Command for SubscribeOwn {
    type Operation = SubscriptionAdmin;
    type Answer = ApplicationView;

    fn change(&self, desk: &Changing) -> Result<Then<ApplicationView>, Refusal> {
        let realm = desk.tx.realm(allow_own(desk)?);
        let rows = realm.applications();
        let (own, subscription) = (
            rows.now().application(self.id)?,
            rows.now().subscription(self.id)?,
        );
        let is_own = own.is_some();
        // Of the management tenant's a tenant has those that it was subscribed to.
        let offered = self.offered.clone().filter(|_| subscription.is_some());
        let application = own.or(offered).ok_or(missing(self.id))?;
        let tenant = desk.who().tenant();
        let wanted = match &subscription {
            Some(subscription) => pending(&application, subscription, tenant),
            None => grantable(&application, tenant),
        };
        if wanted.iter().any(|role| !may_grant(desk.who(), *role)) {
            return Err(refuse(desk, SubscriptionAdmin::INFO.name, "role"));
        }
        match &subscription {
            Some(_) if wanted.is_empty() => return Err(Refusal::Conflict(Conflict::Subscribed)),
            Some(subscription) => {
                let granted = subscription.granted.union(&wanted).copied().collect();
                regrant(desk, &realm, (&application, subscription), granted, &self.key)?;
            }
            None => self.begin(desk, &realm, &application, wanted)?,
        }
        let owner = match is_own {
            true => desk.caller().tenant_id().clone(),
            false => crate::applications::management()?,
        };
        Ok(done(ApplicationView {
            owner,
            is_own,
            subscription: rows.now().subscription(self.id)?,
            has_asked_subscriber: false,
            application,
        }))
    }
}

impl SubscribeOwn {
    fn begin(
        &self,
        desk: &Changing,
        realm: &RealmChanges<'_>,
        application: &Application,
        granted: BTreeSet<Role>,
    ) -> Result<(), Refusal> {
        let mut note = Note::new("Application", "Application subscribed", self.id);
        let mut user = None;
        if application.kind == ApplicationKind::Microservice {
            let acts = ActsFor {
                application: self.id,
                owner: desk.who().tenant(),
                part: Part::Service,
            };
            let made = parts::make(realm, (application, acts), &granted, &self.key, desk.now())?;
            let mut gifts = Gifts::new(desk);
            for role in &granted {
                gifts.role(realm, Subject::User(made.id), *role)?;
            }
            let text = format!("Subscribed to {}, which acts as {}", application.name, made.name);
            note = gifts
                .mark(note.text(text))
                .change("roles", None, Some(names(&granted)));
            user = Some(made.id);
        }
        realm.applications().subscribe(&Subscription {
            application: self.id,
            owner: desk.who().tenant(),
            user,
            granted,
            defines: application.defined_roles(),
            since: desk.now(),
        })?;
        desk.note(note);
        Ok(())
    }
}

/// Ends a subscription of the caller's own tenant, also one that the management tenant has made.
pub(super) struct UnsubscribeOwn {
    pub(super) id: ApplicationId,
}

impl Command for UnsubscribeOwn {
    type Operation = SubscriptionAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_own(desk)?);
        let rows = realm.applications();
        let subscription = rows.now().subscription(self.id)?.ok_or(missing(self.id))?;
        parts::remove(&realm, subscription.user)?;
        rows.unsubscribe(self.id);
        let note = Note::new("Application", "Application unsubscribed", self.id);
        desk.note(note.change("roles", Some(names(&subscription.granted)), None));
        Ok(done(()))
    }
}

/// The role over other tenants is none over the applications of the own one.
fn allow_own(desk: &Changing) -> Result<Allowed<SubscriptionAdmin>, Refusal> {
    let proof = allow::<SubscriptionAdmin, _>(desk)?;
    match desk.who().has_any(&[Role::ApplicationManagementAdmin]) {
        true => Ok(proof),
        false => Err(refuse(desk, SubscriptionAdmin::INFO.name, "application")),
    }
}
