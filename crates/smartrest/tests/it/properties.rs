//! Properties over any bytes: nothing panics, and what is printed reads back.

use model::json::{Json, Number, Object};
use model::names::Label;
use model::time::Timestamp;
use proptest::prelude::*;
use smartrest::collection::Collection;
use smartrest::device::{Context, device_rows};
use smartrest::dialect::{line, rows};
use smartrest::json_path::{JsonPath, Walk};
use smartrest::server::{OperationRow, ServerRow, operation_rows};
use smartrest::topic::{PublishTopic, SubscribeTopic};

fn context() -> Context<'static> {
    Context {
        now: Timestamp::from_millis(0),
        serial: "dev1",
    }
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~\\n\\r\\t\"\\\\,]{0,12}", r#"[\\\\",x \\n]{0,8}"#, ".{0,8}"]
}

/// Bytes that look like rows more often than chance would have it.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let id = prop_oneof![Just(String::new()), (10_u16..620).prop_map(|id| id.to_string())];
    let row = (id, proptest::collection::vec(field(), 0..8))
        .prop_map(|(id, fields)| format!("{id},{}", fields.join(",")));
    prop_oneof![
        proptest::collection::vec(row, 0..6).prop_map(|rows| rows.join("\n").into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..200),
        proptest::collection::vec(
            prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\\'), Just(b'1')],
            0..100
        ),
    ]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(|number| Json::Number(Number::from(number))),
        field().prop_map(Json::String),
    ];
    let name = prop_oneof![
        "[a-c]",
        Just("name".to_owned()),
        Just("url".to_owned()),
        Just("type".to_owned())
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        let object = proptest::collection::vec((name.clone(), inner.clone()), 0..4)
            .prop_map(|members| Json::Object(members.into_iter().collect::<Object>()));
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Json::Array),
            object
        ]
    })
}

const FRAGMENTS: [&str; 15] = [
    "c8y_Restart",
    "c8y_Command",
    "c8y_Configuration",
    "c8y_Firmware",
    "c8y_SoftwareList",
    "c8y_SoftwareUpdate",
    "c8y_MeasurementRequestOperation",
    "c8y_Relay",
    "c8y_RelayArray",
    "c8y_UploadConfigFile",
    "c8y_DownloadConfigFile",
    "c8y_LogfileRequest",
    "c8y_CommunicationMode",
    "c8y_DeviceProfile",
    "c8y_RemoteAccessConnect",
];

proptest! {
    #[test]
    fn any_bytes_are_read_and_every_row_is_told(message in message()) {
        let rows = device_rows(&message, context()).expect("within the limits");
        for (place, row) in rows.iter().enumerate() {
            if let Err(refused) = row {
                prop_assert_eq!(refused.row, place + 1);
                let printed = refused.error_row().print();
                prop_assert_eq!(smartrest::dialect::rows(printed.as_bytes()).expect("short").len(), 1);
            }
        }
        if let Ok(collection) = Collection::from_message(&message) {
            prop_assert_eq!(Collection::from_object(&collection.to_object().into()), Ok(collection));
        }
    }

    #[test]
    fn every_row_that_is_written_reads_back(fields in proptest::collection::vec(field(), 0..6), more in field()) {
        let written: Vec<_> = std::iter::once("1".to_owned()).chain(fields).collect();
        let message = format!("{}\n{}", line(&written), line(["2", more.as_str()]));
        let read = rows(message.as_bytes()).expect("within the limits");
        prop_assert_eq!(read.len(), 2);
        let first = read.first().and_then(|row| row.fields.clone().ok()).expect("readable");
        prop_assert_eq!(first, written);
        let last = read.last().and_then(|row| row.fields.clone().ok()).expect("readable");
        prop_assert_eq!(last, ["2".to_owned(), more]);
    }

    #[test]
    fn any_text_is_a_topic_that_reads_back_or_none(text in prop_oneof!["[stqc]/(us|uc|ud|ut|ul|ds)(/[a-z:+#/]{0,6}){0,2}", ".{0,40}"]) {
        if let Ok(topic) = text.parse::<PublishTopic>() {
            prop_assert_eq!(topic.to_string().parse(), Ok(topic));
        }
        if let Ok(topic) = text.parse::<SubscribeTopic>() {
            prop_assert_eq!(topic.to_string().parse(), Ok(topic));
        }
    }

    #[test]
    fn any_text_is_a_path_that_reads_back_or_none(text in prop_oneof![r#"[a-b.$\[\]'"*0-9]{0,16}"#, ".{0,20}"], json in json()) {
        if let Ok(path) = text.parse::<JsonPath>() {
            let mut walk = Walk::of(1_000);
            prop_assert!(path.find(&json, 3, &mut walk).is_none_or(|found| found.len() <= 3));
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }
    }

    #[test]
    fn operations_of_any_shape_become_rows_that_read_back(
        place in 0_usize..FRAGMENTS.len(), value in json(), knows_types: bool
    ) {
        let fragments: Object = FRAGMENTS.get(place).map(|name| (*name, value)).into_iter().collect();
        let serial: Label = "dev1".parse().expect("a label");
        for row in operation_rows(&serial, &fragments, knows_types) {
            let printed = row.print();
            let read = rows(printed.as_bytes()).expect("within the limits");
            prop_assert_eq!(read.len(), 1);
            let fields = read.first().and_then(|row| row.fields.clone().ok()).expect("readable");
            if let ServerRow::Operation { row, .. } = row {
                let again = OperationRow::read(row.template(), fields.get(2..).unwrap_or_default());
                prop_assert_eq!(again, Some(row));
            }
        }
    }

    #[test]
    fn answers_of_any_document_are_bounded_rows(document in json()) {
        let message = b"11,1,,,a,$.b[*].name,name\n11,2,a,b,$,type[0]\n11,3,$.a[*],,name";
        let collection = Collection::from_message(message).expect("a collection");
        for row in collection.answer(Some("dev1"), &document) {
            let read = rows(row.as_bytes()).expect("within the limits");
            prop_assert_eq!(read.len(), 1, "{}", row);
        }
    }
}
