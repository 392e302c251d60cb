//! Certificates that a tenant trusts for its devices, what is known of them, and serial numbers that are revoked.

use crate::ids::{ObjectId, PrincipalId};
use crate::limits::{DEVICE_TOKENS_WRONG_MAX, ENROLMENT_DAYS, USED_CERTIFICATES_MAX};
use crate::names::Label;
use crate::registration::{DeviceId, TokenTrace};
use crate::time::Timestamp;
use crate::words::words;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The name of a certificate in the API: SHA-1 over all of it. It names and proves nothing: what is trusted is compared
/// byte by byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 20]);

/// The text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint has 40 hexadecimal digits")]
pub struct BadFingerprint;

impl FromStr for Fingerprint {
    type Err = BadFingerprint;

    fn from_str(text: &str) -> Result<Self, BadFingerprint> {
        let bytes = from_hex(text).ok_or(BadFingerprint)?;
        bytes.try_into().map(Self).map_err(|_| BadFingerprint)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Longest serial number (RFC 5280, section 4.1.2.2), in bytes.
pub const SERIAL_BYTES_MAX: usize = 20;

/// The serial number of a certificate: a positive number in its shortest form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SerialNumber(Box<[u8]>);

/// The text or the bytes are no serial number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a serial number has 1 to 40 hexadecimal digits, and is not zero")]
pub struct BadSerialNumber;

impl SerialNumber {
    /// The number of these bytes, the most significant first; zeros before it do not count.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, BadSerialNumber> {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        match bytes.get(zeros..) {
            Some(number) if (1..=SERIAL_BYTES_MAX).contains(&number.len()) => Ok(Self(number.into())),
            _ => Err(BadSerialNumber),
        }
    }

    /// The bytes, the most significant first.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for SerialNumber {
    type Err = BadSerialNumber;

    /// Reads hexadecimal digits; colons between them, as some programs write them, do not count.
    fn from_str(text: &str) -> Result<Self, BadSerialNumber> {
        let mut digits = text.trim().replace(':', "");
        if digits.len() % 2 == 1 {
            digits.insert(0, '0');
        }
        Self::of_bytes(&from_hex(&digits).ok_or(BadSerialNumber)?)
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() % 2 == 1 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2).map(|at| text.get(at..at + 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

words! {
    /// Whether a certificate lets devices in.
    TrustStatus, BadTrustStatus: "the status of a trusted certificate" {
        /// It does.
        Enabled = "ENABLED",
        /// It does not.
        Disabled = "DISABLED",
    }
}

/// What a certificate says about itself, for people and lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// Its name.
    pub fingerprint: Fingerprint,
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Its serial number in decimal digits.
    pub serial: String,
    /// How it was signed: `SHA256withECDSA`.
    pub algorithm: String,
    /// The version of its form.
    pub version: u32,
    /// Its first instant.
    pub not_before: Timestamp,
    /// Its last one.
    pub not_after: Timestamp,
}

/// A code that the holder of a certificate's key is asked to sign, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// The code: random, and no secret.
    pub code: String,
    /// Until when it can be used.
    pub until: Timestamp,
}

/// A certificate below which a tenant lets devices in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedCertificate {
    /// What it says about itself.
    pub facts: CertificateFacts,
    /// All of it, encoded (DER).
    pub der: Vec<u8>,
    /// What people call it.
    pub name: Label,
    /// Whether it lets devices in.
    pub status: TrustStatus,
    /// Whether a device that was not registered is, when it comes for the first time.
    pub auto_registration: bool,
    /// Whether it is the tenant's own authority.
    pub is_authority: bool,
    /// Whether somebody has shown to hold its key.
    pub proven: bool,
    /// The code that is to be signed for that.
    pub challenge: Option<Challenge>,
    /// Who added it.
    pub by: PrincipalId,
    /// When.
    pub added: Timestamp,
}

/// A serial number whose certificate lets nobody in any more, whoever signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedSerial {
    /// The number.
    pub serial: SerialNumber,
    /// Since when.
    pub since: Timestamp,
}

/// A one-time password with which a device gets its first certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The device.
    pub device: DeviceId,
    /// Its user.
    pub user: PrincipalId,
    /// Its object, if it was registered with one.
    pub object: Option<ObjectId>,
    /// The trace of the password.
    pub password: TokenTrace,
    /// Who made it.
    pub by: PrincipalId,
    /// When.
    pub made: Timestamp,
    /// How many guesses were wrong.
    pub wrong: u8,
    /// When it was used.
    pub used: Option<Timestamp>,
}

impl Enrolment {
    /// Whether it is good for nothing any more because of its age or of wrong guesses.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let age = now.millis().saturating_sub(self.made.millis());
        self.wrong >= DEVICE_TOKENS_WRONG_MAX || age >= ENROLMENT_DAYS * 24 * 60 * 60 * 1_000
    }
}

/// A certificate that an authority of the tenant has issued, whether it was ever used or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCertificate {
    /// Its serial number.
    pub serial: SerialNumber,
    /// The device.
    pub device: DeviceId,
    /// Its user.
    pub user: PrincipalId,
    /// The authority that has signed it.
    pub authority: Fingerprint,
    /// The trace of its key.
    pub key: [u8; 32],
    /// The serial number of the certificate with which the device has asked for it: it falls with that one.
    pub renews: Option<SerialNumber>,
    /// When it was issued.
    pub issued: Timestamp,
    /// Its last instant.
    pub not_after: Timestamp,
    /// Since when it lets nobody in any more.
    pub revoked: Option<Timestamp>,
}

/// A certificate with which a device has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedCertificate {
    /// Names it: SHA-256 over all of it.
    pub trace: [u8; 32],
    /// The trace of its key.
    pub key: [u8; 32],
    /// The trusted certificate below which it was let in.
    pub anchor: Fingerprint,
    /// The serial numbers of it, of those between, and of the trusted one: none of them may be revoked.
    pub serials: Vec<SerialNumber>,
    /// The first instant at which one of these is over.
    pub until: Timestamp,
    /// When it was first used.
    pub first: Timestamp,
    /// A time of use, at most a day before the last one.
    pub last: Timestamp,
}

/// That a device may sign in with certificates, and with which it has, the latest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCertificates {
    /// These.
    pub used: Vec<UsedCertificate>,
}

impl DeviceCertificates {
    /// The one with this trace.
    pub fn find(&self, trace: &[u8; 32]) -> Option<&UsedCertificate> {
        self.used.iter().find(|one| one.trace == *trace)
    }

    /// Puts one first; of so many, the one that was used longest ago is forgotten, and what was opened with it ends.
    pub fn put(&mut self, used: UsedCertificate) {
        self.used.retain(|one| one.trace != used.trace);
        self.used.insert(0, used);
        self.used.truncate(USED_CERTIFICATES_MAX);
    }
}

/// A certificate as it is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTrustedCertificate {
    /// PEM text, or its base64 without the lines around it.
    pub text: String,
    /// What people call it; its subject when nothing is said.
    pub name: Option<Label>,
    /// Whether it lets devices in.
    pub status: TrustStatus,
    /// Whether a device that was not registered is, when it comes for the first time.
    pub auto_registration: bool,
}

/// What may be changed of a trusted certificate; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustChange {
    /// What people call it.
    pub name: Option<Label>,
    /// Whether it lets devices in.
    pub status: Option<TrustStatus>,
    /// Whether it registers devices.
    pub auto_registration: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_forty_digits_in_any_case() {
        let text = "DF9C19E0433C6861fa1899078b76fe56a3e7dd14";
        let fingerprint: Fingerprint = text.parse().expect("a fingerprint");
        assert_eq!(fingerprint.to_string(), text.to_lowercase());
        for bad in [
            "",
            "df",
            "xf9c19e0433c6861fa1899078b76fe56a3e7dd14",
            "+f9c19e0433c6861fa1899078b76fe56a3e7dd14",
        ] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(BadFingerprint), "{bad}");
        }
    }

    #[test]
    fn a_serial_number_is_the_same_however_it_is_written() {
        let number: SerialNumber = "1000".parse().expect("a number");
        for same in ["01000", "10:00", " 1000 ", "00001000"] {
            assert_eq!(same.parse(), Ok(number.clone()), "{same}");
        }
        assert_eq!(
            (number.to_string().as_str(), number.bytes()),
            ("1000", &[0x10, 0][..])
        );
        let long = "1".repeat(41);
        for bad in ["", "0", "0x10", "-1", "é", long.as_str()] {
            assert_eq!(bad.parse::<SerialNumber>(), Err(BadSerialNumber), "{bad}");
        }
    }
}
