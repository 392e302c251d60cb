//! The parameters of lists of managed objects.

use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use crate::units;
use engine::inventory::{Owner, Search, Show};
use model::inventory::ChildKind;
use model::limits::{QUERY_BYTES_MAX, REFERENCES_MAX};
use query::ast::Query;

/// What the parameters ask for.
pub(crate) struct Filters {
    pub(crate) search: Search,
    pub(crate) owner: Owner,
    pub(crate) text: Option<String>,
    /// A filter that nothing can match: an id or owner that cannot exist.
    pub(crate) matches_nothing: bool,
}

impl Filters {
    /// From the parameters of a request. With a query, the other filters are ignored, as the API says.
    pub(crate) fn of(call: &Call, page: Page) -> Result<Self, Problem> {
        let mut filters = Self {
            search: Search {
                skip: page.skip(),
                take: page.size,
                count: page.counts(),
                ..Search::default()
            },
            owner: None,
            text: None,
            matches_nothing: false,
        };
        filters.search.only_roots = call.flag("onlyRoots", false)?;
        filters.search.query = query_of(call, "query")?;
        if filters.search.query.is_none() {
            filters.search.query = query_of(call, "q")?;
            filters.search.only_devices = call.query("q").is_some();
        }
        if filters.search.query.is_none() {
            filters.plain(call)?;
        }
        Ok(filters)
    }

    fn plain(&mut self, call: &Call) -> Result<(), Problem> {
        let search = &mut self.search;
        search.kind = call.text("type");
        search.fragment = call.text("fragmentType");
        self.text = call.text("text");
        if let Some(owner) = call.text("owner") {
            match owner.parse() {
                Ok(owner) => self.owner = Some(owner),
                Err(_) => self.matches_nothing = true,
            }
        }
        if call.query("ids").is_some() {
            let ids = call.list("ids");
            if ids.len() > REFERENCES_MAX {
                return Err(Problem::bad_parameter(call, "ids", "a list of at most 2,000 ids"));
            }
            let ids: Result<Vec<_>, _> = ids.into_iter().map(str::parse).collect();
            let bad = |_| Problem::bad_parameter(call, "ids", "a list of identifiers");
            search.ids = Some(ids.map_err(bad)?);
        }
        for (name, kind) in [
            ("childDeviceId", ChildKind::Device),
            ("childAssetId", ChildKind::Asset),
            ("childAdditionId", ChildKind::Addition),
        ] {
            if let Some(child) = call.query_id(name)? {
                search.parent_of.push((kind, child));
            }
        }
        search.project = call.query_id("project")?;
        Ok(())
    }
}

/// A query parameter, parsed; an empty one is none.
pub(super) fn query_of(call: &Call, name: &'static str) -> Result<Option<Query>, Problem> {
    let Some(text) = call.query(name).filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    if text.len() > QUERY_BYTES_MAX {
        return Err(Problem::bad_parameter(
            call,
            name,
            "a query of at most 4,096 bytes",
        ));
    }
    Query::parse(text)
        .map(Some)
        .map_err(|bad| Problem::query(call, &bad))
}

/// What else is shown of each object.
pub(super) fn show_options(call: &Call) -> Result<Show, Problem> {
    Ok(Show {
        children: call.flag("withChildren", true)?,
        children_count: call.flag("withChildrenCount", false)?,
        parents: call.flag("withParents", false)?,
        ..Show::NOTHING
    })
}

/// The same, and what objects that are read by themselves or listed are shown with.
pub(super) fn show_more(call: &Call) -> Result<Show, Problem> {
    units::wanted(call)?;
    Ok(Show {
        groups: call.flag("withGroups", false)?,
        latest: call.flag("withLatestValues", false)?,
        ..show_options(call)?
    })
}
