//! Pages of lists: the parameters, and the envelope with `self`, `next`, `prev` and `statistics`.

use crate::call::Call;
use crate::problem::Problem;
use model::json::{Json, Object};
use model::limits::{PAGE_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

/// Which page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// From 1.
    pub(crate) current: usize,
    /// Entries on it.
    pub(crate) size: usize,
    with_elements: bool,
    with_pages: bool,
}

impl Page {
    /// The page of a request. A page size over the maximum is clamped silently; anything that is no page is refused.
    pub(crate) fn of(call: &Call) -> Result<Self, Problem> {
        let number = |name: &'static str, default: usize| match call.query(name) {
            None | Some("") => Ok(default),
            Some(text) => match text.parse::<usize>() {
                Ok(number) if number >= 1 => Ok(number),
                _ => Err(Problem::bad_parameter(call, name, "a whole number from 1 on")),
            },
        };
        let current = number("currentPage", 1)?;
        if current > PAGE_MAX {
            return Err(Problem::bad_parameter(
                call,
                "currentPage",
                "a page that can exist",
            ));
        }
        Ok(Self {
            current,
            size: number("pageSize", PAGE_SIZE_DEFAULT)?.min(PAGE_SIZE_MAX),
            with_elements: call.flag("withTotalElements", false)?,
            with_pages: call.flag("withTotalPages", false)?,
        })
    }

    /// How many entries come before this page.
    pub(crate) fn skip(self) -> usize {
        (self.current - 1).saturating_mul(self.size)
    }

    /// Whether all entries must be counted.
    pub(crate) fn counts(self) -> bool {
        self.with_elements || self.with_pages
    }

    /// The page as the engine cuts it out.
    pub(crate) fn cut(self) -> engine::page::Page {
        engine::page::Page {
            skip: self.skip(),
            take: self.size,
            count: self.counts(),
        }
    }

    /// The envelope around the entries. `next` is there whenever the page is full.
    pub(crate) fn envelope(self, call: &Call, key: &str, entries: Vec<Json>, total: Option<usize>) -> Object {
        let mut envelope = Object::new();
        envelope.set("self", self.link(call, self.current));
        if entries.len() == self.size {
            envelope.set("next", self.link(call, self.current + 1));
        }
        if self.current > 1 {
            envelope.set("prev", self.link(call, self.current - 1));
        }
        envelope.set(key, entries);
        let mut statistics: Object = [("currentPage", self.current), ("pageSize", self.size)]
            .into_iter()
            .collect();
        if let Some(total) = total {
            if self.with_pages {
                statistics.set("totalPages", total.div_ceil(self.size));
            }
            if self.with_elements {
                statistics.set("totalElements", total);
            }
        }
        envelope.set("statistics", statistics);
        envelope
    }

    /// The same request for another page: every other parameter is repeated.
    fn link(self, call: &Call, page: usize) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        for (name, value) in call.query_pairs() {
            if name != "currentPage" && name != "pageSize" {
                pairs.append_pair(name, value);
            }
        }
        pairs.append_pair("pageSize", &self.size.to_string());
        pairs.append_pair("currentPage", &page.to_string());
        call.link(&format!("{}?{}", call.path(), pairs.finish()))
    }
}
