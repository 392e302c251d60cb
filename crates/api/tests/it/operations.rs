//! Operations over REST: life cycle, lists, rights and refusals.

mod by_device;
mod devices;
mod feed;
mod kinds;
mod lent;
mod life;
mod rights;

use serde_json::{Value, json};
use testkit::house::{House, Who};

const OPERATIONS: &str = "/devicecontrol/operations";

/// The id of what was created.
pub(crate) fn id(created: &Value) -> String {
    created["id"].as_str().expect("an id").to_owned()
}

/// A new agent of somebody, with these properties more.
#[expect(clippy::needless_pass_by_value, reason = "a JSON literal at every call")]
pub(crate) fn agent(house: &House, who: &Who, more: Value) -> String {
    let mut body = json!({"name": "agent", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}});
    body.as_object_mut()
        .expect("an object")
        .extend(more.as_object().cloned().unwrap_or_default());
    id(&house
        .post(who, "/inventory/managedObjects", body)
        .expect(201)
        .json())
}

/// A new child device of an object.
fn child(house: &House, who: &Who, parent: &str) -> String {
    let path = format!("/inventory/managedObjects/{parent}/childDevices");
    let media = "application/vnd.com.nsn.cumulocity.managedObject+json";
    let request = house
        .request(who, "POST", &path)
        .header("accept", "application/json")
        .header("content-type", media);
    let body = json!({"name": "child", "c8y_IsDevice": {}}).to_string();
    house.send_text(request, body).expect(201);
    let children = house.get(who, &path).expect(200).json();
    let last = children["references"]
        .as_array()
        .and_then(|all| all.last())
        .cloned();
    id(&last.expect("a child")["managedObject"])
}

fn restart(device: &str) -> Value {
    json!({"deviceId": device, "description": "Restart", "c8y_Restart": {}})
}

/// A new operation's id.
fn ask(house: &House, who: &Who, device: &str) -> String {
    id(&house.post(who, OPERATIONS, restart(device)).expect(201).json())
}

/// The ids of a list.
pub(crate) fn listed(house: &House, who: &Who, query: &str) -> Vec<String> {
    let page = house
        .get(who, &format!("{OPERATIONS}?pageSize=100&{query}"))
        .expect(200)
        .json();
    page["operations"]
        .as_array()
        .expect("operations")
        .iter()
        .map(id)
        .collect()
}

pub(crate) fn put(house: &House, who: &Who, operation: &str, body: Value) -> testkit::house::Reply {
    house.put(who, &format!("{OPERATIONS}/{operation}"), body)
}

#[test]
fn an_operation_is_created_read_and_carried_out() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = agent(&house, &admin, json!({}));
    let mut body = restart(&device);
    body["c8y_Exact"] = json!({"number": 1.50});
    body["status"] = json!("SUCCESSFUL");
    let reply = house.post(&admin, OPERATIONS, body).expect(201);
    let created = reply.json();
    let operation = id(&created);
    assert!(operation.parse::<u64>().expect("a number") < 1 << 32);
    assert!(
        reply
            .header("location")
            .ends_with(&format!("{OPERATIONS}/{operation}"))
    );
    assert_eq!(
        (&created["status"], &created["deviceId"]),
        (&json!("PENDING"), &json!(device))
    );
    let read = house
        .get(&admin, &format!("{OPERATIONS}/{operation}"))
        .expect(200)
        .json();
    assert_eq!(
        (&read["deviceName"], &read["c8y_Exact"]["number"]),
        (&json!("agent"), &json!(1.50))
    );
    assert!(read.get("deviceExternalIDs").is_none() && read.get("failureReason").is_none());

    put(&house, &admin, &operation, json!({"status": "EXECUTING"})).expect(200);
    let failed = json!({"status": "FAILED", "failureReason": "no power", "c8y_Result": {"code": 7}, "c8y_Exact": null});
    let failed = put(&house, &admin, &operation, failed).expect(200).json();
    assert_eq!(
        (&failed["status"], &failed["failureReason"]),
        (&json!("FAILED"), &json!("no power"))
    );
    assert_eq!(
        (&failed["c8y_Result"]["code"], failed.get("c8y_Exact")),
        (&json!(7), None)
    );
}

#[test]
fn what_has_ended_or_begun_does_not_go_back() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = agent(&house, &admin, json!({}));
    let operation = ask(&house, &admin, &device);
    let say = |status: &str| put(&house, &admin, &operation, json!({"status": status}));
    say("EXECUTING").expect(200);
    say("PENDING").expect(422);
    say("EXECUTING").expect(200);
    say("SUCCESSFUL").expect(200);
    for status in ["PENDING", "EXECUTING", "FAILED"] {
        let (_, message) = say(status).expect(422).error();
        assert!(
            message.contains("SUCCESSFUL") && message.contains(status),
            "{message}"
        );
    }
    // A device that did not hear the answer says it again.
    say("SUCCESSFUL").expect(200);
    put(
        &house,
        &admin,
        &operation,
        json!({"status": "SUCCESSFUL", "more": 1}),
    )
    .expect(422);
}

#[test]
fn bodies_that_say_too_little_or_nonsense_are_refused() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = agent(&house, &admin, json!({}));
    let operation = ask(&house, &admin, &device);
    let (error, message) = put(&house, &admin, &operation, json!({"failureReason": "x"}))
        .expect(422)
        .error();
    assert_eq!(error, "undefined/validationError");
    assert_eq!(message, "Following mandatory fields should be included: status");
    house
        .post(&admin, OPERATIONS, json!({"c8y_Restart": {}}))
        .expect(422);
    for bad in [
        json!({"status": "DONE"}),
        json!({"status": 1}),
        json!({"status": "FAILED", "failureReason": 7}),
    ] {
        put(&house, &admin, &operation, bad).expect(422);
    }
    for bad in [json!("x"), json!({}), json!("9007199254740991")] {
        house
            .post(&admin, OPERATIONS, json!({"deviceId": bad, "c8y_Restart": {}}))
            .expect(422);
    }
    for query in ["status=DONE", "dateFrom=yesterday", "revert=maybe"] {
        house.get(&admin, &format!("{OPERATIONS}?{query}")).expect(422);
    }
    for absent in ["1000000", "x", "9007199254740991"] {
        let reply = house.get(&admin, &format!("{OPERATIONS}/{absent}")).expect(404);
        assert_eq!(reply.error().0, "devicecontrol/Not Found");
    }
    let many: serde_json::Map<_, _> = (0..1_001)
        .map(|number| (format!("f{number}"), json!(1)))
        .collect();
    let mut body = restart(&device);
    body.as_object_mut().expect("an object").extend(many);
    house.post(&admin, OPERATIONS, body).expect(422);
}

#[test]
fn only_what_has_an_agent_is_asked() {
    let house = House::new();
    let admin = house.admin("t100");
    let loose = house
        .post(&admin, "/inventory/managedObjects", json!({"c8y_IsDevice": {}}))
        .expect(201);
    let (_, message) = house
        .post(&admin, OPERATIONS, restart(&id(&loose.json())))
        .expect(422)
        .error();
    assert!(message.contains("agent"), "{message}");
    let top = agent(&house, &admin, json!({}));
    let below = child(&house, &admin, &child(&house, &admin, &top));
    ask(&house, &admin, &below);
}

#[test]
fn lists_are_narrowed_by_every_filter() {
    let house = House::new();
    let admin = house.admin("t100");
    let top = agent(&house, &admin, json!({}));
    let below = child(&house, &admin, &top);
    let other = agent(&house, &admin, json!({}));
    let serial = json!({"type": "c8y_Serial", "externalId": "s-1"});
    house
        .post(
            &admin,
            &format!("/identity/globalIds/{below}/externalIds"),
            serial,
        )
        .expect(201);
    let first = ask(&house, &admin, &top);
    house.world.advance_millis(60_000);
    let second = ask(&house, &admin, &below);
    let third = ask(&house, &admin, &other);
    put(
        &house,
        &admin,
        &second,
        json!({"status": "EXECUTING", "c8y_Mark": {}}),
    )
    .expect(200);

    let all = |query: &str| listed(&house, &admin, query);
    assert_eq!(all(""), [first.clone(), second.clone(), third.clone()]);
    assert_eq!(all(&format!("deviceId={top}")), [first.as_str()]);
    assert_eq!(all(&format!("agentId={top}")), [first.clone(), second.clone()]);
    assert_eq!(all(&format!("agentId={top}&deviceId={below}")), [second.as_str()]);
    assert_eq!(
        all(&format!("agentId={top}&deviceId={other}")),
        Vec::<String>::new()
    );
    assert_eq!(all("status=PENDING"), [first.clone(), third.clone()]);
    assert_eq!(all(&format!("agentId={top}&status=PENDING")), [first.as_str()]);
    assert_eq!(all("status=EXECUTING"), [second.as_str()]);
    assert_eq!(all("fragmentType=c8y_Mark"), [second.as_str()]);
    assert_eq!(all("bulkOperationId=7"), Vec::<String>::new());
    assert_eq!(all("deviceId=x"), Vec::<String>::new());
    let created = house.get(&admin, &format!("{OPERATIONS}/{second}")).json()["creationTime"].clone();
    let since = format!("dateFrom={}", created.as_str().expect("a time"));
    assert_eq!(all(&since), [second.clone(), third.clone()]);
    assert_eq!(
        all(&format!("{since}&revert=true")),
        [third.clone(), second.clone()]
    );
    // Without a date the order stays.
    assert_eq!(all("revert=true"), [first, second.clone(), third]);

    let page = house.get(
        &admin,
        &format!("{OPERATIONS}?agentId={top}&pageSize=1&currentPage=2&withTotalElements=true"),
    );
    let page = page.expect(200).json();
    assert_eq!(page["statistics"]["totalElements"], json!(2));
    let external = &page["operations"][0]["deviceExternalIDs"];
    assert_eq!(external["externalIds"][0]["externalId"], json!("s-1"));
    assert_eq!(page["operations"][0]["id"], json!(second));
}

#[test]
fn operations_are_deleted_by_filter_and_never_without_one() {
    let house = House::new();
    let admin = house.admin("t100");
    let (one, two) = (agent(&house, &admin, json!({})), agent(&house, &admin, json!({})));
    let kept = ask(&house, &admin, &one);
    let gone = ask(&house, &admin, &two);
    let done = ask(&house, &admin, &one);
    put(&house, &admin, &done, json!({"status": "SUCCESSFUL"})).expect(200);
    house.delete(&admin, OPERATIONS).expect(422);
    house
        .delete(&admin, &format!("{OPERATIONS}?deviceId=x"))
        .expect(204);
    assert_eq!(listed(&house, &admin, "").len(), 3);
    house
        .delete(&admin, &format!("{OPERATIONS}?agentId={two}"))
        .expect(204);
    house
        .delete(&admin, &format!("{OPERATIONS}?status=SUCCESSFUL"))
        .expect(204);
    assert_eq!(listed(&house, &admin, ""), [kept]);
    house.get(&admin, &format!("{OPERATIONS}/{gone}")).expect(404);
    assert_eq!(
        listed(&house, &admin, &format!("deviceId={two}&status=PENDING")),
        Vec::<String>::new()
    );
}

// R096: the history of an operation is in the audit log, a record for each step.
#[test]
fn the_history_of_an_operation_is_its_audit_records() {
    let house = House::new();
    let admin = house.admin("t100");
    let operation = ask(&house, &admin, &agent(&house, &admin, json!({})));
    for status in ["EXECUTING", "EXECUTING", "SUCCESSFUL"] {
        put(&house, &admin, &operation, json!({"status": status})).expect(200);
    }
    let path = format!("/audit/auditRecords?type=Operation&source={operation}&pageSize=100");
    let records = house.get(&admin, &path).expect(200).json();
    let records = records["auditRecords"].as_array().expect("records").clone();
    let mut told: Vec<_> = records
        .iter()
        .map(|record| {
            let change = &record["changes"][0];
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            (
                text(&record["activity"]),
                text(&change["previousValue"]),
                text(&change["newValue"]),
            )
        })
        .collect();
    told.reverse();
    let expected = [
        ("Operation created", "-", "PENDING"),
        ("Operation updated", "PENDING", "EXECUTING"),
        ("Operation updated", "EXECUTING", "SUCCESSFUL"),
    ];
    let expected = expected.map(|(activity, from, to)| (activity.to_owned(), from.to_owned(), to.to_owned()));
    assert_eq!(told, expected);
}

#[test]
fn an_operation_goes_with_its_device() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = agent(&house, &admin, json!({}));
    let operation = ask(&house, &admin, &device);
    house
        .delete(&admin, &format!("/inventory/managedObjects/{device}"))
        .expect(204);
    house
        .get(&admin, &format!("{OPERATIONS}/{operation}"))
        .expect(404);
    assert_eq!(listed(&house, &admin, "status=PENDING"), Vec::<String>::new());
}

#[test]
fn whoever_changes_at_the_same_time_skips_no_step() {
    let house = std::sync::Arc::new(House::new());
    let admin = house.admin("t100");
    let device = agent(&house, &admin, json!({}));
    for _ in 0..8 {
        let operation = ask(&house, &admin, &device);
        let threads: Vec<_> = ["SUCCESSFUL", "FAILED", "EXECUTING", "SUCCESSFUL", "FAILED"]
            .into_iter()
            .map(|status| {
                let (house, admin, operation) = (house.clone(), admin.clone(), operation.clone());
                std::thread::spawn(move || {
                    put(&house, &admin, &operation, json!({"status": status}))
                        .status
                        .as_u16()
                })
            })
            .collect();
        let answers: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().expect("an answer"))
            .collect();
        assert!(
            answers.iter().all(|status| [200, 422].contains(status)),
            "{answers:?}"
        );
        let path = format!("/audit/auditRecords?type=Operation&source={operation}&pageSize=100");
        let records = house.get(&admin, &path).expect(200).json();
        let mut steps: Vec<_> = records["auditRecords"]
            .as_array()
            .expect("records")
            .iter()
            .map(|record| {
                let status = &record["changes"][0];
                (status["previousValue"].clone(), status["newValue"].clone())
            })
            .collect();
        steps.reverse();
        let joined = steps.windows(2).all(|pair| pair[0].1 == pair[1].0);
        assert!(joined && steps.len() <= 3, "{steps:?}");
        let last = house.get(&admin, &format!("{OPERATIONS}/{operation}")).json()["status"].clone();
        assert_eq!(steps.last().map(|step| &step.1), Some(&last));
        assert!(["SUCCESSFUL", "FAILED"].contains(&last.as_str().expect("a status")));
    }
}
