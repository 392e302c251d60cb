//! Closed sets of words that the API knows exactly, as an enum: declared once with their texts.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $error:ident: $what:literal { $($(#[$of:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        #[doc = concat!("The text is not ", $what, ".")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        #[error("not {}: one of {} is expected", $what, [$($text),*].join(", "))]
        pub struct $error;

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in the API.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::ALL.iter().copied().find(|one| one.word() == text).ok_or($error)
            }
        }
    };
}
pub(crate) use words;
