//! Endpoints of trusted certificates and of revoked serial numbers, and what their bodies say.

use crate::body::{BadBody, array, boolean, label, object, parsed, require, text, time};
use crate::endpoint::{Answer, Body, FORM_MEDIA, Kind, PAGING, Parameter, endpoints, nothing, parameter};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use csv::ReaderBuilder;
use model::certificates::{NewTrustedCertificate, SerialNumber, TrustChange, TrustStatus};
use model::json::{Json, Object};
use model::limits::{
    BODY_BYTES_MAX, CERTIFICATE_BYTES_MAX, REVOCATIONS_AT_ONCE_MAX, TRUSTED_CERTIFICATES_AT_ONCE_MAX,
};
use model::registration::DeviceId;
use model::time::Timestamp;
use policy::operations::certificates as does;

const JSON: &str = "application/json";
const STATUSES: &str = "one of ENABLED and DISABLED is expected";
const SERIAL: &str = "1 to 40 hexadecimal digits, and not zero, are expected";

const FILTERS: &[Parameter] = &[parameter(
    "certificateAuthority",
    Kind::Bool,
    "Only the tenant's own certificate authorities, or only others.",
)];
const TRUST_STORE: &[Parameter] = &[parameter(
    "addToTrustStore",
    Kind::Bool,
    "Has no effect: whether devices are let in is said by `status` alone.",
)];

const AUTHORITY: &[Parameter] = &[parameter(
    "fingerprint",
    Kind::Text,
    "Of this authority of the tenant, instead of the one that issues now.",
)];

/// Certificates on their way to a device.
pub const PKCS7: &str = "application/pkcs7-mime; smime-type=certs-only";
/// A list of what is revoked.
pub const PKIX_CRL: &str = "application/pkix-crl";
const LIST: Answer = Answer {
    status: 200,
    media: Some(PKIX_CRL),
    schema: None,
};

/// A request for a certificate.
pub const PKCS10: &str = "application/pkcs10";
const REQUEST: Body = Body {
    media: &[PKCS10],
    schema: "CertificateRequest",
    bytes_max: CERTIFICATE_BYTES_MAX,
};
const OF_DEVICE: &[Parameter] = &[parameter("deviceId", Kind::Text, "Of this device.")];

const BODY: Body = Body {
    media: &[],
    schema: "TrustedCertificate",
    bytes_max: BODY_BYTES_MAX,
};

const fn plain(status: u16, schema: &'static str) -> Answer {
    Answer {
        status,
        media: Some(JSON),
        schema: Some(schema),
    }
}

endpoints! {
    List = Get "/tenant/tenants/{tenantId}/trusted-certificates" does does::CertificateRead {
        query: &[PAGING, FILTERS],
        answer: plain(200, "TrustedCertificateCollection"),
        errors: &[403, 404, 422],
        about: "List the certificates that the caller's tenant trusts for its devices.",
    }
    Create = Post "/tenant/tenants/{tenantId}/trusted-certificates" does does::CertificateAdmin {
        query: &[TRUST_STORE],
        body: BODY,
        answer: plain(201, "TrustedCertificate"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Trust a certificate: devices below it are let in.",
    }
    CreateMany = Post "/tenant/tenants/{tenantId}/trusted-certificates/bulk" does does::CertificateAdmin {
        query: &[TRUST_STORE],
        body: Body { schema: "TrustedCertificates", ..BODY },
        answer: plain(201, "TrustedCertificates"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Trust several certificates, all of them or none.",
    }
    Read = Get "/tenant/tenants/{tenantId}/trusted-certificates/{fingerprint}" does does::CertificateRead {
        answer: plain(200, "TrustedCertificate"),
        errors: &[403, 404],
        about: "Read a trusted certificate.",
    }
    Update = Put "/tenant/tenants/{tenantId}/trusted-certificates/{fingerprint}" does does::CertificateAdmin {
        body: BODY,
        answer: plain(200, "TrustedCertificate"),
        errors: &[400, 403, 404, 413, 422],
        about: "Change the name of a trusted certificate, whether it lets devices in, and whether it registers them.",
    }
    Delete = Delete "/tenant/tenants/{tenantId}/trusted-certificates/{fingerprint}" does does::CertificateAdmin {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Trust a certificate no longer.",
    }
    Challenge = Post "/tenant/tenants/{tenantId}/trusted-certificates-pop/{fingerprint}/verification-code"
        does does::CertificateAdmin {
        answer: plain(200, "TrustedCertificate"),
        errors: &[403, 404, 422],
        about: "Make a code that is to be signed with the certificate's key; the one before is void.",
    }
    Prove = Post "/tenant/tenants/{tenantId}/trusted-certificates-pop/{fingerprint}/pop"
        does does::CertificateAdmin {
        body: Body { schema: "SignedVerificationCode", ..BODY },
        answer: plain(200, "TrustedCertificate"),
        errors: &[400, 403, 404, 413, 422],
        about: "Show that one holds the key of a certificate: the code, signed with it.",
    }
    Confirm = Post "/tenant/tenants/{tenantId}/trusted-certificates-pop/{fingerprint}/confirmed"
        does does::CertificateConfirm {
        answer: plain(200, "TrustedCertificate"),
        errors: &[403, 404],
        about: "Say that whoever uploaded a certificate holds its key; for the management tenant.",
    }
    CreateAuthority = Post "/certificate-authority" does does::AuthorityAdmin {
        answer: plain(201, "TrustedCertificate"),
        errors: &[403, 409],
        about: "Make the tenant's own certificate authority; its key never leaves the platform.",
    }
    RenewAuthority = Post "/certificate-authority/renew" does does::AuthorityAdmin {
        answer: plain(200, "TrustedCertificate"),
        errors: &[403, 404],
        about: "Make a new authority beside the one that is there, which stays trusted: the new one issues from now on.",
    }
    AuthorityRevocations = Get "/certificate-authority/crl" does does::AuthorityRead {
        query: &[AUTHORITY],
        answer: LIST,
        errors: &[404, 422],
        about: "Read the list of revoked certificates (RFC 5280) of the tenant of this host name.",
    }
    AuthorityCertificates = Get "/.well-known/est/cacerts" does does::AuthorityRead {
        answer: Answer { status: 200, media: Some(PKCS7), schema: None },
        errors: &[404],
        about: "Read the certificates of the authorities of the tenant of this host name, in base64 (RFC 7030).",
    }
    Enrol = Post "/.well-known/est/simpleenroll" does does::DeviceEnrol {
        body: REQUEST,
        answer: Answer { status: 200, media: Some(PKCS7), schema: None },
        errors: &[401, 404, 409, 413, 415, 422, 429],
        about: "Get the first certificate of a device, with its name and its one-time password as Basic credentials.",
    }
    Reenrol = Post "/.well-known/est/simplereenroll" does does::DeviceReenrol {
        body: REQUEST,
        answer: Answer { status: 200, media: Some(PKCS7), schema: None },
        errors: &[403, 404, 409, 413, 415, 422],
        about: "Get another certificate, as a device with its credentials.",
    }
    AccessToken = Post "/devicecontrol/deviceAccessToken" does does::DeviceTokenIssue {
        answer: plain(200, "DeviceAccessToken"),
        errors: &[400, 403],
        about: "Get a token for requests, as a device whose connection began with its certificate; the certificates above it \
                may be in the header X-Ssl-Cert-Chain.",
    }
    OpenByCertificate = Post "/tenant/oauth/certificate" does does::DeviceTokenIssue {
        answer: plain(200, "DeviceAccessToken"),
        errors: &[400, 403],
        about: "Get a token for requests, as a device whose connection began with its certificate.",
    }
    Issued = Get "/certificate-authority/certificates" does does::CertificateRead {
        query: &[PAGING, OF_DEVICE],
        answer: plain(200, "IssuedCertificateCollection"),
        errors: &[403, 422],
        about: "List the certificates that the tenant's authorities have issued, whether they were ever used or not.",
    }
    RevokeIssued = Post "/certificate-authority/revocations" does does::CertificateAdmin {
        body: Body { schema: "IssuedRevocation", ..BODY },
        answer: nothing(204),
        errors: &[400, 403, 404, 413, 422],
        about: "Revoke a certificate, or all of a device with everything that was opened with them.",
    }
    ReadRevocations = Get "/tenant/trusted-certificates/settings/crl" does does::CertificateRead {
        answer: LIST,
        errors: &[403, 404],
        about: "Read the list of revoked certificates (RFC 5280), signed by the tenant's own authority.",
    }
    VerifyChain = Post "/tenant/trusted-certificates/verify-cert-chain" does does::CertificateChainVerify {
        body: Body { media: &[FORM_MEDIA, JSON], schema: "ChainForm", bytes_max: BODY_BYTES_MAX },
        answer: plain(200, "VerifiedChain"),
        errors: &[400, 403, 404, 413, 422],
        about: "Ask whether a device with this chain of certificates would be let in: a file, or the header \
                X-Cumulocity-Client-Cert-Chain. 401 if not.",
    }
    Revoke = Put "/tenant/trusted-certificates/settings/crl" does does::CertificateAdmin {
        body: Body { media: &[FORM_MEDIA, JSON], schema: "RevokedCertificates", bytes_max: BODY_BYTES_MAX },
        answer: nothing(204),
        errors: &[400, 403, 413, 422],
        about: "Revoke serial numbers of certificates: none of them is let in any more, and nothing takes it back.",
    }
}

/// A truth value; some clients send it as text.
fn truth(body: &Object, name: &str) -> Result<Option<bool>, BadBody> {
    match body.get(name) {
        Some(Json::String(text)) if text == "true" => Ok(Some(true)),
        Some(Json::String(text)) if text == "false" => Ok(Some(false)),
        _ => boolean(body, name),
    }
}

/// A certificate that is to be trusted.
pub fn new_certificate(body: Json) -> Result<NewTrustedCertificate, BadBody> {
    let body = object(body)?;
    require(&body, &["certInPemFormat", "status"])?;
    let pem = text(&body, "certInPemFormat")?.unwrap_or_default();
    if pem.len() > 2 * CERTIFICATE_BYTES_MAX {
        return Err(BadBody::Rule {
            property: "certInPemFormat".to_owned(),
            rule: "it is too large for a certificate",
        });
    }
    Ok(NewTrustedCertificate {
        text: pem.to_owned(),
        name: label(&body, "name")?,
        status: parsed(&body, "status", STATUSES)?.unwrap_or(TrustStatus::Disabled),
        auto_registration: truth(&body, "autoRegistrationEnabled")?.unwrap_or(false),
    })
}

/// Several of them.
pub fn new_certificates(body: Json) -> Result<Vec<NewTrustedCertificate>, BadBody> {
    let body = object(body)?;
    require(&body, &["certificates"])?;
    let all = array(&body, "certificates", TRUSTED_CERTIFICATES_AT_ONCE_MAX)?;
    let all = all.unwrap_or_default().iter();
    all.map(|one| new_certificate(one.clone())).collect()
}

/// What is to be changed. Clients send back all that they have read; what cannot be changed is not looked at.
pub fn change(body: Json) -> Result<TrustChange, BadBody> {
    let body = object(body)?;
    Ok(TrustChange {
        name: label(&body, "name")?.filter(|name| !name.as_str().is_empty()),
        status: parsed(&body, "status", STATUSES)?,
        auto_registration: truth(&body, "autoRegistrationEnabled")?,
    })
}

/// The signature over a code.
pub fn signature(body: Json) -> Result<Vec<u8>, BadBody> {
    const NAME: &str = "proofOfPossessionSignedVerificationCode";
    let body = object(body)?;
    require(&body, &[NAME])?;
    let text: String = text(&body, NAME)?
        .unwrap_or_default()
        .split_ascii_whitespace()
        .collect();
    STANDARD.decode(text).map_err(|_| BadBody::Rule {
        property: NAME.to_owned(),
        rule: "base64 is expected",
    })
}

/// The chain in a form and the tenant that it names; neither has to be there.
pub fn chain(body: Json) -> Result<(Option<String>, Option<String>), BadBody> {
    let body = match body {
        Json::Null => Object::new(),
        body => object(body)?,
    };
    let of = |name| text(&body, name).map(|text| text.filter(|text| !text.is_empty()).map(str::to_owned));
    Ok((of("file")?, of("tenantId")?))
}

/// A serial number that is to be revoked, and since when.
pub type RevokedEntry = (SerialNumber, Option<Timestamp>);

/// Serial numbers that are to be revoked. In a file, those of a time to come are left out.
pub fn revoked(body: Json, now: Timestamp) -> Result<Vec<RevokedEntry>, BadBody> {
    let body = object(body)?;
    if let Some(file) = text(&body, "file")? {
        let mut entries = revoked_in_file(file)?;
        entries.retain(|(_, since)| since.is_none_or(|since| since <= now));
        return Ok(entries);
    }
    require(&body, &["crls"])?;
    let entries = array(&body, "crls", REVOCATIONS_AT_ONCE_MAX)?;
    let entry = |entry: &Json| {
        let entry = object(entry.clone())?;
        require(&entry, &["serialNumberInHex"])?;
        let serial = parsed(&entry, "serialNumberInHex", SERIAL)?;
        let serial = serial.ok_or(BadBody::Missing(vec!["serialNumberInHex"]))?;
        Ok((serial, time(&entry, "revocationDate")?))
    };
    entries.unwrap_or_default().iter().map(entry).collect()
}

fn revoked_in_file(text: &str) -> Result<Vec<RevokedEntry>, BadBody> {
    let bad = |rule| BadBody::Rule {
        property: "file".to_owned(),
        rule,
    };
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut entries = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| bad("a line cannot be read"))?;
        if entries.len() >= REVOCATIONS_AT_ONCE_MAX {
            return Err(BadBody::TooMany {
                property: "file",
                most: REVOCATIONS_AT_ONCE_MAX,
            });
        }
        let serial = record.get(0).unwrap_or_default().parse();
        let since = record.get(1).filter(|since| !since.is_empty());
        let since = since.map(Timestamp::from_query).transpose();
        entries.push((
            serial.map_err(|_| bad(SERIAL))?,
            since.map_err(|_| bad("a date and time is expected behind each serial number"))?,
        ));
    }
    Ok(entries)
}

/// What is to be revoked: one certificate, or all of a device.
pub enum Revoked {
    /// The certificate with this number.
    Serial(SerialNumber),
    /// All of this device.
    Device(DeviceId),
}

/// Reads it: exactly one of the two.
pub fn revocation(body: Json) -> Result<Revoked, BadBody> {
    let body = object(body)?;
    let serial = parsed(&body, "serialNumberInHex", SERIAL)?;
    let device = parsed(&body, "deviceId", DeviceId::RULE)?;
    match (serial, device) {
        (Some(serial), None) => Ok(Revoked::Serial(serial)),
        (None, Some(device)) => Ok(Revoked::Device(device)),
        (None, None) => Err(BadBody::Missing(vec!["deviceId"])),
        (Some(_), Some(_)) => Err(BadBody::NotAllowed { property: "deviceId" }),
    }
}
