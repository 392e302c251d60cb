//! What a tenant says of its identity provider. Whoever says whom to believe says who everybody is, so only members of
//! `admins` say it; and as long as passwords let nobody in, an administrator must be able to come in through the provider.

use crate::desk::{Changing, Reading};
use crate::login_options::PROVIDER_TYPE;
use crate::note::Note;
use crate::refusal::{Bound, Invalid, Missing, Refusal};
use crate::users::{refuse, special};
use crate::work::{Command, Query, Then, done};
use model::ids::{GroupId, InventoryRoleId, ObjectId};
use model::json::Json;
use model::limits::{SIGN_ON_LINKS_MAX, SIGN_ON_MAPPINGS_MAX};
use model::single_sign_on::{SignOn, SignOnChange};
use model::users::{ADMINS, UserKind};
use policy::operation::Operation;
use policy::operations::sessions::{LoginOptionAdmin, SignOnRead};
use store::realm::{RealmChanges, RealmRows};

/// The settings, as those see them who may read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOnView {
    /// The settings.
    pub settings: SignOn,
    /// Whether there is a secret.
    pub has_secret: bool,
}

pub(crate) fn sign_on_missing() -> Refusal {
    Refusal::Missing(Missing::LoginOption(PROVIDER_TYPE.to_owned()))
}

fn view(rows: &RealmRows<'_>) -> Result<SignOnView, Refusal> {
    Ok(SignOnView {
        settings: rows.sign_on()?.ok_or_else(sign_on_missing)?,
        has_secret: rows.has_sign_on_secret()?,
    })
}

/// Reads the settings.
pub struct ReadSignOn;

impl Query for ReadSignOn {
    type Operation = SignOnRead;
    type Answer = SignOnView;

    fn answer(&self, desk: &Reading) -> Result<SignOnView, Refusal> {
        view(&desk.tx.realm(desk.allow::<SignOnRead>()?))
    }
}

/// The realm, for those who may say whom to believe.
pub(super) fn realm(desk: &Changing) -> Result<RealmChanges<'_>, Refusal> {
    let realm = desk.tx.realm(desk.allow::<LoginOptionAdmin>()?);
    match desk.who().is_admin() {
        true => Ok(realm),
        false => Err(refuse(desk, LoginOptionAdmin::INFO.name, "identity provider")),
    }
}

/// Says for the first time what the tenant's provider is.
pub struct CreateSignOn {
    /// What must be said.
    pub settings: SignOn,
    /// What else is said.
    pub change: SignOnChange,
}

impl Command for CreateSignOn {
    type Operation = LoginOptionAdmin;
    type Answer = SignOnView;

    fn change(&self, desk: &Changing) -> Result<Then<SignOnView>, Refusal> {
        let realm = realm(desk)?;
        if realm.now().sign_on()?.is_some() {
            return Err(Refusal::Invalid(Invalid::LoginOptionThere));
        }
        let after = self.settings.changed(&self.change);
        check(desk, &realm.now(), &after)?;
        realm.put_sign_on(&after, self.change.secret.as_ref())?;
        desk.note(note(desk, "Single sign-on set up", None, Some(&after)));
        Ok(done(view(&realm.now())?))
    }
}

/// Changes what is said of the provider.
pub struct ChangeSignOn {
    /// How.
    pub change: SignOnChange,
    /// Whether every session of the tenant ends with it.
    pub ends_sessions: bool,
}

impl Command for ChangeSignOn {
    type Operation = LoginOptionAdmin;
    type Answer = SignOnView;

    fn change(&self, desk: &Changing) -> Result<Then<SignOnView>, Refusal> {
        let realm = realm(desk)?;
        let before = realm.now().sign_on()?.ok_or_else(sign_on_missing)?;
        let after = before.changed(&self.change);
        put(desk, &realm, &before, &after, &self.change, self.ends_sessions)?;
        Ok(done(view(&realm.now())?))
    }
}

/// Stores a change that is in order, with its record.
pub(super) fn put(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    before: &SignOn,
    after: &SignOn,
    change: &SignOnChange,
    ends_sessions: bool,
) -> Result<(), Refusal> {
    check(desk, &realm.now(), after)?;
    if change.secret.is_none() {
        keeps_secret(&realm.now(), before, after)?;
    }
    if !realm.now().ways_in()?.admit_people() && !serves_an_administrator(&realm.now(), after)? {
        return Err(Refusal::Invalid(Invalid::LastWayIn));
    }
    if after != before || change.secret.is_some() {
        realm.put_sign_on(after, change.secret.as_ref())?;
        end_links(realm, before, after)?;
        let mut note = note(desk, "Single sign-on changed", Some(before), Some(after));
        if change.secret.is_some() {
            note.text.push_str("; with a new secret");
        }
        desk.note(note);
    }
    // Nobody is believed any more in whose name the sessions were opened.
    if ends_sessions || !after.vouches_as(before) {
        end_sessions(desk, realm)?;
    }
    Ok(())
}

fn end_sessions(desk: &Changing, realm: &RealmChanges<'_>) -> Result<(), Refusal> {
    realm.put_token_keys(Vec::new())?;
    desk.note(Note::new(
        "UserAuthentication",
        "All sessions ended",
        desk.caller().tenant_id(),
    ));
    Ok(())
}

/// Ends the sessions of users whose link is taken back.
fn end_links(realm: &RealmChanges<'_>, before: &SignOn, after: &SignOn) -> Result<(), Refusal> {
    let taken_back = before.linked.iter().filter(|link| !after.linked.contains(link));
    for link in taken_back {
        if let Some(before) = realm.now().user_named(&link.user)? {
            let mut after = before.clone();
            after.epoch += 1;
            realm.update_user(&before, &after)?;
        }
    }
    Ok(())
}

/// The secret that is kept goes only where it was meant to go: who sends it somewhere else has to know it.
fn keeps_secret(rows: &RealmRows<'_>, before: &SignOn, after: &SignOn) -> Result<(), Refusal> {
    let to = |settings: &SignOn| {
        let SignOn {
            issuer,
            client,
            exchange,
            ..
        } = settings.clone();
        (issuer, client, exchange.url)
    };
    match to(before) != to(after) && rows.has_sign_on_secret()? {
        true => Err(Refusal::Invalid(Invalid::SignOnSecret)),
        false => Ok(()),
    }
}

/// Removes the provider: nobody comes in through it any more, and all sessions of the tenant are over, for good. Who its users are
/// outside is kept, so that they are the same if it comes back.
pub struct DeleteSignOn;

impl Command for DeleteSignOn {
    type Operation = LoginOptionAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = realm(desk)?;
        let before = realm.now().sign_on()?.ok_or_else(sign_on_missing)?;
        if !realm.now().ways_in()?.admit_people() {
            return Err(Refusal::Invalid(Invalid::LastWayIn));
        }
        realm.delete_sign_on();
        desk.note(note(desk, "Single sign-on removed", Some(&before), None));
        // For good: a provider that is set up later has nothing to do with them.
        end_sessions(desk, &realm)?;
        Ok(done(()))
    }
}

/// Refuses settings that name what is not there.
fn check(desk: &Changing, rows: &RealmRows<'_>, settings: &SignOn) -> Result<(), Refusal> {
    let counts = [settings.mappings.len(), settings.inventory_mappings.len()];
    if counts.into_iter().any(|count| count > SIGN_ON_MAPPINGS_MAX) {
        return Err(Refusal::Invalid(Invalid::TooMany(Bound::SignOnMappings)));
    }
    if settings.linked.len() > SIGN_ON_LINKS_MAX {
        return Err(Refusal::Invalid(Invalid::TooMany(Bound::SignOnLinks)));
    }
    for group in settings.mappings.iter().flat_map(|mapping| &mapping.groups) {
        check_group(rows, *group)?;
    }
    for mapping in &settings.inventory_mappings {
        for (object, roles) in &mapping.roles {
            check_object(desk, *object)?;
            roles.iter().try_for_each(|role| check_role(rows, *role))?;
        }
    }
    for link in &settings.linked {
        let user = rows.user_named(&link.user)?;
        if user.is_none_or(|user| user.kind != UserKind::Person) {
            return Err(Refusal::Invalid(Invalid::UnknownHolder));
        }
    }
    Ok(())
}

fn check_group(rows: &RealmRows<'_>, group: GroupId) -> Result<(), Refusal> {
    rows.group(group)?
        .map(drop)
        .ok_or(Refusal::Invalid(Invalid::UnknownRole))
}

fn check_role(rows: &RealmRows<'_>, role: InventoryRoleId) -> Result<(), Refusal> {
    rows.inventory_role(role)?
        .map(drop)
        .ok_or(Refusal::Invalid(Invalid::UnknownInventoryRole))
}

fn check_object(desk: &Changing, object: ObjectId) -> Result<(), Refusal> {
    let found = desk.tx.object_facts(desk.who(), object)?;
    found
        .map(drop)
        .ok_or(Refusal::Invalid(Invalid::UnknownObject(object)))
}

/// Whether an administrator of the tenant has come in through this provider, and so could again.
pub(crate) fn serves_an_administrator(rows: &RealmRows<'_>, settings: &SignOn) -> Result<bool, Refusal> {
    let Some(admins) = rows.group_named(&special(ADMINS)?)? else {
        return Ok(false);
    };
    for id in rows.members(admins.id)? {
        let Some(user) = rows.user(id)? else { continue };
        let identity = rows.outside_identity(id)?;
        let is_known = identity.is_some_and(|identity| {
            let is_linked = |link: &model::single_sign_on::Link| {
                link.user == user.name && link.subject == identity.subject
            };
            identity.issuer == settings.issuer.as_str()
                && (identity.made_by_sign_on || settings.linked.iter().any(is_linked))
        });
        if is_known && user.enabled && user.kind == UserKind::Person && user.owner.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn note(desk: &Changing, activity: &'static str, before: Option<&SignOn>, after: Option<&SignOn>) -> Note {
    let text = |settings: Option<&SignOn>, of: fn(&SignOn) -> String| {
        settings.map(|settings| {
            let whole = of(settings);
            let part: String = whole.chars().take(SHOWN_CHARS_MAX).collect();
            Json::from(part)
        })
    };
    let parts: [Part; 10] = [
        ("issuer", |settings| settings.issuer.to_string()),
        ("clientId", |settings| settings.client.clone()),
        ("authorizationRequest", |settings| {
            format!("{:?}", settings.authorization)
        }),
        ("tokenRequest", |settings| format!("{:?}", settings.exchange)),
        ("jwksUrl", |settings| format!("{:?}", settings.keys)),
        ("userClaims", |settings| {
            format!("{:?} {:?}", settings.person_from, settings.person)
        }),
        ("mappings", |settings| {
            format!(
                "{:?} {:?} {:?}",
                settings.assigning, settings.rights_from, settings.mappings
            )
        }),
        ("inventoryMappings", |settings| {
            format!("{:?}", settings.inventory_mappings)
        }),
        ("linkedUsers", |settings| format!("{:?}", settings.linked)),
        ("providerAsksSecondFactor", |settings| {
            settings.provider_asks_factor.to_string()
        }),
    ];
    let note = Note::new("Tenant", activity, desk.caller().tenant_id());
    parts.into_iter().fold(note, |note, (name, of)| {
        // Compared whole, shown cut off.
        match before.map(of) == after.map(of) {
            true => note,
            false => note.change(name, text(before, of), text(after, of)),
        }
    })
}

/// A part of the settings with its name, as text.
type Part = (&'static str, fn(&SignOn) -> String);

/// So much of a part of the settings is in an audit record.
const SHOWN_CHARS_MAX: usize = 4_000;
