//! What holds keys cannot be printed: a `{:?}` in a log line does not compile.

use std::fmt::{Debug, Display};
use store::keyring::{AuditKeys, IdentityKeys, Keyring, PayloadKeys, PlatformKeys, TenantKeys};
use store::master_key::MasterKey;
use store::seal::{BlindKey, KeyBytes, SealKey};

/// Compiles only for types without `Debug` and `Display`: with one of them it is ambiguous which trait is meant.
macro_rules! not_printable {
    ($($type:ty),*) => {
        struct Printed;
        struct Shown;
        trait Ambiguous<A> {
            fn unambiguous() {}
        }
        impl<T> Ambiguous<()> for T {}
        impl<T: Debug> Ambiguous<Printed> for T {}
        impl<T: Display> Ambiguous<Shown> for T {}
        $(<$type>::unambiguous();)*
    };
}

#[test]
fn nothing_that_holds_a_key_can_be_printed() {
    // tidy: proves by compiling
    not_printable!(KeyBytes, SealKey, BlindKey, MasterKey, Keyring);
}

#[test]
fn nor_can_the_sets_of_keys() {
    // tidy: proves by compiling
    not_printable!(TenantKeys, IdentityKeys, PayloadKeys, AuditKeys, PlatformKeys);
}
