//! Endpoints of the audit log. None of them changes or deletes a record.

use crate::body::{
    BadBody, check_fragment_name, id_or_self, member, object, require, short_text, text, time,
};
use crate::endpoint::{Answer, Body, Kind, PAGING, Parameter, answer, endpoints, parameter, required};
use model::json::{Json, Object};
use model::limits::BODY_BYTES_MAX;
use model::time::Timestamp;
use policy::operations::audit as does;

const FILTERS: &[Parameter] = &[
    parameter("application", Kind::Text, "Done through this application."),
    parameter("dateFrom", Kind::Date, "At this time or later."),
    parameter("dateTo", Kind::Date, "At this time or earlier."),
    parameter("revert", Kind::Bool, "The oldest first."),
    parameter("source", Kind::Text, "About this id."),
    parameter("type", Kind::Text, "Of this type."),
    parameter("user", Kind::Text, "By this user."),
];
const INCLUSION: &[Parameter] = &[parameter(
    "size",
    Kind::Number,
    "The size of the log: that of a checkpoint; the present one unless told.",
)];
const CONSISTENCY: &[Parameter] = &[
    required("first", Kind::Number, "The smaller size."),
    parameter(
        "second",
        Kind::Number,
        "The larger size: the present one unless told.",
    ),
];
const BUNDLE: &[Parameter] = &[
    parameter("first", Kind::Number, "The first record's id: 1 unless told."),
    parameter("count", Kind::Number, "How many records, 10,000 at most."),
    parameter(
        "kept",
        Kind::List,
        "Sizes of checkpoints that were kept, 90 at most: each is connected with the bundle's.",
    ),
];
const fn json(schema: &'static str) -> Answer {
    Answer {
        status: 200,
        media: Some("application/json"),
        schema: Some(schema),
    }
}

endpoints! {
    List = Get "/audit/auditRecords" does does::AuditRead {
        query: &[PAGING, FILTERS],
        answer: answer(200, "auditrecordcollection", "AuditRecordCollection"),
        errors: &[403, 422],
        about: "List audit records, the newest first; all of them as a table (CSV, spreadsheet) if the caller accepts that first.",
    }
    Create = Post "/audit/auditRecords" does does::AuditCreate {
        body: Body { media: &["auditrecord"], schema: "AuditRecord", bytes_max: BODY_BYTES_MAX },
        answer: answer(201, "auditrecord", "AuditRecord"),
        errors: &[400, 403, 413, 422],
        about: "Write an audit record of one's own; user and time are set by the platform.",
    }
    Read = Get "/audit/auditRecords/{id}" does does::AuditRead {
        answer: answer(200, "auditrecord", "AuditRecord"),
        errors: &[403, 404],
        about: "Read an audit record.",
    }
    Checkpoints = Get "/audit/checkpoints" does does::AuditProve {
        answer: json("AuditCheckpoints"),
        errors: &[403],
        about: "The signed checkpoint of the log as it is now, with the key that signed it: keep it elsewhere.",
    }
    Inclusion = Get "/audit/auditRecords/{id}/proof" does does::AuditProve {
        query: &[INCLUSION],
        answer: json("AuditProof"),
        errors: &[403, 404, 422],
        about: "The bytes of a record and the proof that it is in the log (RFC 9162 section 2.1.3).",
    }
    Consistency = Get "/audit/proofs/consistency" does does::AuditProve {
        query: &[CONSISTENCY],
        answer: json("AuditProof"),
        errors: &[403, 422],
        about: "The proof that a later log continues an earlier one (RFC 9162 section 2.1.4).",
    }
    Bundle = Get "/audit/bundle" does does::AuditProve {
        query: &[BUNDLE],
        answer: Answer { status: 200, media: Some("text/plain"), schema: None },
        errors: &[403, 422],
        about: "Records with their hashes and a checkpoint, to be verified offline.",
    }
}

/// An audit record as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// Its type.
    pub kind: String,
    /// What was done.
    pub activity: String,
    /// Details.
    pub text: String,
    /// The id that it is about.
    pub source: String,
    /// When, as the client says.
    pub time: Timestamp,
    /// How important, by its word.
    pub severity: Option<String>,
    /// Custom fragments.
    pub fragments: Object,
}

const OWN_PROPERTIES: [&str; 13] = [
    "activity",
    "application",
    "changes",
    "creationTime",
    "id",
    "self",
    "severity",
    "source",
    "text",
    "time",
    "type",
    "user",
    "count",
];

/// An audit record from a body.
pub fn new_record(body: Json) -> Result<NewRecord, BadBody> {
    let body = object(body)?;
    require(&body, &["activity", "source", "text", "time", "type"])?;
    let source: model::ids::ObjectId = match member(&body, "source")? {
        Some(source) => id_or_self(source, "source")?,
        None => return Err(BadBody::Missing(vec!["source"])),
    };
    let mandatory = |value: Option<String>, name| value.ok_or(BadBody::Missing(vec![name]));
    Ok(NewRecord {
        kind: mandatory(short_text(&body, "type", 100)?, "type")?,
        activity: mandatory(short_text(&body, "activity", 1_000)?, "activity")?,
        text: mandatory(
            text(&body, "text")?.map(|text| text.chars().take(10_000).collect()),
            "text",
        )?,
        source: source.to_string(),
        time: time(&body, "time")?.ok_or(BadBody::Missing(vec!["time"]))?,
        severity: short_text(&body, "severity", 20)?,
        fragments: fragments(body)?,
    })
}

fn fragments(body: Object) -> Result<Object, BadBody> {
    let mut fragments = Vec::new();
    for (name, value) in body {
        if !OWN_PROPERTIES.contains(&name.as_str()) && value != Json::Null {
            check_fragment_name(&name)?;
            fragments.push((name, value));
        }
    }
    Ok(Object::from_unique(fragments))
}
