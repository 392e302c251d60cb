//! Which processing modes the endpoints take. A mode that an endpoint does not take is refused, and never ignored: a client
//! that asks for nothing to be stored must not find it stored.

use crate::endpoint::Method;
use crate::endpoints::Endpoint;
use crate::{events, measurements};
use model::processing::Processing;

/// The header that names the mode.
pub const HEADER: &str = "X-Cumulocity-Processing-Mode";

/// The modes that an endpoint takes. Reading has none, so the header says nothing there.
///
/// What devices measure and what happens at them can be told without being stored. Everything else lives by being there
/// afterwards: an alarm is counted and cleared, an operation is fetched by its device. Nobody need be told of changes of
/// measurements, events and managed objects. There are no stream analytics that could be told alone.
pub fn modes(endpoint: Endpoint) -> &'static [Processing] {
    const ALL: &[Processing] = &[
        Processing::Persistent,
        Processing::Transient,
        Processing::Quiescent,
    ];
    const STORED: &[Processing] = &[Processing::Persistent, Processing::Quiescent];
    match endpoint {
        _ if endpoint.declaration().method == Method::Get => &[],
        Endpoint::Measurements(measurements::Endpoint::Create)
        | Endpoint::Events(events::Endpoint::Create) => ALL,
        Endpoint::Measurements(_) | Endpoint::Events(_) | Endpoint::Inventory(_) => STORED,
        _ => &[Processing::Persistent],
    }
}
