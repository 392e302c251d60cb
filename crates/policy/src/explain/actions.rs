//! What can be done to an object and its data, for explanations: every operation by what it declares to need.

use crate::operation::{Level, Need, Operation, Scope};
use crate::operations::alarms::{AlarmCreate, AlarmRead, AlarmUpdate};
use crate::operations::binaries::{BinaryDelete, BinaryRead, BinaryUpdate};
use crate::operations::disconnection::{
    DecommissioningAdmin, DecommissioningRead, DeviceDisconnect, DisconnectionRead,
};
use crate::operations::events::{
    AttachmentDelete, AttachmentRead, AttachmentWrite, EventCreate, EventDelete, EventRead, EventUpdate,
};
use crate::operations::identity::{ExternalIdCreate, ExternalIdDelete, ExternalIdRead};
use crate::operations::inventory::{
    ChildLink, ChildUnlink, InventoryCreateBelow, InventoryDelete, InventoryRead, InventoryUpdate,
};
use crate::operations::measurements::{
    MeasurementCreate, MeasurementDelete, MeasurementNames, MeasurementRead,
};
use crate::operations::operations::{OperationCreate, OperationRead, OperationUpdate};
use crate::operations::projects::ProjectMove;
use crate::operations::users::{DeviceUserRead, DeviceUserUpdate};
use model::roles::Role;

/// Something that can be done to an object or its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// Its name, unique within its scope: `read`, `store`.
    pub name: &'static str,
    /// The operation that it is, where there is one.
    pub operation: Option<&'static str>,
    /// The kind of data.
    pub scope: Scope,
    /// Read or change.
    pub level: Level,
    pub(super) need: Need,
    pub(super) is_creation: bool,
}

impl Action {
    /// What an operation does, by what it declares to need.
    #[expect(
        clippy::panic,
        reason = "asked by the compiler only: a table of other operations does not compile"
    )]
    const fn of<N: Operation>(name: &'static str) -> Self {
        let info = N::INFO;
        match info.need {
            Need::OnObject { scope, level, .. } => Self {
                name,
                operation: Some(info.name),
                scope,
                level,
                need: info.need,
                is_creation: false,
            },
            _ => panic!("not an operation on one object"),
        }
    }

    /// What is done to a kind of data that no operation handles yet.
    const fn on(name: &'static str, scope: Scope, level: Level) -> Self {
        Self {
            name,
            operation: None,
            scope,
            level,
            need: Need::on(scope, level),
            is_creation: false,
        }
    }

    const fn creating<N: Operation>(name: &'static str) -> Self {
        Self {
            is_creation: true,
            ..Self::of::<N>(name)
        }
    }

    /// The action that stands for a kind of data and a level: the first one of these.
    pub fn for_level(scope: Scope, level: Level) -> Option<&'static Self> {
        ACTIONS
            .iter()
            .find(|action| (action.scope, action.level) == (scope, level))
    }

    /// The roles that allow it on every object of the tenant.
    pub fn roles(&self) -> &'static [Role] {
        match self.need {
            Need::OnObject { roles, .. } => roles,
            _ => &[],
        }
    }

    /// Whether `c8y_Global` on the object allows it.
    pub fn is_global(&self) -> bool {
        matches!(self.need, Need::OnObject { global: true, .. })
    }
}

/// Everything that can be done to an object and its data.
pub const ACTIONS: &[Action] = &[
    Action::of::<InventoryRead>("read"),
    Action::of::<InventoryUpdate>("update"),
    Action::of::<InventoryDelete>("delete"),
    Action::of::<ProjectMove>("move"),
    Action::of::<ChildLink>("linkChild"),
    Action::of::<ChildUnlink>("unlinkChild"),
    Action::creating::<InventoryCreateBelow>("createChild"),
    Action::of::<ExternalIdRead>("readExternalIds"),
    Action::of::<ExternalIdCreate>("createExternalId"),
    Action::of::<ExternalIdDelete>("deleteExternalId"),
    Action::of::<DeviceUserRead>("readDeviceUser"),
    Action::of::<DeviceUserUpdate>("updateDeviceUser"),
    Action::of::<DisconnectionRead>("readDisconnection"),
    Action::of::<DeviceDisconnect>("disconnect"),
    Action::of::<DecommissioningRead>("readDecommissioning"),
    Action::of::<DecommissioningAdmin>("decommission"),
    Action::of::<MeasurementRead>("read"),
    Action::of::<MeasurementNames>("readNames"),
    Action::of::<MeasurementCreate>("store"),
    Action::of::<MeasurementDelete>("delete"),
    Action::of::<EventRead>("read"),
    Action::of::<EventCreate>("store"),
    Action::of::<EventUpdate>("update"),
    Action::of::<EventDelete>("delete"),
    Action::of::<AttachmentRead>("readAttachment"),
    Action::of::<AttachmentWrite>("attach"),
    Action::of::<AttachmentDelete>("deleteAttachment"),
    Action::of::<AlarmRead>("read"),
    Action::of::<AlarmCreate>("raise"),
    Action::of::<AlarmUpdate>("update"),
    Action::of::<OperationRead>("read"),
    Action::of::<OperationCreate>("create"),
    Action::of::<OperationUpdate>("update"),
    Action::on("read", Scope::Audit, Level::Read),
    Action::on("write", Scope::Audit, Level::Admin),
    Action::of::<BinaryRead>("read"),
    Action::of::<BinaryUpdate>("update"),
    Action::of::<BinaryDelete>("delete"),
];

/// To make one object the child of another: what creating a child needs first.
pub(super) static LINK: Action = Action::of::<ChildLink>("linkChild");
