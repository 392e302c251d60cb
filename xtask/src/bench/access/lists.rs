//! Pages of a list, with a filter and the exact total, for a caller who may see one object in a thousand.

use super::super::grouped;
use super::super::house::{House, text};
use super::super::place::{Account, PASSWORD, Place, get, parsed, send};
use super::million::{Filler, New};
use super::{Row, Scale, shares};
use engine::caller::Caller;
use engine::inventory::{FindObjects, Search, Show};
use engine::inventory_roles::CreateInventoryRole;
use engine::permissions::{AssignRoles, Holder, NumberedRule, ReplaceRules, RoleNamed};
use engine::users::NewUser;
use engine::users::Profile;
use engine::version::Expected;
use model::ids::ObjectId;
use model::inventory::ChildKind;
use model::permissions::{Permission, Rule, Select};
use model::secret::Secret;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

/// Levels of groups.
const LEVELS: usize = 5;
/// The level whose groups the caller has rights on, from the top; and how many of them.
const GRANTED_LEVEL: usize = 3;
const GRANTED: usize = 10;
const PAGE_SIZE: usize = 10;
const READER: &str = "reader";

struct Page {
    number: usize,
    total: usize,
    ids: Vec<ObjectId>,
}

pub(super) fn measure(place: &Place, scale: &Scale) -> Result<Vec<Row>, String> {
    let house = House::open(place)?;
    let begun = Instant::now();
    let (objects, granted) = fill(&house, scale)?;
    let mut rows = vec![Row {
        what: format!(
            "managed objects written in bulk, groups {LEVELS} deep, {} in each",
            scale.fan_out
        ),
        count: objects.len() as u64,
        result: format!(
            "{} per second",
            grouped(objects.len() as f64 / begun.elapsed().as_secs_f64())
        ),
    }];
    let what = |page: usize| {
        let visible = 100.0 * visible(&objects, &granted) as f64 / objects.len() as f64;
        format!(
            "page {page} of {PAGE_SIZE} with a filter and the exact total, of {} objects; the caller may see {visible:.1} %",
            grouped(objects.len() as f64)
        )
    };
    let reader = give(&house, &granted)?;
    let mut pages = Vec::new();
    for number in scale.pages {
        let (first, taken, page) = ask(&house, &reader, number, scale.times)?;
        rows.push(Row {
            what: format!("{}; Holdfast, in process", what(number)),
            count: scale.times as u64,
            result: format!(
                "{}; {:.0} ms the first time",
                shares(taken),
                first.as_secs_f64() * 1_000.0
            ),
        });
        pages.push(page);
    }
    write_files(place, &objects, &granted, &pages, what)?;
    drop(house);
    for page in &pages {
        rows.push(Row {
            what: format!("{}; Holdfast, over HTTPS", what(page.number)),
            count: scale.times as u64,
            result: shares(over_https(place, page, scale.times)?),
        });
    }
    Ok(rows)
}

/// Objects with their ids, and those that rights are given on.
type Filled = (Vec<(ObjectId, New)>, Vec<ObjectId>);

/// Makes groups and devices; gives them with their ids, and the groups that the caller gets rights on.
fn fill(house: &House, scale: &Scale) -> Result<Filled, String> {
    let filler = Filler::new(house)?;
    let mut objects: Vec<(ObjectId, New)> = Vec::new();
    let mut granted = Vec::new();
    let mut parents: Vec<Option<ObjectId>> = vec![None];
    for level in 0..LEVELS {
        let places = parents
            .iter()
            .flat_map(|parent| std::iter::repeat_n(*parent, scale.fan_out));
        let new: Vec<New> = places
            .enumerate()
            .map(|(at, parent)| New {
                parent,
                kind: ChildKind::Asset,
                number: objects.len() + at,
            })
            .collect();
        let ids = filler.make(&new)?;
        if level == GRANTED_LEVEL {
            granted = ids
                .iter()
                .copied()
                .step_by((ids.len() / GRANTED).max(1))
                .take(GRANTED)
                .collect();
        }
        parents = ids.iter().copied().map(Some).collect();
        objects.extend(ids.into_iter().zip(new));
    }
    let groups = objects.len();
    let devices: Vec<New> = (0..scale.devices)
        .map(|at| New {
            parent: parents.get(at * parents.len() / scale.devices).copied().flatten(),
            kind: ChildKind::Device,
            number: groups + at,
        })
        .collect();
    let ids = filler.make_apart(&devices)?;
    objects.extend(ids.into_iter().zip(devices));
    Ok((objects, granted))
}

/// How many objects lie below the granted ones, these included. Parents stand before their children.
fn visible(objects: &[(ObjectId, New)], granted: &[ObjectId]) -> usize {
    let mut visible: BTreeSet<ObjectId> = granted.iter().copied().collect();
    for (id, new) in objects {
        if new.parent.is_some_and(|parent| visible.contains(&parent)) {
            visible.insert(*id);
        }
    }
    visible.len()
}

/// Makes a user with rights on the granted objects: on half of them by an inventory role, on the others by rules.
fn give(house: &House, granted: &[ObjectId]) -> Result<Caller, String> {
    let (door, admin) = (&house.door, house.admin()?);
    let refused = |why: engine::refusal::Refusal| format!("{why:?}");
    let permission: Permission = parsed("MANAGED_OBJECT:*:READ")?;
    let (by_role, by_rule) = granted.split_at(granted.len() / 2);
    house.runtime.block_on(async {
        let user = NewUser {
            must_change_password: false,
            name: parsed(READER)?,
            password: Some(Secret::new(PASSWORD)),
            profile: Profile::default(),
            enabled: true,
            roles: BTreeSet::new(),
            groups: BTreeSet::new(),
        };
        door.create_user(&admin, user).await.map_err(refused)?;
        let role = CreateInventoryRole {
            name: READER.to_owned(),
            description: None,
            permissions: vec![permission.clone()],
        };
        let role = door.run(&admin, role).await.map_err(refused)?;
        for object in by_role {
            let assigned = AssignRoles {
                holder: Holder::User(parsed(READER)?),
                object: Select::One(*object),
                roles: vec![RoleNamed::Id(role.id)],
                expected: Expected::Any,
            };
            door.run(&admin, assigned).await.map_err(refused)?;
        }
        let rules = by_rule.iter().enumerate().map(|(at, object)| NumberedRule {
            number: at + 1,
            rule: Rule {
                object: Select::One(*object),
                permission: permission.clone(),
            },
        });
        let rules = ReplaceRules {
            holder: Holder::User(parsed(READER)?),
            rules: rules.collect(),
            expected: Expected::Any,
        };
        door.run(&admin, rules).await.map_err(refused)?;
        Ok::<_, String>(())
    })?;
    house.sign_in(parsed(READER)?, &Secret::new(PASSWORD))
}

const FILTER: &str = "$filter=(colour eq 'red')";

fn ask(
    house: &House,
    caller: &Caller,
    number: usize,
    times: usize,
) -> Result<(Duration, Vec<Duration>, Page), String> {
    let mut taken = Vec::with_capacity(times);
    let mut page = None;
    for _ in 0..=times {
        let search = Search {
            query: Some(query::ast::Query::parse(FILTER).map_err(text)?),
            skip: (number - 1) * PAGE_SIZE,
            take: PAGE_SIZE,
            count: true,
            ..Search::default()
        };
        let find = FindObjects {
            search,
            owner: None,
            text: None,
            show: Show::NOTHING,
        };
        let begun = Instant::now();
        let found = house.runtime.block_on(house.door.ask(caller, find));
        taken.push(begun.elapsed());
        page = Some(found.map_err(|why| format!("{why:?}"))?);
    }
    let found = page.ok_or("nothing was asked")?;
    let page = Page {
        number,
        total: found.total.ok_or("no total")?,
        ids: found.objects.iter().map(|view| view.object.id).collect(),
    };
    Ok((taken.remove(0), taken, page))
}

fn over_https(place: &Place, page: &Page, times: usize) -> Result<Vec<Duration>, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(text)?;
    let path = format!(
        "/inventory/managedObjects?query=$filter%3D(colour%20eq%20'red')&pageSize={PAGE_SIZE}&currentPage={}\
         &withTotalElements=true",
        page.number
    );
    runtime.block_on(async {
        let running = place.serve()?;
        let mut client = running.client(&Account {
            user: parsed(READER)?,
            secret: Secret::new(PASSWORD),
            device: None,
        })?;
        let mut taken = Vec::with_capacity(times);
        for _ in 0..=times {
            let begun = Instant::now();
            let answer = send(&mut client, &get(&path)).await?;
            taken.push(begun.elapsed());
            let listed = answer.body.get("managedObjects").and_then(|list| list.as_array());
            let total = answer
                .body
                .get("statistics")
                .and_then(|statistics| statistics.get("totalElements"));
            let is_right = listed.is_some_and(|listed| listed.len() == page.ids.len())
                && total.and_then(|total| total.as_u64()) == Some(page.total as u64);
            if !is_right {
                return Err(format!("{path}: another answer than in process: {total:?}"));
            }
        }
        // Connected, signed in and read for the first time.
        taken.remove(0);
        Ok(taken)
    })
}

/// Writes the same rows, rights and answers where the others find them.
fn write_files(
    place: &Place,
    objects: &[(ObjectId, New)],
    granted: &[ObjectId],
    pages: &[Page],
    what: impl Fn(usize) -> String,
) -> Result<(), String> {
    let files = place.data().with_file_name("rows");
    fs::create_dir(&files).map_err(text)?;
    let mut rows = String::new();
    for (id, new) in objects {
        let parent = new.parent.map_or("\\N".to_owned(), |parent| parent.to_string());
        let (kind, name, document) = (new.label(), new.name(), new.fragments());
        writeln!(rows, "{id}\t{parent}\t{kind}\t{name}\tadmin\t{document}").map_err(text)?;
    }
    fs::write(files.join("object.tsv"), rows).map_err(text)?;
    let rights = granted
        .iter()
        .map(|object| format!("{READER}\t{object}\tMANAGED_OBJECT\t*\tREAD\n"));
    fs::write(files.join("granted.tsv"), rights.collect::<String>()).map_err(text)?;
    let pages = pages.iter().map(|page| {
        let ids: Vec<_> = page.ids.iter().map(ObjectId::to_string).collect();
        let skip = (page.number - 1) * PAGE_SIZE;
        format!(
            "{}\t{skip}\t{PAGE_SIZE}\t{}\t{}\n",
            what(page.number),
            page.total,
            ids.join(",")
        )
    });
    fs::write(files.join("pages.tsv"), pages.collect::<String>()).map_err(text)
}
