//! What a microservice asks about itself: which application it is, its settings, and as whom it comes in where it is
//! subscribed. And the credential with which it begins, for the people who run it.

use super::parts::{Credential, PartKeys};
use super::write::{Written, change, may_grant, own};
use super::{ApplicationView, allow, missing};
use crate::caller::Caller;
use crate::desk::{Changing, Desk, Reading};
use crate::door::Door;
use crate::refusal::{Invalid, Refusal};
use crate::users::refuse;
use crate::work::{Command, Query, Then, done};
use model::applications::{ActsFor, Application, ApplicationChange, ApplicationKind, Subscription};
use model::ids::{ApplicationId, MANAGEMENT, TenantNumber};
use model::json::{Json, Object};
use model::tenants::TenantStatus;
use policy::facts::Principal;
use policy::operation::Operation;
use policy::operations::applications::{
    BootstrapRead, CurrentApplicationRead, CurrentApplicationUpdate, CurrentSettingsRead,
    CurrentSubscriptionsRead,
};
use std::ops::Deref;
use store::applications::PartCredential;
use store::view::View;

/// For whom a caller acts; the decision has found that it does.
fn acts(who: &Principal) -> Result<ActsFor, Refusal> {
    who.acts_for().ok_or(Refusal::Forbidden)
}

/// Reads the application that the caller begins as.
pub struct ReadCurrent;

impl Query for ReadCurrent {
    type Operation = CurrentApplicationRead;
    type Answer = ApplicationView;

    fn answer(&self, desk: &Reading) -> Result<ApplicationView, Refusal> {
        let rows = desk.tx.applications(allow::<CurrentApplicationRead, _>(desk)?);
        let id = acts(desk.who())?.application;
        Ok(ApplicationView {
            application: rows.application(id)?.ok_or(missing(id))?,
            owner: desk.caller().tenant_id().clone(),
            is_own: true,
            subscription: rows.subscription(id)?,
            has_asked_subscriber: false,
        })
    }
}

/// Changes what the application that the caller begins as says of itself: not what it asks for, nor who may have it.
pub struct UpdateCurrent(pub ApplicationChange, pub PartKeys);

impl Command for UpdateCurrent {
    type Operation = CurrentApplicationUpdate;
    type Answer = ApplicationView;

    fn change(&self, desk: &Changing) -> Result<Then<ApplicationView>, Refusal> {
        let realm = desk.tx.realm(allow::<CurrentApplicationUpdate, _>(desk)?);
        let before = own(&realm, acts(desk.who())?.application)?;
        let asked = &self.0;
        let stays = asked.name.as_ref().is_none_or(|name| *name == before.name)
            && asked.key.as_ref().is_none_or(|key| *key == before.key)
            && asked
                .context_path
                .as_ref()
                .is_none_or(|path| *path == before.context_path)
            && asked.availability.is_none_or(|it| it == before.availability)
            && asked
                .required_roles
                .as_ref()
                .is_none_or(|roles| *roles == before.required_roles)
            && asked.active.is_none_or(|active| active == before.active)
            && asked
                .manifest
                .as_ref()
                .is_none_or(|said| settings_of(said.as_ref()) == settings_of(before.manifest.as_ref()));
        if !stays {
            return Err(refuse(desk, CurrentApplicationUpdate::INFO.name, "application"));
        }
        let Written { id, .. } = change(desk, &realm, &before, asked, &self.1)?;
        let rows = realm.applications().now();
        Ok(done(ApplicationView {
            application: rows.application(id)?.ok_or(missing(id))?,
            owner: desk.caller().tenant_id().clone(),
            is_own: true,
            subscription: rows.subscription(id)?,
            has_asked_subscriber: false,
        }))
    }
}

/// What a manifest says about settings: whose options its users may read, which they do not choose themselves.
fn settings_of(manifest: Option<&Object>) -> [Option<&Json>; 2] {
    ["settings", "settingsCategory"].map(|name| manifest?.get(name))
}

/// A setting with everything that clients read of each: what its makers did not say, or said in another type, is said for
/// them. Nobody is stopped from setting an option, and no value comes from the owner's options.
fn complete(setting: &mut Object) {
    // Only the tenant says that.
    let _ = setting.remove("value");
    if setting.get("defaultValue").and_then(Json::as_str).is_none() {
        setting.set("defaultValue", "");
    }
    let kind = |schema: &Object| schema.get("type").is_some_and(|kind| kind.as_str().is_some());
    if !setting
        .get("valueSchema")
        .and_then(Json::as_object)
        .is_some_and(kind)
    {
        setting.set(
            "valueSchema",
            [("type", "string")].into_iter().collect::<Object>(),
        );
    }
    for (name, unless_said) in [("editable", true), ("inheritFromOwner", false)] {
        if !matches!(setting.get(name), Some(Json::Bool(_))) {
            setting.set(name, unless_said);
        }
    }
}

struct ReadActing;

impl Query for ReadActing {
    type Operation = CurrentSettingsRead;
    type Answer = (ActsFor, Option<Application>);

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.applications(allow::<CurrentSettingsRead, _>(desk)?);
        let acts = acts(desk.who())?;
        let own = match acts.owner == desk.who().tenant() {
            true => rows.application(acts.application)?,
            false => None,
        };
        Ok((acts, own))
    }
}

/// The values that the caller's tenant has set.
struct ReadValues {
    category: String,
    keys: Vec<String>,
}

impl Query for ReadValues {
    type Operation = CurrentSettingsRead;
    type Answer = Vec<Option<String>>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.applications(allow::<CurrentSettingsRead, _>(desk)?);
        // Which options these are, the other tenant's manifest says: that takes somebody here who lets it in.
        if desk.who().is_uninvited() {
            return Ok(vec![None; self.keys.len()]);
        }
        let values = self.keys.iter().map(|key| rows.setting(&self.category, key));
        Ok(values.collect::<Result<_, _>>()?)
    }
}

impl Door {
    /// The settings of the application that the caller is a part of, as its manifest declares them, each with the value
    /// that the caller's tenant has set, if any.
    pub async fn current_settings(&self, caller: &Caller) -> Result<Vec<Object>, Refusal> {
        let (acts, own) = self.ask(caller, ReadActing).await?;
        let application = match own {
            None if acts.owner == MANAGEMENT => {
                let mut found = self.of_management(vec![acts.application]).await?;
                found.pop()
            }
            own => own,
        };
        let application = application.ok_or(missing(acts.application))?;
        let manifest = application.manifest.clone().unwrap_or_default();
        let text = |object: &Object, name: &str| object.get(name).and_then(Json::as_str).map(str::to_owned);
        let declared = manifest
            .get("settings")
            .and_then(Json::as_array)
            .unwrap_or_default();
        let mut settings: Vec<Object> = declared.iter().filter_map(Json::as_object).cloned().collect();
        settings.retain(|setting| text(setting, "key").is_some());
        settings.iter_mut().for_each(complete);
        let category =
            text(&manifest, "settingsCategory").unwrap_or_else(|| application.settings_category().to_owned());
        let keys = settings
            .iter()
            .filter_map(|setting| text(setting, "key"))
            .collect();
        let values = self.ask(caller, ReadValues { category, keys }).await?;
        for (setting, value) in settings.iter_mut().zip(values) {
            if let Some(value) = value {
                setting.set("value", value);
            }
        }
        Ok(settings)
    }

    /// As whom the application that the caller begins as comes in, in each tenant that is subscribed and let in.
    pub async fn current_subscriptions(&self, caller: &Caller) -> Result<Vec<Credential>, Refusal> {
        let found = self.ask(caller, ReadUsers).await?;
        let inside = self.0.clone();
        let own = caller.tenant_id().clone();
        let read = self.work(move || {
            let mut users = Vec::new();
            users.extend(found.own.map(|part| inside.credential_of(&own, part)));
            for number in found.subscribers {
                let Some(tenant) = inside.store.catalogue()?.tenant(number)? else {
                    continue;
                };
                if tenant.status != TenantStatus::Active {
                    continue;
                }
                // A tenant whose storage is not available holds up nobody else.
                let part = inside
                    .store
                    .view(number)
                    .and_then(|view| view.service_user_of(&tenant, MANAGEMENT, found.application));
                match part {
                    Ok(part) => users.extend(part.map(|part| inside.credential_of(&tenant.id, part))),
                    Err(fault) => {
                        tracing::warn!(tenant = %tenant.id, %fault, "a subscription could not be read");
                    }
                }
            }
            Ok(users)
        });
        read.await.map_err(|refused| refused.refusal)
    }

    /// The credential with which a microservice of the caller's tenant begins. Whoever has it can act as the
    /// microservice wherever it is subscribed, so only those learn it who may give what it asks for.
    pub async fn bootstrap_credential(
        &self,
        caller: &Caller,
        id: ApplicationId,
    ) -> Result<Credential, Refusal> {
        let part = self.ask(caller, ReadBootstrap { id }).await?;
        Ok(self.0.credential_of(caller.tenant_id(), part))
    }
}

/// The users of an application.
struct Users {
    application: ApplicationId,
    own: Option<PartCredential>,
    subscribers: Vec<TenantNumber>,
}

struct ReadUsers;

impl Query for ReadUsers {
    type Operation = CurrentSubscriptionsRead;
    type Answer = Users;

    fn answer(&self, desk: &Reading) -> Result<Users, Refusal> {
        let realm = desk.tx.realm(allow::<CurrentSubscriptionsRead, _>(desk)?);
        let rows = realm.applications();
        let application = acts(desk.who())?.application;
        let subscription = rows.subscription(application)?;
        let own = match subscription.and_then(|subscription| subscription.user) {
            Some(user) => realm.part_credential(user)?,
            None => None,
        };
        Ok(Users {
            application,
            own,
            subscribers: rows.subscribers(application)?,
        })
    }
}

/// Refuses who may not know the credential with which a microservice begins: who could not give all that it asks for or has.
pub(super) fn check_may_know<N: Operation, T: Deref<Target = View>>(
    desk: &Desk<T>,
    application: &Application,
    subscription: Option<&Subscription>,
) -> Result<(), Refusal> {
    let granted = subscription.map(|subscription| &subscription.granted);
    let granted = granted.into_iter().flatten().copied();
    let mut roles = application.wanted_roles().into_iter().chain(granted);
    match roles.all(|role| may_grant(desk.who(), role)) {
        true => Ok(()),
        false => Err(refuse(desk, N::INFO.name, "role")),
    }
}

struct ReadBootstrap {
    id: ApplicationId,
}

impl Query for ReadBootstrap {
    type Operation = BootstrapRead;
    type Answer = PartCredential;

    fn answer(&self, desk: &Reading) -> Result<PartCredential, Refusal> {
        let realm = desk.tx.realm(allow::<BootstrapRead, _>(desk)?);
        let application = realm
            .applications()
            .application(self.id)?
            .ok_or(missing(self.id))?;
        if application.kind != ApplicationKind::Microservice {
            return Err(Refusal::Invalid(Invalid::NotAMicroservice));
        }
        let subscription = realm.applications().subscription(self.id)?;
        check_may_know::<BootstrapRead, _>(desk, &application, subscription.as_ref())?;
        let part = match application.bootstrap {
            Some(user) => realm.part_credential(user)?,
            None => None,
        };
        part.ok_or(missing(self.id))
    }
}
