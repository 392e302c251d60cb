//! Recovery codes: what opens a session in place of a code of the second factor, each once, when the authenticator is lost.
//! They hold 80 random bits and are guessed at as slowly as other codes, so one HMAC-SHA256 under the pepper's key is
//! enough. It does not know whose they are, nor which were used.

use crate::pepper::Pepper;
use aws_lc_rs::hmac;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Characters of a code, without what is between them.
const CHARS: usize = 16;
const GROUP: usize = 4;

/// A recovery code. No `Debug`: it is a secret.
pub struct RecoveryCode(Zeroizing<String>);

/// What is stored of a code.
#[derive(Clone, Copy)]
pub struct RecoveryHash(pub [u8; 32]);

impl RecoveryCode {
    /// Makes a code of random bytes that are used for nothing else.
    pub fn from_random(bytes: [u8; 10]) -> Self {
        let mut text = String::with_capacity(CHARS);
        for five in bytes.chunks(5) {
            let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for place in (0..8).rev() {
                let letter = usize::try_from(bits >> (place * 5) & 31).unwrap_or(0);
                text.push(char::from(*LETTERS.get(letter).unwrap_or(&b'a')));
            }
        }
        Self(Zeroizing::new(text))
    }

    /// A code as somebody typed it: capitals, spaces and hyphens do not matter. Nothing of what can be none.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 4 * CHARS {
            return None;
        }
        let typed = text.chars().filter(|one| !matches!(one, ' ' | '-'));
        let typed: String = typed.map(|one| one.to_ascii_lowercase()).collect();
        let is_code = typed.len() == CHARS && typed.bytes().all(|byte| LETTERS.contains(&byte));
        is_code.then(|| Self(Zeroizing::new(typed)))
    }

    /// The code as it is shown, once: four groups of four. Each call is a place to look at in a review.
    pub fn expose(&self) -> String {
        let mut shown = String::with_capacity(CHARS + CHARS / GROUP);
        for (place, one) in self.0.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                shown.push('-');
            }
            shown.push(one);
        }
        shown
    }

    /// What is stored of it.
    pub fn hash(&self, pepper: &Pepper) -> RecoveryHash {
        let mut context = hmac::Context::with_key(pepper.for_generated());
        context.update(b"recovery code\0");
        context.update(self.0.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        RecoveryHash(hash)
    }
}

impl RecoveryHash {
    /// The place of this hash among those that are stored. It is compared with all of them.
    pub fn place_in(&self, stored: &[[u8; 32]]) -> Option<usize> {
        stored.iter().enumerate().fold(None, |found, (place, one)| {
            let is_it: bool = one.ct_eq(&self.0).into();
            if is_it { found.or(Some(place)) } else { found }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper() -> Pepper {
        Pepper::new([7; 32])
    }

    // R056
    #[test]
    fn a_code_is_four_groups_of_four_and_known_again_however_it_is_typed() {
        let code = RecoveryCode::from_random([0, 255, 1, 2, 3, 4, 5, 6, 7, 8]);
        let shown = code.expose();
        assert_eq!(shown.len(), 19);
        assert!(shown.split('-').all(|group| group.len() == 4), "{shown}");
        let stored = [[0; 32], code.hash(&pepper()).0];
        for typed in [
            shown.clone(),
            shown.to_uppercase(),
            shown.replace('-', ""),
            shown.replace('-', " - "),
        ] {
            let typed = RecoveryCode::parse(&typed).expect("a code");
            assert_eq!(typed.hash(&pepper()).place_in(&stored), Some(1));
            assert_eq!(typed.hash(&Pepper::new([8; 32])).place_in(&stored), None);
        }
        let other = RecoveryCode::from_random([0, 255, 1, 2, 3, 4, 5, 6, 7, 9]);
        assert_eq!(other.hash(&pepper()).place_in(&stored), None);
    }

    #[test]
    fn what_can_be_no_code_is_none() {
        let long = "a".repeat(CHARS + 1);
        for text in [
            "",
            "123456",
            "aaaa-aaaa-aaaa-aaa",
            "aaaa-aaaa-aaaa-aaa1",
            "aaaa-aaaa-aaaa-aaaä",
            &long,
            &format!("{}{}", "-".repeat(64), "a".repeat(16)),
        ] {
            assert!(RecoveryCode::parse(text).is_none(), "{text}");
        }
    }
}
