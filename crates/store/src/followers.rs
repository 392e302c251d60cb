//! What follows the commits in memory: projections that lists are answered from, the feed of what has happened, when
//! objects were heard of, and what was used.

use crate::availability::Heard;
use crate::feed::Feed;
use crate::projection::Projections;
use crate::usage::Usage;

/// Everything that the writers tell after a commit, for all shards together.
#[derive(Default)]
pub(crate) struct Followers {
    pub(crate) projections: Projections,
    pub(crate) feed: Feed,
    pub(crate) heard: Heard,
    pub(crate) usage: Usage,
}
