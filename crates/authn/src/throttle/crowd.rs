//! Wrong guesses at one tenant's secret from everybody together. They never keep the right one out: whoever asks has
//! looked at the secret first, which is right for secrets that are long and random, and for no others. So a crowd can
//! slow down only itself.

use super::ACCOUNTS_MAX;
use super::pair::Pair;
use crate::table::{Table, Tag, tag};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use model::names::TenantId;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The counts of wrong guesses per tenant, existing or not. Three are free; then there is a wait of 5 s, 10 s, 20 s ... up to
/// 5 minutes after each one that counts. Those that come in a wait do not count.
pub struct Crowd {
    key: hmac::Key,
    tenants: Mutex<Table<Pair>>,
}

impl Crowd {
    /// Nothing counted yet. `key` is random and new for every process.
    pub fn new(key: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(HMAC_SHA256, key),
            tenants: Mutex::new(Table::new(ACCOUNTS_MAX)),
        }
    }

    /// Somebody guessed wrong.
    ///
    /// # Errors
    /// In a wait: the whole seconds that are left of it, at least 1.
    pub fn guessed_wrong(&self, tenant: &TenantId, now_millis: u64) -> Result<(), u64> {
        let tag = self.tag(tenant);
        let mut tenants = self.lock();
        let so_far = tenants.get(tag, now_millis).unwrap_or_default();
        match so_far.wait_millis(now_millis) {
            0 => {
                tenants.put(tag, so_far.failed(None, now_millis), now_millis);
                Ok(())
            }
            wait => Err(wait.div_ceil(1_000)),
        }
    }

    /// Somebody had the right one: the tenant starts afresh.
    pub fn guessed_right(&self, tenant: &TenantId) {
        let tag = self.tag(tenant);
        self.lock().remove(tag);
    }

    fn tag(&self, tenant: &TenantId) -> Tag {
        tag(&self.key, &[tenant.as_str().as_bytes()])
    }

    fn lock(&self) -> MutexGuard<'_, Table<Pair>> {
        // No code that can panic runs under the lock.
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_slowed_down_more_and_more_at_one_tenant_only() {
        // R009, R051
        let crowd = Crowd::new(&[1; 32]);
        let tenant = |text: &str| text.parse::<TenantId>().expect("a tenant");
        let mut now = 1_000_000;
        for _ in 0..3 {
            assert_eq!(crowd.guessed_wrong(&tenant("t1"), now), Ok(()));
        }
        for wait in [5, 10, 20, 40, 80, 160, 300, 300] {
            assert_eq!(crowd.guessed_wrong(&tenant("t1"), now), Err(wait));
            now += wait * 1_000;
            assert_eq!(crowd.guessed_wrong(&tenant("t1"), now), Ok(()), "after {wait} s");
        }
        assert_eq!(crowd.guessed_wrong(&tenant("t2"), now), Ok(()));
        crowd.guessed_right(&tenant("t1"));
        assert_eq!(crowd.guessed_wrong(&tenant("t1"), now), Ok(()));
    }
}
