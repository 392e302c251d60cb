//! Endpoints of reliable notifications, what their bodies say, and the frames of their protocol.

use crate::body::{BadBody, array, boolean, check_fragment_name, id, member, object, parsed, require, text};
use crate::endpoint::{
    Answer, Body, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter, required,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::json::{Json, Object};
use model::limits::{BODY_BYTES_MAX, FRAGMENTS_MAX, SUBSCRIPTION_FRAGMENTS_BYTES_MAX, TICKET_MINUTES};
use model::names::FragmentName;
use model::notifications::{
    Api, Apis, Context, NewSubscription, SubscriberName, Topic, TopicName, TypeFilter,
};
use policy::operations::notifications as does;

const CONTEXT: Parameter = parameter("context", Kind::Text, "`mo` or `tenant`.");
const SOURCE: Parameter = parameter("source", Kind::Text, "The managed object that they look at.");
const FILTERS: &[Parameter] = &[
    CONTEXT,
    SOURCE,
    parameter("subscription", Kind::Text, "Their name."),
    parameter(
        "typeFilter",
        Kind::Text,
        "Their filter by type, as it was written, or one of the types in it.",
    ),
];
const DELETED: &[Parameter] = &[
    parameter(
        "context",
        Kind::Text,
        "`tenant`, or `mo`, which needs `source`. It is `mo` unless told; one of the two must be given.",
    ),
    SOURCE,
];
const TOKEN: &[Parameter] = &[required("token", Kind::Text, "A token of the subscriber.")];
const CONSUMER: &[Parameter] = &[
    required("token", Kind::Text, "A token of the subscriber."),
    parameter(
        "consumer",
        Kind::Text,
        "The name of this client among those that share the subscriber: it keeps its sources when it comes back.",
    ),
];
const SUBSCRIPTION: Body = Body {
    media: &["subscription"],
    schema: "NotificationSubscription",
    bytes_max: BODY_BYTES_MAX,
};
const CLAIMS: Body = Body {
    media: &[],
    schema: "NotificationTokenClaims",
    bytes_max: BODY_BYTES_MAX,
};

const fn plain(schema: &'static str) -> Answer {
    Answer {
        status: 200,
        media: Some("application/json"),
        schema: Some(schema),
    }
}

endpoints! {
    Root = Get "/notification2" does does::NotificationRootRead {
        answer: answer(200, "notificationapi", "ApiResource"),
        errors: &[403],
        about: "The entry point of reliable notifications.",
    }
    List = Get "/notification2/subscriptions" does does::SubscriptionRead {
        query: &[PAGING, FILTERS],
        answer: answer(200, "subscriptioncollection", "NotificationSubscriptionCollection"),
        errors: &[403, 422],
        about: "List subscriptions.",
    }
    Create = Post "/notification2/subscriptions" does does::SubscriptionCreate {
        body: SUBSCRIPTION,
        answer: answer(201, "subscription", "NotificationSubscription"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Subscribe to what becomes of a managed object, or of the tenant.",
    }
    DeleteMany = Delete "/notification2/subscriptions" does does::SubscriptionDelete {
        query: &[DELETED],
        answer: nothing(204),
        errors: &[403, 422],
        about: "Delete the subscriptions that look at a managed object, or at the tenant.",
    }
    Read = Get "/notification2/subscriptions/{id}" does does::SubscriptionRead {
        answer: answer(200, "subscription", "NotificationSubscription"),
        errors: &[403, 404],
        about: "Read a subscription.",
    }
    Delete = Delete "/notification2/subscriptions/{id}" does does::SubscriptionDelete {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Delete a subscription.",
    }
    Token = Post "/notification2/token" does does::TicketCreate {
        body: CLAIMS,
        answer: plain("NotificationToken"),
        errors: &[400, 403, 413, 422],
        about: "Make a token with which a subscriber connects.",
    }
    Unsubscribe = Post "/notification2/unsubscribe" does does::SubscriberDelete {
        query: &[TOKEN],
        answer: plain("NotificationSubscriptionResult"),
        errors: &[403],
        about: "Unsubscribe the subscriber of a token, which is all that is needed; 500 if it is not subscribed.",
    }
    Consumer = Get "/notification2/consumer" does does::NotificationConsume {
        query: &[CONSUMER],
        answer: Answer { status: 101, media: None, schema: None },
        errors: &[403, 409, 422, 426],
        about: "Take notifications over a WebSocket (RFC 6455). The token is all that is needed.",
    }
}

/// A subscription as a client wants it.
pub fn new_subscription(body: Json) -> Result<NewSubscription, BadBody> {
    let body = object(body)?;
    require(&body, &["context", "subscription"])?;
    let context = parsed(&body, "context", "mo or tenant is expected")?;
    let context: Context = context.ok_or(BadBody::Missing(vec!["context"]))?;
    let source = match member(&body, "source")? {
        Some(source) => id(source, "id")?,
        None => None,
    };
    let source = match (context, source) {
        (Context::Object, None) => return Err(BadBody::Missing(vec!["source.id"])),
        (Context::Tenant, Some(_)) => return Err(rule("source", "the context tenant has none")),
        (_, source) => source,
    };
    let (apis, types) = match member(&body, "subscriptionFilter")? {
        Some(filter) => (
            apis(filter, context)?,
            parsed::<TypeFilter>(
                filter,
                "typeFilter",
                "one type, or types in single quotes with 'or' between them, are expected",
            )?,
        ),
        None => (Apis::Unsaid, None),
    };
    Ok(NewSubscription {
        source,
        topic: topic(&body)?,
        apis,
        types,
        fragments: fragments(&body)?,
    })
}

fn rule(property: &str, rule: &'static str) -> BadBody {
    BadBody::Rule {
        property: property.to_owned(),
        rule,
    }
}

fn topic(body: &Object) -> Result<Topic, BadBody> {
    let name = parsed::<TopicName>(body, "subscription", "1 to 250 letters and digits are allowed")?;
    Ok(Topic {
        name: name.ok_or(BadBody::Missing(vec!["subscription"]))?,
        non_persistent: boolean(body, "nonPersistent")?.unwrap_or(false),
    })
}

fn apis(filter: &Object, context: Context) -> Result<Apis, BadBody> {
    let Some(words) = array(filter, "apis", Api::ALL.len())? else {
        return Ok(Apis::Unsaid);
    };
    let mut these = Vec::new();
    for word in words {
        match word.as_str() {
            Some("*") if words.len() == 1 => return Ok(Apis::Any),
            Some("*") => return Err(rule("apis", "'*' stands alone")),
            Some(word) => {
                let api = word.parse().ok().filter(|api| context.apis().contains(api));
                these.push(api.ok_or_else(|| rule("apis", "one of them is not there in this context"))?);
            }
            None => return Err(rule("apis", "names of APIs are expected")),
        }
    }
    match these.is_empty() {
        true => Err(rule("apis", "at least one is expected")),
        false => Ok(Apis::These(these)),
    }
}

/// None, or an empty list: all of them.
fn fragments(body: &Object) -> Result<Option<Vec<FragmentName>>, BadBody> {
    let names = array(body, "fragmentsToCopy", FRAGMENTS_MAX)?.unwrap_or_default();
    let mut fragments = Vec::new();
    let mut bytes = 0;
    for name in names {
        let name = name
            .as_str()
            .ok_or_else(|| rule("fragmentsToCopy", "names of fragments are expected"))?;
        check_fragment_name(name)?;
        bytes += name.len();
        fragments.extend(name.parse::<FragmentName>().ok());
    }
    if bytes > SUBSCRIPTION_FRAGMENTS_BYTES_MAX {
        return Err(rule(
            "fragmentsToCopy",
            "the names have more than 4,096 bytes together",
        ));
    }
    Ok((!fragments.is_empty()).then_some(fragments))
}

/// What a client wants a token for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenClaims {
    /// The topic.
    pub topic: Topic,
    /// The subscriber.
    pub subscriber: SubscriberName,
    /// Whether several clients may share it.
    pub shared: bool,
    /// For how many minutes.
    pub minutes: i64,
}

/// A token as a client wants it. Every token is signed, whether that is asked for or not.
pub fn token_claims(body: Json) -> Result<TokenClaims, BadBody> {
    let body = object(body)?;
    require(&body, &["subscriber", "subscription"])?;
    let subscriber = parsed(
        &body,
        "subscriber",
        "1 to 250 letters, digits, hyphens, underscores and dots are allowed",
    )?;
    if text(&body, "type")?.is_some_and(|kind| kind != "notification") {
        return Err(rule("type", "only 'notification' is known"));
    }
    boolean(&body, "signed")?;
    let minutes = match body.get("expiresInMinutes") {
        None | Some(Json::Null) => TICKET_MINUTES,
        Some(Json::Number(number)) => number.text().parse().unwrap_or(-1),
        Some(_) => -1,
    };
    if minutes < 0 {
        return Err(rule("expiresInMinutes", "a whole number of minutes is expected"));
    }
    Ok(TokenClaims {
        topic: topic(&body)?,
        subscriber: subscriber.ok_or(BadBody::Missing(vec!["subscriber"]))?,
        shared: boolean(&body, "shared")?.unwrap_or(false),
        minutes,
    })
}

/// What a client says with which its subscriber ends.
const UNSUBSCRIBE: &str = "unsubscribe_subscriber";

/// What a client says over the WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It has processed this notification.
    Acknowledged(u64),
    /// Its subscriber ends.
    Unsubscribe,
    /// Something else.
    Unknown,
}

/// What a text of a client says.
pub fn said(text: &str) -> Said {
    let text = text.trim();
    if text == UNSUBSCRIBE {
        return Said::Unsubscribe;
    }
    let number = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    number.map_or(Said::Unknown, |bytes| {
        Said::Acknowledged(u64::from_be_bytes(bytes))
    })
}

/// A notification as text: the line by which it is acknowledged, what it is about, what has happened, an empty line, and
/// the thing as JSON in one line, whatever a client takes for the end of a line.
pub fn frame(number: u64, about: &str, action: &str, thing: &Object) -> String {
    let body = thing
        .to_string()
        .replace('\u{85}', "\\u0085")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    let line = STANDARD.encode(number.to_be_bytes());
    format!("{line}\n{about}\n{action}\n\n{body}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn body(text: &str) -> Json {
        parse(text.as_bytes()).expect("JSON")
    }

    #[test]
    fn a_subscription_says_what_it_looks_at_and_nothing_that_makes_no_sense() {
        for (text, fits) in [
            (
                r#"{"context":"mo","source":{"id":"5"},"subscription":"a1"}"#,
                true,
            ),
            (r#"{"context":"mo","source":{"id":5},"subscription":"a1"}"#, true),
            (r#"{"context":"tenant","subscription":"a1"}"#, true),
            (
                r#"{"context":"tenant","subscription":"a1","subscriptionFilter":{"apis":["*"]}}"#,
                true,
            ),
            (
                r#"{"context":"tenant","subscription":"a1","subscriptionFilter":{"apis":null,"typeFilter":"a"}}"#,
                true,
            ),
            (
                r#"{"context":"tenant","subscription":"a1","fragmentsToCopy":["c8y_A"],"nonPersistent":true}"#,
                true,
            ),
            (r#"{"context":"mo","subscription":"a1"}"#, false),
            (
                r#"{"context":"tenant","source":{"id":"5"},"subscription":"a1"}"#,
                false,
            ),
            (r#"{"context":"all","subscription":"a1"}"#, false),
            (r#"{"context":"tenant"}"#, false),
            (r#"{"subscription":"a1"}"#, false),
            (r#"{"context":"tenant","subscription":"a-1"}"#, false),
            (r#"{"context":"tenant","subscription":""}"#, false),
            (
                r#"{"context":"tenant","subscription":"a1","subscriptionFilter":{"apis":["measurements"]}}"#,
                false,
            ),
            (
                r#"{"context":"tenant","subscription":"a1","subscriptionFilter":{"apis":["*","alarms"]}}"#,
                false,
            ),
            (
                r#"{"context":"tenant","subscription":"a1","subscriptionFilter":{"apis":[]}}"#,
                false,
            ),
            (
                r#"{"context":"tenant","subscription":"a1","subscriptionFilter":{"typeFilter":"'a' and 'b'"}}"#,
                false,
            ),
            (
                r#"{"context":"tenant","subscription":"a1","fragmentsToCopy":["a b"]}"#,
                false,
            ),
            (
                r#"{"context":"tenant","subscription":"a1","nonPersistent":"yes"}"#,
                false,
            ),
        ] {
            assert_eq!(new_subscription(body(text)).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn a_token_is_for_a_day_unless_told() {
        let claims = |more: &str| {
            let text = format!(r#"{{"subscriber":"s1","subscription":"a1"{more}}}"#);
            token_claims(body(&text))
        };
        let usual = claims("").expect("claims");
        assert_eq!(
            (usual.minutes, usual.shared, usual.topic.non_persistent),
            (1_440, false, false)
        );
        let other = claims(r#","expiresInMinutes":1,"shared":true,"nonPersistent":true,"signed":false"#);
        let other = other.expect("claims");
        assert_eq!(
            (other.minutes, other.shared, other.topic.non_persistent),
            (1, true, true)
        );
        for more in [
            r#","type":"other""#,
            r#","expiresInMinutes":-1"#,
            r#","expiresInMinutes":"1""#,
            r#","expiresInMinutes":1.5"#,
        ] {
            assert!(claims(more).is_err(), "{more}");
        }
    }

    #[test]
    fn a_frame_is_acknowledged_by_its_first_line_and_its_body_is_one_line() {
        let thing = [("text", "one\u{2028}two\u{85}three\nfour")]
            .into_iter()
            .collect();
        let text = frame(7, "/t100/events/5", "CREATE", &thing);
        let lines: Vec<_> = text.split(['\n', '\u{85}', '\u{2028}', '\u{2029}']).collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert_eq!(said(lines[0]), Said::Acknowledged(7));
        assert_eq!(lines[1..4], ["/t100/events/5", "CREATE", ""]);
        assert_eq!(parse(lines[4].as_bytes()).expect("JSON"), Json::Object(thing));
        assert_eq!(said("unsubscribe_subscriber"), Said::Unsubscribe);
        for text in ["", "AAAA", "no base64", "AAAAAAAAAAAAAAAA"] {
            assert_eq!(said(text), Said::Unknown, "{text}");
        }
    }
}
