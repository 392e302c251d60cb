//! Remote access (R080): a user asks for a place on a device, the device is asked to connect, and what both send is passed
//! on. No connection is ever opened towards a device.
//!
//! The device shows a key that is good once, for a minute, and for nobody but the device's own user. Both ends are decided
//! when the session begins, and every few seconds while it lasts: a right that is withdrawn, a user that is disabled, a
//! device that is disconnected or moved cuts it. What it was, and how much was sent, is recorded when it ends; what was
//! sent is not.
//!
//! How bytes are framed is not known here: the device's end is a value of the surface's own kind.

mod configurations;
mod rights;
mod session;

pub use configurations::{
    CreateConfiguration, DeleteConfiguration, FindConfigurations, ReadConfiguration, UpdateConfiguration,
};
pub use session::{End, Over, Session, SessionView};

use crate::caller::Caller;
use crate::desk::record_of;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Conflict, Missing, Refusal};
use audit::record::Severity;
use aws_lc_rs::digest::{SHA256, digest};
use model::ids::{ObjectId, OperationId, RemoteConfigurationId, TenantNumber};
use model::json::Json;
use model::limits::{
    REMOTE_ANSWER_SECONDS_MAX, REMOTE_CHECK_SECONDS, REMOTE_SESSIONS_MAX, REMOTE_SESSIONS_PER_DEVICE_MAX,
    REMOTE_SESSIONS_PER_TENANT_MAX, REMOTE_SESSIONS_PER_USER_MAX,
};
use model::secret::Secret;
use model::time::Timestamp;
use rights::{Ask, Controlled, EndOther, Join, MayAnswer, MayStay, require_control};
use session::Opened;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

/// What a key is found by: nobody learns from the time of a look-up how much of a guess was right.
type KeyTrace = [u8; 32];

fn trace(key: &str) -> KeyTrace {
    let mut trace = KeyTrace::default();
    trace.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
    trace
}

/// All sessions of the program; `E` is the device's end of one.
pub struct RemoteAccess<E>(Arc<Inside<E>>);

impl<E> Clone for RemoteAccess<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Inside<E> {
    door: Door,
    state: Mutex<State<E>>,
    stopped: AtomicBool,
    begun: AtomicU64,
}

struct State<E> {
    sessions: HashMap<u64, Arc<Session>>,
    /// Sessions whose device is awaited.
    awaited: HashMap<KeyTrace, (Arc<Session>, oneshot::Sender<E>)>,
}

/// The user's side of a session. It ends when this is dropped.
pub struct Holder<E> {
    remote: RemoteAccess<E>,
    session: Arc<Session>,
    key: KeyTrace,
    answer: oneshot::Receiver<E>,
    told: bool,
}

/// The device's side: it was let in, and gives its end away.
pub struct Answered<E> {
    session: Arc<Session>,
    give: Option<oneshot::Sender<E>>,
}

impl<E: Send + 'static> RemoteAccess<E> {
    /// Behind a door.
    pub fn new(door: Door) -> Self {
        Self(Arc::new(Inside {
            door,
            state: Mutex::new(State {
                sessions: HashMap::new(),
                awaited: HashMap::new(),
            }),
            stopped: AtomicBool::new(false),
            begun: AtomicU64::new(0),
        }))
    }

    /// Asks a device to connect, for a caller.
    pub async fn open(
        &self,
        caller: &Caller,
        device: ObjectId,
        configuration: RemoteConfigurationId,
    ) -> Result<Holder<E>, Refusal> {
        let world = self.0.door.world();
        let key = key_of(world.random());
        let session = Arc::new(Session::new(
            self.0.begun.fetch_add(1, Ordering::Relaxed),
            caller.clone(),
            (device, configuration),
            world.now(),
        ));
        let (give, answer) = oneshot::channel();
        // It is awaited before it is asked: it may be quicker than the answer of the disk.
        self.0.add(&session, trace(key.expose()), give)?;
        let mut holder = Holder {
            remote: self.clone(),
            session,
            key: trace(key.expose()),
            answer,
            told: true,
        };
        let ask = Ask {
            device,
            configuration,
            key,
        };
        let asked = self.0.door.run(caller, ask).await?;
        holder.session.open(Opened {
            operation: asked.operation,
            endpoint: asked.endpoint,
            times: asked.times,
        });
        holder.told = false;
        Ok(holder)
    }

    /// Lets a device in that shows a key. A key that is not known, is over, was used or is another device's is refused in
    /// the same words.
    pub async fn answer(&self, caller: &Caller, key: &Secret) -> Result<Answered<E>, Refusal> {
        let (door, trace) = (&self.0.door, trace(key.expose()));
        let (tenant, _) = caller.numbers();
        let found = self
            .0
            .lock()
            .awaited
            .get(&trace)
            .map(|(session, _)| session.clone());
        let found = found.filter(|session| tenant_of(session) == tenant && session.over().is_none());
        let device = found.as_ref().map(|session| session.device);
        door.ask(caller, MayAnswer(device)).await?;
        let taken = self.0.lock().awaited.remove(&trace);
        let Some((session, give)) = taken.filter(|(session, _)| session.over().is_none()) else {
            // Somebody was quicker with the same key, or has ended the session meanwhile.
            door.ask(caller, MayAnswer(None)).await?;
            return Err(Refusal::Missing(Missing::RemoteKey));
        };
        let answered = Answered {
            session,
            give: Some(give),
        };
        let join = Join {
            device: answered.session.device,
            operation: answered.session.operation(),
        };
        door.run(caller, join).await?;
        answered.session.answered_by(caller, door.world().now());
        Ok(answered)
    }

    /// The sessions that a caller may know of: with the devices that it may have some with itself.
    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<SessionView>, Refusal> {
        let (tenant, _) = caller.numbers();
        let mut views: Vec<_> = self
            .0
            .lock()
            .sessions
            .values()
            .filter(|session| tenant_of(session) == tenant && session.over().is_none())
            .filter_map(Session::view)
            .collect();
        let mut devices: Vec<_> = views.iter().map(|view| view.device).collect();
        devices.sort_unstable();
        devices.dedup();
        let controlled = self.0.door.ask(caller, Controlled(devices)).await?;
        views.retain(|view| controlled.contains(&view.device));
        views.sort_unstable_by_key(|view| view.id);
        Ok(views)
    }

    /// Ends a session of somebody, whoever it is.
    pub async fn end(&self, caller: &Caller, id: OperationId) -> Result<(), Refusal> {
        let (tenant, _) = caller.numbers();
        let missing = Refusal::Missing(Missing::RemoteSession(id));
        let of_id = |session: &&Arc<Session>| tenant_of(session) == tenant && session.operation() == Some(id);
        let found = self.0.lock().sessions.values().find(of_id).cloned();
        let Some(session) = found else {
            // Whether the caller may end any is asked all the same.
            self.0.door.ask(caller, Controlled(Vec::new())).await?;
            return Err(missing);
        };
        let end = EndOther {
            device: session.device,
            operation: id,
        };
        let ended = self.0.door.run(caller, end).await;
        ended.map_err(|refusal| match refusal {
            // A session with a device that is not the caller's to know is not there.
            Refusal::Missing(_) => missing,
            refusal => refusal,
        })?;
        session.end(Over::EndedByHand);
        Ok(())
    }

    /// Ends every session, and lets none begin: the program stops.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Release);
        for session in self.0.lock().sessions.values() {
            session.end(Over::Stopping);
        }
    }
}

fn tenant_of(session: &Session) -> TenantNumber {
    session.user.numbers().0
}

/// 128 random bits, written in the groups of a UUID: what agents expect.
fn key_of(random: [u8; 16]) -> Secret {
    let mut text = String::with_capacity(36);
    for (place, byte) in random.iter().enumerate() {
        if [4, 6, 8, 10].contains(&place) {
            text.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Secret::new(text)
}

impl<E> Inside<E> {
    fn lock(&self) -> MutexGuard<'_, State<E>> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, session: &Arc<Session>, key: KeyTrace, give: oneshot::Sender<E>) -> Result<(), Refusal> {
        let mut state = self.lock();
        let count = |fits: &dyn Fn(&Session) -> bool| state.sessions.values().filter(|one| fits(one)).count();
        let (tenant, user) = (tenant_of(session), session.user.numbers());
        if self.stopped.load(Ordering::Acquire) || state.sessions.len() >= REMOTE_SESSIONS_MAX {
            return Err(Refusal::Busy);
        }
        let is_full = count(&|one| tenant_of(one) == tenant) >= REMOTE_SESSIONS_PER_TENANT_MAX
            || count(&|one| one.user.numbers() == user) >= REMOTE_SESSIONS_PER_USER_MAX
            || count(&|one| tenant_of(one) == tenant && one.device == session.device)
                >= REMOTE_SESSIONS_PER_DEVICE_MAX;
        if is_full {
            return Err(Refusal::Conflict(Conflict::RemoteSessions));
        }
        state.sessions.insert(session.number, session.clone());
        state.awaited.insert(key, (session.clone(), give));
        Ok(())
    }
}

impl<E: Send + 'static> Holder<E> {
    /// The session.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Waits for the device's end.
    pub async fn device(&mut self) -> Result<E, Over> {
        match timeout(Duration::from_secs(REMOTE_ANSWER_SECONDS_MAX), &mut self.answer).await {
            Ok(Ok(end)) => Ok(end),
            Ok(Err(_)) => Err(Over::DeviceGone),
            Err(_) => Err(Over::NotAnswered),
        }
    }

    /// The device's end if it came when nobody waited for it any more. None comes after this.
    pub fn late_device(&mut self) -> Option<E> {
        self.answer.close();
        self.answer.try_recv().ok()
    }

    /// Waits until the session must be cut: because one of its ends may not have it any more, or somebody says so.
    pub fn watched(&self) -> impl Future<Output = Over> + Send + use<E> {
        let (door, session) = (self.remote.0.door.clone(), self.session.clone());
        async move {
            loop {
                let paused = sleep(Duration::from_secs(REMOTE_CHECK_SECONDS));
                tokio::select! {
                    over = session.ended() => return over,
                    () = paused => {}
                }
                if let Some(over) = check(&door, &session).await {
                    return over;
                }
            }
        }
    }

    /// Records how the session has ended. What is left of it goes in any case.
    pub async fn finish(mut self, over: Over) {
        self.told = true;
        self.session.end(over);
        tell(self.remote.0.door.clone(), self.session.clone(), over).await;
    }
}

/// Records the end of a session.
async fn tell(door: Door, session: Arc<Session>, over: Over) {
    let (tenant, _) = session.user.numbers();
    let note = note(&session, door.world().now(), over);
    let record = record_of(&**door.world(), &session.user, note);
    if let Err(refusal) = door.record(record, tenant).await {
        tracing::error!(
            ?refusal,
            "the end of a session of remote access could not be recorded"
        );
    }
}

fn note(session: &Session, now: Timestamp, over: Over) -> Note {
    let seconds = now.millis().saturating_sub(session.since.millis()).max(0) / 1_000;
    let (from_user, from_device) = session.counted();
    let operation = session.operation().map_or(String::new(), |id| format!(" {id}"));
    let text = format!(
        "Remote access session{operation} to the device {} has ended after {seconds} s: {}; {from_user} bytes from \
             the user, {from_device} from the device",
        session.device,
        over.text()
    );
    let count = |number: u64| Some(Json::from(number.to_string()));
    let note = Note::new("RemoteAccess", "Remote access ended", session.device)
        .text(text)
        .change("reason", None, Some(Json::from(over.text())))
        .change("bytesFromUser", None, count(from_user))
        .change("bytesFromDevice", None, count(from_device));
    Note {
        severity: Severity::Warning,
        ..note
    }
}

/// Whether both ends may still be connected. When the platform is busy the next look will tell.
async fn check(door: &Door, session: &Arc<Session>) -> Option<Over> {
    let device_user = session.device_user();
    let stay = MayStay {
        device: session.device,
        waits_for: session.operation().filter(|_| device_user.is_none()),
    };
    match still(door, &session.user, stay).await {
        Ok(Some(over)) => return Some(over),
        Ok(None) | Err(Refusal::Busy) => {}
        Err(_) => return Some(Over::UserNotAllowed),
    }
    let device_user = device_user?;
    match still(door, &device_user, MayAnswer(Some(session.device))).await {
        Ok(()) | Err(Refusal::Busy) => None,
        Err(_) => Some(Over::DeviceNotAllowed),
    }
}

/// Asks a question for somebody who may still act with the credential that was shown.
async fn still<Q: crate::work::Query>(door: &Door, caller: &Caller, query: Q) -> Result<Q::Answer, Refusal> {
    let answer = door.ask(caller, query).await?;
    let (inside, who) = (door.0.clone(), caller.clone());
    let stays = door.work(move || Ok(inside.still_in(&who)?)).await;
    stays.map_err(|refused| refused.refusal)?;
    Ok(answer)
}

impl<E> Drop for Holder<E> {
    fn drop(&mut self) {
        let mut state = self.remote.0.lock();
        state.sessions.remove(&self.session.number);
        state.awaited.remove(&self.key);
        drop(state);
        self.session.end(Over::UserGone);
        // The connection was never taken over, or its task is cut off.
        if let (false, Ok(runtime)) = (self.told, Handle::try_current()) {
            let over = self.session.over().unwrap_or(Over::UserGone);
            runtime.spawn(tell(self.remote.0.door.clone(), self.session.clone(), over));
        }
    }
}

impl<E> Answered<E> {
    /// Gives the device's end away; back, if the user has gone meanwhile.
    pub fn give(&mut self, end: E) -> Result<(), E> {
        match self.give.take() {
            Some(give) => give.send(end),
            None => Err(end),
        }
    }

    /// Waits until the session has ended.
    pub async fn ended(&self) -> Over {
        self.session.ended().await
    }
}
