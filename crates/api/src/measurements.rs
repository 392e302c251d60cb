//! Measurements: single and bulk, lists, exports, series, deletion.

mod export;
mod series;

use crate::answer::Answer;
use crate::call::Call;
use crate::media::Wish;
use crate::paging::Page;
use crate::passing;
use crate::problem::Problem;
use crate::units;
use contract::measurements::{Endpoint, NewMeasurements, new_measurements};
use engine::measurements::{
    DeleteMeasurement, FindMeasurements, PassMeasurements, ReadMeasurement, StoreMeasurements,
    StoredMeasurement, System,
};
use model::ids::{MeasurementId, ObjectId};
use model::json::{Json, Object};
use model::measurements::{Measurement, MeasurementFilter, NewMeasurement};
use model::processing::Processing;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => match call.wish {
            Wish::Table(form) => export::table(call, form).await,
            Wish::Stream => export::stream(call).await,
            _ => list(&call).await,
        },
        Endpoint::Create => create(call).await,
        Endpoint::DeleteMany => delete_many(&call).await,
        Endpoint::Series => series::answer(&call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Delete => delete(&call).await,
    }
}

fn link(call: &Call, id: MeasurementId) -> String {
    call.link(&format!("/measurement/measurements/{id}"))
}

/// The filter of a list or deletion. A source that can be no id is one that is not there: nothing matches it.
fn filter(call: &Call) -> Result<Option<MeasurementFilter>, Problem> {
    let mut filter = MeasurementFilter {
        source: None,
        kind: call.text("type"),
        fragment: call
            .text("valueFragmentType")
            .or_else(|| call.text("fragmentType")),
        series: call.text("valueFragmentSeries"),
        from: call.date("dateFrom")?,
        to: call.date("dateTo")?,
    };
    if let Some(source) = call.text("source") {
        match source.parse::<ObjectId>() {
            Ok(source) => filter.source = Some(source),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(filter))
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let Some(filter) = filter(call)? else {
        let total = page.counts().then_some(0);
        let envelope = page.envelope(call, "measurements", Vec::new(), total);
        return Ok(Answer::json(200, "measurementcollection", &envelope));
    };
    let question = FindMeasurements {
        filter,
        revert: call.flag("revert", false)?,
        skip: page.skip(),
        take: page.size,
        count: page.counts(),
    };
    let units = units::wanted(call)?;
    let found = call.ask(question).await?;
    let entries = found
        .measurements
        .iter()
        .map(|measurement| Json::Object(show_at(&call.origin, measurement, units)))
        .collect();
    let envelope = page.envelope(call, "measurements", entries, found.total);
    Ok(Answer::json(200, "measurementcollection", &envelope))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let question = ReadMeasurement(call.id(0)?);
    let units = units::wanted(call)?;
    let measurement = call.ask(question).await?;
    let shown = show_at(&call.origin, &measurement, units);
    Ok(Answer::json(200, "measurement", &shown))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_measurements(body).map_err(|bad| Problem::body(&call, &bad))?;
    let (documents, is_bulk) = match new {
        NewMeasurements::One(one) => (vec![one], false),
        NewMeasurements::Many(many) => (many, true),
    };
    if call.mode == Processing::Transient {
        return pass(&call, documents, is_bulk).await;
    }
    // The documents are shown again only if the client wants a body: then they are kept beside the command.
    let kept = if call.wish == Wish::Silent {
        Vec::new()
    } else {
        documents.clone()
    };
    let stored = call.run(StoreMeasurements(documents)).await?;
    let entries: Vec<Object> = stored
        .iter()
        .zip(kept)
        .map(|(stored, document)| show_stored(&call, stored, document))
        .collect();
    if is_bulk {
        let entries: Vec<Json> = entries.into_iter().map(Json::Object).collect();
        let answer: Object = [("measurements", entries)].into_iter().collect();
        return Ok(Answer::json(201, "measurementcollection", &answer));
    }
    let object = entries.into_iter().next().unwrap_or_default();
    let mut answer = Answer::json(201, "measurement", &object);
    if let Some(stored) = stored.first() {
        answer = answer.at(link(&call, stored.id));
    }
    Ok(answer)
}

/// Tells of measurements and stores none; shows them as far as the caller may read them.
async fn pass(call: &Call, documents: Vec<NewMeasurement>, is_bulk: bool) -> Result<Answer, Problem> {
    let may_read = call.run(PassMeasurements(documents.clone())).await?;
    let shown = documents
        .into_iter()
        .zip(may_read)
        .map(|(document, may_read)| match may_read {
            true => passing::show(call, &document.into()),
            false => Object::new(),
        });
    let answer = if is_bulk {
        let entries: Vec<Json> = shown.map(Json::Object).collect();
        let answer: Object = [("measurements", entries)].into_iter().collect();
        Answer::json(201, "measurementcollection", &answer)
    } else {
        let object = shown.into_iter().next().unwrap_or_default();
        Answer::json(201, "measurement", &object)
    };
    Ok(answer)
}

/// What was stored, as far as the caller may read it (R019).
fn show_stored(call: &Call, stored: &StoredMeasurement, document: NewMeasurement) -> Object {
    if stored.may_read {
        return show(
            call,
            &Measurement {
                id: stored.id,
                document,
            },
        );
    }
    let mut object: Object = [("id", stored.id.to_string())].into_iter().collect();
    object.set("self", link(call, stored.id));
    object
}

pub(crate) fn show(call: &Call, measurement: &Measurement) -> Object {
    show_at(&call.origin, measurement, None)
}

/// A measurement with links that begin with this origin, in a system of units.
fn show_at(origin: &str, measurement: &Measurement, units: Option<System>) -> Object {
    let document = &measurement.document;
    let mut properties: Vec<(String, Json)> = Vec::with_capacity(5 + document.fragments.len());
    properties.push(("id".to_owned(), measurement.id.to_string().into()));
    let own = format!("{origin}/measurement/measurements/{}", measurement.id);
    properties.push(("self".to_owned(), own.into()));
    let mut source: Object = [("id", document.source.to_string())].into_iter().collect();
    source.set(
        "self",
        format!("{origin}/inventory/managedObjects/{}", document.source),
    );
    properties.push(("source".to_owned(), source.into()));
    properties.push(("time".to_owned(), document.time.to_string().into()));
    properties.push(("type".to_owned(), document.kind.as_str().into()));
    // Fragments never have the names above: the contract does not take them in.
    properties.extend(
        document
            .fragments
            .iter()
            .map(|(name, value)| (name.to_owned(), units::fragment(units, value))),
    );
    Object::from_unique(properties)
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    call.run(DeleteMeasurement(call.id(0)?)).await?;
    Ok(Answer::nothing(204))
}

async fn delete_many(call: &Call) -> Result<Answer, Problem> {
    // The decision comes first, also when the filter can match nothing.
    let filter = filter(call)?;
    let narrow = filter.clone().unwrap_or_else(|| MeasurementFilter {
        to: Some(model::time::Timestamp::MIN),
        kind: Some(String::new()),
        ..MeasurementFilter::default()
    });
    call.door()
        .delete_measurements(call.caller()?, narrow)
        .await
        .map_err(call.refused())?;
    Ok(Answer::nothing(204))
}
