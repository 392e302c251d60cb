//! Every static template that the platform sends: from the fragments of an operation to a row, and the row read back.

use model::json::{Json, Number, Object};
use model::names::Label;
use model::secret::Secret;
use smartrest::dialect::rows;
use smartrest::fault::{ErrorCode, ErrorRow};
use smartrest::server::{
    OperationRow, SERVER_TEMPLATES, ServerRow, credentials_row, operation_rows, token_row,
};
use std::collections::BTreeSet;

fn o<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().collect())
}

fn serial() -> Label {
    "dev1".parse().expect("a label")
}

fn package(kind: &str) -> Json {
    let package = [
        ("name", "a".into()),
        ("version", "1.0".into()),
        ("url", "http://u".into()),
        ("action", "install".into()),
        ("softwareType", kind.into()),
    ];
    vec![
        o(package),
        o([
            ("name", "b".into()),
            ("version", Json::from(2_u64)),
            ("action", "delete".into()),
        ]),
    ]
    .into()
}

fn profile(kind: &str) -> Json {
    let firmware = o([
        ("name", "fw".into()),
        ("version", "1".into()),
        ("url", "u".into()),
        ("isPatch", true.into()),
        ("dependency", "0".into()),
    ]);
    let configuration: Json = vec![o([("url", "c".into()), ("type", "t".into())])].into();
    o([
        ("firmware", firmware),
        ("software", package(kind)),
        ("configuration", configuration),
    ])
}

fn firmware(is_patch: Json) -> Json {
    o([
        ("name", "fw".into()),
        ("version", "1.0".into()),
        ("url", "http://u".into()),
        ("isPatch", is_patch),
        ("dependency", "0.9".into()),
    ])
}

fn log() -> Json {
    o([
        ("logFile", "syslog".into()),
        ("dateFrom", "2013-06-22T17:03:14.000+0100".into()),
        ("dateTo", "2013-06-22T18:03:14.000+02:00".into()),
        ("searchText", "ERR,OR".into()),
        ("maximumLines", Number::parse("1000").expect("a number").into()),
    ])
}

/// Fragment, its value, whether the device knows types of software, and the rows.
fn table() -> Vec<(&'static str, Json, bool, &'static [&'static str])> {
    let text = |name, value: &str| o([(name, value.into())]);
    vec![
        ("c8y_Restart", o([]), false, &["510,dev1"]),
        (
            "c8y_Command",
            text("text", "say \"hi\""),
            false,
            &[r#"511,dev1,"say \"hi\"""#],
        ),
        (
            "c8y_Configuration",
            text("config", "a=1\nb=2"),
            false,
            &["513,dev1,\"a=1\nb=2\""],
        ),
        (
            "c8y_Firmware",
            firmware(Json::Null),
            false,
            &["515,dev1,fw,1.0,http://u"],
        ),
        (
            "c8y_Firmware",
            firmware(false.into()),
            false,
            &["515,dev1,fw,1.0,http://u"],
        ),
        (
            "c8y_SoftwareList",
            package(""),
            false,
            &["516,dev1,a,1.0,http://u,b,2,"],
        ),
        (
            "c8y_MeasurementRequestOperation",
            text("requestName", "LOGA"),
            false,
            &["517,dev1,LOGA"],
        ),
        ("c8y_Relay", text("relayState", "OPEN"), false, &["518,dev1,OPEN"]),
        (
            "c8y_RelayArray",
            vec!["OPEN".into(), "CLOSED".into()].into(),
            false,
            &["519,dev1,OPEN,CLOSED"],
        ),
        ("c8y_UploadConfigFile", o([]), false, &["520,dev1"]),
        (
            "c8y_DownloadConfigFile",
            text("url", "http://u"),
            false,
            &["521,dev1,http://u"],
        ),
        (
            "c8y_LogfileRequest",
            log(),
            false,
            &["522,dev1,syslog,2013-06-22T17:03:14.000+0100,2013-06-22T18:03:14.000+02:00,\"ERR,OR\",1000"],
        ),
        (
            "c8y_CommunicationMode",
            text("mode", "SMS"),
            false,
            &["523,dev1,SMS"],
        ),
        (
            "c8y_DownloadConfigFile",
            o([("url", "http://u".into()), ("type", "my.conf".into())]),
            false,
            &["524,dev1,http://u,my.conf"],
        ),
        (
            "c8y_Firmware",
            firmware(true.into()),
            false,
            &["525,dev1,fw,1.0,http://u,0.9"],
        ),
        (
            "c8y_Firmware",
            firmware("true".into()),
            false,
            &["525,dev1,fw,1.0,http://u,0.9"],
        ),
        (
            "c8y_UploadConfigFile",
            text("type", "my.conf"),
            false,
            &["526,dev1,my.conf"],
        ),
        (
            "c8y_DeviceProfile",
            profile(""),
            false,
            &["527,dev1,$FW,fw,1,u,true,0,$SW,a,1.0,http://u,install,b,2,,delete,$CONF,c,t"],
        ),
        (
            "c8y_DeviceProfile",
            o([
                ("firmware", o([])),
                ("configuration", vec![o([("url", "c".into())])].into()),
            ]),
            false,
            &["527,dev1,$CONF,c,"],
        ),
        (
            "c8y_SoftwareUpdate",
            package("apt"),
            false,
            &["528,dev1,a,1.0,http://u,install,b,2,,delete"],
        ),
        (
            "c8y_SoftwareUpdate",
            package("apt"),
            true,
            &["529,dev1,a,1.0,apt,http://u,install,b,2,,,delete"],
        ),
        (
            "c8y_RemoteAccessConnect",
            o([
                ("hostname", "10.0.0.67".into()),
                ("port", Json::from(22_u64)),
                ("connectionKey", "eb5e".into()),
            ]),
            false,
            &["530,dev1,10.0.0.67,22,eb5e"],
        ),
        (
            "c8y_DeviceProfile",
            profile("apt"),
            true,
            &[
                "527,dev1,$FW,fw,1,u,true,0,$SW,a,1.0,http://u,install,b,2,,delete,$CONF,c,t",
                "531,dev1,$FW,fw,1,u,true,0,$SW,a,1.0,apt,http://u,install,b,2,,,delete,$CONF,c,t",
            ],
        ),
        ("c8y_Command", "ls".into(), false, &[]),
        ("c8y_SoftwareUpdate", o([]), false, &[]),
        ("c8y_SendConfiguration", o([]), false, &[]),
        ("set_wifi", o([]), true, &[]),
        ("c8y_Restart", Json::Null, false, &[]),
    ]
}

fn read_back(row: &str) -> OperationRow {
    let rows = rows(row.as_bytes()).expect("within the limits");
    let fields = rows.first().expect("a row").fields.clone().expect("readable");
    let id = fields.first().expect("an id").parse().expect("a number");
    OperationRow::read(id, fields.get(2..).unwrap_or_default()).expect("a known template")
}

#[test]
fn every_operation_becomes_the_rows_of_its_fragments_and_they_read_back() {
    let mut seen = BTreeSet::new();
    for (fragment, value, knows_types, expected) in table() {
        let fragments: Object = [("description", Json::from("x")), (fragment, value)]
            .into_iter()
            .collect();
        let rows = operation_rows(&serial(), &fragments, knows_types);
        let printed: Vec<_> = rows.iter().map(ServerRow::print).collect();
        assert_eq!(printed, expected, "{fragment}");
        for (row, printed) in rows.iter().zip(&printed) {
            let ServerRow::Operation { row, .. } = row else {
                panic!("not an operation: {printed}");
            };
            assert_eq!(&read_back(printed), row);
            seen.insert(row.template());
        }
    }
    let all: BTreeSet<_> = SERVER_TEMPLATES
        .into_iter()
        .filter(|id| (510..=531).contains(id))
        .collect();
    assert_eq!(seen, all);
}

#[test]
fn answers_are_rows_without_the_device() {
    let id = |text: &str| text.parse().expect("an id");
    for (row, expected) in [
        (
            ServerRow::CollectionFound("coll".parse().expect("an id"), id("7")),
            "20,coll,7",
        ),
        (
            ServerRow::CollectionMissing("coll".parse().expect("an id")),
            "41,coll",
        ),
        (
            ServerRow::Children(vec![serial(), "dev1:device:c".parse().expect("a label")]),
            "106,dev1,dev1:device:c",
        ),
        (ServerRow::Children(Vec::new()), "106"),
        (ServerRow::Id(id("12345")), "124,12345"),
        (ServerRow::Version("2025.0.0".to_owned()), "601,2025.0.0"),
    ] {
        assert_eq!(row.print(), expected);
    }
    let error = |code, text: &str| {
        let (about, text) = ("100".to_owned(), text.to_owned());
        ServerRow::Error(ErrorRow { code, about, text }).print()
    };
    assert_eq!(
        error(ErrorCode::NotCreated, "Device already existing"),
        "41,100,Device already existing"
    );
    assert_eq!(error(ErrorCode::Server, ""), "50,100");
}

#[test]
fn the_list_of_templates_has_each_once_and_in_order() {
    let row = ServerRow::Templates.print();
    let ids: Vec<u16> = row.split(',').map(|id| id.parse().expect("a number")).collect();
    let (first, rest) = ids.split_first().expect("not empty");
    assert_eq!(*first, 603);
    assert!(rest.is_sorted_by(|a, b| a < b));
    assert!(
        [100, 106, 408, 507, 510, 531, 600, 603]
            .iter()
            .all(|id| rest.contains(id))
    );
}

#[test]
fn credentials_and_tokens_are_rows_that_stay_secret() {
    let password = Secret::new("p,w\"1");
    let (tenant, user) = (
        "t100".parse().expect("a tenant"),
        "device_dev1".parse().expect("a user"),
    );
    assert_eq!(
        credentials_row(&tenant, &user, &password).expose(),
        r#"70,t100,device_dev1,"p,w\"1""#
    );
    assert_eq!(token_row(&Secret::new("a.b.c")).expose(), "71,a.b.c");
}
