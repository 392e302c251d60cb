//! What a message means: from its topic and its bytes to questions and commands of the engine, and from their answers to
//! what the client is told. It knows no connection, no subscription and no packet.
//!
//! Nothing is decided here. A row is about the object that its topic or its arguments name; the engine finds it in the
//! transaction of the row's command, and refuses what is not the speaker's in the same words as what is not there.

mod bootstrap;
mod collections;
mod custom;
mod documents;
mod json;
mod operations;
mod refused;
mod rows;
mod speech;
mod statics;
mod together;

pub use operations::{one_line, static_rows};

use crate::speaker::Speaker;
use engine::door::Door;
use engine::flow::{Protocol, Rejected};
use engine::mqtt::Received;
use model::limits::MQTT_ANSWER_BYTES_MAX;
use model::processing::Processing;
use model::users::UserKind;
use mqtt::reason::PublishRefusal;
use refused::Refused;
use smartrest::fault::{ErrorCode, ErrorRow};
use smartrest::limits::MESSAGE_BYTES_MAX;
use smartrest::server::ServerRow;
use smartrest::topic::{PublishTopic, SubscribeTopic};
use speech::Speech;

/// What a client has published: also its will.
#[derive(Debug, Clone, Copy)]
pub struct Publication<'m> {
    /// To where.
    pub topic: &'m str,
    /// What.
    pub payload: &'m [u8],
    /// The number of its packet, for errors of JSON over MQTT; a will has none, nor has what nobody acknowledges.
    pub packet_id: Option<u16>,
    /// Which message of QoS 2 it is, if no part of it may take effect twice; with how many of its parts are done already.
    pub received: Option<&'m Received>,
}

/// One of several messages on one topic.
#[derive(Debug, Clone)]
pub struct Together {
    /// What.
    pub payload: Vec<u8>,
    /// Which message of QoS 2 it is, if it may not take effect twice.
    pub received: Option<Received>,
}

/// What became of a message.
#[derive(Debug)]
pub struct Outcome {
    /// What the client is told, in order: each on a topic to which it may be subscribed. What it does not follow is
    /// not sent.
    pub answers: Vec<Answer>,
    /// Whether the operations that wait are to be sent once more.
    pub sends_waiting: bool,
    /// Whether the message was taken. A bad row is an answer on `s/e`, and its message is taken; refused is a message
    /// that as a whole has no meaning or is not allowed, or that could not be stored now.
    pub taken: Result<(), PublishRefusal>,
}

/// Something for the client that spoke. It may be a secret, so it shows itself to nobody.
pub struct Answer {
    /// Where.
    pub topic: SubscribeTopic,
    /// What.
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({})", self.topic)
    }
}

/// The meaning of messages. One for the whole platform.
#[derive(Clone)]
pub struct Meaning {
    door: Door,
}

impl Meaning {
    /// The meaning of messages to this platform.
    pub fn new(door: Door) -> Self {
        Self { door }
    }

    /// Carries out a message. When this returns, all that the message changed is durable; its rows are judged one by
    /// one and in order.
    pub async fn publish(&self, who: &Speaker, message: Publication<'_>) -> Outcome {
        let Ok(topic) = message.topic.parse::<PublishTopic>() else {
            return self.unknown_topic(who, message);
        };
        // The user that all new devices share asks for credentials, and does nothing else.
        let asks = topic == PublishTopic::Credentials;
        if asks != (who.caller.kind() == UserKind::Bootstrap) {
            return Outcome::refused(PublishRefusal::NotAuthorized);
        }
        let mut said = Said::default();
        let taken = self.carry_out(who, topic, message, &mut said).await;
        said.outcome(taken)
    }

    /// Carries out messages on one topic in one commit, if that is possible: those of measurements. Says how many, the first
    /// ones, were taken; the others are to be published one by one.
    pub async fn publish_together(&self, who: &Speaker, topic: &str, messages: &[Together]) -> usize {
        together::carry_out(&self.door, who, topic, messages).await
    }

    async fn carry_out(
        &self,
        who: &Speaker,
        topic: PublishTopic,
        message: Publication<'_>,
        said: &mut Said,
    ) -> Result<(), PublishRefusal> {
        let (payload, once) = (message.payload, message.received);
        match topic {
            PublishTopic::Static { mode, about } => {
                let speech =
                    Speech::new(&self.door, who, Protocol::SmartRest, mode, about.as_ref()).once(once);
                rows::carry_out(&speech, payload, said).await
            }
            PublishTopic::Custom {
                mode,
                collection,
                about,
            } => {
                let speech =
                    Speech::new(&self.door, who, Protocol::SmartRest, mode, about.as_ref()).once(once);
                let answers = SubscribeTopic::Custom(collection.clone());
                custom::carry_out(&speech, &collection, answers, payload, said).await
            }
            PublishTopic::Default { mode, about } => {
                let Some(collection) = &who.collection else {
                    said.error(
                        ErrorCode::NotCreated,
                        "",
                        "the client id names no template collection",
                    );
                    return Err(PublishRefusal::Content);
                };
                let speech =
                    Speech::new(&self.door, who, Protocol::SmartRest, mode, about.as_ref()).once(once);
                custom::carry_out(&speech, collection, SubscribeTopic::Default, payload, said).await
            }
            PublishTopic::Templates(collection) => {
                let speech = Speech::new(&self.door, who, Protocol::SmartRest, Processing::Persistent, None);
                let speech = speech.once(once);
                if speech.is_done(0) {
                    return Ok(());
                }
                collections::carry_out(&speech, &collection, payload, said).await
            }
            PublishTopic::Credentials => bootstrap::credentials(&self.door, who, payload, said).await,
            PublishTopic::Token => bootstrap::token(&self.door, who, said).await,
            PublishTopic::Legacy { collection, .. } => {
                let text = "SmartREST 1 is not spoken here: use s/us, or s/uc with a template collection";
                said.error(ErrorCode::UnknownTemplate, collection.as_str(), text);
                Err(PublishRefusal::Content)
            }
            PublishTopic::Json { mode, topic } => {
                let speech = Speech::new(&self.door, who, Protocol::Mqtt, mode, None).once(once);
                if speech.is_done(0) {
                    return Ok(());
                }
                let done = json::carry_out(&speech, topic, payload).await;
                if let Err(Refused::Told(..)) = done {
                    speech.malformed();
                }
                said.json(done, message.packet_id)
            }
        }
    }

    /// What looks like JSON over MQTT is told of on the topic of its errors, everything else on none: it is not ours.
    fn unknown_topic(&self, who: &Speaker, message: Publication<'_>) -> Outcome {
        let topic = message.topic.trim_start_matches('/');
        let of_json = |api: &str| topic.split('/').take(2).any(|level| level == api);
        let mut said = Said::default();
        if who.caller.kind() != UserKind::Bootstrap
            && ["measurement", "event", "alarm", "inventory"]
                .into_iter()
                .any(of_json)
        {
            let refused = Refused::Told(ErrorCode::UnknownTemplate, "there is no such topic".into());
            let _ = said.json(Err(refused), message.packet_id);
        }
        let malformed = Err(Rejected::Malformed);
        self.door.count_message(&who.caller, Protocol::Mqtt, malformed);
        said.outcome(Err(PublishRefusal::TopicName))
    }
}

impl Outcome {
    /// Nothing was done.
    pub fn refused(why: PublishRefusal) -> Self {
        Said::default().outcome(Err(why))
    }
}

/// What is to be told, while a message is carried out.
#[derive(Default)]
struct Said {
    answers: Vec<Answer>,
    /// Rows for `s/e`, one message of them.
    errors: String,
    sends_waiting: bool,
    /// Of the answers.
    bytes: usize,
}

/// What a client reads that asked for more than it is told.
const TOO_MUCH: &str = "one message asks for too much: the rest is not answered";

impl Said {
    /// What does not fit is not told, and nothing after it: the client reads that something is missing.
    fn answer(&mut self, topic: SubscribeTopic, payload: impl Into<Vec<u8>>) {
        if self.is_full() {
            return;
        }
        let payload = payload.into();
        self.bytes += payload.len();
        match self.is_full() {
            true => self.error(ErrorCode::Server, "", TOO_MUCH),
            false => self.answers.push(Answer { topic, payload }),
        }
    }

    /// Whether nothing more is answered: what only asks need not be carried out then.
    fn is_full(&self) -> bool {
        self.bytes > MQTT_ANSWER_BYTES_MAX
    }

    /// Refuses what only asks, if nothing more is answered.
    fn check_room(&self) -> Result<(), Refused> {
        match self.is_full() {
            true => Err(Refused::Told(ErrorCode::Server, TOO_MUCH.into())),
            false => Ok(()),
        }
    }

    /// A row of what is wrong. With more of them than a message holds, the last ones are not told.
    fn error(&mut self, code: ErrorCode, about: &str, text: impl Into<String>) {
        self.error_row(ErrorRow {
            code,
            about: about.to_owned(),
            text: text.into(),
        });
    }

    fn error_row(&mut self, row: ErrorRow) {
        let row = ServerRow::Error(row).print();
        if self.errors.len() + row.len() >= MESSAGE_BYTES_MAX {
            return;
        }
        if !self.errors.is_empty() {
            self.errors.push('\n');
        }
        self.errors.push_str(&row);
    }

    /// What became of a message of JSON over MQTT.
    fn json(&mut self, done: Result<(), Refused>, packet_id: Option<u16>) -> Result<(), PublishRefusal> {
        match done {
            Ok(()) => Ok(()),
            Err(Refused::Stop(why)) => Err(why),
            Err(Refused::Told(_, text)) => {
                self.answer(SubscribeTopic::JsonErrors, json::error(&text, packet_id));
                Err(PublishRefusal::Content)
            }
        }
    }

    fn outcome(mut self, taken: Result<(), PublishRefusal>) -> Outcome {
        if !self.errors.is_empty() {
            // Errors have a bound of their own.
            self.answers.push(Answer {
                topic: SubscribeTopic::Errors,
                payload: self.errors.into_bytes(),
            });
        }
        Outcome {
            answers: self.answers,
            sends_waiting: self.sends_waiting,
            taken,
        }
    }
}
