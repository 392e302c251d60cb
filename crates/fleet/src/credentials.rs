//! What the simulated devices prove themselves with: one password for each, made of a secret that the directory of the
//! demo keeps, so that a list of passwords exists nowhere.

use aws_lc_rs::hmac;
use model::names::{BadName, UserName};
use model::users::DEVICE_USER_PREFIX;

/// From which all passwords of a fleet are made. No `Debug`: it is a secret.
#[derive(Clone)]
pub struct FleetSecret(hmac::Key);

impl FleetSecret {
    /// Of random bytes that are used for nothing else.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The bytes of a device's password: 192 bits that say nothing about those of another.
    pub fn password_bytes(&self, device: &str) -> [u8; 24] {
        let tag = hmac::sign(&self.0, device.as_bytes());
        let mut bytes = [0; 24];
        for (to, from) in bytes.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        bytes
    }
}

/// The user of a device.
pub fn user_of(device: &str) -> Result<UserName, BadName> {
    format!("{DEVICE_USER_PREFIX}{device}").parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_has_a_password_of_its_own() {
        let (one, other) = (FleetSecret::new(&[1; 32]), FleetSecret::new(&[2; 32]));
        assert_eq!(one.password_bytes("a"), one.password_bytes("a"));
        assert_ne!(one.password_bytes("a"), one.password_bytes("b"));
        assert_ne!(one.password_bytes("a"), other.password_bytes("a"));
    }
}
