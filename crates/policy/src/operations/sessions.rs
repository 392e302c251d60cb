//! Operations on sessions, and on the ways in which a tenant lets its users in.

use crate::operation::{Need, operations};
use model::roles::Role;

const ADMIN: Need = Need::AnyRole(&[Role::TenantAdmin, Role::TenantManagementAdmin]);
const READ: Need = Need::AnyRole(&[
    Role::TenantAdmin,
    Role::TenantManagementAdmin,
    Role::UserManagementOwnAdmin,
    Role::UserManagementCreate,
]);

const MANAGE: Need = Need::OnUsers {
    all: &[Role::UserManagementAdmin],
    below: &[Role::UserManagementCreate],
};

operations! {
    /// Open a session: the password is the proof.
    SessionOpen = "session_open" { Write Realm, need: Need::Public, audit: Each, rate: Secret }
    /// End one's own session.
    SessionEnd = "session_end" { Write Realm, need: Need::SignedIn, audit: Each, rate: Write }
    /// See one's own open sessions.
    OwnSessionList = "own_session_list" { Read Realm, need: Need::SignedIn, by: People, audit: Quiet, rate: Read }
    /// End one of one's own sessions, or all but the present one.
    OwnSessionEnd = "own_session_end" { Write Realm, need: Need::SignedIn, by: People, audit: Each, rate: Write }
    /// See the open sessions of a user, and when it last signed in.
    UserSessionList = "user_session_list" { Read Realm, need: MANAGE, audit: Quiet, rate: Read }
    /// End one session of a user, or all.
    UserSessionEnd = "user_session_end" { Write Realm, need: MANAGE, audit: Each, rate: Write }
    /// End every session of the tenant.
    SessionEndAll = "session_end_all" {
        Write Realm, need: Need::AnyRole(&[Role::UserManagementAdmin]), audit: Each, rate: Write
    }
    /// Begin to sign in through somebody else.
    SignInElsewhere = "sign_in_elsewhere" { Read Nothing, need: Need::Public, audit: Quiet, rate: Read }
    /// Read what a sign-in page must know.
    LoginOptionList = "login_option_list" { Read Realm, need: Need::Public, audit: Quiet, rate: Read }
    /// Read one of the ways in.
    LoginOptionRead = "login_option_read" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// Read what is said of the tenant's identity provider: more than everybody must know who signs in.
    SignOnRead = "sign_on_read" { Read Realm, need: ADMIN, by: People, audit: Quiet, rate: Read }
    /// Open, change or close a way in (R002, R055).
    LoginOptionAdmin = "login_option_admin" { Write Realm, need: ADMIN, by: People, audit: Each, rate: Write }
    /// Keep a tenant from its own ways in, which nobody does; or leave them to it.
    LoginOptionRestrict = "login_option_restrict" {
        Write Nothing, need: Need::PlatformRole(&[Role::TenantManagementAdmin]), by: People, audit: Each, rate: Write
    }
}
