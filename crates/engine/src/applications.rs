//! Applications: what a tenant owns, and what of the management tenant's it is subscribed to. Finding and reading them;
//! writing, archives, subscriptions and what microservices ask are in the modules below.
//!
//! What a tenant may see is decided in its own transaction: its own applications, and the ids of those that it is
//! subscribed to. These are then read from the management tenant's rows, and no others.

pub mod archive;
pub mod archives;
mod beside;
pub mod current;
pub mod hosted;
mod parts;
mod renew;
pub mod subscriptions;
mod write;

pub use parts::{Credential, PartKeys};
pub use write::Written;

use crate::caller::Caller;
use crate::desk::{Desk, Reading};
use crate::door::Door;
use crate::page::{Listed, Page};
use crate::refusal::{Missing, Refusal};
use crate::users::refuse;
use crate::work::Query;
use model::applications::{Application, ApplicationKind, Availability, Subscription};
use model::ids::{ApplicationId, MANAGEMENT, TenantNumber};
use model::names::{TenantId, UserName};
use model::roles::Role;
use model::tenants::MANAGEMENT_ID;
use model::users::UserKind;
use policy::operation::Operation;
use policy::operations::applications::{ApplicationRead, ApplicationUse};
use policy::proof::{Allowed, SystemReason};
use policy::tables::{Applications, Read};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::ops::Deref;
use store::view::View;

/// An application as a tenant sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationView {
    /// The application.
    pub application: Application,
    /// Whose it is.
    pub owner: TenantId,
    /// Whether it is the tenant's own.
    pub is_own: bool,
    /// What the tenant is subscribed to of it.
    pub subscription: Option<Subscription>,
    /// Whether the other tenant that was asked for was subscribed to it.
    has_asked_subscriber: bool,
}

impl ApplicationView {
    /// Whether everybody of the tenant may use it: files and links that the tenant owns, and what it is subscribed to.
    pub fn is_usable(&self) -> bool {
        let is_own = self.is_own && self.application.kind != ApplicationKind::Microservice;
        is_own || self.subscription.is_some()
    }

    /// The roles that it asks for and that were not granted to it.
    pub fn pending(&self, tenant: TenantNumber) -> BTreeSet<Role> {
        match &self.subscription {
            Some(subscription) => pending(&self.application, subscription, tenant),
            None => BTreeSet::new(),
        }
    }
}

/// The roles that an application asks for, that a user of this tenant can have, and that it was not granted.
pub(crate) fn pending(
    application: &Application,
    subscription: &Subscription,
    tenant: TenantNumber,
) -> BTreeSet<Role> {
    let mut wanted = grantable(application, tenant);
    wanted.retain(|role| !subscription.granted.contains(role));
    wanted
}

/// The roles that an application asks for and that a user of this tenant can have.
pub(crate) fn grantable(application: &Application, tenant: TenantNumber) -> BTreeSet<Role> {
    let mut wanted = application.wanted_roles();
    if application.kind != ApplicationKind::Microservice {
        wanted.clear();
    }
    wanted.retain(|role| tenant == MANAGEMENT || !role.is_platform_role());
    wanted
}

pub(crate) fn missing(id: ApplicationId) -> Refusal {
    Refusal::Missing(Missing::Application(id.to_string()))
}

/// Decides an operation on applications. Devices have no business with them.
pub(crate) fn allow<N: Operation, T: Deref<Target = View>>(desk: &Desk<T>) -> Result<Allowed<N>, Refusal> {
    let proof = desk.allow::<N>()?;
    match desk.who().kind() {
        UserKind::Device | UserKind::Bootstrap => Err(refuse(desk, N::INFO.name, "application")),
        UserKind::Person | UserKind::Service => Ok(proof),
    }
}

/// What a tenant's own rows say.
struct Shelf {
    own: Vec<Application>,
    subscriptions: Vec<Subscription>,
    /// Of the own ones, those to which the tenant that was asked for was subscribed.
    asked: BTreeSet<ApplicationId>,
    /// Whether the caller may see them all, and not only what it may use.
    sees_all: bool,
}

struct ReadShelf<N> {
    /// Only this one.
    only: Option<ApplicationId>,
    subscriber: Option<TenantNumber>,
    /// The user whose applications are asked for.
    user: Option<UserName>,
    operation: PhantomData<fn(N)>,
}

impl<N> Query for ReadShelf<N>
where
    N: Operation<Table = Applications, Access = Read>,
{
    type Operation = N;
    type Answer = Shelf;

    fn answer(&self, desk: &Reading) -> Result<Shelf, Refusal> {
        let rows = desk.tx.applications(allow::<N, _>(desk)?);
        let sees_all = desk.may::<ApplicationRead>();
        if let Some(user) = &self.user {
            check_user(desk, user, sees_all)?;
        }
        let (own, subscriptions) = match self.only {
            Some(id) => (
                rows.application(id)?.into_iter().collect(),
                rows.subscription(id)?.into_iter().collect(),
            ),
            None => (rows.applications()?, rows.subscriptions()?),
        };
        let mut asked = BTreeSet::new();
        if let Some(subscriber) = self.subscriber {
            for application in &own {
                if rows.subscribers(application.id)?.contains(&subscriber) {
                    asked.insert(application.id);
                }
            }
        }
        Ok(Shelf {
            own,
            subscriptions,
            asked,
            sees_all,
        })
    }
}

/// One's own applications everybody may list; those of others are for those who may read users and applications.
fn check_user(desk: &Reading, user: &UserName, sees_all: bool) -> Result<(), Refusal> {
    if *desk.caller().name() == *user {
        return Ok(());
    }
    if !sees_all || !desk.who().has_any(&[Role::UserManagementRead]) {
        return Err(refuse(desk, ApplicationUse::INFO.name, "user"));
    }
    let found = desk.tx.principal_named(desk.who(), user)?;
    found
        .map(drop)
        .ok_or_else(|| Refusal::Missing(Missing::User(user.to_string())))
}

/// Which applications a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// With exactly this name.
    pub name: Option<String>,
    /// Of this tenant.
    pub owner: Option<String>,
    /// Of this tenant, or to which it is subscribed.
    pub tenant: Option<String>,
    /// To which this tenant is subscribed.
    pub subscriber: Option<String>,
    /// To which this tenant is subscribed without owning them.
    pub provided_for: Option<String>,
    /// That this user may use.
    pub user: Option<UserName>,
    /// Of this kind.
    pub kind: Option<ApplicationKind>,
    /// With this availability.
    pub availability: Option<Availability>,
    /// With or without versions.
    pub has_versions: Option<bool>,
}

impl Filter {
    fn takes(&self, view: &ApplicationView, own: &TenantId) -> bool {
        let application = &view.application;
        let is_own = |asked: &str| asked == own.as_str();
        let is_subscribed = |asked: &str| match is_own(asked) {
            true => view.subscription.is_some(),
            false => view.has_asked_subscriber,
        };
        let fits = |wanted: &Option<String>, fits: &dyn Fn(&str) -> bool| wanted.as_deref().is_none_or(fits);
        let is_of = |asked: &str| view.owner.as_str() == asked;
        fits(&self.name, &|name| application.name.as_str() == name)
            && fits(&self.owner, &is_of)
            && fits(&self.tenant, &|asked| is_of(asked) || is_subscribed(asked))
            && fits(&self.subscriber, &is_subscribed)
            && fits(&self.provided_for, &|asked| is_subscribed(asked) && !is_of(asked))
            && (self.user.is_none() || view.is_usable())
            && self.kind.is_none_or(|kind| application.kind == kind)
            && self
                .availability
                .is_none_or(|availability| application.availability == availability)
            && self.has_versions.is_none_or(|wanted| {
                wanted
                    == application
                        .archives
                        .iter()
                        .any(|archive| archive.version.is_some())
            })
    }

    /// The other tenant that is asked about, if there is one: two different ones fit nothing.
    fn asked_tenant(&self) -> Option<&str> {
        [&self.tenant, &self.subscriber, &self.provided_for]
            .into_iter()
            .find_map(|asked| asked.as_deref())
    }
}

impl Door {
    /// Lists applications. Without the role to read them all, a list of what a user may use.
    pub async fn find_applications(
        &self,
        caller: &Caller,
        filter: Filter,
        page: Page,
    ) -> Result<Listed<ApplicationView>, Refusal> {
        let mut views = match filter.user {
            Some(_) => self.shelf::<ApplicationUse>(caller, None, &filter).await?,
            None => self.shelf::<ApplicationRead>(caller, None, &filter).await?,
        };
        views.retain(|view| filter.takes(view, caller.tenant_id()));
        Ok(page.of(views))
    }

    /// Reads an application that the caller may see.
    pub async fn application(&self, caller: &Caller, id: ApplicationId) -> Result<ApplicationView, Refusal> {
        let filter = Filter::default();
        let found = self.shelf::<ApplicationUse>(caller, Some(id), &filter).await?;
        found.into_iter().next().ok_or_else(|| missing(id))
    }

    /// What a caller may see of one application or of all.
    async fn shelf<N>(
        &self,
        caller: &Caller,
        only: Option<ApplicationId>,
        filter: &Filter,
    ) -> Result<Vec<ApplicationView>, Refusal>
    where
        N: Operation<Table = Applications, Access = Read>,
    {
        let subscriber = match filter.asked_tenant().map(str::parse::<TenantId>) {
            Some(Ok(id)) if id != *caller.tenant_id() => self.0.store.catalogue()?.tenant_by_id(&id)?,
            _ => None,
        };
        let shelf = ReadShelf::<N> {
            only,
            subscriber: subscriber.map(|tenant| tenant.number),
            user: filter.user.clone(),
            operation: PhantomData,
        };
        let shelf = self.ask(caller, shelf).await?;
        let sees_all = shelf.sees_all;
        let mut views = self.views_of(caller, shelf).await?;
        views.retain(|view| sees_all || view.is_usable());
        Ok(views)
    }

    async fn views_of(&self, caller: &Caller, shelf: Shelf) -> Result<Vec<ApplicationView>, Refusal> {
        let Shelf {
            own,
            subscriptions,
            asked,
            ..
        } = shelf;
        let own_tenant = caller.identity().tenant;
        let subscription_of = |id: ApplicationId| {
            let mut all = subscriptions.iter();
            all.find(|subscription| subscription.application == id).cloned()
        };
        let mut views: Vec<_> = own
            .into_iter()
            .map(|application| ApplicationView {
                subscription: subscription_of(application.id),
                has_asked_subscriber: asked.contains(&application.id),
                owner: caller.tenant_id().clone(),
                is_own: true,
                application,
            })
            .collect();
        let others: Vec<_> = subscriptions
            .iter()
            .filter(|subscription| subscription.owner != own_tenant)
            .map(|subscription| subscription.application)
            .collect();
        for application in self.of_management(others).await? {
            views.push(ApplicationView {
                subscription: subscription_of(application.id),
                has_asked_subscriber: false,
                owner: management()?,
                is_own: false,
                application,
            });
        }
        Ok(views)
    }

    /// These applications of the management tenant, for those that are subscribed to them.
    pub(crate) async fn of_management(&self, ids: Vec<ApplicationId>) -> Result<Vec<Application>, Refusal> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let inside = self.0.clone();
        let read = self.work(move || {
            let proof = Allowed::<ApplicationRead>::mint_system(MANAGEMENT, SystemReason::Subscription);
            let tx = inside.store.read(MANAGEMENT)?;
            let rows = tx.applications(proof);
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                found.extend(rows.application(id)?);
            }
            Ok(found)
        });
        read.await.map_err(|refused| refused.refusal)
    }
}

fn management() -> Result<TenantId, Refusal> {
    MANAGEMENT_ID
        .parse()
        .map_err(|bad| Refusal::Fault(crate::refusal::FaultId::report(&bad)))
}
