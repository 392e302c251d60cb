//! Trees as deep and as wide as they may be: a decision at the bottom of a chain, and the children of one object (R039).

use super::super::grouped;
use super::super::house::House;
use super::super::place::{PASSWORD, Place, parsed};
use super::million::{Filler, New};
use super::{Row, Scale, shares};
use engine::caller::Caller;
use engine::inventory::{ListChildren, ReadObject, Search, Show};
use engine::permissions::{Holder, NumberedRule, ReplaceRules};
use engine::refusal::Refusal;
use engine::users::{NewUser, Profile};
use engine::version::Expected;
use engine::work::Query;
use model::ids::ObjectId;
use model::inventory::ChildKind;
use model::permissions::{Rule, Select};
use model::secret::Secret;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const READER: &str = "reader";

pub(super) fn measure(place: &Place, scale: &Scale) -> Result<Vec<Row>, String> {
    let house = House::open(place)?;
    let filler = Filler::new(&house)?;
    let chain = filler.chain(scale.depth)?;
    let [Some(top), Some(bottom)] = [chain.first().copied(), chain.last().copied()] else {
        return Err("no chain".to_owned());
    };
    let node = |number, parent| New {
        parent,
        kind: ChildKind::Device,
        number,
    };
    let wide = filler
        .make(&[node(0, None)])?
        .first()
        .copied()
        .ok_or("no object")?;
    let children: Vec<New> = (0..scale.width).map(|number| node(number, Some(wide))).collect();
    let children = filler.make(&children)?;
    let middle = children.get(children.len() / 2).copied().ok_or("no children")?;
    let reader = reader(&house, [top, wide])?;

    let first_page = |parent| ListChildren {
        parent,
        kind: ChildKind::Device,
        search: Search {
            take: 100,
            ..Search::default()
        },
        show: Show::NOTHING,
    };
    let read = |id| ReadObject {
        id,
        show: Show::NOTHING,
    };
    let (depth, width) = (grouped(scale.depth as f64), grouped(scale.width as f64));
    let row = |what: String, taken: Vec<Duration>| Row {
        what: format!("{what}; the right is on the object at the top, in process"),
        count: taken.len() as u64,
        result: shares(taken),
    };
    Ok(vec![
        row(
            format!("reading the object at the bottom of a chain of {depth}"),
            ask(&house, &reader, scale.times, || read(bottom))?,
        ),
        row(
            format!("reading one of {width} children"),
            ask(&house, &reader, scale.times, || read(middle))?,
        ),
        row(
            format!("the first 100 of {width} children"),
            ask(&house, &reader, scale.times, || first_page(wide))?,
        ),
    ])
}

/// A user who may read these objects and what hangs below them.
fn reader(house: &House, roots: [ObjectId; 2]) -> Result<Caller, String> {
    let (door, admin) = (&house.door, house.admin()?);
    let refused = |why: Refusal| format!("{why:?}");
    let user = NewUser {
        must_change_password: false,
        name: parsed(READER)?,
        password: Some(Secret::new(PASSWORD)),
        profile: Profile::default(),
        enabled: true,
        roles: BTreeSet::new(),
        groups: BTreeSet::new(),
    };
    let permission: model::permissions::Permission = parsed("MANAGED_OBJECT:*:READ")?;
    let rules = roots.iter().enumerate().map(|(at, root)| NumberedRule {
        number: at + 1,
        rule: Rule {
            object: Select::One(*root),
            permission: permission.clone(),
        },
    });
    let rules = ReplaceRules {
        holder: Holder::User(parsed(READER)?),
        rules: rules.collect(),
        expected: Expected::Any,
    };
    house.runtime.block_on(async {
        door.create_user(&admin, user).await.map_err(refused)?;
        door.run(&admin, rules).await.map(drop).map_err(refused)
    })?;
    house.sign_in(parsed(READER)?, &Secret::new(PASSWORD))
}

fn ask<Q: Query>(
    house: &House,
    caller: &Caller,
    times: usize,
    question: impl Fn() -> Q,
) -> Result<Vec<Duration>, String> {
    let mut taken = Vec::with_capacity(times);
    for _ in 0..=times {
        let begun = Instant::now();
        let answer = house.runtime.block_on(house.door.ask(caller, question()));
        taken.push(begun.elapsed());
        answer.map_err(|why| format!("{why:?}"))?;
    }
    // The first time, what lists are answered from is read.
    taken.remove(0);
    Ok(taken)
}
