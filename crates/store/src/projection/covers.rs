//! What the reaches of the last askers come to, as long as no object appears, goes, moves or changes hands: whoever may
//! see much and asks for page after page would else have all of it listed for each.

use crate::covered::Listed;
use policy::proof::Mine;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Askers that are remembered.
const ASKERS_MAX: usize = 16;
/// Objects that are listed for all of them together: about 50 MiB.
const OBJECTS_MAX: usize = 500_000;

/// The reaches of the last askers, the newest first.
#[derive(Default)]
pub(super) struct Covers(Mutex<VecDeque<(Arc<Mine>, Arc<Listed>)>>);

impl Covers {
    pub(super) fn of(&self, mine: &Arc<Mine>) -> Option<Arc<Listed>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|(other, _)| other == mine);
        found.map(|(_, listed)| listed.clone())
    }

    pub(super) fn keep(&self, mine: &Arc<Mine>, listed: &Arc<Listed>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_front((mine.clone(), listed.clone()));
        let mut objects = 0;
        let fitting = known.iter().take(ASKERS_MAX).take_while(|(_, listed)| {
            objects += listed.len();
            objects <= OBJECTS_MAX
        });
        let fitting = fitting.count();
        known.truncate(fitting);
    }

    pub(super) fn forget(&mut self) {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
