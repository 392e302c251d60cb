//! The questions put to the platform's own decision.

use crate::graph::{Ask, Graph, Question};
use model::grants::Subject;
use model::ids::{ObjectId, TenantNumber};
use model::users::UserKind;
use policy::decide::{Target, decide};
use policy::facts::{Held, ObjectFacts, Principal, Surroundings};
use policy::operations::inventory::{InventoryRead, InventoryUpdate};
use policy::operations::measurements::MeasurementRead;
use policy::rights::{Grant, Origin, Rights};
use std::collections::HashMap;

const TENANT: TenantNumber = TenantNumber(100);

/// The rows, as the store has them: grants by who holds them, the tree by its edges.
pub(crate) struct Ours<'g> {
    graph: &'g Graph,
    grants: HashMap<Subject, Vec<Grant>>,
    principals: Vec<Principal>,
    objects: Vec<ObjectFacts>,
}

impl<'g> Ours<'g> {
    pub(crate) fn new(graph: &'g Graph) -> Self {
        let grants = graph.rules.iter().map(|(subject, rules)| {
            let grants = rules.iter().map(|rule| Grant {
                object: rule.object,
                permission: rule.permission.clone(),
                origin: Origin {
                    subject: *subject,
                    role: None,
                },
            });
            (*subject, grants.collect())
        });
        let mut ours = Self {
            grants: grants.collect(),
            graph,
            principals: Vec::new(),
            objects: Vec::new(),
        };
        ours.principals = (0..graph.users.len()).map(|user| ours.principal(user)).collect();
        ours.objects = (0..graph.objects.len())
            .map(|object| ours.object(object))
            .collect();
        ours
    }

    fn principal(&self, user: usize) -> Principal {
        let row = &self.graph.users[user];
        let grants = self
            .graph
            .subjects(user)
            .flat_map(|subject| &self.grants[&subject]);
        let held = Held {
            groups: row.groups.iter().copied().collect(),
            rights: Rights::new(grants.cloned().collect()),
            ..Held::default()
        };
        Principal::from_store(TENANT, row.id, UserKind::Person, held)
    }

    fn object(&self, object: usize) -> ObjectFacts {
        let row = &self.graph.objects[object];
        let surroundings = Surroundings {
            above: self.graph.above(object).map(|at| self.id(at)).collect(),
            owned_above: None,
            fragments: vec![row.fragment.into()],
        };
        ObjectFacts::from_store(TENANT, row.id, row.owner, false, None, surroundings)
    }

    fn id(&self, object: usize) -> ObjectId {
        self.graph.objects[object].id
    }

    /// All facts are at hand.
    pub(crate) fn cached(&self, question: &Question) -> bool {
        decided(
            &self.principals[question.user],
            &self.objects[question.object],
            question,
        )
    }

    /// All facts are put together for this question.
    pub(crate) fn cold(&self, question: &Question) -> bool {
        decided(
            &self.principal(question.user),
            &self.object(question.object),
            question,
        )
    }
}

fn decided(who: &Principal, object: &ObjectFacts, question: &Question) -> bool {
    let fragments = [question.fragment];
    match question.ask {
        Ask::ReadObject => decide::<InventoryRead>(who, Target::Object(object)).is_ok(),
        Ask::ChangeObject => decide::<InventoryUpdate>(who, Target::Object(object)).is_ok(),
        Ask::ReadMeasurement => decide::<MeasurementRead>(
            who,
            Target::Piece {
                object,
                fragments: &fragments,
            },
        )
        .is_ok(),
    }
}
