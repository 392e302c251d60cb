//! One-time codes of a second factor (RFC 6238 with SHA-1, 30 seconds and six digits: what every authenticator makes).
//!
//! A code is good for its own step, the one before and the one after, so that a clock may be a little off. Of steps that
//! were used, and those before them, none is good again: which that was, the caller keeps. It knows no clock and no storage.

use aws_lc_rs::hmac;
use model::time::Timestamp;
use std::str::FromStr;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

const STEP_MILLIS: i64 = 30_000;
/// Steps before and after the present one whose codes are good.
const STEPS_AROUND: u64 = 1;
const CODES: u32 = 1_000_000;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The secret that an authenticator shares with the platform: 160 random bits (RFC 4226, section 4). Wiped from memory
/// when dropped. No `Debug`.
#[derive(Clone)]
pub struct TotpSecret([u8; 20]);

impl Drop for TotpSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A code as somebody typed it.
#[derive(Clone, Copy)]
pub struct TotpCode(u32);

/// The text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("six digits are expected")]
pub struct NoCode;

impl FromStr for TotpCode {
    type Err = NoCode;

    fn from_str(text: &str) -> Result<Self, NoCode> {
        let is_code = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        let code = text.parse().ok().filter(|_| is_code);
        code.map(Self).ok_or(NoCode)
    }
}

impl TotpSecret {
    /// Of bytes that are random and used for nothing else.
    pub fn new(random: [u8; 20]) -> Self {
        Self(random)
    }

    /// The secret as authenticators take it (RFC 4648, base 32). Each call is a place to look at in a review.
    pub fn expose(&self) -> String {
        let mut text = String::with_capacity(32);
        for five in self.0.chunks(5) {
            let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for place in (0..8).rev() {
                let letter = usize::try_from(bits >> (place * 5) & 31).unwrap_or(0);
                text.push(char::from(*BASE32.get(letter).unwrap_or(&b'A')));
            }
        }
        text
    }

    /// The step whose code this is: good now, and later than the last one that was used. Whatever it is compared with, it
    /// is compared with all of them.
    pub fn step_of(&self, code: TotpCode, now: Timestamp, last_used: Option<u64>) -> Option<u64> {
        let present = step_at(now);
        let around = present.saturating_sub(STEPS_AROUND)..=present.saturating_add(STEPS_AROUND);
        around.fold(None, |found, step| {
            let is_it: bool = code.0.ct_eq(&self.code_of(step)).into();
            let is_new = last_used.is_none_or(|last| step > last);
            if is_it && is_new {
                found.or(Some(step))
            } else {
                found
            }
        })
    }

    /// The code of a step (RFC 4226, section 5.3).
    fn code_of(&self, step: u64) -> u32 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let bytes = tag.as_ref();
        let start = usize::from(bytes.last().copied().unwrap_or(0) & 15);
        let four = bytes.iter().skip(start).take(4);
        let number = four.fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        (number & 0x7fff_ffff) % CODES
    }

    /// The code that an authenticator shows at this time: for tests and for tools that stand in for one.
    pub fn code_at(&self, time: Timestamp) -> String {
        format!("{:06}", self.code_of(step_at(time)))
    }
}

fn step_at(time: Timestamp) -> u64 {
    u64::try_from(time.millis().div_euclid(STEP_MILLIS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn code(text: &str) -> TotpCode {
        text.parse().expect("a code")
    }

    // R056: the test values of RFC 6238, appendix B, in six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = TotpSecret::new(*b"12345678901234567890");
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code_at(at(seconds)), expected, "{seconds}");
        }
        assert_eq!(secret.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    // R056: one step around, and no step twice.
    #[test]
    fn a_code_is_good_one_step_around_its_own_and_once() {
        let secret = TotpSecret::new([7; 20]);
        let (time, step) = (at(3_000), 100);
        let shown = code(&secret.code_at(time));
        for (now, expected) in [
            (2_969, None),
            (2_970, Some(step)),
            (3_059, Some(step)),
            (3_060, None),
        ] {
            assert_eq!(secret.step_of(shown, at(now), None), expected, "{now}");
        }
        assert_eq!(secret.step_of(shown, time, Some(99)), Some(step));
        assert_eq!(secret.step_of(shown, time, Some(step)), None);
        assert_eq!(secret.step_of(shown, time, Some(step + 1)), None);
        assert_eq!(TotpSecret::new([8; 20]).step_of(shown, time, None), None);
    }

    #[test]
    fn only_six_digits_are_a_code() {
        for text in [
            "",
            "12345",
            "1234567",
            "12345a",
            "+12345",
            " 12345",
            "１２３４５６",
        ] {
            assert!(text.parse::<TotpCode>().is_err(), "{text}");
        }
        assert!("000000".parse::<TotpCode>().is_ok());
    }
}
