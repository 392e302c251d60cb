//! What lists and filters of events, alarms and operations have in common: about which objects they are, pages in the
//! order of times, and work on everything that a filter means. What a document means is not known here.

use crate::desk::Reading;
use crate::first::First;
use crate::page::{Listed, Page, Room};
use crate::parts::Part;
use crate::refusal::{Invalid, Refusal};
use model::ids::ObjectId;
use model::inventory::ChildKind;
use model::json::Object;
use model::limits::{PAGE_SIZE_MAX, QUERY_ROWS_MAX, SOURCES_BELOW_MAX};
use model::time::Between;
use policy::operation::Operation;
use policy::operations::inventory::InventoryList;
use store::documents::{Along, Document, DocumentChanges, DocumentRows, Next, Place};

/// Documents that one commit looks at.
const ROWS_PER_COMMIT: usize = 2_000;

/// About which objects the documents of a list are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sources {
    /// This one; nothing: any.
    pub of: Option<ObjectId>,
    /// And what hangs below it by child assets.
    pub with_assets: bool,
    /// And what hangs below it by child devices.
    pub with_devices: bool,
}

impl Sources {
    /// The one object that it is about, if it is one.
    pub(crate) fn only(self) -> Option<ObjectId> {
        self.of.filter(|_| !self.with_assets && !self.with_devices)
    }

    /// The ids; nothing for any object. What is below an object that is not the caller's to know is not there. `Reads`
    /// is the right to read such documents.
    pub(crate) fn find<Reads: Operation>(self, desk: &Reading) -> Result<Option<Vec<ObjectId>>, Refusal> {
        let Some(source) = self.of else { return Ok(None) };
        if self.only().is_some() {
            return Ok(Some(vec![source]));
        }
        match desk.allow_on::<Reads>(source) {
            Ok(_) | Err(Refusal::Forbidden) => {}
            Err(Refusal::Missing(_)) => return Ok(Some(Vec::new())),
            Err(refusal) => return Err(refusal),
        }
        let kinds = [
            (self.with_assets, ChildKind::Asset),
            (self.with_devices, ChildKind::Device),
        ];
        let kinds: Vec<_> = kinds
            .into_iter()
            .filter_map(|(is_wanted, kind)| is_wanted.then_some(kind))
            .collect();
        let objects = desk.tx.inventory(desk.allow::<InventoryList>()?);
        let found = objects.with_below(source, &kinds, SOURCES_BELOW_MAX)?;
        let found = found.ok_or(Refusal::Invalid(Invalid::QueryTooCostly))?;
        Ok(Some(found.into_iter().collect()))
    }
}

/// What a command may show of the document that it wrote: all of it, or its id to those who may not read it (R019).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written<D, I> {
    /// The document.
    Shown(Box<D>),
    /// Only its id.
    Hidden(I),
}

/// A part of a list.
pub(crate) struct Wanted<'s> {
    /// About these objects; nothing: about any.
    pub(crate) sources: Option<&'s [ObjectId]>,
    /// The newest first.
    pub(crate) newest_first: bool,
    /// Of these times.
    pub(crate) time: Between,
    /// Which part.
    pub(crate) page: Page,
}

/// A page of the documents within reach that `wants` means, in the order of their times. `fragments` says where the bulk
/// of a document is.
pub(crate) fn page<D: Document>(
    rows: &DocumentRows<'_, D>,
    wanted: &Wanted<'_>,
    wants: impl Fn(&D) -> bool,
    fragments: impl Fn(&D) -> &Object,
) -> Result<Listed<D>, Refusal> {
    let Page { skip, take, count } = wanted.page;
    let mut first = First::new(
        wanted.newest_first,
        skip.saturating_add(take.min(PAGE_SIZE_MAX)),
        count,
    );
    if !first.is_nothing() {
        let along = along(
            wanted.sources,
            wanted.newest_first,
            wanted.time,
            None,
            QUERY_ROWS_MAX,
        );
        let stopped = rows.visit(&along, |document| {
            if !wants(&document) {
                return Ok(Next::On);
            }
            let beyond = first.offer(document.time(), document.number(), None);
            Ok(beyond.map_or(Next::On, Next::Within))
        })?;
        if stopped.is_some() {
            return Err(Refusal::Invalid(Invalid::QueryTooCostly));
        }
    }
    let total = count.then_some(first.seen());
    let room = Room::new();
    let mut items = Vec::new();
    for (_, number) in first.in_order().into_iter().skip(skip) {
        if let Some(document) = rows.document(number)? {
            room.take_document(fragments(&document))?;
            items.push(document);
        }
    }
    Ok(Listed { items, total })
}

fn along(
    sources: Option<&[ObjectId]>,
    newest_first: bool,
    time: Between,
    start: Option<Place>,
    rows_max: usize,
) -> Along<'_> {
    Along {
        sources,
        newest_first,
        from: time.from,
        to: time.to,
        start,
        rows_max,
    }
}

/// The next part of the documents within reach that `wants` means, each handed to `act`, which deletes or changes it.
pub(crate) fn each_of_part<D: Document>(
    rows: &DocumentChanges<'_, D>,
    (sources, time): (Option<&[ObjectId]>, Between),
    start: Option<Place>,
    wants: impl Fn(&D) -> bool,
    mut act: impl FnMut(&D) -> Result<(), Refusal>,
) -> Result<Part<Place>, Refusal> {
    let now = rows.now();
    let mut meant = Vec::new();
    let next = now.visit(&along(sources, false, time, start, ROWS_PER_COMMIT), |document| {
        if wants(&document) {
            meant.push(document.number());
        }
        Ok(Next::On)
    })?;
    let mut count = 0;
    for number in meant {
        // Read once more, so that the committer knows on what this depends.
        if let Some(document) = now.document(number)?.filter(&wants) {
            act(&document)?;
            count += 1;
        }
    }
    Ok(Part { count, next })
}
