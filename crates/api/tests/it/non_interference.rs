//! Nobody learns anything of what they may not see from the answers to themselves: of another tenant nothing at all,
//! and of their own tenant nothing but what their rights cover. Two runs that differ only in what is hidden give the
//! same bytes: status, headers and body.

mod history;
mod within;

use super::dice::Dice;
use history::{History, Step};
use std::collections::{BTreeMap, HashMap};
use testkit::house::{House, Reply};

/// All that an answer consists of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bytes {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl From<Reply> for Bytes {
    fn from(reply: Reply) -> Self {
        let headers = reply.headers.iter().map(|(name, value)| {
            let value = value.to_str().expect("a header of text");
            (name.to_string(), value.to_owned())
        });
        Self {
            status: reply.status.as_u16(),
            headers: headers.collect(),
            body: reply.text,
        }
    }
}

fn histories() -> u64 {
    let set = std::env::var("HOLDFAST_HISTORIES").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(3)
}

/// Stands for the values that follow from keys: the keys of a house are random, as those of a tenant must be, so versions
/// (`ETag`), hashes and signatures differ from one house to the next. Which of them are equal does not.
#[derive(Default)]
struct Keyed(HashMap<String, usize>);

impl Keyed {
    fn replace_in(&mut self, text: &str) -> String {
        let is_between = |at: char| at.is_whitespace() || at == '"';
        // Notes inside of JSON.
        let text = text.replace("\\n", "\n");
        let pieces = text.split_inclusive(is_between).map(|piece| {
            let word = piece.trim_end_matches(is_between);
            if !is_keyed(word) {
                return piece.to_owned();
            }
            let next = self.0.len();
            let place = *self.0.entry(word.to_owned()).or_insert(next);
            format!("<keyed {place}>{}", &piece[word.len()..])
        });
        pieces.collect()
    }

    fn replace(&mut self, mut answer: Bytes) -> Bytes {
        answer.body = self.replace_in(&answer.body);
        for value in answer.headers.values_mut() {
            *value = self.replace_in(value);
        }
        answer
    }
}

/// Whether it is a version, hash, salt, key or signature: at least 16 bytes in hexadecimal digits or base64.
fn is_keyed(word: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    let is_hex = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Paths begin with a slash and do not end with padding.
    let is_path = word.starts_with('/') && !word.ends_with('=');
    is_hex || word.len() >= 43 && !is_path && word.bytes().all(is_base64)
}

/// What A is answered when the whole history happens, and when only its own part does: B's steps only pass time.
fn answers_to_a(steps: &[Step], with_b: bool) -> Vec<Bytes> {
    let house = House::new();
    history::prepare(&house);
    let (mut answers, mut keyed) = (Vec::new(), Keyed::default());
    for step in steps {
        if step.is_of_a() {
            answers.push(keyed.replace(step.ask(&house).into()));
        } else if with_b {
            step.ask(&house);
        }
        house.world.advance_millis(step.pause_millis);
    }
    answers
}

// R115 R116 R014 R025: a tenant is answered as if it were alone, byte for byte, whatever another one does meanwhile, be
// it with its own things or with the ids, names and paths of the first.
// HOLDFAST_HISTORIES asks for more.
#[test]
fn a_tenant_is_answered_as_if_it_were_alone() {
    for seed in 0..histories() {
        let steps = History::random(Dice(seed));
        let together = answers_to_a(&steps, true);
        let alone = answers_to_a(&steps, false);
        let asked = steps.iter().filter(|step| step.is_of_a());
        for ((step, together), alone) in asked.zip(&together).zip(&alone) {
            assert_eq!(together, alone, "history {seed}: {step:?}");
        }
        let done = alone.iter().filter(|answer| answer.status < 300).count();
        let refused = alone.iter().filter(|answer| answer.status >= 400).count();
        assert!(
            done > 100 && refused > 50,
            "a one-sided history: {done} {refused} of {}",
            alone.len()
        );
    }
}
