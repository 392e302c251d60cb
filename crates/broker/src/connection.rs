//! One connection: drives a session of `mqtt` over any stream. What the client asks for is done one after the other, in the
//! order in which it came; while too much of it waits, nothing more is read.

mod client;
pub(crate) mod operations;
mod owed;
mod together;
mod transport;
mod work;

use crate::broker::{Inside, Peer};
use crate::registry::Word;
use crate::strangers::Stranger;
use crate::subscriptions::Subscriptions;
use crate::wills::{Left, Words};
use client::{Client, Due};
use engine::mqtt::WillChange;
use model::limits::{
    MQTT_FAREWELL_SECONDS_MAX, MQTT_PACKET_BYTES_MAX, MQTT_SESSION_SECONDS_MAX, MQTT_TAKEOVER_SECONDS_MAX,
};
use mqtt::exchange::{Accepted, Cause, End, Input, Output, PublishAnswer, Version};
use mqtt::limits::Limits;
use mqtt::message::Delivery;
use mqtt::reason::{Disconnect, PublishRefusal};
use mqtt::session::Session;
use operations::Pumped;
use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use together::Together;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep_until;
use transport::{Moved, Transport};
use work::{Done, Once, Task, Work};

/// The terms of every connection; a session outlives its connection only where the client asks for that.
pub const LIMITS: Limits = Limits {
    packet_bytes_max: MQTT_PACKET_BYTES_MAX,
    session_expiry_seconds_max: MQTT_SESSION_SECONDS_MAX,
    ..Limits::DEFAULT
};

/// Serves one connection to its end.
pub(crate) async fn run<S>(broker: Arc<Inside>, peer: Peer, stranger: Stranger, stream: S)
where
    S: AsyncRead + AsyncWrite + Send,
{
    let mut transport = Transport::new(stream);
    let mut connection = Connection {
        session: Session::new(broker.now()),
        broker,
        peer: Arc::new(peer),
        stranger: Some(stranger),
        tasks: VecDeque::new(),
        together: Together::default(),
        work: None,
        client: None,
        end: None,
        gives_up_at: None,
    };
    while let Some(event) = connection.next(&mut transport).await {
        connection.take(event, &mut transport);
    }
    connection.leave().await;
    transport.close().await;
}

struct Connection {
    broker: Arc<Inside>,
    peer: Arc<Peer>,
    session: Session,
    /// Until the client has signed in.
    stranger: Option<Stranger>,
    /// What the client asked for and is not begun, in order.
    tasks: VecDeque<Task>,
    together: Together,
    /// What is being done.
    work: Option<Work>,
    /// The client, once it has signed in.
    client: Option<Client>,
    /// How the session ended.
    end: Option<End>,
    /// When the last bytes are given up.
    gives_up_at: Option<Duration>,
}

enum Event {
    Moved(Moved),
    Done(Box<Done>),
    Told(Word),
    Pumped(Pumped),
    Time,
}

impl Connection {
    /// What happens next; nothing once all is done.
    async fn next<S: AsyncRead + AsyncWrite>(&mut self, transport: &mut Transport<S>) -> Option<Event> {
        self.go_on(transport);
        let is_over = self.session.is_over();
        if is_over && self.work.is_none() && self.tasks.is_empty() && transport.is_flushed() {
            return None;
        }
        let wants_bytes = self.session.wants_bytes();
        let wake_at = match is_over {
            true => self.gives_up_at.filter(|_| !transport.is_flushed()),
            false => self.wake_at(),
        };
        let wake_at = wake_at.map(|at| self.broker.moment(at));
        let work = self.work.as_mut();
        let is_told = self.end.is_some();
        let (place, pump) = match &mut self.client {
            Some(client) if !is_told => (Some(&mut client.place), client.pump.running()),
            _ => (None, None),
        };
        Some(tokio::select! {
            moved = transport.move_on(wants_bytes) => Event::Moved(moved),
            done = async { match work { Some(work) => work.await, None => pending().await } } => {
                Event::Done(Box::new(done))
            }
            word = async { match place { Some(place) => place.word().await, None => pending().await } } => {
                Event::Told(word)
            }
            pumped = async { match pump { Some(pump) => pump.await, None => pending().await } } => {
                Event::Pumped(pumped)
            }
            () = async { match wake_at { Some(at) => sleep_until(at).await, None => pending().await } } => {
                Event::Time
            }
        })
    }

    fn take<S: AsyncRead + AsyncWrite>(&mut self, event: Event, transport: &mut Transport<S>) {
        match event {
            Event::Moved(Moved::In(count)) => {
                let (bytes, out) = transport.received(count);
                self.input(Input::Bytes(bytes), out);
            }
            Event::Moved(Moved::Out(count)) => self.input(Input::Sent(count), transport.out()),
            Event::Moved(Moved::Closed) => {
                transport.give_up();
                self.input(Input::Closed, transport.out());
            }
            Event::Moved(Moved::Flushed) => {}
            Event::Done(done) => {
                self.work = None;
                self.done(*done, transport.out());
            }
            Event::Told(word) => self.told(word, transport.out()),
            Event::Pumped(pumped) => {
                let now = self.broker.now();
                let client = self.client.as_mut();
                if client.is_some_and(|client| client.pump.take(pumped, now)) {
                    self.told(Word::SignedOut, transport.out());
                }
            }
            Event::Time if self.gives_up_at.is_some() => transport.give_up(),
            Event::Time => self.time(transport.out()),
        }
    }

    /// When the clock next has something to say.
    fn wake_at(&mut self) -> Option<Duration> {
        let now = self.broker.now();
        let of_client = self.client.as_mut().and_then(|client| client.wake_at(now));
        self.session.wake_at().into_iter().chain(of_client).min()
    }

    fn time(&mut self, out: &mut Vec<u8>) {
        let now = self.broker.now();
        match self.client.as_mut().and_then(|client| client.due(now)) {
            Some(Due::End(why, text)) => self.input(Input::Disconnect(why, Some(text.to_owned())), out),
            Some(Due::Renewal) => self.tasks.push_back(Task::Renew),
            None => self.input(Input::Time, out),
        }
    }

    /// Tells the client what it is owed, and begins what it has asked for next, once it has taken what came of the last.
    fn go_on<S: AsyncRead + AsyncWrite>(&mut self, transport: &mut Transport<S>) {
        while let Some(delivery) = self.client.as_mut().and_then(Client::next_owed) {
            self.input(Input::Deliver(Box::new(delivery)), transport.out());
        }
        while self.session.takes_delivery()
            && let Some(delivery) = self.next_operation()
        {
            self.input(Input::Deliver(Box::new(delivery)), transport.out());
        }
        // What turns out to be nothing brings no event after which the next could begin.
        while self.work.is_none()
            && self.takes_task()
            && !self.begin_together()
            && let Some(task) = self.tasks.pop_front()
        {
            self.together.begun(&task);
            self.begin(task);
        }
    }

    /// Begins several messages at once, if the next ones are such.
    fn begin_together(&mut self) -> bool {
        if let Some(client) = &self.client
            && let Some(batch) = self.together.next(&self.tasks, client)
        {
            self.work = Some(work::publish_together(&self.broker, client.speaker(), batch));
        }
        self.work.is_some()
    }

    /// Whether the client has taken what came of the last task. While nothing is read, what would make room for that may lie
    /// behind what waits to be done.
    fn takes_task(&self) -> bool {
        let is_owed = self.client.as_ref().is_some_and(Client::is_owed);
        !is_owed || !self.session.wants_bytes()
    }

    /// The next operation for the client, once it has taken everything else.
    fn next_operation(&mut self) -> Option<Delivery> {
        let client = self.client.as_mut().filter(|client| !client.is_owed())?;
        let operation = client.next_operation(self.broker.now());
        if operation.is_none() {
            let speaker = client.speaker();
            client.pump.go_on(&self.broker, &speaker, true);
        }
        operation
    }

    /// Hands the session what has happened, and takes up what it says.
    fn input(&mut self, input: Input<'_>, out: &mut Vec<u8>) {
        for output in self.session.handle(input, self.broker.now()) {
            match output {
                Output::Send(bytes) => out.extend_from_slice(&bytes),
                Output::Connect(connect) => self.tasks.push_back(Task::Connect(connect)),
                Output::Publish(handle, message) => {
                    let id = self.session.packet_id(handle);
                    self.tasks.push_back(Task::Publish(handle, id, message));
                }
                Output::Release(id) => self.tasks.push_back(Task::Release(id)),
                Output::Subscribe(handle, wishes) => self.tasks.push_back(Task::Subscribe(handle, wishes)),
                Output::Unsubscribe(handle, filters) => {
                    self.tasks.push_back(Task::Unsubscribe(handle, filters));
                }
                Output::Settled(id, how) => self.with_client(|client| client.settled(id, how)),
                Output::NoRoom(id) => self.with_client(|client| client.no_room(id)),
                Output::Room => self.with_client(Client::room),
                Output::End(end) => self.ended(*end),
            }
        }
    }

    fn with_client(&mut self, act: impl FnOnce(&mut Client)) {
        if let Some(client) = &mut self.client {
            act(client);
        }
    }

    fn ended(&mut self, end: End) {
        tracing::debug!(address = %self.peer.address, cause = ?end.cause, "a connection over MQTT has ended");
        self.stranger = None;
        match end.cause {
            // The client sends again what was not confirmed, and what came after that must not take effect before it.
            Cause::Disconnected(Disconnect::Unspecified | Disconnect::QuotaExceeded)
            // Whatever else it has sent would be refused.
            | Cause::Disconnected(Disconnect::NotAuthorized) => self.tasks.clear(),
            _ => {}
        }
        self.gives_up_at = Some(self.broker.now() + Duration::from_secs(MQTT_FAREWELL_SECONDS_MAX));
        self.end = Some(end);
        self.with_client(Client::forget_owed);
    }

    fn told(&mut self, word: Word, out: &mut Vec<u8>) {
        let (why, text) = match word {
            Word::TakenOver => (Disconnect::TakenOver, "another connection speaks for this device"),
            Word::SignedOut => (Disconnect::NotAuthorized, "not signed in any more"),
            Word::Stopping => (
                Disconnect::ShuttingDown,
                "the platform stops: come back in a moment",
            ),
        };
        self.input(Input::Disconnect(why, Some(text.to_owned())), out);
    }

    /// Begins what the client has asked for.
    fn begin(&mut self, task: Task) {
        self.work = match (task, &mut self.client) {
            (Task::Connect(connect), _) => Some(work::connect(&self.broker, &self.peer, connect)),
            // Nobody asks for anything before being let in.
            (_, None) => None,
            (Task::Publish(handle, id, message), Some(client)) => {
                let speaker = client.speaker();
                let once = client.begins(id, &message).map(|received| Once {
                    received,
                    is_told_refusals: self.session.version() == Version::V5_0,
                });
                Some(work::publish(&self.broker, speaker, handle, id, message, once))
            }
            (Task::Release(id), Some(client)) => {
                let mut ids = vec![id];
                while let Some(Task::Release(id)) = self.tasks.front() {
                    ids.push(*id);
                    self.tasks.pop_front();
                }
                let device = client.place.key().device.clone();
                Some(work::release(&self.broker, client.speaker(), device, ids))
            }
            (Task::Subscribe(handle, wishes), Some(client)) => {
                let (subscriptions, answers) = client.subscribe(wishes);
                let following = client.following(subscriptions);
                Some(work::subscribed(&self.broker, following, handle, answers))
            }
            (Task::Unsubscribe(handle, filters), Some(client)) => {
                let (subscriptions, answers) = client.unsubscribe(&filters);
                let following = client.following(subscriptions);
                Some(work::unsubscribed(&self.broker, following, handle, answers))
            }
            (Task::Renew, Some(client)) => {
                let stored = client.stored_anew();
                stored.map(|stored| work::renewed(&self.broker, stored))
            }
        };
    }

    fn done(&mut self, done: Done, out: &mut Vec<u8>) {
        match done {
            Done::Admitted(Err(why)) => self.input(Input::Refused(why, None), out),
            Done::Admitted(Ok(admitted)) => {
                self.stranger = None;
                let (mut client, client_id, resumed) = Client::new(*admitted, self.broker.now());
                if self.session.is_over() {
                    // The client has gone meanwhile, and finds what it left when it comes back.
                    client.leave_as_it_was(resumed);
                    self.client = Some(client);
                    return;
                }
                self.client = Some(client);
                let accepted = Accepted {
                    limits: LIMITS,
                    client_id,
                    resumed,
                    asks_releases: self.client.as_ref().is_some_and(Client::asks_releases),
                };
                self.input(Input::Accepted(Box::new(accepted)), out);
            }
            Done::Published(handle, answer, outcome) => {
                // When the connection is over, no refusal is told any more: its message comes again, as those of 3.1.1 do.
                let told_as = match self.session.is_over() {
                    true => Version::V3_1_1,
                    false => self.session.version(),
                };
                // A message without a number is never sent again.
                let is_sent_again = answer.ends(told_as).is_some();
                if is_sent_again && self.session.packet_id(handle).is_some() {
                    self.tasks.clear();
                }
                self.input(Input::Published(handle, answer), out);
                let is_new_device = self.client.as_ref().is_some_and(Client::is_new_device);
                if is_new_device
                    && matches!(
                        outcome.taken,
                        Err(PublishRefusal::NotAuthorized | PublishRefusal::TopicName)
                    )
                {
                    // Everybody may know what it signs in with: it has one question, and no time to try others.
                    let text = "nothing but s/ucr without credentials of one's own".to_owned();
                    self.input(Input::Disconnect(Disconnect::NotAuthorized, Some(text)), out);
                }
                if !self.session.is_over() {
                    self.with_client(|client| client.hear(outcome));
                }
            }
            Done::Together { tried, taken } => {
                self.together.left(tried - taken);
                for task in self
                    .tasks
                    .drain(..taken.min(self.tasks.len()))
                    .collect::<Vec<_>>()
                {
                    if let Task::Publish(handle, ..) = task {
                        self.input(Input::Published(handle, PublishAnswer::Accepted), out);
                    }
                }
            }
            Done::Released(Ok(ids)) => {
                for id in ids {
                    self.with_client(|client| client.released(id));
                    self.input(Input::Released(id), out);
                }
            }
            // The client comes back, and asks again.
            Done::Released(Err(())) => self.input(Input::Disconnect(Disconnect::Unspecified, None), out),
            Done::Subscribed(handle, answers, subscriptions) => {
                self.follow(subscriptions);
                self.input(Input::Subscribed(handle, answers), out);
            }
            Done::Unsubscribed(handle, answers, subscriptions) => {
                self.follow(subscriptions);
                self.input(Input::Unsubscribed(handle, answers), out);
            }
            Done::Renewed => {}
        }
    }

    fn follow(&mut self, subscriptions: Option<Subscriptions>) {
        if let (Some(client), Some(subscriptions)) = (&mut self.client, subscriptions) {
            client.follow(subscriptions);
        }
    }

    /// The end: stores what outlives the connection, publishes the will, and gives the place to whoever waits for it.
    async fn leave(self) {
        let (Some(mut client), Some(end)) = (self.client, self.end) else {
            return;
        };
        // Who takes the place over waits no longer than that for it.
        let patience = Duration::from_secs(MQTT_TAKEOVER_SECONDS_MAX - MQTT_FAREWELL_SECONDS_MAX);
        let gives_up_at = self.broker.now() + patience;
        let is_signed_out = end.cause == Cause::Disconnected(Disconnect::NotAuthorized);
        let expiry = match is_signed_out {
            true => 0,
            false => end.session_expiry_seconds,
        };
        let will = end.will.filter(|_| !is_signed_out);
        let change = match (client.will(), &will) {
            (None, _) => WillChange::AsItIs,
            (Some(number), None) => WillChange::Void(number),
            (Some(number), Some(will)) => WillChange::Due(number, will.delay_seconds.min(expiry)),
        };
        match client.as_it_was() {
            Some((state, seconds)) => client.keep(&self.broker, state, seconds, change).await,
            None => {
                let state = self.session.state(self.broker.now());
                client.keep(&self.broker, state, expiry, change).await;
            }
        }
        if let Some(will) = will {
            let left = Left {
                key: client.place.key().clone(),
                delay_seconds: will.delay_seconds.min(expiry),
                number: client.will(),
            };
            let words = Words::Known(client.speaker(), Box::new(will.message));
            self.broker.execute(left, words, gives_up_at).await;
        }
    }
}
