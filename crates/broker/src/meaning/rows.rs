//! Rows of static templates: each judged for itself, in order. Rows of one kind of data that follow each other are tried
//! together first, which is one commit for all; if one of them is refused, each is tried by itself.

use super::Said;
use super::refused::Refused;
use super::speech::Speech;
use super::statics;
use engine::devices::{PassEvents, RaiseAlarms, StoreEvents};
use engine::flow::Rejected;
use engine::measurements::{PassMeasurements, StoreMeasurements};
use model::processing::Processing;
use mqtt::reason::PublishRefusal;
use policy::operations::alarms::AlarmCreate;
use policy::operations::events::EventCreate;
use policy::operations::measurements::MeasurementCreate;
use smartrest::device::{AlarmRow, DeviceRow, EventRow, MeasurementRow, device_row};
use smartrest::dialect::rows;
use smartrest::fault::ErrorCode;

/// A row that could be read.
pub(super) struct Read {
    /// Its place in the message, from 0.
    pub(super) at: usize,
    /// What it begins with.
    pub(super) template: String,
    /// What it says.
    pub(super) row: DeviceRow,
}

pub(super) async fn carry_out(
    speech: &Speech<'_>,
    payload: &[u8],
    said: &mut Said,
) -> Result<(), PublishRefusal> {
    let rows = match rows(payload) {
        Ok(rows) => rows,
        Err(bad) => {
            speech.malformed();
            said.error(ErrorCode::Malformed, "", bad.to_string());
            return Err(PublishRefusal::Content);
        }
    };
    let mut alike = Vec::new();
    for (at, row) in rows.iter().enumerate().filter(|(at, _)| !speech.is_done(*at)) {
        let template = row.fields.as_deref().ok().and_then(|fields| fields.first());
        let template = template.map(|id| id.to_string()).unwrap_or_default();
        match device_row(row, speech.context()) {
            Ok(row) => {
                let read = Read { at, template, row };
                if !alike
                    .last()
                    .is_some_and(|last: &Read| goes_with(&last.row, &read.row))
                {
                    finish(speech, &mut alike, said).await?;
                }
                alike.push(read);
            }
            Err(refused) => {
                finish(speech, &mut alike, said).await?;
                speech.refused(Rejected::Malformed);
                said.error_row(refused.error_row());
            }
        }
    }
    finish(speech, &mut alike, said).await
}

/// Whether both are data of one kind.
fn goes_with(one: &DeviceRow, other: &DeviceRow) -> bool {
    matches!(
        (one, other),
        (DeviceRow::Measurement(_), DeviceRow::Measurement(_))
            | (DeviceRow::Event(_), DeviceRow::Event(_))
            | (DeviceRow::Alarm(_), DeviceRow::Alarm(_))
    )
}

/// Carries out the rows that have come together.
async fn finish(speech: &Speech<'_>, alike: &mut Vec<Read>, said: &mut Said) -> Result<(), PublishRefusal> {
    let rows = std::mem::take(alike);
    if let [_, .., last] = rows.as_slice() {
        speech.begin(last.at);
        speech.trying(true);
        let done = together(speech, &rows).await;
        if let Err(Refused::Told(..)) = done {
            // All of them are of one class.
            speech.take_back::<MeasurementCreate>();
        }
        speech.trying(false);
        match done {
            Ok(()) => return Ok(()),
            Err(Refused::Stop(why)) => return Err(why),
            Err(Refused::Told(..)) => {}
        }
    }
    for Read { at, template, row } in rows {
        speech.begin(at);
        match statics::carry_out(speech, row, said).await {
            Ok(()) => {}
            Err(Refused::Stop(why)) => return Err(why),
            Err(Refused::Told(code, text)) => said.error(code, &template, text),
        }
    }
    Ok(())
}

/// All of some rows of one kind, or none.
async fn together(speech: &Speech<'_>, rows: &[Read]) -> Result<(), Refused> {
    let (mut measurements, mut events, mut alarms) = (Vec::new(), Vec::new(), Vec::new());
    for read in rows {
        match &read.row {
            DeviceRow::Measurement(row) => measurements.push(row.clone()),
            DeviceRow::Event(row) => events.push(row.clone()),
            DeviceRow::Alarm(row) => alarms.push(row.clone()),
            _ => {}
        }
    }
    if !measurements.is_empty() {
        store_measurements(speech, measurements).await
    } else if !events.is_empty() {
        store_events(speech, events).await
    } else {
        raise_alarms(speech, alarms).await
    }
}

pub(super) async fn store_measurements(
    speech: &Speech<'_>,
    rows: Vec<MeasurementRow>,
) -> Result<(), Refused> {
    speech.at_pace::<MeasurementCreate>(rows.len()).await?;
    match speech.mode {
        Processing::Persistent | Processing::Quiescent => {
            let make = move |id| StoreMeasurements(rows.iter().map(|row| row.clone().of(id)).collect());
            speech.on_data(make).await.map(drop)
        }
        Processing::Transient => {
            let make = move |id| PassMeasurements(rows.iter().map(|row| row.clone().of(id)).collect());
            speech.on_data(make).await.map(drop)
        }
        Processing::Cep => Err(statics::not_in_this_mode()),
    }
}

pub(super) async fn store_events(speech: &Speech<'_>, rows: Vec<EventRow>) -> Result<(), Refused> {
    speech.at_pace::<EventCreate>(rows.len()).await?;
    match speech.mode {
        Processing::Persistent | Processing::Quiescent => {
            let make = move |id| StoreEvents(rows.iter().map(|row| row.clone().of(id)).collect());
            speech.on_data(make).await
        }
        Processing::Transient => {
            let make = move |id| PassEvents(rows.iter().map(|row| row.clone().of(id)).collect());
            speech.on_data(make).await
        }
        Processing::Cep => Err(statics::not_in_this_mode()),
    }
}

pub(super) async fn raise_alarms(speech: &Speech<'_>, rows: Vec<AlarmRow>) -> Result<(), Refused> {
    statics::only_stored(speech)?;
    speech.at_pace::<AlarmCreate>(rows.len()).await?;
    let make = move |id| RaiseAlarms(rows.iter().map(|row| row.clone().of(id)).collect());
    speech.on_data(make).await
}
