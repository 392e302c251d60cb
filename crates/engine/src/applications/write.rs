//! Creating, changing and deleting applications. A change of the roles that one asks for takes away at once, everywhere,
//! and gives only what whoever makes the change may give (R010): the rest waits for somebody who may.

use super::parts::{self, PartKey, PartKeys, is_person};
use super::subscriptions::Asks;
use super::{allow, grantable, missing, pending};
use crate::applications::ApplicationView;
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Bound, Conflict, Invalid, Refusal};
use crate::users::{Gifts, manages_users};
use crate::work::{Command, Then, done};
use model::applications::{
    ActsFor, Application, ApplicationChange, ApplicationKind, NewApplication, Part, RoleName, Subscription,
};
use model::grants::Subject;
use model::ids::{ApplicationId, TenantNumber};
use model::json::Json;
use model::limits::{APPLICATION_BYTES_MAX, APPLICATIONS_MAX};
use model::roles::Role;
use policy::facts::Principal;
use policy::operation::Operation;
use policy::operations::applications::{ApplicationAdmin, ApplicationRead};
use std::collections::BTreeSet;
use store::realm::RealmChanges;

impl Door {
    /// Creates an application of the caller's tenant. A microservice gets the user with which it begins.
    pub async fn create_application(&self, caller: &Caller, new: NewApplication) -> Result<Written, Refusal> {
        self.gate(caller, ApplicationAdmin::INFO).await?;
        let key = self.new_part_key(caller.tenant_id());
        self.run(caller, CreateApplication { new, key }).await
    }

    /// Changes an application of the caller's tenant. Roles that it does not ask for any more are taken from its users
    /// everywhere.
    pub async fn update_application(
        &self,
        caller: &Caller,
        id: ApplicationId,
        change: ApplicationChange,
    ) -> Result<Written, Refusal> {
        let keys = self.new_part_keys(caller.tenant_id());
        let written = self.run(caller, UpdateApplication { id, change, keys }).await?;
        self.narrow_everywhere(&written).await?;
        Ok(written)
    }

    /// Deletes an application of the caller's tenant. With `force` also one that other tenants are subscribed to: it is
    /// taken from them first.
    pub async fn delete_application(
        &self,
        caller: &Caller,
        id: ApplicationId,
        force: bool,
    ) -> Result<(), Refusal> {
        self.gate(caller, ApplicationAdmin::INFO).await?;
        let subscribers = self.run(caller, BeginDeletion { id, force }).await?;
        for tenant in &subscribers {
            self.end_subscription(*tenant, id).await?;
        }
        let ended = subscribers.into_iter().collect();
        self.run(caller, DeleteApplication { id, ended }).await
    }
}

/// An application that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its id.
    pub id: ApplicationId,
    /// The application, for those who may read applications (R019).
    pub shown: Option<Box<ApplicationView>>,
    /// The other tenants that are subscribed, if it was said what is asked for: they may have granted more.
    pub(super) narrowed: Vec<TenantNumber>,
    /// What it says about roles.
    pub(super) asks: Asks,
}

/// What a command answers about the application that it wrote.
pub(super) fn written(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    application: Application,
) -> Result<Written, Refusal> {
    let id = application.id;
    let subscription = realm.applications().now().subscription(id)?;
    let shown = desk.may::<ApplicationRead>().then(|| {
        Box::new(ApplicationView {
            application,
            owner: desk.caller().tenant_id().clone(),
            is_own: true,
            subscription,
            has_asked_subscriber: false,
        })
    });
    Ok(Written {
        id,
        shown,
        narrowed: Vec::new(),
        asks: Asks::default(),
    })
}

struct CreateApplication {
    new: NewApplication,
    key: PartKey,
}

impl Command for CreateApplication {
    type Operation = ApplicationAdmin;
    type Answer = Written;

    fn change(&self, desk: &Changing) -> Result<Then<Written>, Refusal> {
        let realm = desk.tx.realm(allow::<ApplicationAdmin, _>(desk)?);
        let rows = realm.applications();
        if rows.now().applications()?.len() >= APPLICATIONS_MAX {
            return Err(Refusal::Invalid(Invalid::TooMany(Bound::Applications)));
        }
        let new = self.new.clone();
        let mut application = Application {
            id: rows.new_application()?,
            kind: new.kind,
            name: new.name,
            key: new.key,
            context_path: new.context_path,
            availability: new.availability,
            description: new.description,
            required_roles: new.required_roles,
            roles: new.roles,
            manifest: new.manifest,
            properties: new.properties,
            bootstrap: None,
            archives: Vec::new(),
            active: None,
            created: desk.now(),
        };
        check(&realm, None, &application)?;
        if application.kind == ApplicationKind::Microservice {
            let acts = ActsFor {
                application: application.id,
                owner: desk.who().tenant(),
                part: Part::Bootstrap,
            };
            let user = parts::make(
                &realm,
                (&application, acts),
                &BTreeSet::new(),
                &self.key,
                desk.now(),
            )?;
            application.bootstrap = Some(user.id);
        }
        rows.put(None, &application)?;
        let text = format!(
            "Application {} of type {} created",
            application.name,
            application.kind.name()
        );
        let note = Note::new("Application", "Application created", application.id).text(text);
        desk.note(describe(note, None, &application));
        Ok(done(written(desk, &realm, application)?))
    }
}

/// Refuses an application that is too large, or in the way of another one of the tenant.
fn check(
    realm: &RealmChanges<'_>,
    before: Option<&Application>,
    application: &Application,
) -> Result<(), Refusal> {
    let manifest = application.manifest.as_ref().map_or(0, |it| it.to_string().len());
    let properties = application.properties.to_string().len();
    if manifest > APPLICATION_BYTES_MAX || properties > APPLICATION_BYTES_MAX {
        return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
    }
    if application.kind == ApplicationKind::Hosted && application.context_path.is_none() {
        return Err(Refusal::Invalid(Invalid::NoContextPath));
    }
    let now = realm.applications().now();
    let is_other = |found: Option<Application>| found.is_some_and(|found| found.id != application.id);
    if before.is_none_or(|before| before.name != application.name) && is_other(now.named(&application.name)?)
    {
        return Err(Refusal::Conflict(Conflict::ApplicationNameTaken));
    }
    if before.is_none_or(|before| before.key != application.key) && is_other(now.with_key(&application.key)?)
    {
        return Err(Refusal::Conflict(Conflict::ApplicationKeyTaken));
    }
    if let Some(path) = &application.context_path
        && is_other(now.at(path)?)
    {
        return Err(Refusal::Conflict(Conflict::ContextPathTaken));
    }
    Ok(())
}

struct UpdateApplication {
    id: ApplicationId,
    change: ApplicationChange,
    keys: PartKeys,
}

impl Command for UpdateApplication {
    type Operation = ApplicationAdmin;
    type Answer = Written;

    fn change(&self, desk: &Changing) -> Result<Then<Written>, Refusal> {
        let realm = desk.tx.realm(allow::<ApplicationAdmin, _>(desk)?);
        let before = own(&realm, self.id)?;
        Ok(done(change(desk, &realm, &before, &self.change, &self.keys)?))
    }
}

/// An application that the tenant owns. One of another tenant is answered like one that is not there.
pub(super) fn own(realm: &RealmChanges<'_>, id: ApplicationId) -> Result<Application, Refusal> {
    realm.applications().now().application(id)?.ok_or(missing(id))
}

/// Changes an application.
pub(super) fn change(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    before: &Application,
    change: &ApplicationChange,
    keys: &PartKeys,
) -> Result<Written, Refusal> {
    let after = apply(before, change.clone())?;
    check(realm, Some(before), &after)?;
    if after != *before {
        realm.applications().put(Some(before), &after)?;
        let note = Note::new("Application", "Application updated", after.id);
        desk.note(describe(note, Some(before), &after));
        // Who knows the key with which it begins could give what it asked for, and no more than that.
        if let Some(begins) = after.bootstrap
            && !after.wanted_roles().is_subset(&before.wanted_roles())
        {
            parts::renew(realm, begins, &keys.begins, desk.now())?;
            let text = "The application asks for more roles: the key with which it begins is made anew";
            desk.note(Note::new("Application", "Application keys renewed", after.id).text(text));
        }
        follow(desk, realm, (before, &after), &keys.acts)?;
    }
    // Also where nothing is new: whoever was stopped before everybody had followed says it once more.
    let narrowed = match change.required_roles.is_some() || change.roles.is_some() {
        true => realm.applications().now().subscribers(after.id)?,
        false => Vec::new(),
    };
    Ok(Written {
        narrowed,
        asks: Asks::of(&after),
        ..written(desk, realm, after)?
    })
}

fn apply(before: &Application, change: ApplicationChange) -> Result<Application, Refusal> {
    if change.kind.is_some_and(|kind| kind != before.kind) {
        return Err(Refusal::Invalid(Invalid::ApplicationType));
    }
    let mut after = before.clone();
    after.name = change.name.unwrap_or(after.name);
    after.key = change.key.unwrap_or(after.key);
    after.context_path = change.context_path.unwrap_or(after.context_path);
    after.availability = change.availability.unwrap_or(after.availability);
    after.description = change.description.unwrap_or(after.description);
    after.required_roles = change.required_roles.unwrap_or(after.required_roles);
    after.roles = change.roles.unwrap_or(after.roles);
    after.manifest = change.manifest.unwrap_or(after.manifest);
    if let Some(active) = change.active {
        if active.is_some_and(|id| before.archive(id).is_none()) {
            return Err(Refusal::Invalid(Invalid::UnknownArchive));
        }
        after.active = active;
    }
    for (name, value) in change.properties {
        match value {
            Some(value) => after.properties.set(name, value),
            None => drop(after.properties.remove(&name)),
        }
    }
    Ok(after)
}

/// What the tenant's own subscription has of a change of the roles that are asked for.
fn follow(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    (before, after): (&Application, &Application),
    key: &PartKey,
) -> Result<(), Refusal> {
    if before.required_roles == after.required_roles && before.roles == after.roles {
        return Ok(());
    }
    let Some(mut subscription) = realm.applications().now().subscription(after.id)? else {
        return Ok(());
    };
    if subscription.defines != after.defined_roles() {
        subscription.defines = after.defined_roles();
        realm.applications().subscribe(&subscription)?;
    }
    let wanted = grantable(after, desk.who().tenant());
    let mut granted: BTreeSet<_> = subscription.granted.intersection(&wanted).copied().collect();
    if is_person(desk) {
        let new = pending(after, &subscription, desk.who().tenant());
        granted.extend(new.into_iter().filter(|role| may_grant(desk.who(), *role)));
    }
    regrant(desk, realm, (after, &subscription), granted, key)
}

/// Whether the caller may let a microservice have a role.
pub(in crate::applications) fn may_grant(who: &Principal, role: Role) -> bool {
    who.may_grant(role) && (who.is_admin() || !manages_users(role))
}

/// Gives the user of a microservice exactly these roles, with a note. With more than it had it gets another key: who knows
/// the one before could not give them, perhaps.
pub(in crate::applications) fn regrant(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    (application, subscription): (&Application, &Subscription),
    granted: BTreeSet<Role>,
    key: &PartKey,
) -> Result<(), Refusal> {
    if granted == subscription.granted {
        return Ok(());
    }
    let mut note = Note::new("Application", "Application granted roles", application.id);
    if let Some(user) = subscription.user
        && let Some(user) = realm.now().user(user)?
    {
        let mut changed = user.clone();
        changed.roles = parts::roles_of(Part::Service, &granted);
        realm.update_user(&user, &changed)?;
        if !granted.is_subset(&subscription.granted) {
            parts::renew(realm, user.id, key, desk.now())?;
        }
        let mut gifts = Gifts::new(desk);
        for role in granted.difference(&subscription.granted) {
            gifts.role(realm, Subject::User(user.id), *role)?;
        }
        note = gifts.mark(note.text(format!("Roles of {} changed", user.name)));
    }
    desk.note(note.change("roles", Some(names(&subscription.granted)), Some(names(&granted))));
    realm.applications().subscribe(&Subscription {
        granted,
        ..subscription.clone()
    })?;
    Ok(())
}

pub(in crate::applications) fn names(roles: &BTreeSet<Role>) -> Json {
    let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
    Json::from(names.join(", "))
}

/// With what is different from before.
fn describe(note: Note, before: Option<&Application>, after: &Application) -> Note {
    let text = |text: &str| Some(Json::from(text));
    let required = |application: &Application| {
        let names: Vec<_> = application.required_roles.iter().map(RoleName::as_str).collect();
        Some(Json::from(names.join(", ")))
    };
    let path = |application: &Application| {
        application
            .context_path
            .as_ref()
            .and_then(|path| text(path.as_str()))
    };
    let active = |application: &Application| application.active.map(|id| Json::from(id.to_string()));
    note.change(
        "name",
        before.and_then(|it| text(it.name.as_str())),
        text(after.name.as_str()),
    )
    .change(
        "key",
        before.and_then(|it| text(it.key.as_str())),
        text(after.key.as_str()),
    )
    .change("contextPath", before.and_then(path), path(after))
    .change(
        "availability",
        before.and_then(|it| text(it.availability.name())),
        text(after.availability.name()),
    )
    .change("requiredRoles", before.and_then(required), required(after))
    .change("activeVersionId", before.and_then(active), active(after))
}

/// Finds out who is subscribed to an application that is to be deleted.
struct BeginDeletion {
    id: ApplicationId,
    force: bool,
}

impl Command for BeginDeletion {
    type Operation = ApplicationAdmin;
    type Answer = Vec<TenantNumber>;
    const PREPARES: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let realm = desk.tx.realm(allow::<ApplicationAdmin, _>(desk)?);
        own(&realm, self.id)?;
        let subscribers = realm.applications().now().subscribers(self.id)?;
        if !subscribers.is_empty() && !self.force {
            return Err(Refusal::Conflict(Conflict::HasSubscribers));
        }
        Ok(done(subscribers))
    }
}

struct DeleteApplication {
    id: ApplicationId,
    /// The tenants from which it was taken.
    ended: BTreeSet<TenantNumber>,
}

impl Command for DeleteApplication {
    type Operation = ApplicationAdmin;
    type Answer = ();
    /// The archives.
    const LEAVES_ROWS: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow::<ApplicationAdmin, _>(desk)?);
        let application = own(&realm, self.id)?;
        let rows = realm.applications();
        if let Some(subscription) = rows.now().subscription(self.id)? {
            parts::remove(&realm, subscription.user)?;
            rows.unsubscribe(self.id);
        }
        parts::remove(&realm, application.bootstrap)?;
        for tenant in rows.now().subscribers(self.id)? {
            if !self.ended.contains(&tenant) {
                // Subscribed meanwhile.
                return Err(Refusal::Busy);
            }
            rows.forget_subscriber(self.id, tenant);
        }
        rows.delete(&application)?;
        let text = format!(
            "Application {} deleted with its users and archives",
            application.name
        );
        desk.note(Note::new("Application", "Application deleted", self.id).text(text));
        Ok(done(()))
    }
}
