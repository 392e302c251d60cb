//! What devices say of their operations, by the name of what was asked or by id, and what else changes by it.

use super::devices::{agent_body, caller, child_of, device, object};
use super::{OPERATIONS, ask, id};
use engine::caller::Caller;
use engine::operations::CreateOperation;
use engine::operations::by_device::{Effects, EndOldest, FailAll, Said, SayById, StartOldest};
use engine::refusal::{Bound, Invalid, Missing, Refusal};
use engine::work::Command;
use model::ids::{ObjectId, OperationId};
use model::inventory::ManagedObjectUpdate;
use model::json::{Json, Object};
use model::limits::OPERATIONS_OPEN_PER_DEVICE_MAX;
use model::operations::OperationStatus::{Executing, Pending, Successful};
use model::operations::{BadStep, NewOperation, OperationStatus};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::house::{House, Who};

struct Scene {
    house: House,
    admin: Who,
    who: Who,
    caller: Caller,
    agent: String,
}

impl Scene {
    fn new() -> Self {
        let house = House::new();
        let admin = house.admin("t100");
        let (who, agent) = device(&house, "a1");
        let caller = caller(&house, &who);
        Self {
            house,
            admin,
            who,
            caller,
            agent,
        }
    }

    fn ask(&self, device: &str, fragment: &str) -> String {
        let body = json!({"deviceId": device, fragment: {"text": "x"}});
        id(&self.house.post(&self.admin, OPERATIONS, body).expect(201).json())
    }

    fn run<C: Command>(&self, command: C) -> Result<C::Answer, Refusal> {
        self.house.wait(self.house.door.run(&self.caller, command))
    }

    fn start(&self, device: &str, fragment: &str) -> Result<OperationId, Refusal> {
        self.run(StartOldest {
            device: number(device),
            fragment: fragment.to_owned(),
        })
    }

    fn end(&self, device: &str, fragment: &str, said: Said) -> Result<OperationId, Refusal> {
        self.run(EndOldest {
            device: number(device),
            fragment: fragment.to_owned(),
            said,
        })
    }

    fn say(&self, operation: &str, said: Said) -> Result<(), Refusal> {
        self.run(SayById {
            speaker: number(&self.agent),
            id: operation.parse().expect("an id"),
            said,
        })
    }

    fn shown(&self, operation: &str) -> Value {
        let path = format!("{OPERATIONS}/{operation}");
        self.house.get(&self.admin, &path).expect(200).json()
    }

    fn status(&self, operation: &str) -> String {
        self.shown(operation)["status"]
            .as_str()
            .expect("a status")
            .to_owned()
    }
}

fn number(object: &str) -> ObjectId {
    object.parse().expect("an id")
}

fn none_is(status: OperationStatus) -> Refusal {
    Refusal::Invalid(Invalid::NoOperation(status))
}

#[test]
fn the_oldest_with_the_fragment_begins_and_the_oldest_that_has_begun_ends() {
    let scene = Scene::new();
    let agent = scene.agent.as_str();
    let other = scene.ask(agent, "c8y_Other");
    let (first, second) = (scene.ask(agent, "c8y_Command"), scene.ask(agent, "c8y_Command"));
    let done = || Said::successful();
    assert_eq!(scene.end(agent, "c8y_Command", done()), Err(none_is(Executing)));
    assert_eq!(
        scene.start(agent, "c8y_Command").map(|id| id.to_string()),
        Ok(first.clone())
    );
    assert_eq!(
        scene.start(agent, "c8y_Command").map(|id| id.to_string()),
        Ok(second.clone())
    );
    assert_eq!(scene.start(agent, "c8y_Command"), Err(none_is(Pending)));
    let failed = Said::Failed(Some("no power".to_owned()));
    assert_eq!(
        scene.end(agent, "c8y_Command", failed).map(|id| id.to_string()),
        Ok(first.clone())
    );
    assert_eq!(scene.shown(&first)["failureReason"], "no power");
    assert_eq!(
        scene.end(agent, "c8y_Command", done()).map(|id| id.to_string()),
        Ok(second.clone())
    );
    assert_eq!(
        [&first, &second, &other].map(|id| scene.status(id)),
        ["FAILED", "SUCCESSFUL", "PENDING"]
    );
}

// R100: one commit, and a record of each.
#[test]
fn success_changes_the_operation_and_the_device_together() {
    let scene = Scene::new();
    let operation = scene.ask(&scene.agent, "c8y_RelayArray");
    scene.start(&scene.agent, "c8y_RelayArray").expect("begun");
    let effects = Said::Successful(Arc::new(|fragments, _| {
        assert!(fragments.contains("c8y_RelayArray"));
        Effects {
            operation: vec![("c8y_Result".to_owned(), "done".into())],
            device: ManagedObjectUpdate {
                fragments: vec![("c8y_RelayArray".to_owned(), "OPEN".into())],
                ..ManagedObjectUpdate::default()
            },
        }
    }));
    scene.end(&scene.agent, "c8y_RelayArray", effects).expect("ended");
    assert_eq!(scene.shown(&operation)["c8y_Result"], "done");
    let path = format!("/inventory/managedObjects/{}", scene.agent);
    let device = scene.house.get(&scene.admin, &path).expect(200).json();
    assert_eq!(device["c8y_RelayArray"], "OPEN");
    let path = format!("/audit/auditRecords?source={}&type=Inventory", scene.agent);
    let records = scene.house.get(&scene.admin, &path).expect(200).json();
    assert_eq!(
        records["auditRecords"][0]["changes"][0]["attribute"],
        "c8y_RelayArray"
    );
}

#[test]
fn by_id_every_step_forward_is_taken_and_every_repetition() {
    let scene = Scene::new();
    let operation = scene.ask(&scene.agent, "c8y_Command");
    for said in [Said::Executing, Said::Executing] {
        assert_eq!(scene.say(&operation, said), Ok(()));
    }
    let with = |result: &'static str| {
        Said::Successful(Arc::new(move |_, _| Effects {
            operation: vec![("c8y_Result".to_owned(), result.into())],
            ..Effects::default()
        }))
    };
    assert_eq!(scene.say(&operation, with("first")), Ok(()));
    assert_eq!(scene.say(&operation, with("second")), Ok(()));
    assert_eq!(scene.shown(&operation)["c8y_Result"], "first");
    let step = BadStep {
        from: Successful,
        to: Executing,
    };
    let refused = Refusal::Invalid(Invalid::Step(step));
    assert_eq!(scene.say(&operation, Said::Executing), Err(refused));
    // What is done at once needs no begin.
    let at_once = scene.ask(&scene.agent, "c8y_Command");
    assert_eq!(scene.say(&at_once, Said::successful()), Ok(()));
    assert_eq!(scene.status(&at_once), "SUCCESSFUL");
}

#[test]
fn a_device_ends_what_is_its_own_or_below_it_and_nothing_else() {
    let scene = Scene::new();
    let house = &scene.house;
    let child = child_of(
        house,
        &scene.who,
        &scene.agent,
        "a1-c",
        json!({"c8y_IsDevice": {}}),
    );
    let of_child = scene.ask(&child, "c8y_Command");
    assert_eq!(scene.say(&of_child, Said::Executing), Ok(()));
    // By name only what is asked of that very device.
    assert_eq!(
        scene.end(&scene.agent, "c8y_Command", Said::successful()),
        Err(none_is(Executing))
    );
    assert!(scene.end(&child, "c8y_Command", Said::successful()).is_ok());
    // What it owns and what hangs elsewhere is not its to speak of here; what is another's does not exist.
    let apart = object(house, &scene.who, "apart", agent_body());
    let (_, foreign) = device(house, "a2");
    for elsewhere in [apart, foreign.clone()] {
        let operation = scene.ask(&elsewhere, "c8y_Command");
        let missing = Refusal::Missing(Missing::Operation(operation.parse().expect("an id")));
        assert_eq!(scene.say(&operation, Said::Executing), Err(missing));
        assert_eq!(scene.status(&operation), "PENDING");
    }
    let absent = Refusal::Missing(Missing::Object(number(&foreign)));
    assert_eq!(scene.start(&foreign, "c8y_Command"), Err(absent.clone()));
    let all = FailAll {
        device: number(&foreign),
        fragment: None,
        reason: None,
    };
    assert_eq!(scene.run(all), Err(absent));
}

#[test]
fn what_a_device_is_at_fails_together_and_what_waits_stays() {
    let scene = Scene::new();
    let agent = scene.agent.as_str();
    let fail = |fragment: Option<&str>| {
        scene.run(FailAll {
            device: number(agent),
            fragment: fragment.map(str::to_owned),
            reason: Some("restarted".to_owned()),
        })
    };
    let operations = [
        scene.ask(agent, "c8y_One"),
        scene.ask(agent, "c8y_Two"),
        scene.ask(agent, "c8y_One"),
    ];
    scene.start(agent, "c8y_One").expect("begun");
    scene.start(agent, "c8y_Two").expect("begun");
    let statuses = || operations.each_ref().map(|id| scene.status(id));
    assert_eq!(fail(Some("c8y_Three")), Ok(0));
    assert_eq!(fail(Some("c8y_Two")), Ok(1));
    assert_eq!(statuses(), ["EXECUTING", "FAILED", "PENDING"]);
    assert_eq!(fail(None), Ok(1));
    assert_eq!(statuses(), ["FAILED", "FAILED", "PENDING"]);
    assert_eq!(scene.shown(&operations[0])["failureReason"], "restarted");
    assert_eq!(fail(None), Ok(0));
}

#[test]
fn a_deleted_operation_is_found_in_no_list_any_more() {
    let scene = Scene::new();
    let agent = scene.agent.as_str();
    ask(&scene.house, &scene.admin, agent);
    scene.start(agent, "c8y_Restart").expect("begun");
    let path = format!("{OPERATIONS}?deviceId={agent}");
    scene.house.delete(&scene.admin, &path).expect(204);
    assert_eq!(
        scene.end(agent, "c8y_Restart", Said::successful()),
        Err(none_is(Executing))
    );
    assert_eq!(scene.start(agent, "c8y_Restart"), Err(none_is(Pending)));
}

#[test]
fn a_device_has_room_for_so_many_operations_and_finds_each_of_them() {
    let scene = Scene::new();
    let agent = scene.agent.as_str();
    let last = OPERATIONS_OPEN_PER_DEVICE_MAX - 1;
    let ask = |at: usize| {
        CreateOperation(NewOperation {
            device: number(agent),
            description: None,
            expires: None,
            fragments: [(
                if at < last { "c8y_Other" } else { "c8y_Command" },
                Json::Object(Object::new()),
            )]
            .into_iter()
            .collect(),
        })
    };
    for at in 0..=last {
        scene.run(ask(at)).map(drop).expect("room");
    }
    let full = Refusal::Invalid(Invalid::TooMany(Bound::OpenOperations));
    assert_eq!(scene.run(ask(last)).map(drop), Err(full.clone()));
    let body = json!({"deviceId": agent, "c8y_Command": {}});
    scene.house.post(&scene.admin, OPERATIONS, body).expect(422);
    // The youngest is found too; what the device is at is not finished either.
    let started = scene.start(agent, "c8y_Command").expect("the last one");
    assert_eq!(scene.run(ask(last)).map(drop), Err(full));
    assert_eq!(scene.end(agent, "c8y_Command", Said::successful()), Ok(started));
    scene.run(ask(last)).map(drop).expect("room again");
}
