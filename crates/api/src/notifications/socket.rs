//! Notifications over a WebSocket (RFC 6455): each is a text, which the client acknowledges with its first line.

use super::shown_token;
use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::realtime::{End, action_word, farewell, server_side, shown_thing};
use crate::takeover::{AnyStream, Takeover};
use contract::notifications::{Said, frame, said};
use engine::notifications::{Consumer, Notification, Over, Ticket};
use engine::refusal::{Missing, Refusal};
use futures_util::{SinkExt, StreamExt};
use model::json::{Json, Object};
use model::limits::{CONSUMER_IDLE_SECONDS_MAX, UNACKNOWLEDGED_MAX, WRITE_STALLED_SECONDS_MAX};
use model::notifications::SubscriberName;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Connects a client, and agrees to a WebSocket. A refusal is an ordinary answer.
pub(super) async fn open(mut call: Call) -> Result<Answer, Problem> {
    let Some(upgrade) = call.upgrade.take() else {
        return Err(Problem::no_upgrade());
    };
    let caller = call.caller()?;
    let ticket = call
        .door()
        .ticket(caller, &shown_token(&call))
        .map_err(call.refused())?;
    let expected = "1 to 250 letters, digits, hyphens, underscores and dots";
    let bad = |_| Problem::bad_parameter(&call, "consumer", expected);
    let share = call.text("consumer").map(|name| name.parse::<SubscriberName>());
    let share = share.transpose().map_err(bad)?;
    let connected = call
        .setting
        .notifications
        .connect(caller, ticket.clone(), share)
        .await;
    let consumer = connected.map_err(call.refused())?;
    // It is a credential: from here on nobody needs it.
    call.query.clear();
    let accept = upgrade.accept().to_owned();
    let takeover = Takeover::new(move |stream| converse(call, ticket, consumer, stream));
    Ok(Answer::taken_over(accept, takeover))
}

/// One WebSocket from its first message to its last. The client leaves with it.
async fn converse(call: Call, ticket: Ticket, consumer: Consumer, stream: AnyStream) {
    let mut talk = Talk {
        call,
        ticket,
        socket: server_side(stream).await,
        heard: Instant::now(),
        strange: 0,
    };
    let end = talk.run(&consumer).await;
    drop(consumer);
    farewell(&mut talk.socket, end).await;
}

enum Event {
    Frame(Frame),
    News(Vec<Notification>),
    Ends(End),
}

struct Talk {
    call: Call,
    ticket: Ticket,
    socket: WebSocketStream<AnyStream>,
    /// When something was last heard.
    heard: Instant,
    /// How many texts in a row said nothing.
    strange: usize,
}

impl Talk {
    async fn run(&mut self, consumer: &Consumer) -> End {
        loop {
            let went_on = match self.next(consumer).await {
                Event::Frame(Frame::Text(text)) => self.hear(text.as_str(), consumer).await,
                Event::Frame(Frame::Close(_)) => Err(End::Gone),
                Event::Frame(Frame::Binary(_)) => Err(End::Told(CloseCode::Unsupported, "messages are text")),
                // Pings are answered below; what else comes only shows that somebody is there.
                Event::Frame(_) => Ok(()),
                Event::News(notifications) => self.tell(&notifications).await,
                Event::Ends(end) => Err(end),
            };
            if let Err(end) = went_on {
                return end;
            }
        }
    }

    async fn next(&mut self, consumer: &Consumer) -> Event {
        let silence = Duration::from_secs(CONSUMER_IDLE_SECONDS_MAX);
        tokio::select! {
            frame = self.socket.next() => match frame {
                Some(Ok(frame)) => {
                    self.heard = Instant::now();
                    Event::Frame(frame)
                }
                Some(Err(_)) | None => Event::Ends(End::Gone),
            },
            news = consumer.next() => match news {
                Ok(notifications) => Event::News(notifications),
                Err(over) => Event::Ends(told(over)),
            },
            () = sleep_until(self.heard + silence) => {
                Event::Ends(End::Told(CloseCode::Policy, "nothing was heard for too long"))
            }
        }
    }

    async fn hear(&mut self, text: &str, consumer: &Consumer) -> Result<(), End> {
        match said(text) {
            Said::Acknowledged(number) if consumer.acknowledge(number) => self.strange = 0,
            Said::Unsubscribe => return self.unsubscribe().await,
            // Acknowledged twice, or before the connection was lost: a client may do that now and then.
            Said::Acknowledged(_) | Said::Unknown => self.strange += 1,
        }
        match self.strange > UNACKNOWLEDGED_MAX {
            true => Err(End::Told(CloseCode::Policy, "too many messages that say nothing")),
            false => Ok(()),
        }
    }

    async fn unsubscribe(&mut self) -> Result<(), End> {
        let Ok(caller) = self.call.caller() else {
            return Err(End::Gone);
        };
        let done = self
            .call
            .setting
            .notifications
            .unsubscribe(caller, self.ticket.clone())
            .await;
        Err(match done {
            Ok(()) | Err(Refusal::Missing(Missing::Subscriber)) => {
                End::Told(CloseCode::Normal, "the subscriber is unsubscribed")
            }
            Err(_) => End::Told(CloseCode::Again, "the subscriber could not be unsubscribed"),
        })
    }

    /// Sends notifications; who takes nothing of them for too long has gone.
    async fn tell(&mut self, notifications: &[Notification]) -> Result<(), End> {
        for one in notifications {
            let about = format!(
                "/{}/{}/{}",
                self.call.caller().map_err(|_| End::Gone)?.tenant_id(),
                one.api.word(),
                one.of
            );
            let thing = match shown_thing(&self.call, &one.thing) {
                Json::Object(object) => object,
                id => [("id", id)].into_iter().collect::<Object>(),
            };
            let text = frame(one.number, &about, action_word(one.action), &thing);
            let sent = self.socket.send(Frame::text(text));
            match timeout(Duration::from_secs(WRITE_STALLED_SECONDS_MAX), sent).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Err(End::Gone),
            }
        }
        Ok(())
    }
}

fn told(over: Over) -> End {
    match over {
        Over::Unsubscribed => End::Told(CloseCode::Normal, "the subscriber is unsubscribed"),
        Over::SignedOut => End::Told(CloseCode::Policy, "not allowed any more"),
        Over::Failed => End::Told(CloseCode::Error, "something failed: connect again"),
        Over::Stopping => End::Told(CloseCode::Restart, "the platform stops"),
    }
}
