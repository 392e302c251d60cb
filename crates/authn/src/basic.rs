//! Reads an `Authorization: Basic` header (RFC 7617), or a user name and password that came another way (MQTT CONNECT),
//! into a tenant, a user name and a password. Lengths are checked before anything is decoded (R051). It does not know
//! whether the tenant or the user exists.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use model::limits::{PASSWORD_BYTES_MAX, USER_NAME_CHARS_MAX};
use model::names::{TenantId, UserName};
use model::secret::Secret;
use zeroize::Zeroizing;

/// Longest `tenant/user:password` in bytes: 32 for the tenant, four per character of the user name, two separators.
const DECODED_BYTES_MAX: usize = 32 + 1 + 4 * USER_NAME_CHARS_MAX + 1 + PASSWORD_BYTES_MAX;
/// Its longest base64 text.
const ENCODED_BYTES_MAX: usize = DECODED_BYTES_MAX.div_ceil(3) * 4;

/// Padding may be missing: small device clients leave it out, and nothing is ambiguous without it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A claim, not yet checked: "I am `user` of `tenant`, and this is my password". No `Debug`: it holds a password.
#[derive(Clone)]
pub struct BasicCredential {
    /// The tenant that was written before the user name; without it the host name decides.
    pub tenant: Option<TenantId>,
    /// The user name inside that tenant.
    pub user: UserName,
    /// The password: 1 to [`PASSWORD_BYTES_MAX`] bytes without control characters.
    pub password: Secret,
}

/// Why a Basic credential could not be read. Clients are told only that it is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBasic {
    /// Another scheme than `Basic`, or nothing after it.
    #[error("the Authorization header is not of the form `Basic <base64>`")]
    NotBasic,
    /// Longer than any valid credential; it was not decoded.
    #[error("the Basic credential is too long")]
    TooLong,
    /// The text after `Basic` is not base64.
    #[error("the Basic credential is not base64")]
    NotBase64,
    /// The decoded bytes are not UTF-8.
    #[error("the Basic credential is not UTF-8")]
    NotUtf8,
    /// No colon between user and password.
    #[error("the Basic credential has no colon between user and password")]
    NoColon,
    /// What stands before `/` cannot be a tenant id.
    #[error("the Basic credential names a tenant that cannot exist")]
    BadTenant,
    /// The user name breaks the rules for user names.
    #[error("the Basic credential names a user that cannot exist")]
    BadUserName,
    /// No password at all. Some directories read that as an anonymous sign-in, so it stops here.
    #[error("the Basic credential has no password")]
    EmptyPassword,
    /// The password has more than [`PASSWORD_BYTES_MAX`] bytes.
    #[error("the password is too long")]
    PasswordTooLong,
    /// A control character in the password (RFC 7617, section 2).
    #[error("the password has a control character")]
    ControlCharacter,
}

impl BasicCredential {
    /// Reads the value of an `Authorization` header. The scheme's case does not matter.
    pub fn from_header(value: &[u8]) -> Result<Self, BadBasic> {
        let (scheme, rest) = value
            .split_at_checked(b"Basic ".len())
            .ok_or(BadBasic::NotBasic)?;
        if !scheme.eq_ignore_ascii_case(b"Basic ") {
            return Err(BadBasic::NotBasic);
        }
        let encoded = rest.trim_ascii();
        if encoded.is_empty() {
            return Err(BadBasic::NotBasic);
        }
        if encoded.len() > ENCODED_BYTES_MAX {
            return Err(BadBasic::TooLong);
        }
        let decoded = Zeroizing::new(BASE64.decode(encoded).map_err(|_| BadBasic::NotBase64)?);
        let text = std::str::from_utf8(&decoded).map_err(|_| BadBasic::NotUtf8)?;
        let (user, password) = text.split_once(':').ok_or(BadBasic::NoColon)?;
        Self::from_parts(user, password)
    }

    /// Reads `tenant/user` or `user`, and a password, that arrived apart from each other.
    pub fn from_parts(user: &str, password: &str) -> Result<Self, BadBasic> {
        match password.len() {
            0 => return Err(BadBasic::EmptyPassword),
            1..=PASSWORD_BYTES_MAX => {}
            _ => return Err(BadBasic::PasswordTooLong),
        }
        if password.chars().any(char::is_control) {
            return Err(BadBasic::ControlCharacter);
        }
        if user.len() > DECODED_BYTES_MAX {
            return Err(BadBasic::TooLong);
        }
        let (tenant, user) = match user.split_once('/') {
            Some((tenant, user)) => (Some(tenant.parse().map_err(|_| BadBasic::BadTenant)?), user),
            None => (None, user),
        };
        let user = user.parse().map_err(|_| BadBasic::BadUserName)?;
        Ok(Self {
            tenant,
            user,
            password: Secret::new(password),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(value: &[u8]) -> Result<(Option<String>, String, String), BadBasic> {
        BasicCredential::from_header(value).map(|read| {
            let tenant = read.tenant.map(|tenant| tenant.to_string());
            (tenant, read.user.to_string(), read.password.expose().to_owned())
        })
    }

    fn header(text: impl AsRef<[u8]>) -> Vec<u8> {
        format!("Basic {}", BASE64.encode(text)).into_bytes()
    }

    #[test]
    fn tenant_user_and_password_are_told_apart() {
        // R007: the tenant may be part of the name
        for (text, tenant, user, password) in [
            ("t100/smith:secret", Some("t100"), "smith", "secret"),
            ("smith:secret", None, "smith", "secret"),
            ("smith@example.org:a:b/c", None, "smith@example.org", "a:b/c"),
            ("t1/device_42:pä ss", Some("t1"), "device_42", "pä ss"),
        ] {
            let expected = (tenant.map(str::to_owned), user.to_owned(), password.to_owned());
            assert_eq!(read(&header(text)), Ok(expected), "{text}");
        }
    }

    #[test]
    fn the_scheme_is_read_in_any_case_and_padding_may_be_missing() {
        for value in [
            "Basic YTpiYw==",
            "basic YTpiYw==",
            "BASIC   YTpiYw",
            "Basic YTpiYw== ",
        ] {
            assert_eq!(
                read(value.as_bytes()),
                Ok((None, "a".into(), "bc".into())),
                "{value}"
            );
        }
    }

    #[test]
    fn malformed_credentials_are_refused_with_their_reason() {
        for (value, expected) in [
            (b"".to_vec(), BadBasic::NotBasic),
            (b"Basic".to_vec(), BadBasic::NotBasic),
            (b"Basic ".to_vec(), BadBasic::NotBasic),
            (b"Bearer YTpiYw==".to_vec(), BadBasic::NotBasic),
            (b"Basic !!!!".to_vec(), BadBasic::NotBase64),
            (b"Basic YTpi Yw==".to_vec(), BadBasic::NotBase64),
            (header(b"a:\xff\xfe"), BadBasic::NotUtf8),
            (header("smith"), BadBasic::NoColon),
            (header("T1/smith:secret"), BadBasic::BadTenant),
            (header("/smith:secret"), BadBasic::BadTenant),
            (header(":secret"), BadBasic::BadUserName),
            (header("t1/:secret"), BadBasic::BadUserName),
            (header("t1/a/b:secret"), BadBasic::BadUserName),
            (header("a\0b:secret"), BadBasic::BadUserName),
            (header("smith:"), BadBasic::EmptyPassword),
            (header("smith:se\ncret"), BadBasic::ControlCharacter),
            (header("smith:se\0cret"), BadBasic::ControlCharacter),
        ] {
            assert_eq!(read(&value), Err(expected), "{}", String::from_utf8_lossy(&value));
        }
    }

    #[test]
    fn a_password_at_the_limit_is_read_and_one_over_it_is_refused() {
        // R051
        let longest = "p".repeat(PASSWORD_BYTES_MAX);
        assert!(read(&header(format!("smith:{longest}"))).is_ok());
        assert_eq!(
            read(&header(format!("smith:{longest}p"))),
            Err(BadBasic::PasswordTooLong)
        );
        let name = "ü".repeat(USER_NAME_CHARS_MAX);
        assert!(read(&header(format!("t1/{name}:{longest}"))).is_ok());
    }

    #[test]
    fn a_password_of_a_megabyte_is_refused_before_it_is_decoded() {
        // R051: not base64 at all, and still the answer is its length
        let value = [b"Basic ".as_slice(), &vec![b'!'; 1 << 20]].concat();
        assert_eq!(read(&value), Err(BadBasic::TooLong));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_and_never_break_the_rules(bytes: Vec<u8>) {
            if let Ok((_, user, password)) = read(&header(&bytes)) {
                prop_assert!(user.parse::<UserName>().is_ok());
                prop_assert!(!password.is_empty() && password.len() <= PASSWORD_BYTES_MAX);
            }
            let _ = read(&bytes);
        }
    }
}
