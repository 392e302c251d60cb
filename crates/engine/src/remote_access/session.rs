//! One session of remote access: what is known of it while it lasts, and why it has ended.

use crate::caller::Caller;
use model::ids::{ObjectId, OperationId, RemoteConfigurationId};
use model::remote_access::{RemoteEndpoint, RemoteTimes};
use model::time::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Why a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The user has closed it.
    UserClosed,
    /// The device has closed it.
    DeviceClosed,
    /// Nothing was heard of the user any more.
    UserGone,
    /// Nothing was heard of the device any more.
    DeviceGone,
    /// The device did not connect in time.
    NotAnswered,
    /// The device said that it will not connect.
    Refused,
    /// Nothing was sent for too long.
    Idle,
    /// It has lasted as long as it may.
    TimeLimit,
    /// One end took nothing of what was sent to it for too long, or sent too much before the other one was there.
    Stalled,
    /// The user may not have it any more.
    UserNotAllowed,
    /// The device may not act any more, or does not belong to it any more.
    DeviceNotAllowed,
    /// Somebody with the right has ended it.
    EndedByHand,
    /// The tenant has turned remote access off.
    SwitchedOff,
    /// The program stops.
    Stopping,
}

impl Over {
    /// In words, for the audit log and both ends.
    pub fn text(self) -> &'static str {
        match self {
            Self::UserClosed => "closed by the user",
            Self::DeviceClosed => "closed by the device",
            Self::UserGone => "the user has gone",
            Self::DeviceGone => "the device has gone",
            Self::NotAnswered => "the device did not connect in time",
            Self::Refused => "the device refused",
            Self::Idle => "nothing was sent for too long",
            Self::TimeLimit => "the time of the session is over",
            Self::Stalled => "one end takes nothing, or sends too much",
            Self::UserNotAllowed => "the user is not allowed any more",
            Self::DeviceNotAllowed => "the device is not allowed any more",
            Self::EndedByHand => "ended by somebody with the right to",
            Self::SwitchedOff => "remote access was turned off",
            Self::Stopping => "the platform stops",
        }
    }
}

/// Who has sent something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The user.
    User,
    /// The device.
    Device,
}

/// What a session was opened with.
pub(super) struct Opened {
    pub(super) operation: OperationId,
    pub(super) endpoint: RemoteEndpoint,
    pub(super) times: RemoteTimes,
}

#[derive(Default)]
struct State {
    /// Nothing while the device is being asked.
    opened: Option<Opened>,
    /// Who has answered, and when.
    device: Option<(Caller, Timestamp)>,
    over: Option<Over>,
}

/// A session.
pub struct Session {
    /// Its number in the program, by which it is kept.
    pub(super) number: u64,
    pub(super) user: Caller,
    pub(super) device: ObjectId,
    pub(super) configuration: RemoteConfigurationId,
    pub(super) since: Timestamp,
    state: Mutex<State>,
    wake: Notify,
    from_user: AtomicU64,
    from_device: AtomicU64,
}

/// A session as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The operation that asked the device, by which it is named.
    pub id: OperationId,
    /// The device.
    pub device: ObjectId,
    /// The configuration.
    pub configuration: RemoteConfigurationId,
    /// The place.
    pub endpoint: RemoteEndpoint,
    /// The user's name.
    pub user: String,
    /// When it was asked for.
    pub since: Timestamp,
    /// When the device has connected.
    pub connected: Option<Timestamp>,
    /// At the latest, it ends so many seconds after it was asked for.
    pub seconds_max: u64,
    /// Bytes that the user has sent.
    pub from_user: u64,
    /// Bytes that the device has sent.
    pub from_device: u64,
}

impl Session {
    pub(super) fn new(
        number: u64,
        user: Caller,
        (device, configuration): (ObjectId, RemoteConfigurationId),
        since: Timestamp,
    ) -> Self {
        Self {
            number,
            user,
            device,
            configuration,
            since,
            state: Mutex::default(),
            wake: Notify::new(),
            from_user: AtomicU64::new(0),
            from_device: AtomicU64::new(0),
        }
    }

    /// Ends it; the first reason stays.
    pub fn end(&self, why: Over) {
        self.lock().over.get_or_insert(why);
        self.wake.notify_waiters();
    }

    /// Waits until somebody else ends it.
    pub async fn ended(&self) -> Over {
        loop {
            let woken = self.wake.notified();
            tokio::pin!(woken);
            // From here on no call is missed.
            woken.as_mut().enable();
            if let Some(over) = self.lock().over {
                return over;
            }
            woken.await;
        }
    }

    pub(super) fn over(&self) -> Option<Over> {
        self.lock().over
    }

    pub(super) fn open(&self, opened: Opened) {
        self.lock().opened = Some(opened);
    }

    pub(super) fn answered_by(&self, device: &Caller, at: Timestamp) {
        self.lock().device = Some((device.clone(), at));
    }

    pub(super) fn device_user(&self) -> Option<Caller> {
        self.lock().device.as_ref().map(|(device, _)| device.clone())
    }

    pub(super) fn operation(&self) -> Option<OperationId> {
        self.lock().opened.as_ref().map(|opened| opened.operation)
    }

    /// How long it may last.
    pub fn times(&self) -> Option<RemoteTimes> {
        self.lock().opened.as_ref().map(|opened| opened.times)
    }

    /// Counts bytes that an end has sent.
    pub fn count(&self, end: End, bytes: usize) {
        let counter = match end {
            End::User => &self.from_user,
            End::Device => &self.from_device,
        };
        counter.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn counted(&self) -> (u64, u64) {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (load(&self.from_user), load(&self.from_device))
    }

    /// What others see of it; nothing before the device was asked.
    pub(super) fn view(self: &Arc<Self>) -> Option<SessionView> {
        let (from_user, from_device) = self.counted();
        let state = self.lock();
        let opened = state.opened.as_ref()?;
        Some(SessionView {
            id: opened.operation,
            device: self.device,
            configuration: self.configuration,
            endpoint: opened.endpoint.clone(),
            user: self.user.name().to_string(),
            since: self.since,
            connected: state.device.as_ref().map(|(_, at)| *at),
            seconds_max: opened.times.session_seconds,
            from_user,
            from_device,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
