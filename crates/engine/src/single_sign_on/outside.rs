//! What is asked of identity providers, and by whom: whoever carries it out sees to it that only the host that is meant is
//! asked, and that it proves who it is. Nothing here knows how.

use model::secret::Secret;
use model::single_sign_on::HttpsUrl;
use std::fmt::Write;
use std::pin::Pin;

/// A question to a provider. No `Debug`: it may have a secret.
pub struct Ask {
    /// Where.
    pub url: HttpsUrl,
    /// The form that is sent; without one, something is only read.
    pub form: Option<Secret>,
    /// The value of the `Authorization` header.
    pub authorization: Option<Secret>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Nobody may be asked there.
    #[error("its address is not one that may be asked")]
    NotAllowed,
    /// No connection, or it broke.
    #[error("no connection")]
    NoConnection,
    /// It did not prove that it is the host that was meant.
    #[error("its certificate is not trusted")]
    NotTrusted,
    /// Too slow.
    #[error("no answer in time")]
    TooSlow,
    /// The answer is too large.
    #[error("its answer is too large")]
    TooLarge,
    /// It answered with another status than 200.
    #[error("it answered with the status {0}")]
    Status(u16),
}

/// An answer on its way.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Unreachable>> + Send + 'a>>;

/// Asks hosts outside.
pub trait Outside: Send + Sync + 'static {
    /// Asks one, once; the whole answer, bounded in time and bytes.
    fn ask(&self, ask: Ask) -> Asking<'_>;
}

/// Names and values as a form (the `application/x-www-form-urlencoded` of the URL standard), every byte but the plainest
/// escaped.
pub fn form_of<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let mut form = String::new();
    for (name, value) in pairs {
        if !form.is_empty() {
            form.push('&');
        }
        escape(&mut form, name);
        form.push('=');
        escape(&mut form, value);
    }
    form
}

pub(super) fn escape(form: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                form.push(char::from(byte));
            }
            _ => {
                // A `String` takes everything.
                let _ = write!(form, "%{byte:02X}");
            }
        }
    }
}
