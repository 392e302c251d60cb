//! Pages of lists that are made whole before they are cut: users, groups, roles, tenants.

use model::limits::PAGE_SIZE_MAX;

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
