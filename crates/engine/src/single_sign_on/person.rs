//! Who somebody is here whom the provider has vouched for: known by issuer and `sub`, and never by a name. A user who was
//! made here is nobody's by a name; an administrator links him first.

use super::rights::{Mapped, groups_text};
use crate::caller::{Caller, Came, Identity};
use crate::desk::record_of;
use crate::door::{Inside, Refused};
use crate::note::Note;
use crate::refusal::Refusal;
use crate::users::{NewUser, Profile, kind_of, new_user};
use authn::verify::AuthenticationFailure;
use model::json::{Json, Object};
use model::limits::NAME_BYTES_MAX;
use model::names::UserName;
use model::single_sign_on::{Assigning, OutsideIdentity, SignOn, claim_at, text_of};
use model::tenants::{Tenant, TenantStatus};
use model::users::{User, UserKind};
use policy::decide::decide_public;
use policy::operations::sessions::SessionOpen;
use std::collections::BTreeSet;
use std::net::IpAddr;
use store::realm::RealmChanges;
use store::transaction::WriteTx;

/// The custom property that says where a user comes from. For clients to show: nothing is decided by it.
const ORIGIN: &str = "userOrigin";

/// Somebody whose tokens were verified.
pub(super) struct Arrival {
    pub(super) settings: SignOn,
    pub(super) subject: String,
    /// What is said about the person.
    pub(super) person: Object,
    /// What rights follow from.
    pub(super) rights: Object,
    pub(super) address: IpAddr,
}

/// Who it is, and whether that one is let in.
pub(super) type Settled = Result<User, (Option<User>, AuthenticationFailure)>;

impl Inside {
    /// Prepares what an arrival changes: a new user, or the profile and rights of one that is there.
    pub(super) fn settle(&self, tenant: &Tenant, arrival: &Arrival) -> Result<(WriteTx, Settled), Refused> {
        let proof = decide_public::<SessionOpen>(tenant.number).map_err(|_| Refusal::Forbidden)?;
        let tx = self.store.write_for(&proof)?;
        // Noted before the catalogue is read, as for every command: a suspension in between is not overlooked.
        tx.rules_epoch(tenant.number)?;
        let now = self.store.catalogue()?.tenant(tenant.number)?;
        if now.is_none_or(|tenant| tenant.status != TenantStatus::Active) {
            return Err(Refusal::NotSignedIn.into());
        }
        let realm = tx.realm(proof);
        // Asking the provider takes time: what was taken back meanwhile, such as a link, does not count any more.
        if realm.now().sign_on()?.as_ref() != Some(&arrival.settings) {
            return Err(Refusal::NotSignedIn.into());
        }
        let desk = Settling {
            inside: self,
            tenant,
            arrival,
            realm: &realm,
            tx: &tx,
        };
        let settled = desk.settle()?;
        Ok((tx, settled))
    }
}

struct Settling<'s> {
    inside: &'s Inside,
    tenant: &'s Tenant,
    arrival: &'s Arrival,
    realm: &'s RealmChanges<'s>,
    tx: &'s WriteTx,
}

impl Settling<'_> {
    fn settle(&self) -> Result<Settled, Refusal> {
        let rows = self.realm.now();
        let (settings, subject) = (&self.arrival.settings, &self.arrival.subject);
        let issuer = settings.issuer.as_str();
        if let Some(user) = rows.user_outside(issuer, subject)? {
            let (user, identity) = (rows.user(user)?, rows.outside_identity(user)?);
            return match (user, identity) {
                (Some(user), Some(identity)) => self.known(user, &identity),
                _ => Ok(Err((None, AuthenticationFailure::NameNotFree))),
            };
        }
        if let Some(link) = settings.linked.iter().find(|link| link.subject == *subject) {
            return match rows.user_named(&link.user)? {
                Some(user) => self.link(user),
                None => Ok(Err((None, AuthenticationFailure::UnknownUser))),
            };
        }
        self.first_time()
    }

    /// Why a user is not let in, whoever vouches for him.
    fn shut_out(user: &User) -> Option<AuthenticationFailure> {
        if user.kind != UserKind::Person {
            return Some(AuthenticationFailure::NotAPerson);
        }
        (!user.enabled).then_some(AuthenticationFailure::Disabled)
    }

    fn known(&self, user: User, identity: &OutsideIdentity) -> Result<Settled, Refusal> {
        if let Some(failure) = Self::shut_out(&user) {
            return Ok(Err((Some(user), failure)));
        }
        if !identity.made_by_sign_on {
            // The link may have been taken back.
            let mut links = self.arrival.settings.linked.iter();
            let is_linked = links.any(|link| link.user == user.name && link.subject == identity.subject);
            return Ok(match is_linked {
                true => Ok(user),
                false => Err((Some(user), AuthenticationFailure::NameNotFree)),
            });
        }
        let mut after = self.with_profile(&user);
        let mut lets_in = true;
        if self.arrival.settings.assigning != Assigning::Once {
            let mapped = Mapped::of(&self.arrival.settings, &self.arrival.rights);
            lets_in = mapped.holds;
            after = mapped.with_groups(self.realm, &after)?;
            let note = mapped.assign(self.realm, &after)?;
            note.into_iter().for_each(|note| self.note(&after, note));
        }
        if after != user {
            self.realm.update_user(&user, &after)?;
            self.note(&after, changed(&user, &after));
        }
        Ok(match lets_in {
            true => Ok(after),
            false => Err((Some(after), AuthenticationFailure::NoAccessMapped)),
        })
    }

    /// The first time of somebody who has a user here: its rights are given here, and stay.
    fn link(&self, user: User) -> Result<Settled, Refusal> {
        if let Some(failure) = Self::shut_out(&user) {
            return Ok(Err((Some(user), failure)));
        }
        self.keep_identity(&user, false)?;
        let text = format!(
            "Linked to the subject {} of {}",
            self.arrival.subject, self.arrival.settings.issuer
        );
        self.note(
            &user,
            Note::new("User", "User linked for single sign-on", &user.name).text(text),
        );
        Ok(Ok(user))
    }

    fn first_time(&self) -> Result<Settled, Refusal> {
        let mapped = Mapped::of(&self.arrival.settings, &self.arrival.rights);
        if !mapped.holds {
            return Ok(Err((None, AuthenticationFailure::NoAccessMapped)));
        }
        let name = claim_at(&self.arrival.person, &self.arrival.settings.person.name).and_then(text_of);
        let name = name.and_then(|name| name.parse::<UserName>().ok());
        let Some(name) = name.filter(|name| kind_of(name) == UserKind::Person) else {
            return Ok(Err((None, AuthenticationFailure::NameNotFree)));
        };
        if self.realm.now().user_named(&name)?.is_some() {
            return Ok(Err((None, AuthenticationFailure::NameNotFree)));
        }
        let new = NewUser {
            name,
            password: None,
            must_change_password: false,
            profile: Profile::default(),
            enabled: true,
            roles: BTreeSet::new(),
            groups: BTreeSet::new(),
        };
        let mut user = new_user(self.realm.new_principal()?, &new);
        user.must_change_password = false;
        user.custom_properties.set(ORIGIN, "OAUTH2");
        let user = mapped.with_groups(self.realm, &self.with_profile(&user))?;
        self.realm.create_user(&user)?;
        self.keep_identity(&user, true)?;
        let text = format!(
            "User created by single sign-on: the subject {} of {}, with the groups [{}]",
            self.arrival.subject,
            self.arrival.settings.issuer,
            groups_text(&user).as_str().unwrap_or_default(),
        );
        self.note(&user, Note::new("User", "User created", &user.name).text(text));
        let note = mapped.assign(self.realm, &user)?;
        note.into_iter().for_each(|note| self.note(&user, note));
        Ok(Ok(user))
    }

    fn keep_identity(&self, user: &User, made_by_sign_on: bool) -> Result<(), Refusal> {
        Ok(self.realm.put_outside_identity(&OutsideIdentity {
            user: user.id,
            issuer: self.arrival.settings.issuer.to_string(),
            subject: self.arrival.subject.clone(),
            made_by_sign_on,
            since: self.inside.world.now(),
        })?)
    }

    /// The user with what the provider says about the person; what it does not say stays.
    fn with_profile(&self, user: &User) -> User {
        let claims = &self.arrival.settings.person;
        let mut after = user.clone();
        for (place, path) in [
            (&mut after.first_name, &claims.first_name),
            (&mut after.last_name, &claims.last_name),
            (&mut after.email, &claims.email),
            (&mut after.phone, &claims.phone),
        ] {
            let said = path
                .as_ref()
                .and_then(|path| claim_at(&self.arrival.person, path))
                .and_then(text_of);
            let plain = |text: &String| text.len() <= NAME_BYTES_MAX && !text.chars().any(char::is_control);
            if let Some(text) = said.filter(plain) {
                *place = Some(text);
            }
        }
        after
    }

    /// Records a change in the name of whoever it is about.
    fn note(&self, user: &User, note: Note) {
        let caller = Caller::new(Identity {
            tenant: self.tenant.number,
            tenant_id: self.tenant.id.clone(),
            principal: user.id,
            name: user.name.clone(),
            kind: user.kind,
            epoch: user.epoch,
            address: self.arrival.address,
            application: None,
            came: Came::default(),
        });
        self.tx.record(record_of(&*self.inside.world, &caller, note));
    }
}

fn changed(before: &User, after: &User) -> Note {
    let text = |value: &Option<String>| value.as_deref().map(Json::from);
    Note::new("User", "User updated", &after.name)
        .text("By what the identity provider says")
        .change("firstName", text(&before.first_name), text(&after.first_name))
        .change("lastName", text(&before.last_name), text(&after.last_name))
        .change("email", text(&before.email), text(&after.email))
        .change("phone", text(&before.phone), text(&after.phone))
        .change("groups", Some(groups_text(before)), Some(groups_text(after)))
}
