//! Notifications as messages: what happened and to what, in the shape in which it is read otherwise.

use crate::call::Call;
use crate::{alarms, events, inventory, measurements, operations, passing};
use contract::realtime::channel_name;
use engine::realtime::{Action, Delivery, Thing};
use model::inventory::ChildKind;
use model::json::{Json, Object};

/// A notification. What was deleted is shown by its id alone.
pub(super) fn notification(call: &Call, delivery: &Delivery) -> Object {
    let mut data = Object::new();
    data.set("realtimeAction", word(delivery.action));
    data.set("data", shown(call, &delivery.thing));
    let mut message = Object::new();
    message.set("id", delivery.number.to_string());
    message.set("channel", channel_name(delivery.channel));
    message.set("data", data);
    message
}

/// What has happened, as clients know it.
pub(crate) fn word(action: Action) -> &'static str {
    match action {
        Action::Created => "CREATE",
        Action::Updated => "UPDATE",
        Action::Deleted => "DELETE",
    }
}

/// A thing as it is read otherwise; of what was deleted, its id alone.
pub(crate) fn shown(call: &Call, thing: &Thing) -> Json {
    Json::Object(match thing {
        Thing::Object(view) => {
            let mut object = inventory::show_object(call, view, false);
            // They were not read, so nothing is said of them.
            for kind in ChildKind::ALL {
                object.remove(kind.container());
                object.remove(kind.parent_container());
            }
            object
        }
        Thing::Measurement(measurement) => measurements::show(call, measurement),
        Thing::Event(event) => events::show(call, event),
        Thing::Alarm(alarm) => alarms::show(call, alarm),
        Thing::Operation(view) => operations::show(call, view, false),
        Thing::Passing(passing) => passing::show(call, passing),
        Thing::Gone(id) => return id.to_string().into(),
    })
}
