//! Schemas of trusted certificates.

use super::shape::{Named, Schema, list, named, number, object, own_link, page, text, time, truth};
use model::certificates::TrustStatus;
use model::limits::{NAME_BYTES_MAX, REVOCATIONS_AT_ONCE_MAX, TRUSTED_CERTIFICATES_AT_ONCE_MAX};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("TrustedCertificate", trusted()),
        (
            "TrustedCertificateCollection",
            page(
                "A page of trusted certificates.",
                "certificates",
                "TrustedCertificate",
            ),
        ),
        ("TrustedCertificates", several()),
        ("SignedVerificationCode", signed()),
        ("ChainForm", chain()),
        ("VerifiedChain", verified()),
        ("RevokedCertificates", revoked()),
        (
            "CertificateRequest",
            text("A request for a certificate (PKCS #10): base64, PEM or DER.").with_binary_content(),
        ),
        ("IssuedCertificate", issued()),
        (
            "IssuedCertificateCollection",
            page(
                "A page of issued certificates.",
                "certificates",
                "IssuedCertificate",
            ),
        ),
        (
            "DeviceAccessToken",
            object(
                "A token of a device.",
                [("accessToken", text("To be sent as Authorization: Bearer."))],
            )
            .required(&["accessToken"]),
        ),
        (
            "IssuedRevocation",
            object(
                "What is revoked: one of the two.",
                [
                    ("serialNumberInHex", text("The certificate with this number.")),
                    ("deviceId", text("All certificates of this device.")),
                ],
            ),
        ),
    ]
}

fn trusted() -> Schema {
    let statuses: Vec<_> = TrustStatus::ALL.iter().map(|status| status.word()).collect();
    object(
        "A certificate below which devices are let in. To trust one, `certInPemFormat` and `status` must be sent.",
        [
            own_link(),
            (
                "fingerprint",
                text("SHA-1 over the certificate, in hexadecimal digits.").read_only(),
            ),
            (
                "name",
                text("What it is called; its subject when nothing is said.").at_most(NAME_BYTES_MAX),
            ),
            ("status", text("Whether it lets devices in.").one_of(&statuses)),
            (
                "autoRegistrationEnabled",
                truth("Whether a device that was not registered is, when it comes for the first time.")
                    .unless_told(false),
            ),
            (
                "certInPemFormat",
                text("The certificate in PEM form, or the base64 in it; answered as the latter."),
            ),
            (
                "tenantCertificateAuthority",
                truth("Whether it is the tenant's own certificate authority.").read_only(),
            ),
            ("subject", text("Whose it is.").read_only()),
            ("issuer", text("Who signed it.").read_only()),
            ("serialNumber", text("Its number, in decimal digits.").read_only()),
            ("algorithmName", text("How it was signed.").read_only()),
            ("version", number("The version of its form.").read_only()),
            ("notBefore", time("Its first instant.").read_only()),
            ("notAfter", time("Its last one.").read_only()),
            (
                "proofOfPossessionValid",
                truth("Whether somebody has shown to hold its key.").read_only(),
            ),
            (
                "proofOfPossessionUnsignedVerificationCode",
                text("The code that is to be signed for that.").read_only(),
            ),
            (
                "proofOfPossessionVerificationCodeUsableUntil",
                time("Until when it can be used.").read_only(),
            ),
        ],
    )
    .example(json!({
        "name": "Factory 7", "status": "ENABLED", "autoRegistrationEnabled": true,
        "certInPemFormat": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n"
    }))
}

fn several() -> Schema {
    object(
        "Several certificates.",
        [
            own_link(),
            (
                "certificates",
                list("The certificates.", named("TrustedCertificate"))
                    .items_at_most(TRUSTED_CERTIFICATES_AT_ONCE_MAX),
            ),
        ],
    )
}

fn signed() -> Schema {
    object(
        "A code that was signed with the key of a certificate. `proofOfPossessionSignedVerificationCode` must be sent.",
        [(
            "proofOfPossessionSignedVerificationCode",
            text("The signature in base64: SHA-256 with RSA (PKCS #1) or ECDSA, or Ed25519.").write_only(),
        )],
    )
}

fn chain() -> Schema {
    object(
        "A chain of certificates, the device's own first. Without `file` it is taken from the header \
         X-Cumulocity-Client-Cert-Chain.",
        [
            (
                "file",
                text("The chain in PEM form: 10 certificates at most.").with_binary_content(),
            ),
            ("tenantId", text("The caller's own tenant.")),
        ],
    )
}

fn verified() -> Schema {
    object(
        "A chain that would be let in.",
        [
            ("successfullyValidated", truth("Always `true`.").read_only()),
            ("tenantId", text("By which tenant.").read_only()),
            ("issuer", text("Who signed the device's certificate.").read_only()),
            ("subject", text("Whose it is.").read_only()),
        ],
    )
}

fn revoked() -> Schema {
    let entry = object(
        "A serial number. `serialNumberInHex` must be sent.",
        [
            ("serialNumberInHex", text("The number in hexadecimal digits.")),
            (
                "revocationDate",
                time("Since when; now, if nothing is said or the time is to come."),
            ),
        ],
    );
    object(
        "Serial numbers that are revoked: `crls`, or `file`.",
        [
            (
                "crls",
                list("The numbers.", entry).items_at_most(REVOCATIONS_AT_ONCE_MAX),
            ),
            (
                "file",
                text("Lines of a serial number and a time, below a line with headers.").with_binary_content(),
            ),
        ],
    )
    .example(
        json!({ "crls": [{ "serialNumberInHex": "1000", "revocationDate": "2026-01-11T16:12:36.288Z" }] }),
    )
}

fn issued() -> Schema {
    object(
        "A certificate that an authority of the tenant has issued.",
        [
            (
                "serialNumberInHex",
                text("Its number in hexadecimal digits.").read_only(),
            ),
            ("deviceId", text("The device.").read_only()),
            ("authority", text("The fingerprint of the authority.").read_only()),
            ("issued", time("When it was issued.").read_only()),
            ("notAfter", time("Its last instant.").read_only()),
            ("revoked", time("Since when it is revoked.").read_only()),
        ],
    )
}
