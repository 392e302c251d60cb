//! Operations that explain rights and change nothing (R043).

use crate::operation::{Need, operations};
use model::roles::Role;

const READ: Need = Need::AnyRole(&[Role::UserManagementRead]);
const OWN_READ: Need = Need::AnyRole(&[
    Role::UserManagementRead,
    Role::UserManagementOwnRead,
    Role::System,
]);

operations! {
    /// Read the effective permissions of oneself; those of another user as whoever may read that user.
    RightsRead = "rights_read" { Read Realm, need: OWN_READ, audit: Quiet, rate: Read }
    /// Read the effective permissions of a group, and who can do something to an object.
    RightsSurvey = "rights_survey" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// Read what rules would change before they are stored.
    RightsPreview = "rights_preview" { Read Realm, need: READ, audit: Quiet, rate: Write }
}
