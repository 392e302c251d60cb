//! THE CERTIFICATE AUTHORITY: its own self-signed certificate and the server certificates that it issues.
//!
//! It does not know where its key or its certificate is kept, nor what time it is.

use crate::certificate::{BadCertificate, Certificate};
use crate::key::{KeyError, PrivateKey};
use crate::names::ServerName;
use crate::public_key::PublicKey;
use crate::signer::{Signer, Signing};
use model::certificates::RevokedSerial;
use model::time::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose,
    PublicKeyData, RevokedCertParams, SanType, SerialNumber, SubjectPublicKeyInfo,
};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The authority's certificate is valid for this many days (10 years).
pub const AUTHORITY_DAYS: i64 = 3_652;
/// The authority of a tenant is valid for this many days (3 years).
pub const TENANT_AUTHORITY_DAYS: i64 = 1_095;
/// The certificate of a device is valid for this many days (1 year, R083), and never longer than its authority.
pub const DEVICE_DAYS: i64 = 365;
/// A list of revoked certificates is good for this many hours.
pub const CRL_HOURS: i64 = 24;
/// A server certificate is valid for this many days (1 year).
pub const SERVER_DAYS: i64 = 365;
/// Certificates are valid from this many minutes before they are issued, for devices whose clock is a little slow.
pub const BACKDATE_MINUTES: i64 = 60;
/// Longest name of an authority (RFC 5280 appendix A.1, `ub-common-name`), in characters.
pub const AUTHORITY_NAME_CHARS_MAX: usize = 64;
/// Most names in one certificate.
pub const SERVER_NAMES_MAX: usize = 100;

/// A certificate was not issued, or an authority not made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// The name of the authority is empty, too long or holds control characters.
    #[error("the name of a certificate authority has 1 to 64 characters, none of them a control character")]
    Name,
    /// The number or kind of server names.
    #[error("a server certificate needs 1 to 100 host names or addresses")]
    ServerNames,
    /// The stored certificate is not one of an authority.
    #[error(
        "the certificate is not one of a certificate authority: basicConstraints and keyUsage must say so"
    )]
    NotAnAuthority,
    /// The certificate and the key are not of one pair.
    #[error("the certificate of the authority and its private key do not belong together")]
    OtherKey,
    /// The authority's certificate is not valid at the time of issue.
    #[error("the certificate of the authority is not valid now: check the clock, or make a new authority")]
    NotValidNow,
    /// The key of a device is of a kind that cannot stand in a certificate.
    #[error("the key of the device cannot be certified: use ECDSA on P-256, P-384 or P-521, Ed25519, or RSA")]
    DeviceKey,
    /// The certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] BadCertificate),
    /// The key of the new certificate cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signer failed, or the certificate could not be written.
    #[error("the certificate was not signed: check that the key of the authority is available")]
    Signing,
}

/// A certificate's serial number: 128 random bits from the caller, so that no two certificates of an authority share
/// one and none can be guessed (RFC 5280 section 4.1.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serial([u8; 16]);

impl Serial {
    /// A serial number from 16 random bytes.
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        // The number must be positive and in its shortest form: no leading sign bit, no leading zero byte.
        bytes[0] = (bytes[0] & 0x7f) | 0x40;
        Self(bytes)
    }
}

/// A certificate authority: its certificate, and a signer over its key.
pub struct Authority {
    certificate: Certificate,
    signer: Box<dyn Signer>,
}

impl Authority {
    /// Makes a new authority: a self-signed certificate, valid for [`AUTHORITY_DAYS`], that may only issue leaves.
    ///
    /// # Errors
    /// When the name breaks its rule or the signer fails.
    pub fn generate(
        name: &str,
        now: Timestamp,
        serial: Serial,
        signer: Box<dyn Signer>,
    ) -> Result<Self, AuthorityError> {
        check_name(name)?;
        Self::make(common_name(name), AUTHORITY_DAYS, now, serial, signer)
    }

    /// Makes the authority of a tenant for the certificates of its devices (R083), valid for [`TENANT_AUTHORITY_DAYS`].
    ///
    /// # Errors
    /// When the name breaks its rule or the signer fails.
    pub fn generate_of_tenant(
        tenant: &str,
        now: Timestamp,
        serial: Serial,
        signer: Box<dyn Signer>,
    ) -> Result<Self, AuthorityError> {
        check_name(tenant)?;
        let mut name = DistinguishedName::new();
        name.push(DnType::OrganizationName, "Holdfast");
        name.push(DnType::CommonName, tenant);
        Self::make(name, TENANT_AUTHORITY_DAYS, now, serial, signer)
    }

    fn make(
        name: DistinguishedName,
        days_valid: i64,
        now: Timestamp,
        serial: Serial,
        signer: Box<dyn Signer>,
    ) -> Result<Self, AuthorityError> {
        let mut wanted = wanted(now, now.plus_millis(days(days_valid)), serial)?;
        wanted.distinguished_name = name;
        wanted.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        wanted.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let made = wanted
            .self_signed(&Signing(&*signer))
            .map_err(|_| AuthorityError::Signing)?;
        Ok(Self {
            certificate: Certificate::from_der(made.into())?,
            signer,
        })
    }

    /// An authority that was made before, from its certificate in PEM form.
    ///
    /// # Errors
    /// When the text is not the certificate of an authority, or the signer is not over its key.
    pub fn load(certificate_pem: &str, signer: Box<dyn Signer>) -> Result<Self, AuthorityError> {
        let certificate = Certificate::chain_from_pem(certificate_pem)?
            .into_iter()
            .next()
            .ok_or(BadCertificate)?;
        Self::of(certificate, signer)
    }

    /// The same, from its certificate.
    ///
    /// # Errors
    /// When it is not the certificate of an authority, or the signer is not over its key.
    pub fn of(certificate: Certificate, signer: Box<dyn Signer>) -> Result<Self, AuthorityError> {
        let (_, parsed) = X509Certificate::from_der(certificate.der()).map_err(|_| BadCertificate)?;
        let may_issue = matches!(parsed.key_usage(), Ok(Some(usage)) if usage.value.key_cert_sign());
        if !parsed.is_ca() || !may_issue {
            return Err(AuthorityError::NotAnAuthority);
        }
        if parsed.public_key().raw != Signing(&*signer).subject_public_key_info() {
            return Err(AuthorityError::OtherKey);
        }
        Ok(Self { certificate, signer })
    }

    /// The authority's own certificate: what clients trust.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Issues a certificate for a TLS server (R067, R076): valid for [`SERVER_DAYS`], never longer than the authority.
    ///
    /// # Errors
    /// When there is no name or too many, the authority is not valid at `now`, or the signer fails.
    pub fn issue_server(
        &self,
        names: &[ServerName],
        key: &PrivateKey,
        now: Timestamp,
        serial: Serial,
    ) -> Result<Certificate, AuthorityError> {
        if !(1..=SERVER_NAMES_MAX).contains(&names.len()) {
            return Err(AuthorityError::ServerNames);
        }
        let own = self.certificate.validity();
        if !own.contains(now) {
            return Err(AuthorityError::NotValidNow);
        }
        let until = now.plus_millis(days(SERVER_DAYS)).min(own.not_after);
        let mut wanted = wanted(now, until, serial)?;
        // The name is in subjectAltName alone (RFC 9525 section 2): the common name is for people who read lists.
        wanted.distinguished_name = common_name("Holdfast server");
        wanted.subject_alt_names = names.iter().map(subject_name).collect::<Result<_, _>>()?;
        wanted.is_ca = IsCa::ExplicitNoCa;
        wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        wanted.use_authority_key_identifier_extension = true;
        let made = wanted
            .signed_by(&key.pair()?, &self.issuer()?)
            .map_err(|_| AuthorityError::Signing)?;
        Ok(Certificate::from_der(made.into())?)
    }
}

/// Whose certificate is issued, and where it says that one reads whether it is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder<'h> {
    /// The tenant.
    pub tenant: &'h str,
    /// The device.
    pub device: &'h str,
    /// Where the list of what is revoked is served.
    pub list: &'h str,
}

fn check_name(name: &str) -> Result<(), AuthorityError> {
    let chars = name.chars().count();
    match (1..=AUTHORITY_NAME_CHARS_MAX).contains(&chars) && !name.chars().any(char::is_control) {
        true => Ok(()),
        false => Err(AuthorityError::Name),
    }
}

impl Authority {
    /// Issues the certificate of a device (R076, R083): for its key, under the name that the platform knows it by. What
    /// the device has asked for besides is not looked at. Valid for [`DEVICE_DAYS`], never longer than the authority.
    ///
    /// # Errors
    /// When the name is too long for a certificate, the authority is not valid at `now`, or the signer fails.
    pub fn issue_device(
        &self,
        holder: &Holder<'_>,
        key: &PublicKey,
        now: Timestamp,
        serial: Serial,
    ) -> Result<Certificate, AuthorityError> {
        let Holder { tenant, device, list } = *holder;
        check_name(device)?;
        let own = self.certificate.validity();
        if !own.contains(now) {
            return Err(AuthorityError::NotValidNow);
        }
        let until = now.plus_millis(days(DEVICE_DAYS)).min(own.not_after);
        let mut wanted = wanted(now, until, serial)?;
        wanted.distinguished_name = common_name(device);
        let name = format!("urn:x-holdfast:device:{}:{}", in_urn(tenant), in_urn(device));
        let name = name.as_str().try_into().map_err(|_| AuthorityError::Name)?;
        wanted.subject_alt_names = vec![SanType::URI(name)];
        wanted.is_ca = IsCa::ExplicitNoCa;
        wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        wanted.use_authority_key_identifier_extension = true;
        wanted.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec![list.to_owned()],
        }];
        let key = SubjectPublicKeyInfo::from_der(key.encoded()).map_err(|_| AuthorityError::DeviceKey)?;
        let made = wanted
            .signed_by(&key, &self.issuer()?)
            .map_err(|_| AuthorityError::Signing)?;
        Ok(Certificate::from_der(made.into())?)
    }

    /// The list of what is revoked (RFC 5280, section 5), in its encoded form, good for [`CRL_HOURS`].
    ///
    /// # Errors
    /// When the signer fails.
    pub fn revocation_list(
        &self,
        revoked: &[RevokedSerial],
        number: u64,
        now: Timestamp,
    ) -> Result<Vec<u8>, AuthorityError> {
        let entry = |revoked: &RevokedSerial| {
            Ok(RevokedCertParams {
                serial_number: SerialNumber::from_slice(revoked.serial.bytes()),
                revocation_time: instant(revoked.since)?,
                reason_code: None,
                invalidity_date: None,
            })
        };
        let list = CertificateRevocationListParams {
            this_update: instant(now)?,
            next_update: instant(now.plus_millis(CRL_HOURS * 60 * 60 * 1_000))?,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect::<Result<_, AuthorityError>>()?,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list
            .signed_by(&self.issuer()?)
            .map_err(|_| AuthorityError::Signing)?;
        Ok(list.der().to_vec())
    }

    fn issuer(&self) -> Result<Issuer<'static, Signing<'_>>, AuthorityError> {
        Issuer::from_ca_cert_der(self.certificate.der(), Signing(&*self.signer))
            .map_err(|_| AuthorityError::NotAnAuthority)
    }
}

/// A name inside of a URN (RFC 8141): everything but letters, digits and `-._~` in percent form.
fn in_urn(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let shown = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    name.bytes().map(shown).collect()
}

fn wanted(now: Timestamp, until: Timestamp, serial: Serial) -> Result<CertificateParams, AuthorityError> {
    let mut wanted = CertificateParams::default();
    wanted.not_before = instant(now.plus_millis(-BACKDATE_MINUTES * 60_000))?;
    wanted.not_after = instant(until)?;
    wanted.serial_number = Some(SerialNumber::from_slice(&serial.0));
    Ok(wanted)
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn subject_name(name: &ServerName) -> Result<SanType, AuthorityError> {
    Ok(match name {
        ServerName::Host(host) => SanType::DnsName(
            host.as_str()
                .try_into()
                .map_err(|_| AuthorityError::ServerNames)?,
        ),
        ServerName::Address(address) => SanType::IpAddress(*address),
    })
}

fn days(days: i64) -> i64 {
    days * 24 * 60 * 60 * 1_000
}

fn instant(time: Timestamp) -> Result<OffsetDateTime, AuthorityError> {
    OffsetDateTime::from_unix_timestamp(time.millis().div_euclid(1_000))
        .map_err(|_| AuthorityError::NotValidNow)
}
