//! Questions about the audit log by time, source, user and type: complete whatever the clock has done, and no dearer than
//! what they are about.

use super::{AUDITOR, by_kind, clients_record, find, id, record_of};
use crate::house::House;
use engine::audit_log::{
    AuditFilter, CreateAuditRecord, FindAuditRecords, NewAuditRecord, RefusalFilter, StreamAuditRecords,
};
use engine::caller::Caller;
use engine::page::Page;
use engine::refusal::{Invalid, Refusal};
use model::roles::Role;
use model::time::Timestamp;

const HOUR_MILLIS: i64 = 60 * 60 * 1_000;

fn write(house: &House, who: &Caller, source: &str) -> Timestamp {
    let record = NewAuditRecord {
        source: source.to_owned(),
        ..clients_record("Alarm")
    };
    house
        .run(who, CreateAuditRecord(record))
        .expect("run")
        .expect("placed");
    house.door.world().now()
}

/// A log whose clock runs for hours, is put back by a day, runs, is put forward by a year, is put right again, and runs.
fn times_of_a_clock_that_jumps(house: &House, who: &Caller) -> Vec<Timestamp> {
    let mut times = Vec::new();
    for jump in [0, -24, 365 * 24, -365 * 24 + 20] {
        house.world.advance(jump * HOUR_MILLIS);
        for _ in 0..12 {
            times.push(write(house, who, "42"));
            house.world.advance(HOUR_MILLIS / 4);
        }
    }
    times
}

#[test]
fn a_clock_that_jumps_hides_no_record_from_a_question_about_a_time() {
    let house = House::new();
    let auditor = house.person("alpha", "auditor", AUDITOR);
    let times = times_of_a_clock_that_jumps(&house, &auditor);
    let mut bounds: Vec<Option<Timestamp>> = times.iter().step_by(5).copied().map(Some).collect();
    bounds.push(None);
    for (from, to) in bounds
        .iter()
        .flat_map(|from| bounds.iter().map(move |to| (*from, *to)))
    {
        let about =
            |time: &Timestamp| from.is_none_or(|from| *time >= from) && to.is_none_or(|to| *time <= to);
        let expected: Vec<Timestamp> = times.iter().copied().filter(about).collect();
        for source in [None, Some("42".to_owned())] {
            let filter = AuditFilter {
                from,
                to,
                source,
                ..by_kind("Alarm")
            };
            let (found, total) = find(&house, &auditor, filter.clone(), 0, 100);
            let mut found: Vec<_> = found.iter().map(|entry| record_of(entry).time).collect();
            found.reverse();
            assert_eq!(
                (&found, total),
                (&expected, Some(expected.len())),
                "{from:?} {to:?}"
            );
            let export = StreamAuditRecords {
                filter,
                revert: true,
                place: None,
            };
            let chunk = house.ask(&auditor, export).expect("a chunk");
            let exported: Vec<_> = chunk.records.iter().map(|entry| record_of(entry).time).collect();
            assert_eq!((exported, chunk.next), (expected.clone(), None));
        }
    }
}

// R043
#[test]
fn a_clock_that_was_put_back_for_a_while_ends_the_log_of_refusals_nowhere() {
    let house = House::new();
    let auditor = house.person("alpha", "auditor", AUDITOR);
    let refused = house.person("alpha", "refused", &[Role::AuditAdmin]);
    let refuse = || {
        let refused = house.ask(&refused, engine::audit_log::ReadAuditRecord(id(1)));
        assert_eq!(refused, Err(Refusal::Forbidden));
    };
    refuse();
    house.world.advance(-365 * 24 * HOUR_MILLIS);
    write(&house, &auditor, "42");
    house.world.advance(366 * 24 * HOUR_MILLIS);
    write(&house, &auditor, "42");
    let page = Page {
        skip: 0,
        take: 10,
        count: true,
    };
    for user in [None, Some("refused".to_owned())] {
        let filter = RefusalFilter {
            user,
            ..RefusalFilter::default()
        };
        let told = house
            .wait(house.door.refusals(&auditor, filter, page))
            .expect("told");
        assert_eq!(told.total, Some(1));
        assert_eq!(told.items[0].user, "refused");
    }
}

// R127: a log of more records than one question may read.
#[test]
fn a_question_about_one_source_user_or_type_is_answered_and_counted_however_long_the_log_is() {
    let house = House::new();
    let auditor = house.person("alpha", "auditor", AUDITOR);
    let rare = house.person("alpha", "rare", AUDITOR);
    for place in 0..120 {
        write(&house, &auditor, if place % 40 == 0 { "7" } else { "42" });
    }
    write(&house, &rare, "42");
    let ask = |filter: AuditFilter, rows_max| {
        let question = FindAuditRecords {
            filter,
            revert: false,
            skip: 0,
            take: 1,
            count: true,
            rows_max,
        };
        house.ask(&auditor, question).map(|page| page.total)
    };
    let source = || AuditFilter {
        source: Some("7".to_owned()),
        ..by_kind("Alarm")
    };
    let user = AuditFilter {
        user: Some("rare".to_owned()),
        ..by_kind("Alarm")
    };
    let application = AuditFilter {
        application: Some("none".to_owned()),
        ..AuditFilter::default()
    };
    assert_eq!(ask(source(), 3), Ok(Some(3)));
    assert_eq!(ask(user, 20), Ok(Some(1)));
    assert_eq!(ask(by_kind("Report"), 0), Ok(Some(0)));
    let refused = Err(Refusal::Invalid(Invalid::QueryTooCostly));
    assert_eq!(ask(source(), 2), refused, "its own records are counted");
    assert_eq!(
        ask(application, 100),
        refused,
        "what is in no index is looked for in all"
    );
}
