//! Whom a device may speak of: itself and what hangs below it, by every way in which something can be named.

use super::Client;
use model::inventory::ChildKind;
use model::limits::DEVICE_OBJECTS_MAX;
use model::roles::Role;
use mqtt::reason::PublishRefusal;
use serde_json::{Value, json};
use testkit::house::{House, Who};

/// A house with two devices, each with a child and a service, and a third in another tenant.
fn devices(house: &House) -> [Client<'_>; 3] {
    let made = |tenant, serial| {
        let device = Client::device(house, tenant, serial);
        device
            .say("s/us", format!("101,{serial}-child\n102,{serial}-service,t,n,up"))
            .silent();
        device.say("s/us", "301,a").silent();
        device
            .say(&format!("s/us/{serial}-child"), "301,a\n400,e,f")
            .silent();
        device
    };
    [made("t100", "one"), made("t100", "two"), made("t200", "far")]
}

/// Everything about a device, as its administrator sees it.
fn all(device: &Client<'_>, serial: &str) -> Value {
    let objects = [
        serial.to_owned(),
        format!("{serial}-child"),
        format!("{serial}-service"),
    ];
    let state = |serial: &String| {
        let mut object = device.object(serial);
        for name in ["c8y_Availability", "c8y_Connection"] {
            object.as_object_mut().expect("an object").remove(name);
        }
        json!([
            object,
            device.list("measurements", serial),
            device.list("events", serial),
            device.list("alarms", serial)
        ])
    };
    objects.iter().map(state).collect()
}

// R050
#[test]
fn a_device_reaches_itself_and_everything_below_it() {
    let house = House::new();
    let [one, ..] = devices(&house);
    for (serial, topic) in [
        ("one", "s/us"),
        ("one-child", "s/us/one-child"),
        ("one-service", "s/us/one-service"),
    ] {
        one.say(topic, "211,1\n400,x,y\n302,z\n110,7").silent();
        assert_eq!(one.list("measurements", serial).len(), 1, "{serial}");
        assert_eq!(one.object(serial)["c8y_Hardware"]["serialNumber"], "7");
        let update = json!({"c8y_X": 1, "c8y_Hardware": null}).to_string();
        one.say(&format!("inventory/managedObjects/update/{serial}"), update)
            .silent();
        let object = one.object(serial);
        assert_eq!((&object["c8y_X"], object.get("c8y_Hardware")), (&json!(1), None));
        let event = json!({"type": "j", "text": "t", "time": "2026-11-18T00:00:00Z",
            "externalSource": {"externalId": serial, "type": "c8y_Serial"}});
        one.say("event/events/create", event.to_string()).silent();
    }
    // A device may name itself.
    one.say("s/us/one", "110,8").silent();
    assert_eq!(one.object("one")["c8y_Hardware"]["serialNumber"], "8");
    // A child of a child, and what somebody else has hung there.
    one.say("s/us/one-child", "101,deep").silent();
    one.say("s/us/deep", "110,9").silent();
    assert_eq!(one.object("deep")["c8y_Hardware"]["serialNumber"], "9");
}

// R050
#[test]
fn what_belongs_to_another_device_cannot_be_reached_by_any_name() {
    let house = House::new();
    let [one, two, far] = devices(&house);
    let before = [all(&two, "two"), all(&far, "far")];
    let operation = json!({"deviceId": two.id("two"), "c8y_Restart": {}});
    let operation = house
        .post(&house.admin("t100"), "/devicecontrol/operations", operation)
        .expect(201)
        .json();
    let operation = operation["id"].as_str().expect("an id");
    let event = two.list("events", "two-child")[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let alarm = two.list("alarms", "two")[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();

    // Every row that is about the object of the topic.
    let rows = "107,c8y_X\n110,1\n117,5\n121,true,5\n125\n140,a,1\n141,a,1\n211,1\n301,x\n305,a,MINOR\n306,a\n307,a,x\n\
        400,x,y\n401,1,2\n402,1,2\n407,e,x\n408,,,,a,NUMBER,1\n501,c8y_Restart\n502,c8y_Restart\n503,c8y_Restart\n\
        507\n101,new\n102,new,a,b,c\n104,down\n105\n123";
    for serial in ["two", "two-child", "two-service"] {
        let told = one.say(&format!("s/us/{serial}"), rows);
        assert_eq!(told.taken, Ok(()));
        assert_eq!(told.errors().len(), rows.lines().count(), "{told:?}");
        assert!(
            told.errors().iter().all(|error| error.starts_with("41,")),
            "{told:?}"
        );
        assert!(told.answers.iter().all(|(topic, _)| topic == "s/e"));
    }
    // Names that would be taken over.
    assert_eq!(
        one.say(
            "s/us",
            "101,two\n101,two-child\n102,two-service,t,n,down\n101,far"
        )
        .errors(),
        ["41,101", "41,101", "41,102"]
    );
    // Operations by their ids.
    let told = one.say(
        "s/us",
        format!("504,{operation}\n505,{operation},no\n506,{operation}"),
    );
    assert_eq!(told.errors(), ["41,504", "41,505", "41,506"]);
    // Documents by external ids and by their own.
    let time = "2026-11-18T00:00:00Z";
    for serial in ["two", "two-child", "two-service", "nobody"] {
        let source = json!({"externalId": serial, "type": "c8y_Serial"});
        let mut told = Vec::new();
        for (topic, body) in [
            (
                "measurement/measurements/create",
                json!({"type": "m", "time": time, "c8y_T": {"T": {"value": 1}}}),
            ),
            (
                "event/events/create",
                json!({"type": "m", "text": "t", "time": time}),
            ),
            (
                "alarm/alarms/create",
                json!({"type": "m", "text": "t", "severity": "MAJOR", "time": time}),
            ),
        ] {
            let mut body = body;
            body["externalSource"] = source.clone();
            told.push(one.say(topic, body.to_string()));
        }
        let update = format!("inventory/managedObjects/update/{serial}");
        told.push(one.say(&update, json!({"c8y_X": 1}).to_string()));
        told.push(one.say(
            &format!("inventory/managedObjects/{serial}/childDevices/create"),
            "{}",
        ));
        for told in told {
            assert_eq!(told.taken, Err(PublishRefusal::Content), "{serial}");
            // The same words as of what is not there.
            assert!(told.one("error").contains("there is no such object"), "{told:?}");
        }
    }
    for (topic, body) in [
        (
            format!("event/events/update/{event}"),
            json!({"text": "x"}).to_string(),
        ),
        (format!("event/events/delete/{event}"), String::new()),
        (
            format!("alarm/alarms/update/{alarm}"),
            json!({"status": "CLEARED"}).to_string(),
        ),
        (
            format!("inventory/managedObjects/{}/childDevices/create", two.id("two")),
            "{}".to_owned(),
        ),
    ] {
        let told = one.say(&topic, body);
        assert!(
            told.one("error").contains("there is no such object"),
            "{topic}: {told:?}"
        );
    }
    assert_eq!([all(&two, "two"), all(&far, "far")], before);
    let path = format!("/devicecontrol/operations/{operation}");
    let admin = house.admin("t100");
    assert_eq!(house.get(&admin, &path).expect(200).json()["status"], "PENDING");
}

// R050 R088
#[test]
fn a_device_with_every_role_still_speaks_only_of_its_own() {
    let house = House::new();
    let [_, two, _] = devices(&house);
    let roles = [
        Role::InventoryAdmin,
        Role::MeasurementAdmin,
        Role::DeviceControlAdmin,
        Role::IdentityAdmin,
    ];
    let who = house.user("t100", "device_big", model::users::UserKind::Device, &roles);
    let big = Client::of(&house, who, "big");
    let told = big.say("s/us/two", "211,1\n110,1\n123");
    assert_eq!(told.errors(), ["41,211", "41,110", "41,123"]);
    assert_eq!(two.list("measurements", "two").len(), 0);
    big.say("s/us", "211,1").silent();
}

// R050
#[test]
fn a_person_does_what_its_rights_say() {
    let house = House::new();
    let [_, two, _] = devices(&house);
    let admin: Who = house.admin("t100");
    let person = Client::of(&house, admin, "two");
    person.say("s/us", "211,1").silent();
    person.say("s/us/two-child", "211,1").silent();
    assert_eq!(two.list("measurements", "two").len(), 1);
    assert_eq!(two.list("measurements", "two-child").len(), 1);

    let nobody = Client::of(&house, house.person("t100", "joe", &[]), "two");
    let told = nobody.say("s/us", "211,1\n110,1\n301,x\n123\n101,new");
    assert_eq!(told.errors(), ["41,211", "41,110", "41,301", "41,123", "41,101"]);
    // Of what is not there, the same is told.
    let stranger = Client::of(&house, nobody.who, "three");
    let other = stranger.say("s/us", "211,1\n110,1\n301,x\n123\n101,new");
    assert_eq!(other.answers, told.answers);
    assert!(two.find("three").is_none());
}

// R050
#[test]
fn a_device_is_created_only_under_its_own_name() {
    let house = House::new();
    let who = house.device("t100", "device_one");
    let other = Client::of(&house, who, "two");
    let told = other.say("s/us", "100\n211,1");
    assert_eq!(told.errors(), ["50,100", "41,211"]);
    assert!(other.find("two").is_none());
}

#[test]
fn the_first_data_creates_a_device_and_its_child_once_whoever_is_first() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    std::thread::scope(|scope| {
        for value in 0..8 {
            let device = &device;
            scope.spawn(move || device.say("s/us/kid", format!("211,{value}")).silent());
        }
    });
    assert_eq!(device.list("measurements", "kid").len(), 8);
    let admin = house.admin("t100");
    let page = house
        .get(
            &admin,
            "/inventory/managedObjects?fragmentType=c8y_IsDevice&pageSize=100",
        )
        .expect(200)
        .json();
    assert_eq!(page["managedObjects"].as_array().map(Vec::len), Some(2));
    let kid = device.object("kid");
    assert_eq!(
        (&kid["name"], &kid["type"]),
        (&json!("MQTT Device kid"), &json!("c8y_MQTTChildDevice"))
    );
    let parent = &kid[ChildKind::Device.parent_container()]["references"][0]["managedObject"]["id"];
    assert_eq!(parent, &device.id("dev1"));
    // What was deleted comes back with the next data.
    let path = format!(
        "/inventory/managedObjects/{}?forceCascade=true",
        device.id("dev1")
    );
    house.delete(&admin, &path).expect(204);
    assert!(device.find("dev1").is_none());
    device.say("s/us", "102,svc,t,n,up").silent();
    assert_eq!(device.object("dev1")["name"], "MQTT Device dev1");
}

// R127
#[test]
fn a_device_cannot_fill_the_inventory() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    house.objects_of(&device.who, DEVICE_OBJECTS_MAX - 2);
    device.say("s/us", "101,last").silent();
    assert_eq!(
        device.say("s/us", "101,more\n102,svc,t,n,up\n211,1").errors(),
        ["41,101", "41,102"]
    );
    assert_eq!(device.say("s/us/more", "211,1").errors(), ["41,211"]);
    assert!(device.find("more").is_none());
}

// R078: whoever is first with a serial number could otherwise hear the operations of a device that is on its way.
#[test]
fn a_device_cannot_take_the_serial_number_of_one_that_is_registered_and_has_not_spoken_yet() {
    let house = House::new();
    let one = Client::device(&house, "t100", "one");
    one.say("s/us", "100").silent();
    house.device("t100", "device_next");
    house
        .post(
            &house.admin("t100"),
            "/devicecontrol/newDeviceRequests",
            json!({"id": "asked"}),
        )
        .expect(201);
    one.say(
        "s/ut/coll",
        "10,102,POST,INVENTORY,true,c8y_Serial,name,STRING,\n11,200,,,$.name",
    );
    for serial in ["next", "asked"] {
        assert_eq!(one.say("s/us", format!("101,{serial}")).errors(), ["41,101"]);
        assert_eq!(
            one.say("s/us", format!("102,{serial},t,n,up")).errors(),
            ["41,102"]
        );
        assert_eq!(one.say(&format!("s/us/{serial}"), "211,1").errors(), ["41,211"]);
        assert_eq!(
            one.say("s/uc/coll", format!("102,{serial},Mine")).errors(),
            ["41,102"]
        );
        let path = format!("/identity/globalIds/{}/externalIds", one.id("one"));
        let name = json!({"type": "c8y_Serial", "externalId": serial});
        house.post(&one.who, &path, name).expect(409);
        assert!(one.find(serial).is_none(), "{serial}");
    }
    // The device itself takes its name, and people may still prepare it.
    let next = Client::of(&house, house.device("t100", "device_later"), "later");
    next.say("s/us", "100").silent();
    let path = format!("/identity/globalIds/{}/externalIds", one.id("one"));
    let name = json!({"type": "c8y_Serial", "externalId": "asked"});
    house.post(&house.admin("t100"), &path, name).expect(201);
}
