//! Operations on remote access. Whoever does any of these must also be allowed to ask the device to connect: an operation
//! with the fragment `c8y_RemoteAccessConnect` on it (R080).

use crate::operation::{Need, operations};
use model::roles::Role;

const ADMIN: Need = Need::AnyRole(&[Role::RemoteAccessAdmin]);

operations! {
    /// List and read where on a device people may be led to.
    RemoteConfigurationRead = "remote_configuration_read" {
        Read RemoteAccess, need: ADMIN, audit: Quiet, rate: Read
    }
    /// Say where on a device people may be led to.
    RemoteConfigurationAdmin = "remote_configuration_admin" {
        Write RemoteAccess, need: ADMIN, audit: Each, rate: Write
    }
    /// Connect to a device. What it changes, the operation that asks the device, is decided as such.
    RemoteAccessOpen = "remote_access_open" { Read RemoteAccess, need: ADMIN, audit: Quiet, rate: Write }
    /// List the sessions that are open.
    RemoteSessionRead = "remote_session_read" { Read Nothing, need: ADMIN, audit: Quiet, rate: Read }
    /// End one.
    RemoteSessionEnd = "remote_session_end" { Write Nothing, need: ADMIN, audit: Each, rate: Write }
    /// Connect as the device that was asked to, with the key for that. Whose device it is, is looked up.
    RemoteAccessAnswer = "remote_access_answer" { Read Nothing, need: Need::SignedIn, audit: Quiet, rate: Secret }
    /// The record of that.
    RemoteAccessJoin = "remote_access_join" { Write Nothing, need: Need::SignedIn, audit: Each, rate: Secret }
}
