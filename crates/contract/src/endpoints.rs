//! The one list of all endpoints.

use crate::endpoint::Declaration;
use crate::{audit, identity, inventory, measurements, platform, tenants, users};

macro_rules! resources {
    ($($resource:ident as $module:ident),* $(,)?) => {
        /// An endpoint of any resource.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Endpoint {
            $(#[doc = stringify!($resource)] $resource($module::Endpoint),)*
        }

        impl Endpoint {
            /// Every endpoint.
            pub fn all() -> impl Iterator<Item = Self> {
                std::iter::empty()$(.chain($module::Endpoint::ALL.iter().copied().map(Self::$resource)))*
            }

            /// Its declaration.
            pub fn declaration(self) -> Declaration {
                match self {
                    $(Self::$resource(endpoint) => endpoint.declaration(),)*
                }
            }

            /// The name of the resource.
            pub fn resource(self) -> &'static str {
                match self {
                    $(Self::$resource(_) => stringify!($module),)*
                }
            }
        }
    };
}

resources! {
    Platform as platform,
    Inventory as inventory,
    Identity as identity,
    Measurements as measurements,
    Audit as audit,
    Users as users,
    Tenants as tenants,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_endpoints_share_a_name_or_a_place() {
        let all: Vec<_> = Endpoint::all()
            .map(|endpoint| (endpoint, endpoint.declaration()))
            .collect();
        let names: BTreeSet<_> = all
            .iter()
            .map(|(endpoint, d)| (endpoint.resource(), d.name))
            .collect();
        let places: BTreeSet<_> = all.iter().map(|(_, d)| (d.method, d.path)).collect();
        assert_eq!((names.len(), places.len()), (all.len(), all.len()));
    }

    #[test]
    fn a_question_never_changes_anything_and_a_change_is_never_a_get() {
        for declaration in Endpoint::all().map(Endpoint::declaration) {
            let is_get = declaration.method == crate::endpoint::Method::Get;
            assert_eq!(
                is_get, !declaration.operation.writes,
                "{} {}",
                declaration.name, declaration.path
            );
        }
    }

    // R044: every operation that is declared can be reached, so the document shows its need.
    #[test]
    fn every_public_or_signed_in_operation_has_an_endpoint() {
        let bound: BTreeSet<_> = Endpoint::all().map(|e| e.declaration().operation.name).collect();
        // Decided inside other operations, not endpoints of their own.
        let inner = ["inventory_transfer"];
        let missing: Vec<_> = policy::operations::all()
            .map(|operation| operation.name)
            .filter(|name| !bound.contains(name) && !inner.contains(name))
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
