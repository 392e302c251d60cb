//! A table of fixed size for short-lived facts about strangers: sets of eight places, addressed by a tag that outsiders
//! cannot compute. When a set is full, the least worthy fact in it goes, so a flood of new facts cannot wash out the
//! heavy ones. It does not know what the facts mean.

use aws_lc_rs::hmac;

/// Places in one set.
const WAYS: usize = 8;

/// A keyed hash that names an entry: equal input gives an equal tag, and nobody outside can aim at a set.
pub(crate) type Tag = u128;

/// The first 128 bits of HMAC-SHA256 over the parts, each preceded by its length.
pub(crate) fn tag(key: &hmac::Key, parts: &[&[u8]]) -> Tag {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    Tag::from_be_bytes(bytes)
}

/// A value that can say what would be lost with it.
pub(crate) trait Fact: Copy {
    /// How much it matters now, larger is more; nothing if it is as good as absent.
    fn worth(&self, now_millis: u64) -> Option<(u64, u64)>;
}

/// The table. It grows with use and never beyond the number of entries it was made for.
pub(crate) struct Table<V> {
    sets: Vec<Vec<(Tag, V)>>,
}

impl<V: Fact> Table<V> {
    /// An empty table for at most `entries_max` entries, rounded up to a multiple of eight.
    pub(crate) fn new(entries_max: usize) -> Self {
        let mut sets = Vec::new();
        sets.resize_with(entries_max.div_ceil(WAYS).max(1), Vec::new);
        Self { sets }
    }

    /// The live entry of this tag.
    pub(crate) fn get(&self, tag: Tag, now_millis: u64) -> Option<V> {
        let (_, value) = self
            .sets
            .get(self.index(tag))?
            .iter()
            .find(|(known, _)| *known == tag)?;
        value.worth(now_millis).map(|_| *value)
    }

    /// Stores an entry, in place of its former self, of a dead one, or of the least worthy of a full set.
    pub(crate) fn put(&mut self, tag: Tag, value: V, now_millis: u64) {
        let index = self.index(tag);
        let Some(set) = self.sets.get_mut(index) else {
            return;
        };
        if let Some(place) = set.iter_mut().find(|(known, _)| *known == tag) {
            place.1 = value;
        } else if set.len() < WAYS {
            set.push((tag, value));
        } else if let Some(place) = set.iter_mut().min_by_key(|(_, value)| value.worth(now_millis)) {
            *place = (tag, value);
        }
    }

    /// Forgets an entry.
    pub(crate) fn remove(&mut self, tag: Tag) {
        let index = self.index(tag);
        if let Some(set) = self.sets.get_mut(index) {
            set.retain(|(known, _)| *known != tag);
        }
    }

    fn index(&self, tag: Tag) -> usize {
        (tag % self.sets.len() as u128) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::hmac::HMAC_SHA256;

    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Weight(u64);

    impl Fact for Weight {
        fn worth(&self, now_millis: u64) -> Option<(u64, u64)> {
            (self.0 > now_millis).then_some((self.0, 0))
        }
    }

    #[test]
    fn a_flood_of_light_entries_never_displaces_a_heavy_one_and_memory_stays_bounded() {
        let mut table = Table::new(64);
        table.put(0, Weight(1_000), 0);
        for tag in 1..100_000 {
            table.put(tag, Weight(5), 0);
        }
        assert_eq!(table.get(0, 0), Some(Weight(1_000)));
        assert_eq!(table.sets.iter().map(Vec::len).sum::<usize>(), 64);
    }

    #[test]
    fn a_dead_entry_is_absent_and_gives_its_place_up_first() {
        let mut table = Table::new(8);
        for tag in 0..8 {
            table.put(tag, Weight(if tag == 3 { 10 } else { 20 }), 0);
        }
        assert_eq!(table.get(3, 10), None);
        table.put(99, Weight(30), 10);
        assert_eq!(table.get(99, 10), Some(Weight(30)));
        for tag in [0, 1, 2, 4, 5, 6, 7] {
            assert_eq!(table.get(tag, 10), Some(Weight(20)));
        }
    }

    #[test]
    fn an_entry_is_replaced_in_place_and_can_be_forgotten() {
        let mut table = Table::new(8);
        table.put(1, Weight(5), 0);
        table.put(1, Weight(6), 0);
        assert_eq!(table.get(1, 0), Some(Weight(6)));
        table.remove(1);
        assert_eq!(table.get(1, 0), None);
    }

    #[test]
    fn parts_of_a_tag_cannot_be_shifted_into_each_other() {
        let key = hmac::Key::new(HMAC_SHA256, &[1; 32]);
        assert_ne!(tag(&key, &[b"ab", b"c"]), tag(&key, &[b"a", b"bc"]));
        assert_ne!(
            tag(&key, &[b"a"]),
            tag(&hmac::Key::new(HMAC_SHA256, &[2; 32]), &[b"a"])
        );
    }
}
