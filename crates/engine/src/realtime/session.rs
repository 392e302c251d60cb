//! One session: what it is subscribed to, what waits for it, and who waits for that. Bounded in everything.

use super::{Delivery, Thing, TooManyChannels};
use crate::caller::Caller;
use model::ids::ObjectId;
use model::limits::{
    REALTIME_BATCH_MAX, REALTIME_CHANNELS_MAX, REALTIME_CHECK_SECONDS, REALTIME_IDLE_SECONDS_MAX,
    REALTIME_SEEN_MAX, REALTIME_WAITING_MAX,
};
use model::permissions::Select;
use model::realtime::{Channel, Kind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::availability::Reachable;
use store::feed::Happened;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// The id of a session: 128 random bits, as hexadecimal digits. It opens nothing to others than its caller.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientId(u128);

impl ClientId {
    pub(super) fn from_random(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The text has not the form of a session's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a session")]
pub struct BadClientId;

impl FromStr for ClientId {
    type Err = BadClientId;

    fn from_str(text: &str) -> Result<Self, BadClientId> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 32 || !text.bytes().all(is_hex) {
            return Err(BadClientId);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| BadClientId)
    }
}

/// Why a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The client has said so, or has gone.
    Closed,
    /// The client did not ask for too long.
    Idle,
    /// The client was too slow: more waited for it than may.
    Slow,
    /// Something that has happened could not be told.
    Missed,
    /// The caller began more sessions than it may have; this was its oldest.
    Replaced,
    /// The caller may not act any more, or not with this credential.
    SignedOut,
    /// The program stops.
    Stopping,
}

/// What waits to be told: on which channel, of one kind and one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Happening {
    pub(super) kind: Kind,
    /// The object that the channel is named after: the source, or what the client follows above it.
    pub(super) of: ObjectId,
    pub(super) happened: Happened,
}

/// A session. It can be used by its caller only.
pub struct Session {
    id: ClientId,
    caller: Caller,
    /// Later ones have larger numbers.
    number: u64,
    state: Mutex<State>,
    wake: Notify,
}

struct State {
    /// How often it was found, one after the other, that nobody asks.
    rests: u64,
    channels: BTreeSet<Channel>,
    waiting: VecDeque<Happening>,
    /// Objects that were shown, the latest ones.
    seen: VecDeque<ObjectId>,
    over: Option<Over>,
    /// Devices that are reached by it.
    reaches: BTreeMap<ObjectId, Reachable>,
    /// How many notifications were told.
    told: u64,
    /// The number of the latest turn: only its holder takes.
    turn: u64,
    /// How many turns have not ended.
    turns_open: usize,
}

/// What the holder of a turn takes.
pub(super) enum Taken {
    These(Batch),
    Nothing,
    OutOfTurn,
    Over(Over),
}

/// What was taken to be told. It waits again, in its place, if that does not come to its end: when the client goes away.
pub(super) struct Batch {
    session: Arc<Session>,
    happenings: Vec<Happening>,
}

/// The turn of somebody who waits: it ends when it is dropped, also when the client goes away.
pub(super) struct Turn {
    session: Arc<Session>,
    number: u64,
}

impl Session {
    pub(super) fn new(id: ClientId, caller: Caller, number: u64) -> Self {
        let state = State {
            rests: 0,
            channels: BTreeSet::new(),
            waiting: VecDeque::new(),
            seen: VecDeque::new(),
            over: None,
            reaches: BTreeMap::new(),
            told: 0,
            turn: 0,
            turns_open: 0,
        };
        Self {
            id,
            caller,
            number,
            state: Mutex::new(state),
            wake: Notify::new(),
        }
    }

    /// Its id.
    pub fn id(&self) -> ClientId {
        self.id
    }

    /// Whose it is.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Why it has ended, if it has.
    pub fn over(&self) -> Option<Over> {
        self.lock().over
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Called at every check. Whether nobody has asked for too long.
    pub(super) fn rests(&self) -> bool {
        let mut state = self.lock();
        match state.turns_open {
            0 => state.rests += 1,
            _ => state.rests = 0,
        }
        state.rests > REALTIME_IDLE_SECONDS_MAX / REALTIME_CHECK_SECONDS
    }

    /// Whether the channel is new to it.
    pub(super) fn add_channel(&self, channel: Channel) -> Result<bool, TooManyChannels> {
        let mut state = self.lock();
        if state.channels.len() >= REALTIME_CHANNELS_MAX && !state.channels.contains(&channel) {
            return Err(TooManyChannels);
        }
        Ok(state.channels.insert(channel))
    }

    pub(super) fn remove_channel(&self, channel: Channel) {
        let mut state = self.lock();
        state.channels.remove(&channel);
        if let (Kind::NewOperations, Select::One(device)) = (channel.kind, channel.of) {
            state.reaches.remove(&device);
        }
    }

    /// Keeps it known, as long as the session follows its operations, that a device is reached by it.
    pub(super) fn reaches(&self, device: ObjectId, reachable: Reachable) {
        let mut state = self.lock();
        let channel = Channel::one(Kind::NewOperations, device);
        if state.over.is_none() && state.channels.contains(&channel) {
            state.reaches.insert(device, reachable);
        }
    }

    pub(super) fn channels(&self) -> Vec<Channel> {
        self.lock().channels.iter().copied().collect()
    }

    /// Lets something wait to be told; no if more would wait than may. What is told is read when it is told, so the same
    /// once more changes nothing.
    pub(super) fn push(&self, happening: Happening) -> bool {
        let mut state = self.lock();
        if state.over.is_some() || state.waiting.back() == Some(&happening) {
            return true;
        }
        if state.waiting.len() >= REALTIME_WAITING_MAX {
            return false;
        }
        state.waiting.push_back(happening);
        drop(state);
        self.wake.notify_waiters();
        true
    }

    /// Ends it. The first reason stays.
    pub(super) fn end(&self, why: Over) {
        let mut state = self.lock();
        state.over.get_or_insert(why);
        state.waiting = VecDeque::new();
        state.seen = VecDeque::new();
        state.reaches = BTreeMap::new();
        drop(state);
        self.wake.notify_waiters();
    }

    pub(super) fn woken(&self) -> Notified<'_> {
        self.wake.notified()
    }

    /// Takes the turn from whoever has it.
    pub(super) fn begin_turn(self: &Arc<Self>) -> Turn {
        let mut state = self.lock();
        state.turn += 1;
        state.turns_open += 1;
        let number = state.turn;
        drop(state);
        self.wake.notify_waiters();
        Turn {
            session: self.clone(),
            number,
        }
    }

    fn put_back(&self, rest: Vec<Happening>) {
        let mut state = self.lock();
        if state.over.is_none() {
            rest.into_iter()
                .rev()
                .for_each(|happening| state.waiting.push_front(happening));
        }
    }

    pub(super) fn seen(&self) -> Vec<ObjectId> {
        self.lock().seen.iter().copied().collect()
    }

    fn has_told(&self, deliveries: &mut [Delivery]) {
        let mut state = self.lock();
        for delivery in deliveries {
            state.told += 1;
            delivery.number = state.told;
            let Thing::Object(view) = &delivery.thing else {
                continue;
            };
            if state.over.is_some() || state.seen.contains(&view.object.id) {
                continue;
            }
            if state.seen.len() >= REALTIME_SEEN_MAX {
                state.seen.pop_front();
            }
            state.seen.push_back(view.object.id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    pub(super) fn take(&self) -> Taken {
        let mut state = self.session.lock();
        if let Some(why) = state.over {
            return Taken::Over(why);
        }
        if state.turn != self.number {
            return Taken::OutOfTurn;
        }
        let count = state.waiting.len().min(REALTIME_BATCH_MAX);
        match count {
            0 => Taken::Nothing,
            count => Taken::These(Batch {
                session: self.session.clone(),
                happenings: state.waiting.drain(..count).collect(),
            }),
        }
    }
}

impl Batch {
    pub(super) fn happenings(&self) -> Vec<Happening> {
        self.happenings.clone()
    }

    /// It was told, but for the rest, which comes first in the next one. Numbers the notifications.
    pub(super) fn told(mut self, deliveries: &mut [Delivery], rest: Vec<Happening>) {
        self.happenings = rest;
        self.session.has_told(deliveries);
    }

    /// It will not be told.
    pub(super) fn give_up(mut self) {
        self.happenings = Vec::new();
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.session.put_back(std::mem::take(&mut self.happenings));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.session.lock();
        state.turns_open = state.turns_open.saturating_sub(1);
        state.rests = 0;
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}
