//! Which endpoints show values in the system of units that the caller asks for.

use crate::endpoints::Endpoint;
use crate::{inventory, measurements};

/// The header that names the system.
pub const HEADER: &str = "X-Cumulocity-System-Of-Units";
/// The systems.
pub const SYSTEMS: [&str; 2] = ["metric", "imperial"];

/// Whether an endpoint shows values with units.
pub fn converts(endpoint: Endpoint) -> bool {
    matches!(
        endpoint,
        Endpoint::Measurements(
            measurements::Endpoint::List | measurements::Endpoint::Read | measurements::Endpoint::Series
        ) | Endpoint::Inventory(inventory::Endpoint::List | inventory::Endpoint::Read)
    )
}
