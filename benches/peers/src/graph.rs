//! The rows of the comparison: users in groups, objects in a tree five deep, rules, and questions about them. It knows
//! neither of those who answer.

use model::grants::Subject;
use model::ids::{GroupId, ObjectId, PrincipalId};
use model::permissions::{Rule, Select};
use std::collections::HashMap;

/// Levels of the tree.
const DEPTH: usize = 5;
/// Objects below each object, and at the top.
const FAN_OUT: usize = 6;
/// Groups that a user is in.
const GROUPS_OF_USER: usize = 2;
/// Names of fragments in use.
const FRAGMENTS: [&str; 8] = [
    "c8y_Temperature",
    "c8y_Humidity",
    "c8y_Position",
    "c8y_Restart",
    "c8y_Hardware",
    "c8y_Battery",
    "c8y_Signal",
    "c8y_Price",
];

/// How much there is of everything.
pub(crate) struct Size {
    pub(crate) users: usize,
    pub(crate) groups: usize,
    pub(crate) questions: usize,
}

/// A row of the tree. Every object has one fragment of its own.
pub(crate) struct ObjectRow {
    pub(crate) id: ObjectId,
    pub(crate) parent: Option<usize>,
    pub(crate) owner: PrincipalId,
    pub(crate) fragment: &'static str,
}

/// A row of the users.
pub(crate) struct UserRow {
    pub(crate) id: PrincipalId,
    pub(crate) groups: Vec<GroupId>,
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    ReadObject,
    ChangeObject,
    /// A measurement with one fragment.
    ReadMeasurement,
}

/// May this user do that?
pub(crate) struct Question {
    pub(crate) user: usize,
    pub(crate) object: usize,
    pub(crate) ask: Ask,
    pub(crate) fragment: &'static str,
}

/// Everything.
pub(crate) struct Graph {
    pub(crate) users: Vec<UserRow>,
    pub(crate) objects: Vec<ObjectRow>,
    pub(crate) rules: HashMap<Subject, Vec<Rule>>,
    pub(crate) questions: Vec<Question>,
}

impl Graph {
    /// The same one for the same size.
    pub(crate) fn new(size: &Size) -> Self {
        let mut dice = Dice(7);
        let objects = tree(&mut dice, size.users);
        let group = |number: usize| GroupId::new(1 + number as u64).expect("in range");
        let users: Vec<_> = (0..size.users)
            .map(|number| UserRow {
                id: principal(number),
                groups: (0..GROUPS_OF_USER)
                    .map(|_| group(dice.below(size.groups)))
                    .collect(),
            })
            .collect();
        let groups = (0..size.groups).map(|number| (Subject::Group(group(number)), 3));
        let subjects = groups.chain(users.iter().map(|user| (Subject::User(user.id), 2)));
        let rules = subjects
            .map(|(subject, count)| {
                let rules = (0..count).map(|_| rule(&mut dice, objects.len())).collect();
                (subject, rules)
            })
            .collect();
        let mut graph = Self {
            users,
            objects,
            rules,
            questions: Vec::new(),
        };
        graph.questions = (0..size.questions).map(|_| graph.question(&mut dice)).collect();
        graph
    }

    /// Who a user's rules come from: itself and its groups, each once.
    pub(crate) fn subjects(&self, user: usize) -> impl Iterator<Item = Subject> {
        let user = &self.users[user];
        let first_time = |at: &usize| !user.groups[..*at].contains(&user.groups[*at]);
        let groups = (0..user.groups.len()).filter(first_time);
        let groups: Vec<_> = groups.map(|at| Subject::Group(user.groups[at])).collect();
        std::iter::once(Subject::User(user.id)).chain(groups)
    }

    /// The objects above one, the nearest first.
    pub(crate) fn above(&self, object: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.objects[object].parent, |object| self.objects[*object].parent)
    }

    /// An object that a rule on this one reaches.
    fn below(&self, dice: &mut Dice, root: Select<ObjectId>) -> usize {
        let mut object = self
            .objects
            .iter()
            .position(|row| root.selects(&row.id))
            .unwrap_or_default();
        for _ in 0..dice.below(DEPTH) {
            // The objects stand in the order of their levels.
            let first = FAN_OUT * (object + 1);
            if first + FAN_OUT <= self.objects.len() {
                object = first + dice.below(FAN_OUT);
            }
        }
        object
    }

    /// Half of the questions are about any object, half about one that a rule of the user reaches.
    fn question(&self, dice: &mut Dice) -> Question {
        let user = dice.below(self.users.len());
        let mut object = dice.below(self.objects.len());
        if dice.below(2) == 0 {
            let subjects: Vec<_> = self.subjects(user).collect();
            let rules = &self.rules[&subjects[dice.below(subjects.len())]];
            let root = rules[dice.below(rules.len())].object;
            object = self.below(dice, root);
        }
        let ask = [Ask::ReadObject, Ask::ChangeObject, Ask::ReadMeasurement][dice.below(3)];
        let fragment = match ask {
            Ask::ReadMeasurement => FRAGMENTS[dice.below(FRAGMENTS.len())],
            Ask::ReadObject | Ask::ChangeObject => self.objects[object].fragment,
        };
        Question {
            user,
            object,
            ask,
            fragment,
        }
    }
}

fn principal(number: usize) -> PrincipalId {
    PrincipalId::new(1 + number as u64).expect("in range")
}

fn object_id(number: usize) -> ObjectId {
    ObjectId::new(1_000 + number as u64).expect("in range")
}

fn tree(dice: &mut Dice, users: usize) -> Vec<ObjectRow> {
    let mut objects = Vec::new();
    let mut level: Vec<Option<usize>> = vec![None];
    for _ in 0..DEPTH {
        let parents = level.iter().flat_map(|parent| [*parent; FAN_OUT]);
        let first = objects.len();
        for parent in parents {
            objects.push(ObjectRow {
                id: object_id(objects.len()),
                parent,
                owner: principal(dice.below(users)),
                fragment: FRAGMENTS[dice.below(FRAGMENTS.len())],
            });
        }
        level = (first..objects.len()).map(Some).collect();
    }
    objects
}

/// On an object anywhere in the tree, more often than not near the top.
fn rule(dice: &mut Dice, objects: usize) -> Rule {
    let near_top = [objects, 300, 50][dice.below(3)].min(objects);
    let object = object_id(dice.below(near_top));
    let scope = ["MANAGED_OBJECT", "MEASUREMENT", "*"][dice.below(3)];
    let fragment = match dice.below(3) {
        0 => "*",
        _ => FRAGMENTS[dice.below(FRAGMENTS.len())],
    };
    let level = ["READ", "ADMIN", "*"][dice.below(3)];
    format!("{object}, {scope}, {fragment}, {level}")
        .parse()
        .expect("a rule")
}

/// Numbers that look random and are the same in every run (SplitMix64, public domain).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}
