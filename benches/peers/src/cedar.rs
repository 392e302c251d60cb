//! The questions put to Cedar. Every rule is one policy; a question is put to the policies of the user and its groups
//! only, as one would who keeps them by who they speak of: Cedar looks at each policy that it is given.

use crate::graph::{Ask, Graph, Question};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicyId,
    PolicySet, Request, RestrictedExpression,
};
use model::grants::Subject;
use model::permissions::{Level, Rule, Scope};
use std::collections::{HashMap, HashSet};
use std::fmt::Display;

/// What belongs to the user is its own.
const OWNERSHIP: &str = "permit (principal, action, resource) when { resource.owner == principal };";

/// The rows, as Cedar takes them.
pub(crate) struct Cedar<'g> {
    graph: &'g Graph,
    authorizer: Authorizer,
    types: Types,
    /// By user.
    policies: Vec<PolicySet>,
    entities: Entities,
}

/// The names of the types, read once.
struct Types {
    user: EntityTypeName,
    group: EntityTypeName,
    object: EntityTypeName,
    action: EntityTypeName,
}

impl<'g> Cedar<'g> {
    pub(crate) fn new(graph: &'g Graph) -> Result<Self, String> {
        let types = Types {
            user: parsed("User")?,
            group: parsed("Group")?,
            object: parsed("Object")?,
            action: parsed("Action")?,
        };
        let written = written(graph)?;
        let policies = (0..graph.users.len()).map(|user| {
            let own = graph.subjects(user).flat_map(|subject| &written[&subject]);
            let ownership = Policy::parse(Some(PolicyId::new("ownership")), OWNERSHIP).map_err(text)?;
            PolicySet::from_policies(own.cloned().chain([ownership])).map_err(text)
        });
        let policies = policies.collect::<Result<_, String>>()?;
        let mut cedar = Self {
            graph,
            authorizer: Authorizer::new(),
            types,
            policies,
            entities: Entities::empty(),
        };
        let users = (0..graph.users.len()).map(|user| cedar.user(user));
        let objects = (0..graph.objects.len()).map(|object| cedar.object(object));
        cedar.entities = whole(users.chain(objects).collect::<Result<Vec<_>, _>>()?)?;
        Ok(cedar)
    }

    fn user(&self, user: usize) -> Result<Entity, String> {
        let row = &self.graph.users[user];
        let groups = row
            .groups
            .iter()
            .map(|group| uid(&self.types.group, group))
            .collect();
        Ok(Entity::new_no_attrs(uid(&self.types.user, row.id), groups))
    }

    fn object(&self, object: usize) -> Result<Entity, String> {
        let row = &self.graph.objects[object];
        let owner = RestrictedExpression::new_entity_uid(uid(&self.types.user, row.owner));
        let parents = row.parent.iter().map(|parent| self.object_uid(*parent));
        Entity::new(
            self.object_uid(object),
            HashMap::from([("owner".to_owned(), owner)]),
            parents.collect::<HashSet<_>>(),
        )
        .map_err(text)
    }

    fn object_uid(&self, object: usize) -> EntityUid {
        uid(&self.types.object, self.graph.objects[object].id)
    }

    /// A question as Cedar takes it.
    pub(crate) fn request(&self, question: &Question) -> Result<Request, String> {
        let (scope, level) = match question.ask {
            Ask::ReadObject => (Scope::ManagedObject, Level::Read),
            Ask::ChangeObject => (Scope::ManagedObject, Level::Admin),
            Ask::ReadMeasurement => (Scope::Measurement, Level::Read),
        };
        let fragment = RestrictedExpression::new_string(question.fragment.to_owned());
        Request::new(
            uid(&self.types.user, self.graph.users[question.user].id),
            uid(&self.types.action, action(scope, level)),
            self.object_uid(question.object),
            Context::from_pairs([("fragment".to_owned(), fragment)]).map_err(text)?,
            None,
        )
        .map_err(text)
    }

    /// All entities, the policies and the request are at hand.
    pub(crate) fn cached(&self, question: &Question, request: &Request) -> bool {
        self.answer(question, request, &self.entities)
    }

    /// The entities that the question needs and the request are put together for it; the policies are at hand.
    pub(crate) fn cold(&self, question: &Question) -> Result<bool, String> {
        let mut entities = vec![self.user(question.user)?];
        for object in std::iter::once(question.object).chain(self.graph.above(question.object)) {
            entities.push(self.object(object)?);
        }
        Ok(self.answer(question, &self.request(question)?, &whole(entities)?))
    }

    fn answer(&self, question: &Question, request: &Request, entities: &Entities) -> bool {
        let policies = &self.policies[question.user];
        self.authorizer
            .is_authorized(request, policies, entities)
            .decision()
            == Decision::Allow
    }
}

/// Every rule as a policy, by who holds it.
fn written(graph: &Graph) -> Result<HashMap<Subject, Vec<Policy>>, String> {
    let mut number = 0;
    let mut written = HashMap::new();
    for (subject, rules) in &graph.rules {
        let mut policies = Vec::new();
        for rule in rules {
            number += 1;
            let id = PolicyId::new(format!("rule{number}"));
            policies.push(Policy::parse(Some(id), policy(*subject, rule)).map_err(text)?);
        }
        written.insert(*subject, policies);
    }
    Ok(written)
}

fn policy(subject: Subject, rule: &Rule) -> String {
    let principal = match subject {
        Subject::User(id) => format!("principal == User::\"{id}\""),
        Subject::Group(id) => format!("principal in Group::\"{id}\""),
    };
    let permission = &rule.permission;
    let meant = Scope::ALL
        .into_iter()
        .flat_map(|scope| Level::ALL.map(|level| (scope, level)));
    let meant = meant.filter(|(scope, level)| permission.is_for(*scope, *level));
    let actions: Vec<_> = meant
        .map(|(scope, level)| format!("Action::\"{}\"", action(scope, level)))
        .collect();
    let object = model::permissions::object_text(rule.object);
    let condition = match permission.fragment_text().as_str() {
        "*" => String::new(),
        name => format!(" when {{ context.fragment == \"{name}\" }}"),
    };
    let actions = actions.join(", ");
    format!("permit ({principal}, action in [{actions}], resource in Object::\"{object}\"){condition};")
}

fn action(scope: Scope, level: Level) -> String {
    format!("{}:{}", scope.name(), level.name())
}

fn whole(entities: Vec<Entity>) -> Result<Entities, String> {
    Entities::from_entities(entities, None).map_err(text)
}

fn uid(kind: &EntityTypeName, id: impl Display) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id.to_string()))
}

fn parsed(name: &str) -> Result<EntityTypeName, String> {
    name.parse().map_err(text)
}

fn text(error: impl Display) -> String {
    error.to_string()
}
