//! Pages: of lists that are made whole before they are cut (users, groups, roles, tenants), and the room that the
//! documents of any page have.

use crate::refusal::{Invalid, Refusal};
use model::json::{Json, Object};
use model::limits::{ANSWER_BYTES_MAX, PAGE_SIZE_MAX, QUERY_ROWS_MAX};
use std::cell::Cell;
use store::fault::StoreFault;

/// The part of a list that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Entries before it.
    pub skip: usize,
    /// Entries in it at most; more than [`PAGE_SIZE_MAX`] is clamped.
    pub take: usize,
    /// Whether to say how many there are in all.
    pub count: bool,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// Its entries, in order.
    pub items: Vec<T>,
    /// How many there are in all, if it was asked for.
    pub total: Option<usize>,
}

impl Page {
    /// Cuts the page out of everything.
    pub(crate) fn of<T>(self, all: Vec<T>) -> Listed<T> {
        let total = self.count.then_some(all.len());
        let items = all
            .into_iter()
            .skip(self.skip)
            .take(self.take.min(PAGE_SIZE_MAX))
            .collect();
        Listed { items, total }
    }
}

impl<T> Listed<T> {
    /// The same part with every entry shown in another form.
    pub(crate) fn try_map<U, E>(self, show: impl FnMut(T) -> Result<U, E>) -> Result<Listed<U>, E> {
        let items = self.items.into_iter().map(show).collect::<Result<_, E>>()?;
        Ok(Listed {
            items,
            total: self.total,
        })
    }
}

/// What is left of the room that one answer has, in bytes. Few entries may be large: a page of them must not fill the
/// memory (R127).
pub(crate) struct Room {
    bytes: Cell<usize>,
    /// Rows that may still be read for what is computed of each entry.
    rows: Cell<usize>,
}

impl Room {
    /// All of it.
    pub(crate) fn new() -> Self {
        Self {
            bytes: Cell::new(ANSWER_BYTES_MAX),
            rows: Cell::new(QUERY_ROWS_MAX),
        }
    }

    /// Reads rows for one entry, or refuses the answer if there are too many of them: `read` gives nothing then.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&mut usize) -> Result<Option<T>, StoreFault>,
    ) -> Result<T, Refusal> {
        let mut rows = self.rows.get();
        let found = read(&mut rows)?;
        self.rows.set(rows);
        found.ok_or(Refusal::Invalid(Invalid::QueryTooCostly))
    }

    /// Takes so many bytes, or refuses the answer.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), Refusal> {
        let left = self.bytes.get().checked_sub(bytes);
        self.bytes
            .set(left.ok_or(Refusal::Invalid(Invalid::QueryTooCostly))?);
        Ok(())
    }

    /// Takes what a document needs, about.
    pub(crate) fn take_document(&self, fragments: &Object) -> Result<(), Refusal> {
        self.take(size_of_object(fragments))
    }
}

/// What a name or value takes besides its text, about.
const VALUE_BYTES: usize = 16;

fn size_of_object(object: &Object) -> usize {
    object
        .iter()
        .map(|(name, value)| VALUE_BYTES + name.len() + size_of_json(value))
        .sum()
}

fn size_of_json(json: &Json) -> usize {
    let content = match json {
        Json::Null | Json::Bool(_) => 0,
        Json::Number(number) => number.text().len(),
        Json::String(text) => text.len(),
        Json::Array(values) => values.iter().map(size_of_json).sum(),
        Json::Object(object) => size_of_object(object),
    };
    VALUE_BYTES + content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_out_and_the_whole_is_counted_only_when_asked() {
        for (skip, take, count, items, total) in [
            (0, 2, true, vec![1, 2], Some(5)),
            (4, 2, false, vec![5], None),
            (9, 2, true, vec![], Some(5)),
            (0, 0, true, vec![], Some(5)),
        ] {
            let listed = Page { skip, take, count }.of(vec![1, 2, 3, 4, 5]);
            assert_eq!(listed, Listed { items, total });
        }
    }
}
