//! Operations on reliable notifications. What a subscriber is told is decided for each notification, by the operation that
//! reads what it shows.

use crate::operation::{Need, operations};
use model::roles::Role;

const ADMIN: Need = Need::AnyRole(&[Role::Notification2Admin]);

operations! {
    /// The entry point of reliable notifications.
    NotificationRootRead = "notification_root_read" { Read Nothing, need: ADMIN, audit: Quiet, rate: Read }
    /// List and read subscriptions.
    SubscriptionRead = "notification_subscription_read" {
        Read Notifications, need: ADMIN, audit: Quiet, rate: Read
    }
    /// Make a subscription.
    SubscriptionCreate = "notification_subscription_create" {
        Write Notifications, need: ADMIN, audit: Each, rate: Write
    }
    /// Delete subscriptions.
    SubscriptionDelete = "notification_subscription_delete" {
        Write Notifications, need: ADMIN, audit: Each, rate: Write
    }
    /// Make a token with which a subscriber connects.
    TicketCreate = "notification_token_create" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Take notifications as a subscriber, with such a token.
    NotificationConsume = "notification_consume" { Read Notifications, need: ADMIN, audit: Quiet, rate: Read }
    /// Become a subscriber, by connecting for the first time.
    SubscriberCreate = "notification_subscriber_create" {
        Write Notifications, need: ADMIN, audit: Each, rate: Write
    }
    /// Unsubscribe a subscriber, with such a token.
    SubscriberDelete = "notification_unsubscribe" { Write Notifications, need: ADMIN, audit: Each, rate: Write }
}
