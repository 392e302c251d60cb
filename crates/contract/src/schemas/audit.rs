//! Schemas of the audit log and its proofs.

use super::shape::{
    Named, Schema, anything, count, id, link, list, named, object, own_link, page, text, time,
};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("AuditRecord", record()),
        ("AuditChange", change()),
        (
            "AuditRecordCollection",
            page("A page of audit records.", "auditRecords", "AuditRecord"),
        ),
        ("AuditCheckpoints", checkpoints()),
        ("AuditProof", proof()),
    ]
}

fn record() -> Schema {
    object(
        "What was done, by whom, to what. Every property that is not listed was added by the client that wrote it. \
         A client must send activity, source, text, time and type.",
        [
            ("id", id("Its place in the log, from 1.").read_only()),
            own_link(),
            ("type", text("What it is about: `Inventory`, `User`, `Tenant` and so on.").at_most(100)),
            ("activity", text("What was done, in a few words.").at_most(1_000)),
            ("text", text("Details; longer ones are cut.")),
            ("severity", text("How important it is: set by the platform for its own records.").one_of(&[
                "CRITICAL",
                "MAJOR",
                "MINOR",
                "WARNING",
                "INFORMATION",
            ])),
            ("source", source()),
            ("user", text("Who did it.").read_only()),
            ("application", text("The application through which it was done.").read_only()),
            ("time", time("When it was done, with an offset.")),
            ("creationTime", time("When it was written.").read_only()),
            ("changes", list("What became different.", named("AuditChange")).read_only()),
            ("count", count("How often, if the record stands for several.").read_only()),
        ],
    )
    .required(&["activity", "text", "time", "type"])
    .example(json!({
        "type": "Inventory",
        "activity": "Valve replaced",
        "text": "By the maintenance crew",
        "source": { "id": "5" },
        "time": "2026-11-21T07:40:22.219Z"
    }))
}

fn source() -> Schema {
    object(
        "The id that it is about; a sign-in has none.",
        [("id", text("The id.")), ("self", link("Where it is read."))],
    )
}

fn change() -> Schema {
    object(
        "One difference.",
        [
            ("attribute", text("The property.")),
            (
                "changeType",
                text("What became of it.").one_of(&["ADDED", "REPLACED"]),
            ),
            ("type", text("The kind of value.")),
            ("previousValue", anything("The value before.")),
            ("newValue", anything("The value after.")),
        ],
    )
}

fn checkpoints() -> Schema {
    object(
        "The log as it is now, signed. Kept elsewhere, it shows later whether the log was rewritten.",
        [
            own_link(),
            (
                "key",
                text("The key that verifies the signature: a verifier key in the form of signed notes."),
            ),
            ("size", count("How many records the log has.")),
            (
                "root",
                text("The hash of the tree of that size.").matching("^[0-9a-f]{64}$"),
            ),
            ("time", time("When it was signed.")),
            (
                "note",
                text("The checkpoint: a signed note with the log's name, its size and its root hash."),
            ),
        ],
    )
    .required(&["key", "size", "note"])
}

fn proof() -> Schema {
    let hash = |about: &str| text(about).matching("^[0-9a-f]{64}$");
    object(
        "A proof over the Merkle tree of the log (RFC 9162). Of inclusion: id, index, size, record, leafHash, hashes and root. \
         Of consistency: first, second, hashes, firstRoot and secondRoot.",
        [
            ("id", id("The record.")),
            ("index", count("Its place in the tree, from 0.")),
            ("size", count("The size of the tree.")),
            (
                "record",
                text("The record as it was hashed; missing if a retention rule has removed it."),
            ),
            ("leafHash", hash("The hash of the record.")),
            ("root", hash("The hash of the tree of that size.")),
            ("first", count("The smaller size.")),
            ("second", count("The larger size.")),
            ("firstRoot", hash("The hash of the tree of the smaller size.")),
            ("secondRoot", hash("The hash of the tree of the larger size.")),
            ("hashes", list("The hashes of the path, in the order in which they are used.", hash("SHA-256, in hex."))),
            ("checkpoint", text("The checkpoint of the present size, if the proof is about that size.")),
        ],
    )
    .required(&["hashes"])
}
