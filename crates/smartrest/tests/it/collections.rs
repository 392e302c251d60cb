//! Template collections: registered by message and by object, rows turned into requests, documents turned into rows.

use crate::told;
use model::json::{Json, Object};
use model::time::Timestamp;
use smartrest::collection::{BadCollection, Change, Collection, Target};
use smartrest::dialect::rows;
use smartrest::fault::{BadMessage, Fault};
use smartrest::limits::{TEMPLATE_VALUES_MAX, TEMPLATES_MAX};

fn collection(message: &str) -> Collection {
    Collection::from_message(message.as_bytes()).expect(message)
}

fn o<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().collect())
}

/// Method, API, target and change of the request that a row stands for, or the error.
fn request(template: &str, row: &str) -> String {
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().expect("a time");
    let rows = rows(row.as_bytes()).expect("within the limits");
    let request = match collection(template).request(rows.first().expect("a row"), now) {
        Ok(request) => request,
        Err(refused) => return refused.error_row().print(),
    };
    let target = match &request.target {
        Target::Device => "device".to_owned(),
        Target::Object(id) => format!("#{id}"),
        Target::External(name) => format!("{}/{}", name.kind, name.value),
        Target::New(None) => "new".to_owned(),
        Target::New(Some(name)) => format!("new {}/{}", name.kind, name.value),
        Target::Alarm(kind) => format!("alarm {kind}"),
        Target::Operation(fragment) => format!("operation {}", fragment.as_str()),
    };
    let change = match request.change() {
        Err(fault) => format!("refused: {fault}"),
        Ok(Change::Nothing) => "read".to_owned(),
        Ok(Change::UpdateObject(it)) => {
            format!(
                "{} {}",
                it.name
                    .map_or("-".to_owned(), |name| told::label(name.as_ref()).to_owned()),
                told::update(&model::inventory::ManagedObjectUpdate {
                    fragments: it.fragments,
                    ..Default::default()
                })
            )
        }
        Ok(Change::CreateObject(it)) => told::object(&it),
        Ok(Change::CreateMeasurement(it)) => told::measurement(&it),
        Ok(Change::CreateEvent(it)) => told::event(&it),
        Ok(Change::CreateAlarm(it)) => told::alarm(&it),
        Ok(Change::UpdateAlarm(it)) => {
            let fragments: Object = it.fragments.into_iter().collect();
            format!(
                "{} {} {fragments}",
                it.severity.map_or("-", |it| it.word()),
                it.status.map_or("-", |it| it.word())
            )
        }
        Ok(Change::UpdateOperation(it)) => {
            let fragments: Object = it.fragments.into_iter().collect();
            format!(
                "{} {} {fragments}",
                it.status.word(),
                it.failure_reason.as_deref().unwrap_or("-")
            )
        }
    };
    let (method, api) = (request.action.method().word(), request.action.api().resource());
    format!(
        "{method} {api} {target}: {change}{}",
        if request.answers { " !" } else { "" }
    )
}

#[test]
fn rows_become_the_requests_of_their_templates() {
    for (template, row, expected) in [
        (
            "10,999,GET,INVENTORY,,true",
            "999,123456",
            "GET /inventory/managedObjects #123456: read !",
        ),
        (
            "10,999,GET,INVENTORY,false,false,c8y_Serial",
            "999,imei",
            "GET /inventory/managedObjects c8y_Serial/imei: read",
        ),
        (
            "10,999,GET,INVENTORY,,false",
            "999,c8y_Serial,imei",
            "GET /inventory/managedObjects c8y_Serial/imei: read !",
        ),
        (
            "10,999,PUT,INVENTORY,,false,c8y_Serial,c8y_My.a,STRING,,name,,",
            "999,imei,v,n",
            r#"PUT /inventory/managedObjects c8y_Serial/imei: n {"c8y_My":{"a":"v"}}"#,
        ),
        (
            "10,999,PUT,INVENTORY,true,true,,id,STRING,,x,INTEGER,5",
            "999,7,evil",
            r#"PUT /inventory/managedObjects #7: - {"x":5} !"#,
        ),
        (
            "10,100,POST,INVENTORY,,c8y_MySerial,$.name,STRING,,c8y_IsDevice,FLAG,,$.type,STRING,t",
            "100,imei,n",
            r#"POST /inventory/managedObjects new c8y_MySerial/imei: n t {"c8y_IsDevice":{}}"#,
        ),
        (
            "10,101,POST,INVENTORY,,",
            "101,imei,c8y_X",
            "POST /inventory/managedObjects new c8y_X/imei: - - {}",
        ),
        (
            "10,101,POST,INVENTORY,,",
            "101,,c8y_X",
            "POST /inventory/managedObjects new: - - {}",
        ),
        (
            "10,999,POST,MEASUREMENT,,c8y_My,,c8y_My.M.value,NUMBER,,c8y_My.M.unit,STRING,X",
            "999,,25",
            r#"POST /measurement/measurements device: measurement c8y_My 2026-11-21T10:00:00.000Z {"c8y_My":{"M":{"value":25,"unit":"X"}}}"#,
        ),
        (
            "10,999,POST,MEASUREMENT,,c8y_My,,a.b.value,UNSIGNED,",
            "999,2016-06-22T17:03:14.000+02:00,7",
            r#"POST /measurement/measurements device: measurement c8y_My 2016-06-22T15:03:14.000Z {"a":{"b":{"value":7}}}"#,
        ),
        (
            "10,dm101,POST,EVENT,,c8y_E,mytext,,at,DATE,",
            "dm101",
            r#"POST /event/events device: event c8y_E mytext 2026-11-21T10:00:00.000Z {"at":"2026-11-21T10:00:00.000Z"}"#,
        ),
        (
            "10,102,POST,ALARM,,c8y_A,mytext,ACTIVE,MAJOR,",
            "102",
            "POST /alarm/alarms device: alarm MAJOR c8y_A ACTIVE mytext 2026-11-21T10:00:00.000Z {}",
        ),
        (
            "10,102,POST,ALARM,,,,,,",
            "102,t,x,,MINOR,2026-01-02T03:04:05Z",
            "POST /alarm/alarms device: alarm MINOR t - x 2026-01-02T03:04:05.000Z {}",
        ),
        (
            "10,999,PUT,ALARM,,c8y_A,status,ALARMSTATUS",
            "999,CLEARED",
            "PUT /alarm/alarms alarm c8y_A: - CLEARED {}",
        ),
        (
            "10,999,PUT,ALARM,,,severity,SEVERITY,MINOR,a.reason,STRING,",
            "999,c8y_A,done",
            r#"PUT /alarm/alarms alarm c8y_A: MINOR - {"a":{"reason":"done"}}"#,
        ),
        (
            "10,999,PUT,OPERATION,,c8y_Op,status,OPERATIONSTATUS,SUCCESSFUL,c8y_F.val,NUMBER,",
            "999,24",
            r#"PUT /devicecontrol/operations operation c8y_Op: SUCCESSFUL - {"c8y_F":{"val":24}}"#,
        ),
    ] {
        assert_eq!(request(template, row), expected, "{template} {row}");
    }
}

#[test]
fn rows_that_do_not_fit_their_template_are_refused() {
    for (template, row, expected) in [
        (
            "10,999,GET,INVENTORY,,true",
            "998,1",
            "40,998,row 1: there is no such template",
        ),
        (
            "10,999,GET,INVENTORY,,true",
            "999",
            "45,999,row 1: the id is missing",
        ),
        ("10,999,GET,INVENTORY,,true", "999,x", "45,999,"),
        (
            "10,999,GET,INVENTORY,,false",
            "999,imei",
            "45,999,row 1: the external id is missing",
        ),
        (
            "10,1,POST,INVENTORY,,",
            "1,imei",
            "45,1,row 1: the type of the external id is missing",
        ),
        (
            "10,1,POST,MEASUREMENT,,t,,a.value,NUMBER,",
            "1",
            "45,1,row 1: $.a.value is missing",
        ),
        ("10,1,POST,MEASUREMENT,,t,,a.value,NUMBER,", "1,,x", "45,1,"),
        ("10,1,POST,MEASUREMENT,,t,,a.value,NUMBER,", "1,25", "45,1,"),
        ("10,1,POST,EVENT,,t,,", "1,", "45,1,row 1: text is missing"),
        ("10,1,POST,ALARM,,t,x,,,", "1,,WORSE", "45,1,"),
        (
            "10,1,POST,ALARM,,t,x,,,",
            "1,,",
            "45,1,row 1: severity is missing",
        ),
        ("10,1,PUT,OPERATION,,f,status,OPERATIONSTATUS,", "1,DONE", "45,1,"),
        (
            "10,1,PUT,OPERATION,,f,x,STRING,y",
            "1",
            "PUT /devicecontrol/operations operation f: refused: status is missing",
        ),
        (
            "10,1,PUT,ALARM,,t,type,STRING,y",
            "1",
            "PUT /alarm/alarms alarm t: refused: type cannot be set here",
        ),
    ] {
        let told = request(template, row).replace('"', "");
        assert!(told.starts_with(expected), "{template} {row}: {told}");
    }
}

#[test]
fn a_collection_with_anything_wrong_is_not_taken() {
    let many = vec!["a,STRING,x"; TEMPLATE_VALUES_MAX + 1].join(",");
    for row in [
        "12,1,GET,INVENTORY,,true",
        "10,,GET,INVENTORY,,true",
        "10,1,DELETE,INVENTORY,,true",
        "10,1,GET,ALARM,,true",
        "10,1,PUT,EVENT,,t",
        "10,1,GET,INVENTORY,,",
        "10,1,GET,INVENTORY,maybe,true",
        "10,1,POST,ALARM,,t,x,OPEN,,",
        "10,1,POST,MEASUREMENT,,t,yesterday",
        "10,1,PUT,ALARM,,t,a[0],STRING,",
        "10,1,PUT,ALARM,,t,a,COLOUR,",
        "10,1,PUT,ALARM,,t,a,BOOLEAN,",
        "10,1,PUT,ALARM,,t,a,NUMBER,x",
        "10,1,PUT,ALARM,,t,$,STRING,x",
        "11,1,,",
        "11,1,a[,,b",
        "11,1,,$..a,b",
        "11,1,,,a[x]",
        "10,\"1",
        &format!("10,1,PUT,ALARM,,t,{many}"),
    ] {
        let message = format!("11,5,,,id\n{row}");
        let bad = Collection::from_message(message.as_bytes());
        assert!(
            matches!(&bad, Err(BadCollection::Row(refused)) if refused.row == 2),
            "{row}: {bad:?}"
        );
    }
    let read = |message: &str| Collection::from_message(message.as_bytes()).map(|_| ());
    assert_eq!(read(""), Err(BadCollection::Empty));
    assert_eq!(read("11,1,,,a\n11,1,,,b"), Err(BadCollection::SameId));
    assert_eq!(read("11,1,,,a\n10,1,GET,INVENTORY,,true"), Ok(()));
    let long = "x".repeat(20_000);
    assert_eq!(read(&long), Err(BadCollection::Message(BadMessage::TooLong)));
    let rows: Vec<_> = (0..=TEMPLATES_MAX).map(|id| format!("11,{id},,,a")).collect();
    assert_eq!(read(&rows.join("\n")), Err(BadCollection::TooMany));
}

#[test]
fn a_collection_reads_the_same_from_its_object() {
    let registered = collection(
        "10,1,GET,INVENTORY,,false,c8y_Serial\n10,2,POST,ALARM,true,t,,ACTIVE,,,a.b,NUMBER,5,c,FLAG\n\
         10,3,PUT,OPERATION,,f,status,OPERATIONSTATUS,\n11,4,$.a,b['c.d'],x[*].y,z",
    );
    assert_eq!(
        Collection::from_object(&registered.to_object().into()),
        Ok(registered)
    );
}

#[test]
fn objects_of_other_programs_are_read() {
    let texts = |texts: &[&str]| Json::Array(texts.iter().map(|text| Json::from(*text)).collect());
    let response = |name, patterns| {
        o([
            ("msgId", "dm101".into()),
            ("condition", "set_wifi".into()),
            ("base", "set_wifi".into()),
            ("name", "set_wifi".into()),
            (name, patterns),
        ])
    };
    let written = collection("11,dm101,set_wifi,set_wifi,name,ssid");
    let paths: Json = vec![o([("path", "$.name".into())]), o([("path", "ssid".into())])].into();
    for response in [
        response("pattern", texts(&["name", "ssid"])),
        response("patterns", paths),
    ] {
        let fragment = o([
            ("responseTemplates", vec![response].into()),
            ("requestTemplates", Json::Null),
        ]);
        assert_eq!(Collection::from_object(&fragment).as_ref(), Ok(&written));
    }
    let request = |mandatory: Json| {
        o([(
            "requestTemplates",
            vec![o([
                ("msgId", Json::from(7_u64)),
                ("api", "MEASUREMENT".into()),
                ("method", "POST".into()),
                ("response", false.into()),
                ("mandatoryValues", mandatory),
                (
                    "customValues",
                    vec![o([
                        ("path", "a.b.value".into()),
                        ("type", "NUMBER".into()),
                        ("value", "".into()),
                    ])]
                    .into(),
                ),
            ])]
            .into(),
        )])
    };
    let value = |value: Json| {
        o([
            ("path", "$.type".into()),
            ("type", "STRING".into()),
            ("value", value),
        ])
    };
    let written = collection("10,7,POST,MEASUREMENT,,t,,a.b.value,NUMBER,");
    for mandatory in [
        texts(&["t", ""]),
        vec![value("t".into()), value(Json::Null)].into(),
        texts(&["t"]),
    ] {
        assert_eq!(
            Collection::from_object(&request(mandatory)).as_ref(),
            Ok(&written)
        );
    }
    for bad in [
        Json::Null,
        o([("requestTemplates", "x".into())]),
        o([("responseTemplates", texts(&["x"]))]),
    ] {
        assert_eq!(
            Collection::from_object(&bad),
            Err(BadCollection::NotACollection),
            "{bad}"
        );
    }
    let misses = Collection::from_object(&o([(
        "responseTemplates",
        vec![o([("msgId", "1".into())])].into(),
    )]));
    let fault = Fault::Missing("pattern".into());
    let list = "responseTemplates";
    assert_eq!(
        misses,
        Err(BadCollection::Template {
            list,
            place: 1,
            fault
        })
    );
}

fn operation() -> Json {
    let texts = |texts: [&str; 3]| Json::Array(texts.into_iter().map(Json::from).collect());
    let items = |kind: &str| o([("pid", Json::from(1_u64)), ("type", kind.into())]);
    o([
        ("deviceId", "67890".into()),
        ("type", "myMqttDevice".into()),
        ("c8y_IsDevice", o([])),
        ("config", "val1=1\nval2=2".into()),
        (
            "c8y_Custom",
            o([
                ("val1", "1".into()),
                ("val2", Json::from(2_u64)),
                ("values", texts(["a", "b", "c"])),
                ("no", Json::Null),
            ]),
        ),
        ("list", vec![items("test"), items("test2")].into()),
    ])
}

#[test]
fn documents_become_the_rows_of_every_response_template_whose_condition_is_there() {
    for (template, expected) in [
        (
            "11,111,c8y_Custom,deviceId,val1,val2,values[*]",
            &["111,dev1,1,2,a,b,c"][..],
        ),
        (
            "11,222,,deviceId,c8y_Custom.val1,c8y_Custom.val2",
            &["222,dev1,1,2"],
        ),
        ("11,333,,deviceId,val1,val2,values[*]", &["333,dev1,,,"]),
        ("11,444,c8y_Custom,c8y_Custom.val3,val1", &[]),
        (
            "11,888,,c8y_IsDevice,type,c8y_Test,config",
            &["888,dev1,myMqttDevice,,\"val1=1\nval2=2\""],
        ),
        ("11,888,,,$.list[*].type", &["888,dev1,test,test2"]),
        (
            "11,888,$.list,,pid,type",
            &["888,dev1,1,test", "888,dev1,1,test2"],
        ),
        ("11,888,$.list[*],,type", &["888,dev1,test", "888,dev1,test2"]),
        ("11,888,nothing,,a,b", &["888,dev1,,"]),
        (
            "11,888,c8y_Custom,c8y_Custom.no,no,values",
            &[r#"888,dev1,,"[\"a\",\"b\",\"c\"]""#],
        ),
    ] {
        assert_eq!(
            collection(template).answer(Some("dev1"), &operation()),
            expected,
            "{template}"
        );
    }
    let both = collection("11,1,,,type\n11,2,,missing,type\n11,3,,,deviceId");
    assert_eq!(both.answer(None, &operation()), ["1,myMqttDevice", "3,67890"]);
}
