//! Processing modes: what becomes of what a client writes, beside that it is checked and decided in all of them.

/// How a request is processed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Processing {
    /// It is stored, and those who follow are told.
    #[default]
    Persistent,
    /// Those who follow are told, and it is not stored.
    Transient,
    /// It is stored, and nobody is told.
    Quiescent,
    /// It is told to stream analytics alone.
    Cep,
}

impl Processing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Persistent, Self::Transient, Self::Quiescent, Self::Cep];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Persistent => "PERSISTENT",
            Self::Transient => "TRANSIENT",
            Self::Quiescent => "QUIESCENT",
            Self::Cep => "CEP",
        }
    }

    /// The mode of a word, written exactly so.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }
}
