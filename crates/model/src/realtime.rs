//! What can be followed while it happens: channels. How clients write them is not known here.

use crate::ids::ObjectId;
use crate::permissions::Select;

/// What kind of notifications a channel carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Of managed objects.
    Objects,
    /// Of measurements of a source.
    Measurements,
    /// Of events about a source.
    Events,
    /// Of events about a source or anything below it.
    EventsWithChildren,
    /// Of alarms about a source.
    Alarms,
    /// Of alarms about a source or anything below it.
    AlarmsWithChildren,
    /// Of operations on a device.
    Operations,
    /// Of new operations on an agent or anything below it.
    NewOperations,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Objects,
        Self::Measurements,
        Self::Events,
        Self::EventsWithChildren,
        Self::Alarms,
        Self::AlarmsWithChildren,
        Self::Operations,
        Self::NewOperations,
    ];
}

/// A channel: what kind of notifications, about which object or about any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel {
    /// Which kind.
    pub kind: Kind,
    /// About what.
    pub of: Select<ObjectId>,
}

impl Channel {
    /// The channel of one object.
    pub fn one(kind: Kind, object: ObjectId) -> Self {
        let of = Select::One(object);
        Self { kind, of }
    }

    /// The channel of all objects.
    pub fn all(kind: Kind) -> Self {
        let of = Select::All;
        Self { kind, of }
    }
}
