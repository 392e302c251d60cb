//! Who speaks on a connection: the caller as signing in found out, and the device that the client id names. Not a right
//! to anything.

use engine::caller::Caller;
use model::names::Label;
use smartrest::topic::CollectionId;

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub struct Speaker {
    /// The caller, for every question and command.
    pub caller: Caller,
    /// The device that the client id names: its external id of type `c8y_Serial`. Of a device's own user it is that
    /// device; anybody else only says so, and may do there what its rights say.
    pub serial: Label,
    /// The template collection of messages that name none (`s/ud`).
    pub collection: Option<CollectionId>,
    /// Whether it came with a certificate, which opens the way to tokens.
    pub by_certificate: bool,
}
