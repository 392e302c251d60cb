//! Template collections: registered over MQTT and over REST, and spoken.

use super::Client;
use mqtt::reason::PublishRefusal;
use serde_json::{Value, json};
use testkit::house::House;

const TEMPLATES: &str = "10,999,POST,MEASUREMENT,,c8y_Temp,,c8y_Temp.T.value,NUMBER,,c8y_Temp.T.unit,STRING,C\n\
    10,400,POST,EVENT,true,c8y_E,,,c8y_A.b,STRING,\n\
    10,300,POST,ALARM,true,c8y_Al,,,MAJOR,\n\
    10,306,PUT,ALARM,,c8y_Al,status,ALARMSTATUS,CLEARED\n\
    10,100,GET,INVENTORY,true,false,c8y_Serial\n\
    10,101,PUT,INVENTORY,true,false,c8y_Serial,c8y_X.y,INTEGER,\n\
    10,102,POST,INVENTORY,true,c8y_Serial,name,STRING,,c8y_IsThing,FLAG,\n\
    10,103,GET,INVENTORY,true,true,\n\
    10,500,PUT,OPERATION,true,c8y_Restart,status,OPERATIONSTATUS,\n\
    11,200,,$.text,$.type,$.c8y_A.b\n\
    11,210,,$.name,$.id,$.c8y_X.y\n\
    11,220,,$.c8y_Restart,$.status";

#[test]
fn a_collection_is_created_once_and_found_by_every_device() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    assert_eq!(device.say("s/ut/coll", "").one("s/dt"), "41,coll");
    let created = device.say("s/ut/coll", TEMPLATES).one("s/dt");
    let id = created.strip_prefix("20,coll,").expect("an id").to_owned();
    assert_eq!(device.say("s/ut/coll", "").one("s/dt"), created);
    let again = device.say("s/ut/coll", "10,1,POST,EVENT,,t,,");
    assert_eq!(
        (&again.taken, again.errors()),
        (&Ok(()), vec!["41,coll".to_owned()])
    );
    let other = Client::device(&house, "t100", "dev2");
    assert_eq!(other.say("s/ut/coll", "").one("s/dt"), created);
    let far = Client::device(&house, "t200", "dev1");
    assert_eq!(far.say("s/ut/coll", "").one("s/dt"), "41,coll");

    let object = house
        .get(&house.admin("t100"), &format!("/inventory/managedObjects/{id}"))
        .expect(200)
        .json();
    assert_eq!(
        (&object["type"], &object["name"]),
        (&json!("c8y_SmartRest2Template"), &json!("coll"))
    );
    let bad = device.say("s/ut/bad", "10,1,DELETE,EVENT,,t,,\n");
    assert_eq!(bad.taken, Err(PublishRefusal::Content));
    assert_eq!(bad.errors(), ["41,bad"]);
    assert_eq!(device.say("s/ut/bad", "").one("s/dt"), "41,bad");
}

#[test]
fn rows_become_requests_and_answers_rows() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/ut/coll", TEMPLATES);
    let say = |row: &str| device.say("s/uc/coll", row);
    say("999,2026-11-18T01:00:00Z,25").silent();
    assert_eq!(
        device.only("measurements", "dev1"),
        json!({"type": "c8y_Temp", "time": "2026-11-18T01:00:00.000Z", "c8y_Temp": {"T": {"value": 25, "unit": "C"}}})
    );
    assert_eq!(say("400,hello,,deep").one("s/dc/coll"), "200,c8y_E,deep");
    assert_eq!(device.only("events", "dev1")["text"], "hello");
    assert_eq!(say("300,broken,").one("s/dc/coll"), "200,c8y_Al,");
    say("306").silent();
    assert_eq!(device.only("alarms", "dev1")["status"], "CLEARED");
    let id = device.id("dev1");
    assert_eq!(say("100,dev1").one("s/dc/coll"), format!("210,{id},"));
    assert_eq!(say("101,dev1,5").one("s/dc/coll"), format!("210,{id},5"));
    assert_eq!(say(&format!("103,{id}")).one("s/dc/coll"), format!("210,{id},5"));
    let thing = say("102,thing,Thing").one("s/dc/coll");
    assert_eq!(thing, format!("210,{},", device.id("thing")));
    assert_eq!(device.object("thing")["c8y_IsThing"], json!({}));

    let operation = json!({"deviceId": id, "c8y_Restart": {}});
    house
        .post(&house.admin("t100"), "/devicecontrol/operations", operation)
        .expect(201);
    assert_eq!(say("500,EXECUTING").one("s/dc/coll"), "220,EXECUTING");
    assert_eq!(say("500,SUCCESSFUL").one("s/dc/coll"), "220,SUCCESSFUL");
    assert_eq!(
        say("500,FAILED\n306\n1\n999,,x").errors(),
        ["41,500", "41,306", "40,1", "45,999"]
    );
    // About a child, and about what the client id names.
    device.say("s/uc/coll/kid", "999,,1").silent();
    assert_eq!(device.list("measurements", "kid").len(), 1);
    let mut named = Client::device(&house, "t100", "dev3");
    named.speaker.collection = Some("coll".parse().expect("a name"));
    assert_eq!(named.say("s/ud", "400,hello,,x").one("s/dd"), "200,c8y_E,x");
}

// R050
#[test]
fn templates_reach_nothing_that_their_device_does_not() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let other = Client::device(&house, "t100", "dev2");
    device.say("s/ut/coll", TEMPLATES);
    other.say("s/us", "110,1").silent();
    let id = other.id("dev2");
    let told = device.say(
        "s/uc/coll",
        format!("100,dev2\n101,dev2,5\n103,{id}\n102,dev2,Mine\n101,nobody,5"),
    );
    assert_eq!(told.errors(), ["41,100", "41,101", "41,103", "41,102", "41,101"]);
    assert!(other.object("dev2").get("c8y_X").is_none());
    assert_eq!(device.say("s/uc/nothing", "1").errors(), ["41,nothing"]);
}

#[test]
fn a_collection_that_was_registered_over_rest_is_spoken_too() {
    let house = House::new();
    let admin = house.admin("t100");
    let collection = json!({"name": "coll", "type": "c8y_SmartRest2Template",
        "com_cumulocity_model_smartrest_csv_CsvSmartRestTemplate": {
            "requestTemplates": [{"msgId": "1", "name": "n", "method": "POST", "api": "EVENT", "response": "false",
                "mandatoryValues": [{"path": "$.type", "type": "STRING", "value": "t"},
                    {"path": "$.text", "type": "STRING", "value": ""}, {"path": "$.time", "type": "DATE", "value": ""}],
                "customValues": []}],
            "responseTemplates": []}});
    let created: Value = house
        .post(&admin, "/inventory/managedObjects", collection)
        .expect(201)
        .json();
    let id = created["id"].as_str().expect("an id");
    let name = json!({"type": "c8y_SmartRest2DeviceIdentifier", "externalId": "coll"});
    house
        .post(&admin, &format!("/identity/globalIds/{id}/externalIds"), name)
        .expect(201);
    let device = Client::device(&house, "t100", "dev1");
    assert_eq!(device.say("s/ut/coll", "").one("s/dt"), format!("20,coll,{id}"));
    device.say("s/uc/coll", "1,hello,").silent();
    assert_eq!(device.only("events", "dev1")["text"], "hello");
    // A thing that only bears such a name is no collection.
    let thing: Value = house
        .post(&admin, "/inventory/managedObjects", json!({}))
        .expect(201)
        .json();
    let path = format!(
        "/identity/globalIds/{}/externalIds",
        thing["id"].as_str().expect("an id")
    );
    let name = json!({"type": "c8y_SmartRest2DeviceIdentifier", "externalId": "thing"});
    house.post(&admin, &path, name).expect(201);
    assert_eq!(device.say("s/ut/thing", "").one("s/dt"), "41,thing");
    assert_eq!(device.say("s/uc/thing", "1").errors(), ["41,thing"]);
}

// Others speak by it: the device that was first must not change what their rows mean.
#[test]
fn a_device_that_registered_a_collection_cannot_change_it_free_its_name_or_delete_it() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    let created = device.say("s/ut/coll", TEMPLATES).one("s/dt");
    let id = created.strip_prefix("20,coll,").expect("an id").to_owned();
    let path = format!("/inventory/managedObjects/{id}");
    let admin = house.admin("t100");
    let before = house.get(&admin, &path).expect(200).json();
    for update in [
        json!({"name": "mine"}),
        json!({"type": "t"}),
        json!({"c8y_X": {}}),
    ] {
        house.put(&device.who, &path, update).expect(403);
    }
    let name = "/identity/externalIds/c8y_SmartRest2DeviceIdentifier/coll";
    house.delete(&device.who, name).expect(403);
    house.delete(&device.who, &path).expect(403);
    // Nor by way of something that it may delete.
    let own = device.id("dev1");
    let addition = json!({"managedObject": {"id": id}});
    let below = format!("/inventory/managedObjects/{own}/childAdditions");
    house.post(&device.who, &below, addition).expect(201);
    let whole = format!("/inventory/managedObjects/{own}?forceCascade=true");
    house.delete(&device.who, &whole).expect(403);
    let update = json!({"c8y_X": {}}).to_string();
    let told = device.say(&format!("inventory/managedObjects/update/{id}"), update);
    assert_eq!(told.taken, Err(PublishRefusal::Content));
    assert_eq!(
        device.say("s/uc/coll", format!("103,{id}")).errors(),
        Vec::<String>::new()
    );

    let after = house.get(&admin, &path).expect(200).json();
    for property in [
        "name",
        "type",
        "com_cumulocity_model_smartrest_csv_CsvSmartRestTemplate",
    ] {
        assert_eq!(after[property], before[property], "{property}");
    }
    assert_eq!(device.say("s/ut/coll", "").one("s/dt"), created);
    // Whoever looks after the tenant may.
    house.put(&admin, &path, json!({"name": "ours"})).expect(200);
    house.delete(&admin, &path).expect(204);
}

#[test]
fn one_message_is_answered_with_so_many_bytes_and_what_is_changed_by_it_still_is() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    device.say(
        "s/ut/coll",
        "10,101,PUT,INVENTORY,true,false,c8y_Serial,c8y_X.y,INTEGER,\n\
         10,100,GET,INVENTORY,true,false,c8y_Serial\n11,210,,,$.c8y_Long",
    );
    let long = json!({"c8y_Long": "x".repeat(30_000)});
    let path = format!("/inventory/managedObjects/{}", device.id("dev1"));
    house.put(&house.admin("t100"), &path, long).expect(200);
    let told = device.say("s/uc/coll", "100,dev1\n100,dev1\n100,dev1\n100,dev1\n101,dev1,5");
    assert_eq!(told.taken, Ok(()));
    let answers = told.answers.iter().filter(|(topic, _)| topic == "s/dc/coll");
    assert_eq!(answers.count(), 2);
    assert_eq!(told.errors(), ["50,", "50,100"]);
    assert_eq!(device.object("dev1")["c8y_X"]["y"], 5);
}
