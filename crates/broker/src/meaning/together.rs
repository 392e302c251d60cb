//! Messages of measurements that have come together: stored in one commit, as far as they come at the pace of the speaker.
//! Whatever is not as simple as that is left to be carried out message by message.

use super::Together;
use super::speech::Speech;
use crate::speaker::Speaker;
use engine::devices::ByName;
use engine::door::Door;
use engine::flow::{Kind, Protocol};
use engine::measurements::StoreMeasurements;
use engine::mqtt::Received;
use model::processing::Processing;
use model::users::UserKind;
use policy::operation::Operation;
use policy::operations::measurements::MeasurementCreate;
use policy::operations::mqtt::MqttPublish;
use smartrest::device::{DeviceRow, MeasurementRow, device_row};
use smartrest::dialect::rows;
use smartrest::topic::PublishTopic;

/// How many of these messages, the first ones, were carried out: all that they say is durable then, and nobody is to be told
/// anything of them. Nothing was done for the others.
pub(super) async fn carry_out(door: &Door, who: &Speaker, topic: &str, messages: &[Together]) -> usize {
    let Ok(PublishTopic::Static {
        mode: Processing::Persistent,
        about,
    }) = topic.parse::<PublishTopic>()
    else {
        return 0;
    };
    if who.caller.kind() == UserKind::Bootstrap {
        return 0;
    }
    let speech = Speech::new(
        door,
        who,
        Protocol::SmartRest,
        Processing::Persistent,
        about.as_ref(),
    );
    let simple: Vec<_> = messages
        .iter()
        .map_while(|message| measurements(&speech, &message.payload))
        .collect();
    if simple.len() < 2 {
        return 0;
    }
    let now: Vec<_> = simple
        .into_iter()
        .take_while(|rows| is_in_time(&speech, rows.len()))
        .collect();
    let (taken, rows) = (now.len(), now.concat());
    let count = rows.len();
    if rows.is_empty() {
        return 0;
    }
    let received = messages
        .iter()
        .take(taken)
        .filter_map(|message| message.received.as_ref());
    // Each is done as a whole.
    let whole = received.map(|received| Received {
        parts: u32::MAX,
        ..received.clone()
    });
    let caller = speech.caller.clone().carrying_out(whole.collect());
    let make = move |id| StoreMeasurements(rows.iter().map(|row| row.clone().of(id)).collect());
    if door
        .run(&caller, ByName::new(speech.named(), make))
        .await
        .is_err()
    {
        // Each is told for itself what is wrong with it; or the device is not there yet.
        door.unmeter(&caller, MqttPublish::INFO, taken as u64);
        door.unmeter(&caller, MeasurementCreate::INFO, count as u64);
        return 0;
    }
    for _ in 0..taken {
        door.count(&who.caller, true);
        door.count_message(&who.caller, Protocol::SmartRest, Ok(Kind::Measurement));
    }
    taken
}

/// The rows of a message, if they are measurements and nothing else.
fn measurements(speech: &Speech<'_>, payload: &[u8]) -> Option<Vec<MeasurementRow>> {
    let rows = rows(payload).ok().filter(|rows| !rows.is_empty())?;
    rows.iter()
        .map(|row| match device_row(row, speech.context()) {
            Ok(DeviceRow::Measurement(row)) => Some(row),
            _ => None,
        })
        .collect()
}

/// Takes the turns of a message with so many rows, without a wait.
fn is_in_time(speech: &Speech<'_>, rows: usize) -> bool {
    let (door, caller) = (speech.door, &speech.caller);
    door.meter_mqtt(caller, MqttPublish::INFO).is_ok()
        && (0..rows).all(|_| door.meter(caller, MeasurementCreate::INFO).is_ok())
}
