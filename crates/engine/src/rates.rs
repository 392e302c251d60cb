//! Rates: how many calls of a class one principal may make. A bucket per principal and class that fills steadily; an
//! empty one refuses with the time until the next call. It knows no requests and no clock.

use model::ids::{PrincipalId, TenantNumber};
use model::limits::{
    RATE_BURST_SECONDS, RATE_INGEST_PER_SECOND, RATE_PRINCIPALS_MAX, RATE_READ_PER_SECOND,
    RATE_SECRET_PER_MINUTE, RATE_WRITE_PER_SECOND,
};
use policy::operation::RateClass;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A thousandth of a call: what one bucket fills by per millisecond at one call per second.
const CALL: u64 = 1_000;

/// What a class gives: thousandths of a call per millisecond times 60, to keep rates per minute whole.
fn per_minute(class: RateClass) -> u64 {
    match class {
        RateClass::Ingest => RATE_INGEST_PER_SECOND * 60,
        RateClass::Read => RATE_READ_PER_SECOND * 60,
        RateClass::Write => RATE_WRITE_PER_SECOND * 60,
        RateClass::Secret => RATE_SECRET_PER_MINUTE,
    }
}

/// Most calls that a bucket holds.
fn burst(class: RateClass) -> u64 {
    match class {
        RateClass::Secret => RATE_SECRET_PER_MINUTE,
        _ => per_minute(class) / 60 * RATE_BURST_SECONDS,
    }
}

#[derive(Clone, Copy)]
struct Bucket {
    /// In thousandths of a call.
    level: u64,
    filled_at: u64,
}

/// The buckets of all principals that called lately.
#[derive(Default)]
pub(crate) struct Rates {
    buckets: Mutex<HashMap<(TenantNumber, PrincipalId, RateClass), Bucket>>,
}

impl Rates {
    /// Takes one call out of the bucket, or says after how many seconds there is one again.
    pub(crate) fn take(
        &self,
        tenant: TenantNumber,
        who: PrincipalId,
        class: RateClass,
        now_millis: u64,
    ) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= RATE_PRINCIPALS_MAX {
            // Full buckets say nothing that a new one would not. If all are in use, the oldest knowledge is lost, which
            // errs on the side of letting a signed-in caller in.
            buckets
                .retain(|(_, _, class), bucket| filled(*bucket, *class, now_millis) < burst(*class) * CALL);
            if buckets.len() >= RATE_PRINCIPALS_MAX {
                buckets.clear();
            }
        }
        let fresh = Bucket {
            level: burst(class) * CALL,
            filled_at: now_millis,
        };
        let bucket = buckets.entry((tenant, who, class)).or_insert(fresh);
        let level = filled(*bucket, class, now_millis);
        if level < CALL {
            let missing = CALL - level;
            // Thousandths missing, over thousandths per millisecond, in whole seconds.
            return Err((missing * 60).div_ceil(per_minute(class)).div_ceil(1_000).max(1));
        }
        *bucket = Bucket {
            level: level - CALL,
            filled_at: now_millis,
        };
        Ok(())
    }
}

/// The level of a bucket now.
fn filled(bucket: Bucket, class: RateClass, now_millis: u64) -> u64 {
    let passed = now_millis.saturating_sub(bucket.filled_at);
    let gained = passed.saturating_mul(per_minute(class)) / 60;
    bucket.level.saturating_add(gained).min(burst(class) * CALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> PrincipalId {
        PrincipalId::new(number).expect("in range")
    }

    #[test]
    fn a_burst_is_taken_and_then_the_steady_rate() {
        let rates = Rates::default();
        let tenant = TenantNumber(1);
        for _ in 0..burst(RateClass::Write) {
            assert_eq!(rates.take(tenant, id(1), RateClass::Write, 0), Ok(()));
        }
        assert_eq!(rates.take(tenant, id(1), RateClass::Write, 0), Err(1));
        // Others, other classes and the same id in another tenant are not concerned.
        assert_eq!(rates.take(tenant, id(2), RateClass::Write, 0), Ok(()));
        assert_eq!(rates.take(tenant, id(1), RateClass::Read, 0), Ok(()));
        assert_eq!(rates.take(TenantNumber(2), id(1), RateClass::Write, 0), Ok(()));
        let taken = (0..2 * RATE_WRITE_PER_SECOND)
            .filter(|_| rates.take(tenant, id(1), RateClass::Write, 1_000).is_ok())
            .count();
        assert_eq!(taken as u64, RATE_WRITE_PER_SECOND);
    }

    #[test]
    fn a_refusal_says_when_to_come_again() {
        let rates = Rates::default();
        for _ in 0..RATE_SECRET_PER_MINUTE {
            assert_eq!(rates.take(TenantNumber(1), id(1), RateClass::Secret, 0), Ok(()));
        }
        let wait = rates
            .take(TenantNumber(1), id(1), RateClass::Secret, 0)
            .expect_err("empty");
        assert_eq!(wait, 60 / RATE_SECRET_PER_MINUTE);
        assert_eq!(
            rates.take(TenantNumber(1), id(1), RateClass::Secret, wait * 1_000),
            Ok(())
        );
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let rates = Rates::default();
        for number in 1..=RATE_PRINCIPALS_MAX as u64 + 10 {
            assert_eq!(
                rates.take(TenantNumber(1), id(number), RateClass::Read, 0),
                Ok(())
            );
        }
        assert!(rates.buckets.lock().expect("not poisoned").len() <= RATE_PRINCIPALS_MAX);
    }
}
