//! Schemas of second factors.

use super::shape::{Named, Schema, count, list, object, text, time, truth};
use model::limits::RECOVERY_CODES;

const STRATEGIES: &[&str] = &["TOTP"];

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("TotpSecret", secret()),
        ("TotpActivity", activity()),
        ("TotpCode", code()),
        ("RecoveryCodesWish", recovery_wish()),
        ("RecoveryCodes", recovery_codes()),
        ("RecoveryCodesLeft", recovery_left()),
        ("UserTfa", of_user()),
        ("UserTfaDemand", demand()),
        ("TenantTfa", of_tenant()),
        ("TfaStrategy", strategy()),
    ]
}

fn secret() -> Schema {
    object(
        "What an authenticator shares with the platform.",
        [
            (
                "rawSecret",
                text("The secret in base 32, to be typed.").read_only(),
            ),
            (
                "secretQrUrl",
                text("The same as `otpauth:` address, to be shown as a QR code.").read_only(),
            ),
        ],
    )
    .required(&["rawSecret", "secretQrUrl"])
}

fn activity() -> Schema {
    object(
        "Whether one's own second factor is on.",
        [
            ("isActive", truth("Whether it is on.")),
            (
                "isForced",
                truth("Whether the tenant or an administrator demands it.").read_only(),
            ),
        ],
    )
    .required(&["isActive"])
}

fn code() -> Schema {
    object(
        "A code.",
        [(
            "code",
            text("Six digits, as the authenticator shows them.").matching("^[0-9]{6}$"),
        )],
    )
    .required(&["code"])
    .write_only()
}

fn recovery_wish() -> Schema {
    object(
        "What new recovery codes are asked for with.",
        [(
            "code",
            text("Six digits, as the authenticator shows them; not needed in a session just opened with a code.")
                .matching("^[0-9]{6}$"),
        )],
    )
    .write_only()
}

fn recovery_codes() -> Schema {
    object(
        "Recovery codes. Each opens one session, as `tfa_code` in place of a code of the authenticator.",
        [(
            "codes",
            list("The codes, shown this once.", text("A code.")).items_at_most(RECOVERY_CODES),
        )],
    )
    .required(&["codes"])
}

fn recovery_left() -> Schema {
    object(
        "How one's own recovery codes stand.",
        [
            ("left", count("How many were not used.")),
            (
                "creationTime",
                time("When they were made; missing if they were not."),
            ),
        ],
    )
    .required(&["left"])
}

fn of_user() -> Schema {
    object(
        "Whether a user has a second factor.",
        [
            (
                "tfaEnabled",
                truth("Whether its owner has turned it on.").read_only(),
            ),
            (
                "tfaEnforced",
                truth("Whether it is demanded of this user.").read_only(),
            ),
            ("strategy", text("What it is.").one_of(STRATEGIES).read_only()),
            (
                "lastTfaRequestTime",
                time("When a code was last shown.").read_only(),
            ),
        ],
    )
    .required(&["tfaEnabled", "tfaEnforced", "strategy"])
}

fn demand() -> Schema {
    object(
        "Whether a second factor is demanded of a user.",
        [("tfaEnforced", truth("Whether it is demanded."))],
    )
    .required(&["tfaEnforced"])
}

fn of_tenant() -> Schema {
    object(
        "What a tenant demands.",
        [
            (
                "strategy",
                text("What second factors are.").one_of(STRATEGIES).read_only(),
            ),
            (
                "enabledOnSystemLevel",
                truth("Always: people may have a second factor.").read_only(),
            ),
            ("enabledOnTenantLevel", truth("The same.").read_only()),
            (
                "enforcedOnSystemLevel",
                truth("Never: tenants decide.").read_only(),
            ),
            (
                "totpEnforcedOnTenantLevel",
                truth("Whether everybody must have one: the option `two-factor-authentication/enforced`.")
                    .read_only(),
            ),
        ],
    )
    .required(&["strategy", "totpEnforcedOnTenantLevel"])
}

fn strategy() -> Schema {
    object(
        "The kind of second factors.",
        [("strategy", text("What they are.").one_of(STRATEGIES))],
    )
    .required(&["strategy"])
}
