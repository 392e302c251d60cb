//! Operations on realtime notifications. What is delivered is decided for each notification, by the operation that reads
//! what it shows.

use crate::operation::{Need, operations};

operations! {
    /// Follow what happens in the tenant.
    RealtimeFollow = "realtime_follow" { Read Nothing, need: Need::SignedIn, audit: Quiet, rate: Read }
}
