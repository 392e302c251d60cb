//! The audit log: records, checkpoints, proofs, bundles.

mod bundle;
mod table;

use crate::answer::Answer;
use crate::call::Call;
use crate::links::segment;
use crate::media::Wish;
use crate::paging::Page;
use crate::problem::Problem;
use contract::audit::{Endpoint, new_record};
use contract::body::BadBody;
use engine::audit_log::{
    AuditEntry, AuditFilter, CreateAuditRecord, CreatedRecord, FindAuditRecords, Hash, NewAuditRecord,
    Origin, ReadAuditRecord, ReadCheckpoint, ReadConsistencyProof, ReadInclusionProof, Record, Severity,
};
use model::ids::AuditId;
use model::json::{Json, Object};
use model::limits::QUERY_ROWS_MAX;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => match call.wish {
            Wish::Table(form) => table::answer(call, form).await,
            _ => list(&call).await,
        },
        Endpoint::Create => create(call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Checkpoints => checkpoints(&call).await,
        Endpoint::Inclusion => inclusion(&call).await,
        Endpoint::Consistency => consistency(&call).await,
        Endpoint::Bundle => bundle::answer(call).await,
    }
}

/// What is said of a record that cannot be read.
const DAMAGED: &str = "This record is damaged in the store: verify the log.";

fn link(call: &Call, id: AuditId) -> String {
    call.link(&format!("/audit/auditRecords/{id}"))
}

fn filter(call: &Call) -> Result<AuditFilter, Problem> {
    Ok(AuditFilter {
        application: call.text("application"),
        from: call.date("dateFrom")?,
        to: call.date("dateTo")?,
        source: call.text("source"),
        kind: call.text("type"),
        user: call.text("user"),
    })
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = FindAuditRecords {
        filter: filter(call)?,
        revert: call.flag("revert", false)?,
        skip: page.skip(),
        take: page.size,
        count: page.counts(),
        rows_max: QUERY_ROWS_MAX,
    };
    let found = call.ask(question).await?;
    let entries = found
        .records
        .iter()
        .map(|entry| Json::Object(show(call, entry)))
        .collect();
    let envelope = page.envelope(call, "auditRecords", entries, found.total);
    Ok(Answer::json(200, "auditrecordcollection", &envelope))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let entry = call.ask(ReadAuditRecord(call.id(0)?)).await?;
    Ok(Answer::json(200, "auditrecord", &show(call, &entry)))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_record(body).map_err(|bad| Problem::body(&call, &bad))?;
    let severity = match new.severity.as_deref() {
        None => None,
        Some(word) => {
            Some(Severity::from_word(&word.to_ascii_uppercase()).ok_or_else(|| bad_severity(&call))?)
        }
    };
    let record = NewAuditRecord {
        kind: new.kind,
        activity: new.activity,
        text: new.text,
        source: new.source,
        time: new.time,
        severity,
        fragments: new.fragments,
    };
    let created = call.run(CreateAuditRecord(record)).await?;
    let (id, object) = match created.map_err(call.refused())? {
        CreatedRecord::Shown(entry) => (entry.id, show(&call, &entry)),
        CreatedRecord::Hidden(id) => (id, identity(&call, id)),
    };
    Ok(Answer::json(201, "auditrecord", &object).at(link(&call, id)))
}

fn bad_severity(call: &Call) -> Problem {
    let rule = "CRITICAL, MAJOR, MINOR, WARNING or INFORMATION is expected";
    Problem::body(
        call,
        &BadBody::Rule {
            property: "severity".to_owned(),
            rule,
        },
    )
}

fn identity(call: &Call, id: AuditId) -> Object {
    let mut object: Object = [("id", id.to_string())].into_iter().collect();
    object.set("self", link(call, id));
    object
}

/// A record in the API's shape. One that is damaged in the store shows nothing but its id and that it is damaged.
fn show(call: &Call, entry: &AuditEntry) -> Object {
    let mut object = identity(call, entry.id);
    let Some(record) = &entry.record else {
        object.set("text", DAMAGED);
        return object;
    };
    object.set("type", record.kind.as_str());
    object.set("activity", record.activity.as_str());
    object.set("text", record.text.as_str());
    object.set("time", record.client_time.unwrap_or(record.time).to_string());
    object.set("creationTime", record.time.to_string());
    object.set("severity", record.severity.word());
    if !record.actor.name.is_empty() {
        object.set("user", record.actor.name.as_str());
    }
    if let Some(application) = &record.application {
        object.set("application", application.as_str());
    }
    if let Some(source) = &record.source {
        let mut shown: Object = [("id", source.as_str())].into_iter().collect();
        // Always printed as an inventory link, whatever it is the id of.
        shown.set(
            "self",
            call.link(&format!("/inventory/managedObjects/{}", segment(source))),
        );
        object.set("source", shown);
    }
    object.set("changes", changes(record));
    show_provenance(&mut object, record);
    for (name, value) in record.extra.iter() {
        if !object.contains(name) {
            object.set(name, value.clone());
        }
    }
    object
}

fn changes(record: &Record) -> Json {
    let one = |change: &engine::audit_log::Change| {
        let mut object: Object = [("attribute", change.attribute.as_str())].into_iter().collect();
        object.set("type", change.kind.as_str());
        object.set(
            "changeType",
            if change.previous.is_some() {
                "REPLACED"
            } else {
                "ADDED"
            },
        );
        object.set("previousValue", change.previous.clone().unwrap_or(Json::Null));
        object.set("newValue", change.new.clone().unwrap_or(Json::Null));
        Json::Object(object)
    };
    Json::Array(record.changes.iter().map(one).collect())
}

/// What the API does not know but an auditor asks for: who vouches for the record, how it ended, for how many it stands.
fn show_provenance(object: &mut Object, record: &Record) {
    let mut own = Object::new();
    own.set("outcome", record.outcome.word());
    own.set("actorKind", record.actor.kind.word());
    own.set("origin", origin_word(&record.origin));
    if let Origin::SystemJob { reason } = &record.origin {
        own.set("reason", reason.as_str());
    }
    if let Some(principal) = record.actor.principal {
        own.set("principal", principal.to_string());
    }
    if let Some(address) = &record.address {
        own.set("address", address.as_str());
    }
    own.set("count", record.count);
    if let Some(batch) = &record.batch {
        own.set("firstId", batch.first_id.as_str());
        own.set("lastId", batch.last_id.as_str());
    }
    object.set("holdfast_Audit", own);
}

fn origin_word(origin: &Origin) -> &'static str {
    match origin {
        Origin::Platform => "platform",
        Origin::Client => "client",
        Origin::SystemJob { .. } => "system",
    }
}

async fn checkpoints(call: &Call) -> Result<Answer, Problem> {
    let latest = call.ask(ReadCheckpoint).await?;
    let mut object: Object = [("self", call.link(call.path()))].into_iter().collect();
    object.set("key", latest.key);
    object.set("size", latest.says.as_ref().map_or(0, |says| says.size));
    if let Some(says) = latest.says {
        object.set("root", says.root.to_string());
        object.set("time", says.time.to_string());
    }
    object.set("note", latest.note.map_or(Json::Null, Json::String));
    Ok(Answer::json(200, "application/json", &object))
}

async fn inclusion(call: &Call) -> Result<Answer, Problem> {
    let id: AuditId = call.id(0)?;
    let question = ReadInclusionProof {
        id,
        size: size(call, "size")?,
    };
    let proof = call.ask(question).await?;
    let mut object: Object = [("id", id.to_string())].into_iter().collect();
    object.set("index", proof.index);
    object.set("size", proof.size);
    if let Some(record) = proof.record {
        object.set("record", record);
    }
    object.set("leafHash", proof.leaf.to_string());
    object.set("hashes", hashes(&proof.hashes));
    object.set("root", proof.root.to_string());
    if let Some(note) = proof.checkpoint {
        object.set("checkpoint", note);
    }
    Ok(Answer::json(200, "application/json", &object))
}

async fn consistency(call: &Call) -> Result<Answer, Problem> {
    let first = size(call, "first")?.ok_or_else(|| Problem::missing_parameters(call, &["first"]))?;
    let question = ReadConsistencyProof {
        first,
        second: size(call, "second")?,
    };
    let proof = call.ask(question).await?;
    let mut object: Object = [("first", proof.first)].into_iter().collect();
    object.set("second", proof.second);
    object.set("hashes", hashes(&proof.hashes));
    object.set("firstRoot", proof.first_root.to_string());
    object.set("secondRoot", proof.second_root.to_string());
    if let Some(note) = proof.checkpoint {
        object.set("checkpoint", note);
    }
    Ok(Answer::json(200, "application/json", &object))
}

fn hashes(hashes: &[Hash]) -> Json {
    Json::Array(hashes.iter().map(|hash| Json::String(hash.to_string())).collect())
}

/// A size of the log, or a number of records.
fn size(call: &Call, name: &'static str) -> Result<Option<u64>, Problem> {
    let Some(text) = call.text(name) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| Problem::bad_parameter(call, name, "a whole number"))
}
