//! Alarms: lists and counts, single ones, changes and deletion by filter.

use crate::answer::Answer;
use crate::call::Call;
use crate::events;
use crate::paging::Page;
use crate::platform;
use crate::problem::Problem;
use contract::alarms::{Endpoint, alarm_update, new_alarm, status_of_many};
use engine::alarms::{CountAlarms, FindAlarms, RaiseAlarm, Raised, ReadAlarm, UpdateAlarm, WrittenAlarm};
use engine::documents::{Sources, Written};
use model::alarms::{Alarm, AlarmFilter};
use model::ids::AlarmId;
use model::json::{Json, Object};
use model::time::{Between, Timestamp};
use std::str::FromStr;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Root => platform::alarm_root(&call).await,
        Endpoint::List => list(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::UpdateMany => update_many(call).await,
        Endpoint::DeleteMany => delete_many(&call).await,
        Endpoint::Count => count(&call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => update(call).await,
    }
}

fn link(call: &Call, id: AlarmId) -> String {
    call.link(&format!("/alarm/alarms/{id}"))
}

/// The values of a list parameter, each one of a closed set of words.
fn words<T: FromStr>(call: &Call, name: &'static str, expected: &'static str) -> Result<Vec<T>, Problem> {
    let words = call.list(name).into_iter().map(str::parse);
    words
        .collect::<Result<_, _>>()
        .map_err(|_| Problem::bad_parameter(call, name, expected))
}

fn filter(call: &Call) -> Result<AlarmFilter, Problem> {
    let resolved = match call.text("resolved") {
        Some(_) => Some(call.flag("resolved", false)?),
        None => None,
    };
    Ok(AlarmFilter {
        kinds: call.list("type").into_iter().map(str::to_owned).collect(),
        severities: words(call, "severity", "a list of CRITICAL, MAJOR, MINOR and WARNING")?,
        statuses: words(call, "status", "a list of ACTIVE, ACKNOWLEDGED and CLEARED")?,
        resolved,
        time: events::between(call, "dateFrom", "dateTo")?,
        created: events::between(call, "createdFrom", "createdTo")?,
        updated: events::updated(call)?,
    })
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let filter = filter(call)?;
    let Some(sources) = events::sources(call)? else {
        let envelope = page.envelope(call, "alarms", Vec::new(), page.counts().then_some(0));
        return Ok(Answer::json(200, "alarmcollection", &envelope));
    };
    let question = FindAlarms {
        sources,
        filter,
        page: page.cut(),
    };
    let found = call.ask(question).await?;
    let entries = found.items.iter().map(|alarm| Json::Object(show(call, alarm)));
    let envelope = page.envelope(call, "alarms", entries.collect(), found.total);
    Ok(Answer::json(200, "alarmcollection", &envelope))
}

async fn count(call: &Call) -> Result<Answer, Problem> {
    let filter = filter(call)?;
    let count = match events::sources(call)? {
        Some(sources) => call.ask(CountAlarms { sources, filter }).await?,
        None => 0,
    };
    Ok(Answer::text("application/json", count.to_string()))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let alarm = call.ask(ReadAlarm(call.id(0)?)).await?;
    Ok(Answer::json(200, "alarm", &show(call, &alarm)))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_alarm(body).map_err(|bad| Problem::body(&call, &bad))?;
    match call.run(RaiseAlarm(new)).await? {
        Raised::Alarm(written) => {
            let (id, answer) = show_written(&call, 201, &written);
            Ok(answer.at(link(&call, id)))
        }
        Raised::Dropped => {
            let nowhere = call.link("/alarm/alarms/null");
            let object: Object = [("self", nowhere.clone())].into_iter().collect();
            let answer = Answer::json(201, "alarm", &object).at(nowhere);
            Ok(answer)
        }
    }
}

async fn update(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let body = call.take_body()?;
    let update = alarm_update(body).map_err(|bad| Problem::body(&call, &bad))?;
    let written = call.run(UpdateAlarm { id, update }).await?;
    Ok(show_written(&call, 200, &written).1)
}

/// Which alarms a change or deletion by filter means. A source that can be no id means none; what the caller may do is
/// still decided first.
fn meant(call: &Call) -> Result<(Sources, AlarmFilter), Problem> {
    let filter = filter(call)?;
    Ok(match events::sources(call)? {
        Some(sources) => (sources, filter),
        None => {
            let never = Between {
                from: None,
                to: Some(Timestamp::MIN),
            };
            let nothing = AlarmFilter {
                kinds: vec![String::new()],
                time: never,
                ..AlarmFilter::default()
            };
            (Sources::default(), nothing)
        }
    })
}

async fn update_many(mut call: Call) -> Result<Answer, Problem> {
    let (sources, filter) = meant(&call)?;
    let body = call.take_body()?;
    let status = status_of_many(body).map_err(|bad| Problem::body(&call, &bad))?;
    let changed = call.door().update_alarms(call.caller()?, sources, filter, status);
    changed.await.map_err(call.refused())?;
    Ok(Answer::nothing(200))
}

async fn delete_many(call: &Call) -> Result<Answer, Problem> {
    let (sources, filter) = meant(call)?;
    let deleted = call.door().delete_alarms(call.caller()?, sources, filter);
    deleted.await.map_err(call.refused())?;
    Ok(Answer::nothing(204))
}

/// What was written, as far as the caller may read it: an ADMIN without READ gets no stored data back (R019).
fn show_written(call: &Call, status: u16, written: &WrittenAlarm) -> (AlarmId, Answer) {
    let (id, object) = match written {
        Written::Shown(alarm) => (alarm.id, show(call, alarm)),
        Written::Hidden(id) => {
            let mut object: Object = [("id", id.to_string())].into_iter().collect();
            object.set("self", link(call, *id));
            (*id, object)
        }
    };
    (id, Answer::json(status, "alarm", &object))
}

pub(crate) fn show(call: &Call, alarm: &Alarm) -> Object {
    let mut properties: Vec<(String, Json)> = Vec::with_capacity(12 + alarm.fragments.len());
    let mut put = |name: &str, value: Json| properties.push((name.to_owned(), value));
    put("id", alarm.id.to_string().into());
    put("self", link(call, alarm.id).into());
    put("source", events::source(call, alarm.source).into());
    put("type", alarm.kind.as_str().into());
    put("time", alarm.time.to_string().into());
    put("text", alarm.text.as_str().into());
    put("severity", alarm.severity.word().into());
    put("status", alarm.status.word().into());
    put("count", alarm.count.into());
    if let Some(first) = alarm.first_occurrence {
        put("firstOccurrenceTime", first.to_string().into());
    }
    put("creationTime", alarm.created.to_string().into());
    put("lastUpdated", alarm.updated.to_string().into());
    // Fragments never have the names above: the contract does not take them in.
    let fragments = alarm.fragments.iter();
    properties.extend(fragments.map(|(name, value)| (name.to_owned(), value.clone())));
    Object::from_unique(properties)
}
