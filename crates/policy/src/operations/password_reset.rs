//! Operations for those who do not know their password any more: a one-time token is the proof.

use crate::operation::{Need, operations};
use model::roles::Role;

const MANAGE: Need = Need::OnUsers {
    all: &[Role::UserManagementAdmin],
    below: &[Role::UserManagementCreate],
};

operations! {
    /// Ask for a token by mail. Whoever asks learns nothing.
    ResetAsk = "password_reset_ask" { Write Realm, need: Need::Public, audit: Each, rate: Secret }
    /// See whether a token would be taken: the token is the proof.
    ResetCheck = "password_reset_check" { Read Realm, need: Need::Public, audit: Quiet, rate: Secret }
    /// Set a new password: the token is the proof.
    ResetRedeem = "password_reset_redeem" { Write Realm, need: Need::Public, audit: Each, rate: Secret }
    /// Make a token for a user, to be handed out.
    ResetHandOut = "password_reset_hand_out" { Write Realm, need: MANAGE, by: People, audit: Each, rate: Secret }
}
