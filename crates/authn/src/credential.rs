//! What is stored of a principal's credential. Everything in it is one-way: no password can be computed back (R051).

use crate::generated::SecretHash;
use crate::password::PasswordHash;
use serde::{Deserialize, Serialize};

/// The credential row of one principal. No `Debug`. Variants are stored by position: add new ones at the end only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credential {
    /// A password that a person chose: slow to check, throttled, remembered for a while after a success.
    Password(PasswordHash),
    /// A secret that the platform made: fast to check, impossible to guess.
    Generated(SecretHash),
}
