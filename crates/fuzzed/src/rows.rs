//! SmartREST: any message as rows of static templates, as a template collection, and as rows by that collection. Nothing
//! panics, every row is told of, and a collection that is kept is read back as it was.

use arbitrary::{Arbitrary, Unstructured};
use model::json::Json;
use model::time::Timestamp;
use smartrest::collection::Collection;
use smartrest::device::{Context, device_rows};
use smartrest::dialect::rows;
use smartrest::limits::{ANSWER_ROWS_MAX, ROWS_MAX};
use smartrest::topic::{PublishTopic, SubscribeTopic};

/// Takes a message, the templates of a collection and a topic from these bytes.
pub fn check(bytes: &[u8]) {
    let Ok((message, teaching, topic)) =
        <(&[u8], &[u8], &str)>::arbitrary_take_rest(Unstructured::new(bytes))
    else {
        return;
    };
    let now = Timestamp::from_millis(1_790_000_000_000);
    let context = Context { now, serial: "dev1" };
    if let (Ok(split), Ok(said)) = (rows(message), device_rows(message, context)) {
        assert_eq!(split.len(), said.len());
        assert!(said.len() <= ROWS_MAX);
    }
    if let Ok(collection) = Collection::from_message(teaching) {
        let kept = Json::Object(collection.to_object());
        let again = Collection::from_object(&kept).expect("what was kept is read");
        assert_eq!(again, collection);
        for row in rows(message).iter().flatten() {
            let _ = collection.request(row, now);
        }
        if let Ok(document) = contract::json::parse(message) {
            assert!(collection.answer(Some("dev1"), &document).len() <= ANSWER_ROWS_MAX);
        }
    }
    // A topic that is read is written so that it is read the same.
    if let Ok(read) = topic.parse::<PublishTopic>() {
        assert_eq!(read.to_string().parse(), Ok(read));
    }
    if let Ok(read) = topic.parse::<SubscribeTopic>() {
        assert_eq!(read.to_string().parse(), Ok(read));
    }
}
