//! Text that must not appear in a log, an error or a reply: no `Debug`, no `Serialize`, no `Display`.

use zeroize::Zeroizing;

/// A password, token or other secret text in memory; erased when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<str>>);

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Each call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}
