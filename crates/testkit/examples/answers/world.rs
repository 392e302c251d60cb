//! Worlds, questions and answers as they come and go in JSON. What they mean, the rules say.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A world with questions.
#[derive(Deserialize)]
pub(crate) struct Asked {
    pub(crate) tenants: Vec<TenantText>,
    pub(crate) questions: Vec<Question>,
}

/// Tenant and user by their places, the action, the object and the fragments.
#[derive(Deserialize)]
pub(crate) struct Question(
    pub(crate) usize,
    pub(crate) usize,
    pub(crate) String,
    pub(crate) u64,
    pub(crate) Vec<String>,
);

#[derive(Deserialize)]
pub(crate) struct TenantText {
    pub(crate) only_accessible_fragments: bool,
    pub(crate) users: Vec<UserText>,
    pub(crate) groups: Vec<GroupText>,
    pub(crate) inventory_roles: Vec<RoleText>,
    pub(crate) objects: Vec<ObjectText>,
    pub(crate) steps: Vec<Step>,
    pub(crate) pieces: Vec<PieceText>,
    pub(crate) operations: Vec<OperationText>,
}

#[derive(Deserialize)]
pub(crate) struct UserText {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    pub(crate) roles: Vec<String>,
    pub(crate) groups: Vec<String>,
    /// Groups that it was in before, with no effect any more.
    pub(crate) former_groups: Vec<String>,
    pub(crate) rules: Vec<String>,
    /// Rules that were given and taken away again.
    pub(crate) former_rules: Vec<String>,
    pub(crate) assignments: Vec<AssignmentText>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Human,
    Service,
    Device,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Enabled,
    Disabled,
    Deleted,
    /// Deleted, and made again under the same name.
    Recreated,
}

#[derive(Deserialize)]
pub(crate) struct AssignmentText {
    pub(crate) object: String,
    pub(crate) role: String,
}

#[derive(Deserialize)]
pub(crate) struct GroupText {
    pub(crate) name: String,
    pub(crate) roles: Vec<String>,
    pub(crate) rules: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct RoleText {
    pub(crate) name: String,
    pub(crate) permissions: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct ObjectText {
    pub(crate) id: u64,
    pub(crate) owner: String,
    pub(crate) fragments: Vec<String>,
    /// The fragments that it had first.
    pub(crate) former_fragments: Vec<String>,
    /// Whether devices may be told to fetch it.
    pub(crate) file: bool,
}

#[derive(Deserialize)]
pub(crate) struct OperationText {
    pub(crate) device: u64,
    pub(crate) creator: String,
    pub(crate) names: Vec<u64>,
    /// What it names since it was changed.
    pub(crate) names_later: Vec<u64>,
    pub(crate) state: Progress,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Progress {
    Open,
    Begun,
    Over,
}

/// What happens to the tree, one after the other.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Step {
    /// Kind, parent, child.
    Link(String, u64, u64),
    Unlink(String, u64, u64),
    Delete(u64),
}

#[derive(Deserialize)]
pub(crate) struct PieceText {
    pub(crate) id: u64,
    pub(crate) object: u64,
    pub(crate) fragments: Vec<String>,
}

/// What the program says.
#[derive(Serialize)]
pub(crate) struct Answers {
    /// One for each question.
    pub(crate) answers: Vec<&'static str>,
    /// By tenant: the places of the steps that were refused.
    pub(crate) refused: Vec<Vec<usize>>,
    /// By tenant and user: what is listed; nothing for those who cannot sign in.
    pub(crate) lists: Vec<Vec<Option<Lists>>>,
}

/// What one user is shown, by every way there is; the ways must agree.
#[derive(Serialize)]
pub(crate) struct Lists {
    /// Found by search, and their total.
    pub(crate) found: BTreeSet<u64>,
    pub(crate) total: usize,
    /// Each asked of the list by its id.
    pub(crate) listed: BTreeSet<u64>,
    /// Measurements that a walk over all visits.
    pub(crate) walked: BTreeSet<u64>,
    /// Measurements that walks over one source each visit.
    pub(crate) walked_by_source: BTreeSet<u64>,
    /// Measurements as the list gives them, each with its fragments.
    pub(crate) pieces: BTreeMap<u64, BTreeSet<String>>,
    /// Measurements read one by one.
    pub(crate) read: BTreeMap<u64, BTreeSet<String>>,
}
