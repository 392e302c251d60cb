//! Asks the store and the decision what the questions ask. Disagreement between two ways of the program itself is left
//! for the other side to see: all of them are told.

use crate::load::{Loaded, object_id};
use crate::world::{Answers, Asked, Lists, Question};
use model::measurements::{Measurement, MeasurementFilter};
use policy::decide::{Denied, Target, decide};
use policy::facts::{ObjectFacts, Principal};
use policy::operation::{AuditClass, By, Level, Need, Operation, OperationInfo, RateClass, Scope};
use policy::operations::identity::{ExternalIdCreate, ExternalIdRead};
use policy::operations::inventory::{
    InventoryCreate, InventoryCreateBelow, InventoryDelete, InventoryList, InventoryRead, InventoryUpdate,
};
use policy::operations::measurements::{
    MeasurementCreate, MeasurementDelete, MeasurementList, MeasurementRead,
};
use policy::tables;
use std::collections::{BTreeMap, BTreeSet};
use store::measurements::{Next, Walk};
use store::search::Search;
use store::shards::Store;
use store::transaction::ReadTx;

/// Reading and changing data of a kind that has no surface yet.
macro_rules! future {
    ($($read:ident $change:ident $scope:ident),*) => {$(
        future!(@one $read Read $scope Read);
        future!(@one $change Write $scope Admin);
    )*};
    (@one $name:ident $access:ident $scope:ident $level:ident) => {
        enum $name {}
        impl Operation for $name {
            type Table = tables::Nothing;
            type Access = tables::$access;
            const INFO: OperationInfo = OperationInfo {
                name: stringify!($name),
                need: Need::on(Scope::$scope, Level::$level),
                by: By::Anybody,
                audit: AuditClass::Each,
                rate: RateClass::Read,
                writes: false,
            };
        }
    };
}
future!(EventRead EventChange Event, AlarmRead AlarmChange Alarm, OperationRead OperationChange Operation,
    BinaryRead BinaryChange Binary);

pub(crate) fn answer(store: &Store, tenants: &[Loaded], asked: &Asked) -> Answers {
    let open = |tenant: &Loaded| store.read(tenant.number).expect("a transaction");
    let views: Vec<ReadTx> = tenants.iter().map(open).collect();
    let people: Vec<Vec<_>> = views
        .iter()
        .zip(tenants)
        .map(|(tx, tenant)| who(tx, tenant))
        .collect();
    let questions = asked.questions.iter();
    let answers = questions.map(|question| match &people[question.0][question.1] {
        Some(who) => said(one(&views[question.0], who, question)),
        None => "signed out",
    });
    let list = |(tx, (tenant, people)): (&ReadTx, (&Loaded, &Vec<Option<Principal>>))| {
        let shown = people
            .iter()
            .map(|who| who.as_ref().map(|who| lists(tx, tenant, who)));
        shown.collect()
    };
    Answers {
        answers: answers.collect(),
        refused: tenants.iter().map(|tenant| tenant.refused.clone()).collect(),
        lists: views.iter().zip(tenants.iter().zip(&people)).map(list).collect(),
    }
}

fn said(answer: Result<(), Denied>) -> &'static str {
    match answer {
        Ok(()) => "allowed",
        Err(Denied::Forbidden) => "forbidden",
        Err(Denied::Missing) => "missing",
    }
}

/// The principals of a tenant, as the door would let them in.
fn who(tx: &ReadTx, tenant: &Loaded) -> Vec<Option<Principal>> {
    let users = tenant.users.iter().copied();
    let principal = |id| {
        let facts = tx.principal(tenant.number, id).expect("readable")?;
        facts.enabled.then_some(facts.principal)
    };
    users.map(principal).collect()
}

fn one(tx: &ReadTx, who: &Principal, question: &Question) -> Result<(), Denied> {
    let Question(_, _, action, number, fragments) = question;
    let fragments: Vec<&str> = fragments.iter().map(String::as_str).collect();
    if action == "create" {
        return may::<InventoryCreate>(who, Target::Tenant);
    }
    let facts = tx.object_facts(who, object_id(*number)).expect("readable");
    let object = facts.as_ref().ok_or(Denied::Missing)?;
    let here = Target::Object(object);
    let with = Target::With {
        object,
        fragments: &fragments,
    };
    match action.as_str() {
        "read" => may::<InventoryRead>(who, here),
        "update" => may::<InventoryUpdate>(who, here).and_then(|()| may::<InventoryUpdate>(who, with)),
        "content" => may::<policy::operations::binaries::BinaryRead>(who, here),
        "delete" => may::<InventoryDelete>(who, here),
        "create_below" => may::<InventoryCreate>(who, Target::Tenant).or_else(|_| {
            let below = Target::Below {
                parent: object,
                fragments: &fragments,
            };
            may::<InventoryCreateBelow>(who, below)
        }),
        "ids_read" => may::<ExternalIdRead>(who, here),
        "ids_admin" => may::<ExternalIdCreate>(who, here),
        action => data(who, object, action, &fragments),
    }
}

fn data(who: &Principal, object: &ObjectFacts, action: &str, fragments: &[&str]) -> Result<(), Denied> {
    let (scope, verb) = action.split_once('.').expect("a scope and a verb");
    let target = match verb {
        "add" => Target::With { object, fragments },
        "get" | "remove" => Target::Piece { object, fragments },
        other => panic!("no verb: {other}"),
    };
    match (scope, verb) {
        ("MEASUREMENT", "add") => may::<MeasurementCreate>(who, target),
        ("MEASUREMENT", "get") => may::<MeasurementRead>(who, target),
        ("MEASUREMENT", _) => may::<MeasurementDelete>(who, target),
        ("EVENT", "get") => may::<EventRead>(who, target),
        ("EVENT", _) => may::<EventChange>(who, target),
        ("ALARM", "get") => may::<AlarmRead>(who, target),
        ("ALARM", _) => may::<AlarmChange>(who, target),
        ("OPERATION", "get") => may::<OperationRead>(who, target),
        ("OPERATION", _) => may::<OperationChange>(who, target),
        ("BINARY", "get") => may::<BinaryRead>(who, target),
        ("BINARY", _) => may::<BinaryChange>(who, target),
        (other, _) => panic!("no scope: {other}"),
    }
}

fn may<N: Operation>(who: &Principal, target: Target<'_>) -> Result<(), Denied> {
    decide::<N>(who, target).map(drop)
}

fn lists(tx: &ReadTx, tenant: &Loaded, who: &Principal) -> Lists {
    let list = || decide::<InventoryList>(who, Target::Tenant).expect("a list is never refused");
    let search = Search {
        take: 1_000,
        count: true,
        ..Search::default()
    };
    let rows = tx.inventory(list());
    let found = rows.find(&search, &|_| None).expect("readable").expect("few");
    let listed = tenant
        .objects
        .iter()
        .filter(|id| rows.listed(**id).expect("readable").is_some());
    let walked = walk(tx, tenant, who, &MeasurementFilter::default());
    let walked_by_source = tenant.objects.iter().flat_map(|source| {
        let filter = MeasurementFilter {
            source: Some(*source),
            ..MeasurementFilter::default()
        };
        walk(tx, tenant, who, &filter)
    });
    Lists {
        found: found.objects.iter().map(|object| object.id.number()).collect(),
        total: found.total.expect("counted"),
        listed: listed.map(|id| id.number()).collect(),
        walked_by_source: walked_by_source.collect(),
        walked,
        pieces: pieces(tx, tenant, who),
        read: read(tx, tenant, who),
    }
}

fn walk(tx: &ReadTx, tenant: &Loaded, who: &Principal, filter: &MeasurementFilter) -> BTreeSet<u64> {
    let proof = decide::<MeasurementList>(who, Target::Tenant).expect("a list is never refused");
    let walk = Walk {
        filter,
        newest_first: false,
        start: None,
        rows_max: 100_000,
    };
    let mut seen = BTreeSet::new();
    let stopped = tx.measurements(proof).visit(&walk, |scan| {
        seen.insert(tenant.pieces[&scan.id]);
        Ok(Next::On)
    });
    assert!(stopped.expect("readable").is_none(), "few");
    seen
}

fn names(measurement: &Measurement) -> BTreeSet<String> {
    measurement
        .document
        .fragments
        .names()
        .map(str::to_owned)
        .collect()
}

fn pieces(tx: &ReadTx, tenant: &Loaded, who: &Principal) -> BTreeMap<u64, BTreeSet<String>> {
    let proof = decide::<MeasurementList>(who, Target::Tenant).expect("a list is never refused");
    let ids: Vec<_> = tenant.pieces.keys().copied().collect();
    let rows = tx.measurements(proof);
    let found = rows.reader().measurements(&ids).expect("readable");
    found
        .iter()
        .map(|(id, found)| (tenant.pieces[id], names(found)))
        .collect()
}

/// Each measurement by its id, with the decision about it.
fn read(tx: &ReadTx, tenant: &Loaded, who: &Principal) -> BTreeMap<u64, BTreeSet<String>> {
    let one = |(id, number): (&_, &u64)| {
        let (object, fragments) = tx.measurement_facts(who, *id).expect("readable")?;
        let fragments: Vec<_> = fragments.iter().map(String::as_str).collect();
        let target = Target::Piece {
            object: &object,
            fragments: &fragments,
        };
        let proof = decide::<MeasurementRead>(who, target).ok()?;
        let found = tx.measurements(proof).measurement(*id).expect("readable")?;
        Some((*number, names(&found)))
    };
    tenant.pieces.iter().filter_map(one).collect()
}
