//! Subscriptions of tenants to applications. Rights are granted inside of a tenant only, by a person who could give them
//! to a user: by subscribing the own tenant. Where the management tenant subscribes another one to a microservice, its user
//! there has no role until somebody of that tenant who may grants them, by subscribing once more (R010): so the operator
//! gives itself no way in.
//!
//! The two tenants may lie on different shards, and no transaction crosses shards. What counts are the rows of the
//! subscribed tenant; that the owner remembers a tenant which is not subscribed is harmless, and ends with the next try.

mod own;

use super::parts::{self, PartKey};
use super::{ApplicationView, Shelf, allow, missing};
use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Bound, Conflict, Invalid, Missing, Refusal};
use crate::setup::system_record;
use crate::users::refuse;
use crate::work::{Command, Query, Then, done};
use model::applications::{ActsFor, Application, ApplicationKind, Availability, Part, Subscription};
use model::ids::{ApplicationId, MANAGEMENT, TenantNumber};
use model::limits::APPLICATION_SUBSCRIPTIONS_MAX;
use model::names::TenantId;
use model::roles::{ApplicationRole, Role};
use model::tenants::Tenant;
use model::time::Timestamp;
use own::{SubscribeOwn, UnsubscribeOwn};
use policy::operation::Operation;
use policy::operations::applications::{SubscriptionAdmin, SubscriptionRead};
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::realm::RealmChanges;

const OF_OTHERS: &[Role] = &[Role::TenantManagementAdmin, Role::TenantManagementUpdate];

/// What a tenant is subscribed to, as those see it who may read that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionView {
    /// The application.
    pub application: ApplicationView,
    /// The roles that it asks for in this tenant and that were not granted.
    pub pending: BTreeSet<Role>,
}

impl Door {
    /// Lists what a tenant is subscribed to: the own one; for the management tenant, of another one what it has of the
    /// management tenant's.
    pub async fn subscriptions(
        &self,
        caller: &Caller,
        tenant: &TenantId,
    ) -> Result<Vec<SubscriptionView>, Refusal> {
        let asked = ReadSubscriptions {
            is_other: tenant != caller.tenant_id(),
            tenant: tenant.clone(),
        };
        let (number, mut views) = match self.ask(caller, asked).await? {
            Some(shelf) => (caller.identity().tenant, self.views_of(caller, shelf).await?),
            None => {
                let tenant = self.other_tenant(tenant)?;
                (
                    tenant.number,
                    self.of_other(self.read_other(&tenant).await?).await?,
                )
            }
        };
        views.retain(|view| view.subscription.is_some());
        Ok(views
            .into_iter()
            .map(|application| SubscriptionView {
                pending: application.pending(number),
                application,
            })
            .collect())
    }

    /// Another tenant that is there.
    fn other_tenant(&self, id: &TenantId) -> Result<Tenant, Refusal> {
        let found = self.0.store.catalogue()?.tenant_by_id(id)?;
        found
            .filter(|tenant| tenant.status.is_there() && tenant.number != MANAGEMENT)
            .ok_or_else(|| Refusal::Missing(Missing::Tenant(id.to_string())))
    }

    async fn read_other(&self, tenant: &Tenant) -> Result<Vec<Subscription>, Refusal> {
        let (inside, number) = (self.0.clone(), tenant.number);
        let read = self.work(move || {
            let tx = inside.store.read(number)?;
            let proof = Allowed::<SubscriptionRead>::mint_system(number, SystemReason::Subscription);
            let mut all = tx.applications(proof).subscriptions()?;
            all.retain(|subscription| subscription.owner == MANAGEMENT);
            Ok(all)
        });
        read.await.map_err(|refused| refused.refusal)
    }

    /// What another tenant is subscribed to, as the management tenant sees it.
    async fn of_other(&self, subscriptions: Vec<Subscription>) -> Result<Vec<ApplicationView>, Refusal> {
        let ids = subscriptions
            .iter()
            .map(|subscription| subscription.application)
            .collect();
        let found = self.of_management(ids).await?;
        let mut views = Vec::with_capacity(found.len());
        for application in found {
            let mut all = subscriptions.iter();
            views.push(ApplicationView {
                owner: super::management()?,
                is_own: true,
                subscription: all.find(|it| it.application == application.id).cloned(),
                has_asked_subscriber: true,
                application,
            });
        }
        Ok(views)
    }

    /// Subscribes a tenant to an application.
    pub async fn subscribe(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: ApplicationId,
    ) -> Result<SubscriptionView, Refusal> {
        self.gate(caller, SubscriptionAdmin::INFO).await?;
        if tenant == caller.tenant_id() {
            let offered = self.of_management(vec![id]).await?.into_iter().next();
            let command = SubscribeOwn {
                id,
                offered: offered.filter(|_| caller.identity().tenant != MANAGEMENT),
                key: self.new_part_key(tenant),
            };
            let application = self.run(caller, command).await?;
            if !application.is_own {
                self.follow_owner(caller.identity().tenant, &application.application)
                    .await?;
            }
            return Ok(SubscriptionView {
                pending: application.pending(caller.identity().tenant),
                application,
            });
        }
        let other = self
            .run(
                caller,
                FindOther {
                    tenant: tenant.clone(),
                },
            )
            .await;
        let other = other.and_then(|()| self.other_tenant(tenant))?;
        let remember = Remember {
            id,
            tenant: other.clone(),
        };
        let application = self.run(caller, remember).await?;
        let (key, offered) = (Arc::new(self.new_part_key(&other.id)), Arc::new(application));
        let now = self.0.world.now();
        let begun = self.change_other(&other, move |realm| begin_other(realm, &offered, &key, now));
        let mut views = self.of_other(vec![begun.await?]).await?;
        let application = views.pop().ok_or(missing(id))?;
        Ok(SubscriptionView {
            pending: application.pending(other.number),
            application,
        })
    }

    /// What the owner asks for may have changed while a tenant granted it.
    async fn follow_owner(&self, tenant: TenantNumber, granted: &Application) -> Result<(), Refusal> {
        let id = granted.id;
        let now = self.of_management(vec![id]).await?.pop();
        let asks = now.as_ref().map(Asks::of).unwrap_or_default();
        if granted.wanted_roles().is_subset(&asks.wanted) && granted.defined_roles() == asks.defines {
            return Ok(());
        }
        let Some(own) = self.0.store.catalogue()?.tenant(tenant)? else {
            return Ok(());
        };
        self.change_other(&own, move |realm| narrow(realm, id, &asks))
            .await
    }

    /// Ends a subscription.
    pub async fn unsubscribe(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: ApplicationId,
    ) -> Result<(), Refusal> {
        self.gate(caller, SubscriptionAdmin::INFO).await?;
        if tenant == caller.tenant_id() {
            return self.run(caller, UnsubscribeOwn { id }).await;
        }
        let other = self
            .run(
                caller,
                FindOther {
                    tenant: tenant.clone(),
                },
            )
            .await;
        let other = other.and_then(|()| self.other_tenant(tenant))?;
        let (number, tenant) = (other.number, other.id);
        let ending = EndOther { id, tenant };
        self.run(caller, ending).await?;
        let was_subscribed = self.end_subscription(number, id).await?;
        // Last: what is stopped before is still known here, and ends with another try or with the application.
        self.run(caller, Forget { id, tenant: number }).await?;
        match was_subscribed {
            true => Ok(()),
            false => Err(missing(id)),
        }
    }

    /// Takes an application of the management tenant's from another tenant. Says whether it was subscribed.
    pub(super) async fn end_subscription(
        &self,
        tenant: TenantNumber,
        id: ApplicationId,
    ) -> Result<bool, Refusal> {
        let Some(other) = self.0.store.catalogue()?.tenant(tenant)? else {
            return Ok(false);
        };
        if !other.status.is_there() {
            return Ok(false);
        }
        let ended = self.change_other(&other, move |realm| {
            let rows = realm.applications();
            let subscription = rows.now().subscription(id)?;
            let subscription = subscription.filter(|subscription| subscription.owner == MANAGEMENT);
            let Some(subscription) = subscription else {
                return Err(missing(id));
            };
            parts::remove(realm, subscription.user)?;
            rows.unsubscribe(id);
            let text =
                "The management tenant has ended the subscription; the user of the application is removed";
            Ok(((), Some(("Application unsubscribed", text.to_owned(), id))))
        });
        match ended.await {
            Ok(()) => Ok(true),
            Err(Refusal::Missing(_)) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    /// Takes from the users of an application, in every other tenant, the roles that it does not ask for any more, and says
    /// there which roles it defines. A tenant whose storage is not available keeps none of the others from it.
    pub(super) async fn narrow_everywhere(&self, written: &super::write::Written) -> Result<(), Refusal> {
        let mut outcome = Ok(());
        for tenant in &written.narrowed {
            let Some(other) = self.0.store.catalogue()?.tenant(*tenant)? else {
                continue;
            };
            if !other.status.is_there() {
                continue;
            }
            let (id, asks) = (written.id, written.asks.clone());
            let narrowed = self.change_other(&other, move |realm| narrow(realm, id, &asks));
            match narrowed.await {
                Ok(()) | Err(Refusal::Missing(_)) => {}
                Err(refusal) => outcome = outcome.and(Err(refusal)),
            }
        }
        outcome
    }

    /// A change in another tenant, with its record there; none if nothing is changed.
    pub(super) async fn change_other<A: Send + 'static>(
        &self,
        other: &Tenant,
        change: impl Fn(&RealmChanges<'_>) -> Result<(A, Option<Told>), Refusal> + Send + Sync + 'static,
    ) -> Result<A, Refusal> {
        let number = other.number;
        self.committed(number, move |inside| {
            let proof = || Allowed::<SubscriptionAdmin>::mint_system(number, SystemReason::Subscription);
            let tx = inside.store.write_for(&proof())?;
            let (answer, told) = change(&tx.realm(proof()))?;
            if let Some((activity, text, id)) = told {
                let what = ("Application", activity, text);
                let reason = SystemReason::Subscription;
                tx.record(system_record(&inside.world, reason, what, Some(id.to_string())));
            }
            Ok((tx, answer))
        })
        .await
    }
}

/// What is told of a change in another tenant: what was done, in words, to which application.
type Told = (&'static str, String, ApplicationId);

fn begin_other(
    realm: &RealmChanges<'_>,
    application: &Application,
    key: &PartKey,
    since: Timestamp,
) -> Result<(Subscription, Option<Told>), Refusal> {
    let rows = realm.applications();
    if rows.now().subscription(application.id)?.is_some() {
        return Err(Refusal::Conflict(Conflict::Subscribed));
    }
    let acts = ActsFor {
        application: application.id,
        owner: MANAGEMENT,
        part: Part::Service,
    };
    let user = match application.kind {
        ApplicationKind::Microservice => Some(parts::make(
            realm,
            (application, acts),
            &BTreeSet::new(),
            key,
            since,
        )?),
        ApplicationKind::Hosted | ApplicationKind::External => None,
    };
    let subscription = Subscription {
        application: application.id,
        owner: MANAGEMENT,
        user: user.as_ref().map(|user| user.id),
        granted: BTreeSet::new(),
        defines: application.defined_roles(),
        since,
    };
    rows.subscribe(&subscription)?;
    let asks: Vec<_> = application
        .wanted_roles()
        .iter()
        .map(|role| role.name())
        .collect();
    let text = match user {
        Some(user) => format!(
            "The management tenant has subscribed this tenant to {}. Its user {} has no role; it asks for [{}]",
            application.name,
            user.name,
            asks.join(", ")
        ),
        None => format!(
            "The management tenant has subscribed this tenant to {}",
            application.name
        ),
    };
    Ok((
        subscription,
        Some(("Application subscribed", text, application.id)),
    ))
}

/// What an application says about roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asks {
    /// Those that its users are to have.
    wanted: BTreeSet<Role>,
    /// Those that it defines itself.
    defines: BTreeSet<ApplicationRole>,
}

impl Asks {
    pub(super) fn of(application: &Application) -> Self {
        Self {
            wanted: application.wanted_roles(),
            defines: application.defined_roles(),
        }
    }
}

fn narrow(realm: &RealmChanges<'_>, id: ApplicationId, asks: &Asks) -> Result<((), Option<Told>), Refusal> {
    let rows = realm.applications();
    let before = rows.now().subscription(id)?.ok_or(missing(id))?;
    let granted: BTreeSet<_> = before.granted.intersection(&asks.wanted).copied().collect();
    let subscription = Subscription {
        defines: asks.defines.clone(),
        ..before.clone()
    };
    if granted == subscription.granted {
        if subscription == before {
            return Ok(((), None));
        }
        rows.subscribe(&subscription)?;
        let text = "The application defines other roles for its own users than before";
        return Ok(((), Some(("Application roles changed", text.to_owned(), id))));
    }
    if let Some(user) = subscription.user
        && let Some(user) = realm.now().user(user)?
    {
        let mut changed = user.clone();
        changed.roles = parts::roles_of(Part::Service, &granted);
        realm.update_user(&user, &changed)?;
    }
    let text = "The application asks for fewer roles than before: the others were taken from its user";
    rows.subscribe(&Subscription {
        granted,
        ..subscription
    })?;
    Ok(((), Some(("Application granted roles", text.to_owned(), id))))
}

struct ReadSubscriptions {
    tenant: TenantId,
    is_other: bool,
}

impl Query for ReadSubscriptions {
    type Operation = SubscriptionRead;
    /// Nothing for another tenant that the caller may ask about.
    type Answer = Option<Shelf>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.applications(allow::<SubscriptionRead, _>(desk)?);
        let who = desk.who();
        if !self.is_other {
            return Ok(Some(Shelf {
                own: rows.applications()?,
                subscriptions: rows.subscriptions()?,
                asked: BTreeSet::new(),
                sees_all: true,
            }));
        }
        match who.tenant() == MANAGEMENT && who.has_any(&[Role::TenantManagementRead]) {
            true => Ok(None),
            false => {
                let _ = refuse(desk, SubscriptionRead::INFO.name, "tenant");
                Err(Refusal::Missing(Missing::Tenant(self.tenant.to_string())))
            }
        }
    }
}

/// Decides whether the caller may subscribe another tenant. For all but the management tenant there is no other one.
struct FindOther {
    tenant: TenantId,
}

impl Command for FindOther {
    type Operation = SubscriptionAdmin;
    type Answer = ();
    const PREPARES: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let _ = allow::<SubscriptionAdmin, _>(desk)?;
        match desk.who().tenant() == MANAGEMENT {
            true if desk.who().has_any(OF_OTHERS) => Ok(done(())),
            true => Err(refuse(desk, SubscriptionAdmin::INFO.name, "tenant")),
            false => {
                let _ = refuse(desk, SubscriptionAdmin::INFO.name, "tenant");
                Err(Refusal::Missing(Missing::Tenant(self.tenant.to_string())))
            }
        }
    }
}

/// Remembers that another tenant is being subscribed.
struct Remember {
    id: ApplicationId,
    tenant: Tenant,
}

impl Command for Remember {
    type Operation = SubscriptionAdmin;
    type Answer = Application;

    fn change(&self, desk: &Changing) -> Result<Then<Application>, Refusal> {
        let realm = desk.tx.realm(allow_others(desk)?);
        let application = super::write::own(&realm, self.id)?;
        if application.availability == Availability::Private {
            return Err(Refusal::Invalid(Invalid::NotForOthers));
        }
        let rows = realm.applications();
        let subscribers = rows.now().subscribers(self.id)?;
        if subscribers.len() >= APPLICATION_SUBSCRIPTIONS_MAX {
            return Err(Refusal::Invalid(Invalid::TooMany(Bound::Subscriptions)));
        }
        rows.put_subscriber(self.id, self.tenant.number)?;
        // A deletion that is under way meets it.
        rows.put(Some(&application), &application)?;
        let text = format!("Tenant {} subscribed to {}", self.tenant.id, application.name);
        desk.note(Note::new("Application", "Application subscribed", self.id).text(text));
        Ok(done(application))
    }
}

/// Records that the subscription of another tenant is ended, before it is.
struct EndOther {
    id: ApplicationId,
    tenant: TenantId,
}

impl Command for EndOther {
    type Operation = SubscriptionAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let _ = allow_others(desk)?;
        let text = format!("Subscription of the tenant {} ended", self.tenant);
        desk.note(Note::new("Application", "Application unsubscribed", self.id).text(text));
        Ok(done(()))
    }
}

/// Forgets that another tenant was subscribed, which is recorded already.
struct Forget {
    id: ApplicationId,
    tenant: TenantNumber,
}

impl Command for Forget {
    type Operation = SubscriptionAdmin;
    type Answer = ();
    const PREPARES: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_others(desk)?);
        realm.applications().forget_subscriber(self.id, self.tenant);
        Ok(done(()))
    }
}

fn allow_others(desk: &Changing) -> Result<Allowed<SubscriptionAdmin>, Refusal> {
    let proof = allow::<SubscriptionAdmin, _>(desk)?;
    match desk.who().tenant() == MANAGEMENT && desk.who().has_any(OF_OTHERS) {
        true => Ok(proof),
        false => Err(refuse(desk, SubscriptionAdmin::INFO.name, "tenant")),
    }
}
