//! Slows guessing down without giving anybody a way to lock somebody else out (R007, R051). Only guessable credentials
//! come here, and before their slow hash. Everything is counted per account, which is a tenant *and* a user name,
//! whether or not it exists, and per address prefix (IPv4 /32, IPv6 /64).
//!
//! The rule, in the order in which it is applied to an attempt on account U from address A:
//!
//! 1. *The same wrong password again* from A is no new guess: it is refused as wrong, costs no hash and counts nothing.
//!    A forgotten device with an old password does not lock its owner's network out.
//! 2. *One attempt at a time* per (A, U). Others wait for its outcome, so a burst of parallel guesses is counted one by
//!    one, and a burst of requests with the right password needs one hash.
//! 3. *The pair (A, U)* may fail three times; then it waits 5 s, 10 s, 20 s ... up to 5 minutes after each failure.
//!    A success wipes the pair's failures; so do 30 minutes without one.
//! 4. If U succeeded from A before, A is *known* to U and nothing further applies. That is how the owner gets in from
//!    where he usually is while strangers spray. Otherwise, out of two budgets, which a success gets back:
//!    - *the address A*: 60 attempts, and one more every 2 s, over all accounts to which A is not known;
//!    - *the account U*: 5 attempts, and one more every 12 s, from all addresses that are not known to it together. So
//!      strangers make at most 10 guesses a minute against an account, however many addresses they have, and the wait
//!      of an unknown address is at most 12 s at a time; it ends when the spraying ends.
//!
//! A recently verified password ([`crate::verified_cache`]) needs no hash and takes nothing from a budget, but steps 2
//! to 4 still apply to it: a memory that could be asked by everybody would be a way to guess without limit. So it is
//! known addresses, not remembered passwords, that protect the owner from strangers; whoever shares A with an attacker
//! can still be slowed at A, never elsewhere.
//!
//! Memory is bounded by the constants below. A full table drops what matters least, by number of failures: to wash out
//! a pair with n failures, tens of thousands of pairs must first be brought to n, each through steps 3 and 4. The budgets
//! refill within two minutes, and in that time the bounded hash pool lets through fewer attempts than the tables hold, so
//! theirs are never washed out. Known addresses are entered by success only, eight per account.
//!
//! Secrets that are long and random ([`Throttle::of_long_secrets`]) do without the account's budget: nobody guesses them
//! with whatever number of addresses, and the budget would only let strangers make the owner wait.
//!
//! Codes of a second factor ([`Throttle::of_codes`]) are short, and asked for only after the right password: their accounts
//! have the same budget, which refills once in a minute.
//!
//! It knows no clock (`now_millis` is monotonic), no storage (a restart forgets everything) and no password.

mod address;
mod budget;
mod crowd;
mod known;
mod pair;
#[cfg(test)]
mod tests;

pub use address::AddressPrefix;
pub use crowd::Crowd;

use crate::table::{Table, Tag, tag};
use crate::verified_cache::Guess;
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use budget::{Budget, Rate};
use known::KnownAddresses;
use model::names::{TenantId, UserName};
use pair::Pair;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Pairs of address and account with failures that are kept in memory.
pub const PAIRS_MAX: usize = 65_536;
/// Addresses with a budget that is not full.
pub const ADDRESSES_MAX: usize = 32_768;
/// Accounts with a budget that is not full.
pub const ACCOUNTS_MAX: usize = 32_768;
/// Accounts whose known addresses are kept.
pub const KNOWN_ACCOUNTS_MAX: usize = 32_768;

const ADDRESS_RATE: Rate = Rate {
    burst: 60,
    refill_millis: 2_000,
};
const ACCOUNT_RATE: Rate = Rate {
    burst: 5,
    refill_millis: 12_000,
};

/// Codes of six digits are guessed a million times sooner than passwords, and nobody needs many.
const CODE_RATE: Rate = Rate {
    burst: 5,
    refill_millis: 60_000,
};

/// Who is claimed: a user name in a tenant. `tenant` is its one canonical id however the request named it; without
/// any it is nothing that could be resolved.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// The tenant.
    pub tenant: Option<&'a TenantId>,
    /// The user name in it.
    pub user: &'a UserName,
}

/// Why an attempt may not be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many failures: try again after this time.
    #[error("too many failed attempts: wait {seconds} s")]
    RetryAfter {
        /// Whole seconds, at least 1.
        seconds: u64,
    },
    /// Another attempt of the same pair is under way: ask again in a moment, when it has ended.
    #[error("another attempt of this account from this address is under way")]
    Busy,
    /// The very password that was wrong last time: refuse it as wrong.
    #[error("the same wrong password as before")]
    SameAgain,
}

/// The leave to make one attempt. Give it back with its outcome; one that is lost blocks its pair for ten seconds and
/// its share of the budgets is not returned.
#[must_use]
pub struct Attempt {
    tags: Tags,
    guess: Guess,
    charged: bool,
}

#[derive(Clone, Copy)]
struct Tags {
    account: Tag,
    address: Tag,
    pair: Tag,
}

/// The counts of failures, safe to share between threads.
pub struct Throttle {
    key: hmac::Key,
    state: Mutex<State>,
}

struct State {
    pairs: Table<Pair>,
    addresses: Table<Budget>,
    accounts: Table<Budget>,
    known: Table<KnownAddresses>,
    /// The budget of an account, if accounts have one.
    account_rate: Option<Rate>,
}

impl Throttle {
    /// Nothing counted yet. `key` is random and new for every process, so that nobody can aim at a place in memory.
    pub fn new(key: &[u8; 32]) -> Self {
        Self::with(key, Some(ACCOUNT_RATE))
    }

    /// The same for secrets that are long and random: without the budget of the account.
    pub fn of_long_secrets(key: &[u8; 32]) -> Self {
        Self::with(key, None)
    }

    /// The same for codes of a second factor.
    pub fn of_codes(key: &[u8; 32]) -> Self {
        Self::with(key, Some(CODE_RATE))
    }

    fn with(key: &[u8; 32], account_rate: Option<Rate>) -> Self {
        let state = State {
            account_rate,
            pairs: Table::new(PAIRS_MAX),
            addresses: Table::new(ADDRESSES_MAX),
            accounts: Table::new(ACCOUNTS_MAX),
            known: Table::new(KNOWN_ACCOUNTS_MAX),
        };
        Self {
            key: hmac::Key::new(HMAC_SHA256, key),
            state: Mutex::new(state),
        }
    }

    /// Asks for an attempt whose outcome needs a slow hash.
    pub fn before(
        &self,
        who: Account<'_>,
        address: AddressPrefix,
        guess: Guess,
        now_millis: u64,
    ) -> Result<Attempt, Refusal> {
        let tags = self.tags(who, address);
        let mut state = self.lock();
        let pair = state.pairs.get(tags.pair, now_millis).unwrap_or_default();
        if pair.failed_last_with(guess) {
            return Err(Refusal::SameAgain);
        }
        let charged = state.admit(tags, pair, now_millis)?;
        state.pairs.put(tags.pair, pair.begun(now_millis), now_millis);
        if charged {
            state.charge(tags, now_millis);
        }
        Ok(Attempt { tags, guess, charged })
    }

    /// Asks for an attempt with a password that was verified a short while ago; allowed means it succeeded.
    pub fn pass(&self, who: Account<'_>, address: AddressPrefix, now_millis: u64) -> Result<(), Refusal> {
        let tags = self.tags(who, address);
        let mut state = self.lock();
        let pair = state.pairs.get(tags.pair, now_millis).unwrap_or_default();
        state.admit(tags, pair, now_millis)?;
        state.succeed(tags, now_millis);
        Ok(())
    }

    /// The password was wrong.
    pub fn failed(&self, attempt: &Attempt, now_millis: u64) {
        self.lock().fail(attempt.tags, Some(attempt.guess), now_millis);
    }

    /// The attempt failed for another reason that may pass, for example a disabled user: counted like a wrong password,
    /// but the same one may be right later.
    pub fn refused(&self, attempt: &Attempt, now_millis: u64) {
        self.lock().fail(attempt.tags, None, now_millis);
    }

    /// The password was right: the pair starts afresh, its address is known from now on, the budgets get theirs back.
    pub fn succeeded(&self, attempt: &Attempt, now_millis: u64) {
        let mut state = self.lock();
        if attempt.charged {
            state.refund(attempt.tags, now_millis);
        }
        state.succeed(attempt.tags, now_millis);
    }

    /// The password was not checked at all (the hash pool was full): nothing is counted.
    pub fn abandoned(&self, attempt: &Attempt, now_millis: u64) {
        let mut state = self.lock();
        if attempt.charged {
            state.refund(attempt.tags, now_millis);
        }
        if let Some(pair) = state.pairs.get(attempt.tags.pair, now_millis) {
            state.pairs.put(attempt.tags.pair, pair.ended(), now_millis);
        }
    }

    fn tags(&self, who: Account<'_>, address: AddressPrefix) -> Tags {
        let tenant = who.tenant.map_or("", TenantId::as_str);
        let account = tag(
            &self.key,
            &[b"account", tenant.as_bytes(), who.user.as_str().as_bytes()],
        );
        let address = tag(&self.key, &[b"address", address.bytes()]);
        let pair = tag(
            &self.key,
            &[b"pair", &account.to_be_bytes(), &address.to_be_bytes()],
        );
        Tags {
            account,
            address,
            pair,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Steps 2 to 4 of the rule. The answer says whether the attempt is paid from the budgets.
    fn admit(&self, tags: Tags, pair: Pair, now_millis: u64) -> Result<bool, Refusal> {
        if pair.is_busy(now_millis) {
            return Err(Refusal::Busy);
        }
        let mut wait = pair.wait_millis(now_millis);
        let known = self
            .known
            .get(tags.account, now_millis)
            .is_some_and(|known| known.contains(tags.address));
        if !known {
            let address = self.addresses.get(tags.address, now_millis).unwrap_or_default();
            wait = wait.max(address.wait_millis(ADDRESS_RATE, now_millis));
            if let Some(rate) = self.account_rate {
                let account = self.accounts.get(tags.account, now_millis).unwrap_or_default();
                wait = wait.max(account.wait_millis(rate, now_millis));
            }
        }
        match wait {
            0 => Ok(!known),
            wait => Err(Refusal::RetryAfter {
                seconds: wait.div_ceil(1_000),
            }),
        }
    }

    fn charge(&mut self, tags: Tags, now_millis: u64) {
        let address = self.addresses.get(tags.address, now_millis).unwrap_or_default();
        self.addresses.put(
            tags.address,
            address.less_one(ADDRESS_RATE, now_millis),
            now_millis,
        );
        if let Some(rate) = self.account_rate {
            let account = self.accounts.get(tags.account, now_millis).unwrap_or_default();
            self.accounts
                .put(tags.account, account.less_one(rate, now_millis), now_millis);
        }
    }

    fn refund(&mut self, tags: Tags, now_millis: u64) {
        if let Some(address) = self.addresses.get(tags.address, now_millis) {
            self.addresses
                .put(tags.address, address.plus_one(ADDRESS_RATE), now_millis);
        }
        if let Some(rate) = self.account_rate
            && let Some(account) = self.accounts.get(tags.account, now_millis)
        {
            self.accounts
                .put(tags.account, account.plus_one(rate), now_millis);
        }
    }

    fn fail(&mut self, tags: Tags, guess: Option<Guess>, now_millis: u64) {
        let pair = self.pairs.get(tags.pair, now_millis).unwrap_or_default();
        self.pairs
            .put(tags.pair, pair.failed(guess, now_millis), now_millis);
    }

    fn succeed(&mut self, tags: Tags, now_millis: u64) {
        self.pairs.remove(tags.pair);
        let known = self.known.get(tags.account, now_millis).unwrap_or_default();
        self.known
            .put(tags.account, known.with(tags.address, now_millis), now_millis);
    }
}
