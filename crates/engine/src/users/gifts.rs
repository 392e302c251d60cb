//! How users and groups came to their rights: noted with every gift, so that the audit log and the report of privileged
//! principals can tell who gave more than it held itself (R016).

use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::Refusal;
use model::grants::Subject;
use model::json::Json;
use model::roles::{AnyRole, ApplicationRole, Role};
use model::users::Group;
use store::gifts::{Gift, Given};
use store::realm::RealmChanges;

/// The fragment of an audit record that names the roles which the giver did not hold.
const BEYOND_OWN: &str = "beyondOwn";

/// Roles or groups that are being given, for the note about it: made before they are, as the giver may be among those who
/// hold them afterwards.
pub(crate) struct Gifts<'d> {
    desk: &'d Changing,
    beyond_own: Vec<AnyRole>,
}

impl<'d> Gifts<'d> {
    /// None yet.
    pub(crate) fn new(desk: &'d Changing) -> Self {
        Self {
            desk,
            beyond_own: Vec::new(),
        }
    }

    /// Notes a role that is given.
    pub(crate) fn role(&mut self, realm: &RealmChanges<'_>, to: Subject, role: Role) -> Result<(), Refusal> {
        self.put(realm, to, Given::Role(role), [AnyRole::Platform(role)])
    }

    /// Notes a role of a microservice that is given.
    pub(crate) fn application_role(
        &mut self,
        realm: &RealmChanges<'_>,
        to: Subject,
        role: &ApplicationRole,
    ) -> Result<(), Refusal> {
        let given = Given::ApplicationRole(role.clone());
        self.put(realm, to, given, [AnyRole::Application(role.clone())])
    }

    /// Notes a membership that is given.
    pub(crate) fn group(
        &mut self,
        realm: &RealmChanges<'_>,
        to: Subject,
        group: &Group,
    ) -> Result<(), Refusal> {
        let roles = group.roles.iter().copied().map(AnyRole::Platform);
        let held = self.desk.tx.application_roles(self.desk.who())?;
        let of_applications = held.given_to(Subject::Group(group.id))?;
        let all = roles.chain(of_applications.into_iter().map(AnyRole::Application));
        self.put(realm, to, Given::Group(group.id), all)
    }

    fn put(
        &mut self,
        realm: &RealmChanges<'_>,
        to: Subject,
        given: Given,
        roles: impl IntoIterator<Item = AnyRole>,
    ) -> Result<(), Refusal> {
        let who = self.desk.who();
        let before = self.beyond_own.len();
        for role in roles {
            let is_own = match &role {
                AnyRole::Platform(role) => who.has_any(&[*role]),
                AnyRole::Application(role) => self
                    .desk
                    .tx
                    .application_roles(who)?
                    .in_force(who.id())?
                    .contains(role),
            };
            if !is_own {
                self.beyond_own.push(role);
            }
        }
        let gift = Gift {
            by: who.id(),
            at: self.desk.now(),
            beyond_own: self.beyond_own.len() > before,
        };
        Ok(realm.put_gift(to, given, gift)?)
    }

    /// The note, marked if something was given that the giver does not hold.
    pub(crate) fn mark(self, mut note: Note) -> Note {
        if !self.beyond_own.is_empty() {
            let names = self.beyond_own.iter().map(|role| Json::from(role.name()));
            note.extra.set(BEYOND_OWN, names.collect::<Vec<_>>());
            note.text.push_str("; the giver does not hold all of it");
        }
        note
    }
}
