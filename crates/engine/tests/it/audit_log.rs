//! The audit log through the door and offline: lists, clients' records, proofs, bundles, damage.

mod damage;
mod search;

use crate::house::House;
use audit::bundle::{Trust, verify_bundle};
use audit::checkpoint::{Signed, VerifyingKey};
use audit::log::Hash;
use audit::proofs::{verify_consistency, verify_inclusion};
use engine::audit_log::{
    ActorKind, AuditEntry, AuditFilter, CreateAuditRecord, CreatedRecord, ExportBundle, FindAuditRecords,
    NewAuditRecord, Origin, ReadAuditRecord, ReadCheckpoint, ReadConsistencyProof, ReadInclusionProof,
    Record, Severity,
};
use engine::caller::Caller;
use engine::refusal::{Invalid, Missing, Refusal};
use model::ids::AuditId;
use model::json::Object;
use model::limits::QUERY_ROWS_MAX;
use model::roles::Role;
use model::time::Timestamp;

const AUDITOR: &[Role] = &[Role::AuditRead, Role::AuditAdmin, Role::InventoryCreate];

fn id(number: u64) -> AuditId {
    AuditId::new(number).expect("an id")
}

fn find(
    house: &House,
    who: &Caller,
    filter: AuditFilter,
    skip: usize,
    take: usize,
) -> (Vec<AuditEntry>, Option<usize>) {
    let page = house.ask(
        who,
        FindAuditRecords {
            filter,
            revert: false,
            skip,
            take,
            count: true,
            rows_max: QUERY_ROWS_MAX,
        },
    );
    page.map(|page| (page.records, page.total)).expect("listed")
}

fn by_kind(kind: &str) -> AuditFilter {
    AuditFilter {
        kind: Some(kind.to_owned()),
        ..AuditFilter::default()
    }
}

fn clients_record(kind: &str) -> NewAuditRecord {
    NewAuditRecord {
        kind: kind.to_owned(),
        activity: "Door opened".to_owned(),
        text: "The door of cabinet 7 was opened".to_owned(),
        source: "42".to_owned(),
        time: Timestamp::from_millis(1_000),
        severity: Some(Severity::Minor),
        fragments: Object::new(),
    }
}

fn record_of(entry: &AuditEntry) -> &Record {
    entry.record.as_deref().expect("readable")
}

/// Everything of a bundle, and how many chunks it came in.
fn bundle(house: &House, who: &Caller, first: u64, count: Option<u64>, kept: Vec<u64>) -> (Vec<u8>, usize) {
    let mut ask = ExportBundle {
        first: id(first),
        count,
        kept,
        cursor: None,
    };
    let (mut bytes, mut chunks) = (Vec::new(), 0);
    loop {
        let chunk = house.ask(who, ask.clone()).expect("a chunk");
        bytes.extend(chunk.bytes);
        chunks += 1;
        match chunk.next {
            Some(next) => ask.cursor = Some(next),
            None => return (bytes, chunks),
        }
    }
}

// What lies outside of a span of time is not read, and nothing within it is missed: from either end, with either bound.
#[test]
fn a_span_of_time_finds_all_of_its_records_and_no_others() {
    let house = House::new();
    let auditor = house.person("alpha", "auditor", AUDITOR);
    let mut times = Vec::new();
    for _ in 0..40 {
        house
            .run(&auditor, CreateAuditRecord(clients_record("Alarm")))
            .expect("run")
            .expect("created");
        times.push(house.door.world().now());
        house.world.advance(5 * 60 * 1_000);
    }
    for (from, to) in [(0, 39), (0, 0), (39, 39), (7, 21), (20, 20), (21, 7)] {
        for revert in [false, true] {
            for (has_from, has_to) in [(true, true), (true, false), (false, true)] {
                let filter = AuditFilter {
                    from: has_from.then_some(times[from]),
                    to: has_to.then_some(times[to]),
                    ..by_kind("Alarm")
                };
                let question = FindAuditRecords {
                    filter,
                    revert,
                    skip: 0,
                    take: 100,
                    count: true,
                    rows_max: QUERY_ROWS_MAX,
                };
                let page = house.ask(&auditor, question).expect("listed");
                let mut found: Vec<Timestamp> =
                    page.records.iter().map(|entry| record_of(entry).time).collect();
                if !revert {
                    found.reverse();
                }
                let is_meant = |time: &&Timestamp| {
                    (!has_from || **time >= times[from]) && (!has_to || **time <= times[to])
                };
                let expected: Vec<Timestamp> = times.iter().filter(is_meant).copied().collect();
                assert_eq!(found, expected, "{from}..{to} {revert} {has_from} {has_to}");
                assert_eq!(page.total, Some(expected.len()));
            }
        }
    }
}

#[test]
fn records_are_listed_newest_first_and_filtered() {
    let house = House::new();
    let who = house.person("alpha", "auditor", AUDITOR);
    let objects: Vec<_> = (0..5)
        .map(|place| {
            house.world.advance(1_000);
            house.object(&who, &format!("meter {place}"))
        })
        .collect();
    let (found, total) = find(&house, &who, by_kind("Inventory"), 0, 3);
    assert_eq!(total, Some(5));
    let sources: Vec<_> = found
        .iter()
        .map(|entry| record_of(entry).source.clone())
        .collect();
    assert_eq!(sources, [4, 3, 2].map(|place| Some(objects[place].to_string())));
    let (rest, _) = find(&house, &who, by_kind("Inventory"), 3, 3);
    assert_eq!(rest.len(), 2);
    let source = AuditFilter {
        source: Some(objects[1].to_string()),
        ..AuditFilter::default()
    };
    assert_eq!(find(&house, &who, source, 0, 9).1, Some(1));
    let nobody = AuditFilter {
        user: Some("nobody".to_owned()),
        ..AuditFilter::default()
    };
    assert_eq!(find(&house, &who, nobody, 0, 9).1, Some(0));
    let time = record_of(&rest[0]).time;
    let span = AuditFilter {
        from: Some(time),
        to: Some(time),
        ..by_kind("Inventory")
    };
    assert_eq!(find(&house, &who, span, 0, 9).1, Some(1));
    let oldest = FindAuditRecords {
        filter: by_kind("Inventory"),
        revert: true,
        skip: 1,
        take: 1,
        count: false,
        rows_max: QUERY_ROWS_MAX,
    };
    let oldest = house.ask(&who, oldest).expect("listed");
    assert_eq!(record_of(&oldest.records[0]).source, Some(objects[1].to_string()));
    let entry = house.ask(&who, ReadAuditRecord(found[0].id)).expect("readable");
    assert_eq!(entry, found[0]);
}

// R096
#[test]
fn every_read_of_the_log_leaves_one_record() {
    let house = House::new();
    let who = house.person("alpha", "auditor", AUDITOR);
    let size = |house: &House| {
        find(house, &who, AuditFilter::default(), 0, 1)
            .1
            .expect("counted")
    };
    let before = size(&house);
    assert_eq!(size(&house), before + 1);
    let (found, _) = find(&house, &who, by_kind("AuditAccess"), 0, 9);
    assert_eq!(found.len(), 2);
    assert_eq!(record_of(&found[0]).actor.name, "auditor");
}

#[test]
fn an_unfiltered_list_is_the_log_itself_in_either_direction() {
    let house = House::new();
    let who = house.person("alpha", "auditor", AUDITOR);
    for place in 0..7 {
        house.object(&who, &format!("meter {place}"));
    }
    let ids = |revert, skip, take| {
        let find = FindAuditRecords {
            filter: AuditFilter::default(),
            revert,
            skip,
            take,
            count: true,
            rows_max: QUERY_ROWS_MAX,
        };
        let page = house.ask(&who, find).expect("listed");
        (
            page.records
                .iter()
                .map(|entry| entry.id.number())
                .collect::<Vec<_>>(),
            page.total.expect("counted") as u64,
        )
    };
    assert_eq!(ids(true, 2, 3).0, [3, 4, 5]);
    let (newest, size) = ids(false, 0, 2);
    assert_eq!(newest, [size, size - 1]);
    assert_eq!(ids(false, 1_000, 5).0, [0; 0]);
}

// R098
#[test]
fn a_client_cannot_forge_a_record_of_the_platform() {
    let house = House::new();
    let who = house.person("alpha", "agent", AUDITOR);
    for kind in [
        "UserAuthentication",
        "User",
        "Security",
        "Tenant",
        "AuditAccess",
        "Telemetry",
        "whatever",
        "",
    ] {
        let refused = house.run(&who, CreateAuditRecord(clients_record(kind)));
        assert_eq!(refused, Err(Refusal::Invalid(Invalid::ReservedType)), "{kind}");
    }
    let mut forged = clients_record("Inventory");
    forged.activity = "User login".to_owned();
    forged.text = "line\nbreak \u{1b}[2J \u{202e}".to_owned();
    forged.fragments.set("user", "admin");
    forged.fragments.set("origin", "platform");
    forged.fragments.set("c8y_Note", "kept");
    let created = house
        .run(&who, CreateAuditRecord(forged.clone()))
        .expect("run")
        .expect("placed");
    let CreatedRecord::Shown(shown) = created else {
        panic!("the auditor may read")
    };
    let read = house.ask(&who, ReadAuditRecord(shown.id)).expect("readable");
    assert_eq!(read, shown);
    let record = record_of(&read);
    assert_eq!(record.origin, Origin::Client);
    assert_eq!(
        (record.actor.name.as_str(), record.actor.kind),
        ("agent", ActorKind::Person)
    );
    assert_eq!(record.time, house.door.world().now());
    assert_eq!(record.client_time, Some(Timestamp::from_millis(1_000)));
    assert_eq!(
        (&record.activity, &record.text, record.severity),
        (&forged.activity, &forged.text, Severity::Minor)
    );
    assert_eq!(record.extra.names().collect::<Vec<_>>(), ["origin", "c8y_Note"]);
    assert!(!record.canonical().iter().any(|byte| *byte < b' '));
}

// R019, R098
#[test]
fn whoever_only_writes_records_gets_an_id_and_cannot_read_the_log() {
    let house = House::new();
    let writer = house.person("alpha", "writer", &[Role::AuditAdmin]);
    let created = house
        .run(&writer, CreateAuditRecord(clients_record("Alarm")))
        .expect("run")
        .expect("placed");
    let CreatedRecord::Hidden(id) = created else {
        panic!("nothing is shown")
    };
    assert_eq!(house.ask(&writer, ReadAuditRecord(id)), Err(Refusal::Forbidden));
    assert_eq!(house.ask(&writer, ReadCheckpoint), Err(Refusal::Forbidden));
    let reader = house.person("alpha", "reader", &[Role::AuditRead]);
    assert_eq!(
        house.run(&reader, CreateAuditRecord(clients_record("Alarm"))),
        Err(Refusal::Forbidden)
    );
    assert_eq!(
        record_of(&house.ask(&reader, ReadAuditRecord(id)).expect("readable")).activity,
        "Door opened"
    );
}

// R116
#[test]
fn the_logs_of_two_tenants_have_nothing_in_common() {
    let house = House::new();
    let ann = house.person("alpha", "ann", AUDITOR);
    let bob = house.person("beta", "bob", AUDITOR);
    let hers = house.object(&ann, "truck");
    let about = AuditFilter {
        source: Some(hers.to_string()),
        ..AuditFilter::default()
    };
    assert_eq!(find(&house, &ann, about.clone(), 0, 9).1, Some(1));
    assert_eq!(find(&house, &bob, about, 0, 9).1, Some(0));
    assert_eq!(
        house.ask(&bob, ReadAuditRecord(id(1_000))),
        Err(Refusal::Missing(Missing::AuditRecord(id(1_000))))
    );
    let key = |who| house.ask(who, ReadCheckpoint).expect("a checkpoint").key;
    assert!(key(&ann).starts_with("holdfast/alpha/audit+") && key(&bob).starts_with("holdfast/beta/audit+"));
    let (text, _) = bundle(&house, &bob, 1, None, Vec::new());
    assert!(!String::from_utf8_lossy(&text).contains("ann"));
}

// R099, R101
#[test]
fn proofs_lead_to_the_root_of_the_signed_checkpoint() {
    let house = House::new();
    let who = house.person("alpha", "auditor", AUDITOR);
    for place in 0..9 {
        house.object(&who, &format!("meter {place}"));
    }
    let latest = house.ask(&who, ReadCheckpoint).expect("a checkpoint");
    let key: VerifyingKey = latest.key.parse().expect("a key");
    let early = Signed::verify(&latest.note.expect("a note"), &key)
        .expect("signed")
        .checkpoint()
        .clone();
    let root = |size, root: &Hash| assert_eq!((size, root), (early.size, &early.root));

    let proof = house
        .ask(
            &who,
            ReadInclusionProof {
                id: id(3),
                size: Some(early.size),
            },
        )
        .expect("a proof");
    root(proof.size, &proof.root);
    verify_inclusion(&proof.leaf, proof.index, proof.size, &proof.hashes, &early.root)
        .expect("it leads there");
    let record = house.ask(&who, ReadAuditRecord(id(3))).expect("readable");
    assert_eq!(audit::log::leaf_hash(&record_of(&record).canonical()), proof.leaf);

    let proof = house
        .ask(
            &who,
            ReadConsistencyProof {
                first: early.size,
                second: None,
            },
        )
        .expect("a proof");
    root(proof.first, &proof.first_root);
    let late = Signed::verify(&proof.checkpoint.expect("the present one"), &key)
        .expect("signed")
        .checkpoint()
        .clone();
    assert_eq!((late.size, &late.root), (proof.second, &proof.second_root));
    verify_consistency(early.size, late.size, &proof.hashes, &early.root, &late.root).expect("it continues");

    let out = Refusal::Invalid(Invalid::ProofRange);
    let beyond = ReadInclusionProof {
        id: id(3),
        size: Some(1_000_000),
    };
    assert_eq!(house.ask(&who, beyond), Err(out.clone()));
    assert_eq!(
        house.ask(
            &who,
            ReadInclusionProof {
                id: id(9),
                size: Some(8)
            }
        ),
        Err(out.clone())
    );
    assert_eq!(
        house.ask(
            &who,
            ReadConsistencyProof {
                first: 9,
                second: Some(8)
            }
        ),
        Err(out)
    );
}

// R101
#[test]
fn a_bundle_verifies_by_itself_though_the_log_grows_while_it_is_read() {
    let house = House::new();
    let who = house.person("alpha", "auditor", AUDITOR);
    let early = house.ask(&who, ReadCheckpoint).expect("a checkpoint");
    let key: VerifyingKey = early.key.parse().expect("a key");
    let kept = [early.note.expect("a note")];
    let early_size = Signed::verify(&kept[0], &key).expect("signed").checkpoint().size;
    let mut long = clients_record("Report");
    long.text = "x".repeat(100_000);
    for _ in 0..8 {
        house
            .run(&who, CreateAuditRecord(long.clone()))
            .expect("run")
            .expect("placed");
    }
    let trust = Trust {
        key: Some(&key),
        kept: &kept,
    };
    let (whole, chunks) = bundle(&house, &who, 1, None, Vec::new());
    assert!(chunks > 2);
    let verified = verify_bundle(whole.as_slice(), &trust).expect("whole");
    assert_eq!((verified.log.first, verified.log.confirmed), (0, early_size));
    // A part in the middle, which ends before its checkpoint, and a kept checkpoint outside of it.
    let (part, _) = bundle(&house, &who, early_size + 2, Some(3), vec![early_size]);
    let verified = verify_bundle(part.as_slice(), &trust).expect("a part");
    assert_eq!(
        (verified.log.first, verified.log.size),
        (early_size + 1, early_size + 4)
    );
    let (mut changed, _) = bundle(&house, &who, 1, Some(5), Vec::new());
    let place = changed.len() / 2;
    changed[place] ^= 1;
    verify_bundle(changed.as_slice(), &trust).expect_err("a changed bit is found");
    let beyond = ExportBundle {
        first: id(1_000_000),
        count: None,
        kept: Vec::new(),
        cursor: None,
    };
    assert_eq!(
        house.ask(&who, beyond),
        Err(Refusal::Invalid(Invalid::ProofRange))
    );
}
