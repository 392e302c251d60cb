//! Repeated events in windows of five minutes: the first is recorded at once, the rest are counted and recorded as one
//! with their exact number. Bounded in memory; whoever counts is told what does not fit, so that nothing is dropped.

use model::limits::DENIAL_WINDOWS_MAX;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// How long a window is open, in milliseconds.
pub(crate) const WINDOW_MILLIS: u64 = 5 * 60 * 1_000;

struct Window<V> {
    began: u64,
    repeats: u64,
    about: V,
}

/// What an event is in its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The first: to be recorded now.
    First,
    /// A repeat: recorded with the others when the window closes.
    Repeat,
    /// Not counted: all windows are in use.
    NoRoom,
}

/// Open windows by what repeats.
pub(crate) struct Windows<K, V> {
    open: Mutex<HashMap<K, Window<V>>>,
}

impl<K: Hash + Eq + Clone, V: Clone> Windows<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            open: Mutex::new(HashMap::new()),
        }
    }

    /// Counts an event.
    pub(crate) fn count(&self, key: K, about: V, now_millis: u64) -> Counted {
        self.count_with(key, about, now_millis, |_| {})
    }

    /// Counts an event; of a repeat, adds to what is kept about them all.
    pub(crate) fn count_with(&self, key: K, about: V, now_millis: u64, add: impl FnOnce(&mut V)) -> Counted {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = open.get_mut(&key) {
            window.repeats += 1;
            add(&mut window.about);
            return Counted::Repeat;
        }
        if open.len() >= DENIAL_WINDOWS_MAX {
            return Counted::NoRoom;
        }
        open.insert(
            key,
            Window {
                began: now_millis,
                repeats: 0,
                about,
            },
        );
        Counted::First
    }

    /// Takes up again what could not be written: it is counted on in the open window, or in a new one.
    pub(crate) fn count_on(&self, key: K, about: V, repeats: u64, now_millis: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let window = open.entry(key).or_insert(Window {
            began: now_millis,
            repeats: 0,
            about,
        });
        window.repeats += repeats;
    }

    /// The windows that are open and in which something repeated, of the keys that are meant.
    pub(crate) fn open(&self, is_meant: impl Fn(&K) -> bool) -> Vec<(V, u64)> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let meant = open
            .iter()
            .filter(|(key, window)| window.repeats > 0 && is_meant(key));
        meant
            .map(|(_, window)| (window.about.clone(), window.repeats))
            .collect()
    }

    /// Closes windows that are over (all of them when stopping) and gives those in which something repeated.
    pub(crate) fn close(&self, now_millis: u64, all: bool) -> Vec<(K, V, u64)> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut closed = Vec::new();
        open.retain(|key, window| {
            if !all && now_millis < window.began + WINDOW_MILLIS {
                return true;
            }
            if window.repeats > 0 {
                closed.push((key.clone(), window.about.clone(), window.repeats));
            }
            false
        });
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R096: repeats are counted exactly, and none is lost.
    #[test]
    fn repeats_of_a_window_are_counted_and_given_once() {
        let windows = Windows::new();
        assert_eq!(windows.count("a", (), 0), Counted::First);
        assert_eq!(windows.count("a", (), 10), Counted::Repeat);
        assert_eq!(windows.count("a", (), 20), Counted::Repeat);
        assert_eq!(windows.count("b", (), 20), Counted::First);
        assert_eq!(windows.open(|_| true), [((), 2)]);
        assert_eq!(windows.open(|key| *key == "b"), []);
        assert_eq!(windows.close(WINDOW_MILLIS - 1, false), []);
        assert_eq!(windows.close(WINDOW_MILLIS, false), [("a", (), 2)]);
        assert_eq!(windows.count("a", (), WINDOW_MILLIS), Counted::First);
        assert_eq!(windows.close(WINDOW_MILLIS, true), []);
    }

    #[test]
    fn what_could_not_be_written_is_counted_on() {
        let windows = Windows::new();
        assert_eq!(windows.count("a", (), 0), Counted::First);
        assert_eq!(windows.count("a", (), 10), Counted::Repeat);
        for (key, about, count) in windows.close(WINDOW_MILLIS, false) {
            windows.count_on(key, about, count, WINDOW_MILLIS);
        }
        assert_eq!(windows.count("a", (), WINDOW_MILLIS + 1), Counted::Repeat);
        assert_eq!(windows.close(2 * WINDOW_MILLIS, false), [("a", (), 2)]);
    }

    #[test]
    fn without_room_whoever_counts_is_told() {
        let windows = Windows::new();
        for key in 0..DENIAL_WINDOWS_MAX {
            assert_eq!(windows.count(key, (), 0), Counted::First);
        }
        assert_eq!(windows.count(usize::MAX, (), 0), Counted::NoRoom);
        assert_eq!(windows.count(usize::MAX, (), 0), Counted::NoRoom);
    }
}
