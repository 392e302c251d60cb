//! One message of a speaker on its way to the door: about whom it is, how it is processed, and how often its speaker may
//! speak. A device that is not there yet is created by its first data.

use super::refused::Refused;
use crate::speaker::Speaker;
use engine::caller::Caller;
use engine::devices::{About, ByName, EnsureChild, EnsureDevice, Named};
use engine::door::Door;
use engine::flow::{Kind, Protocol, Rejected};
use engine::mqtt::Received;
use engine::refusal::{Missing, Refusal};
use engine::work::{Command, Query};
use model::ids::ObjectId;
use model::inventory::ChildKind;
use model::limits::MQTT_DELAY_SECONDS_MAX;
use model::names::Label;
use model::processing::Processing;
use model::registration::ID_TYPE_DEFAULT;
use model::time::Timestamp;
use mqtt::reason::PublishRefusal;
use policy::operation::Operation;
use smartrest::device::{Context, new_child, new_device};
use smartrest::topic::External;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// A message of a speaker.
pub(super) struct Speech<'s> {
    pub(super) door: &'s Door,
    pub(super) mode: Processing,
    /// The one who speaks, of whose changes nobody is told if the message wants that.
    pub(super) caller: Caller,
    /// The device of the client id.
    pub(super) device: &'s Label,
    /// The child or service that the topic names.
    pub(super) child: Option<&'s Label>,
    pub(super) now: Timestamp,
    /// How long the message has waited for its speaker's rate.
    waited_seconds: AtomicU64,
    protocol: Protocol,
    /// Whether rows are tried together: if something is wrong with one of them, each is tried once more.
    is_trial: AtomicBool,
    /// How many turns were taken for what is only tried.
    tried: AtomicU64,
    /// Whether anything of the message was counted as refused.
    has_counted: AtomicBool,
    /// The message, if no part of it may take effect twice; with how many of its parts are done already.
    received: Option<Received>,
    /// How many of its parts are done with the next commit.
    parts: AtomicU32,
}

impl<'s> Speech<'s> {
    pub(super) fn new(
        door: &'s Door,
        who: &'s Speaker,
        protocol: Protocol,
        mode: Processing,
        about: Option<&'s External>,
    ) -> Self {
        Self {
            door,
            mode,
            caller: who.caller.clone().quietly(mode == Processing::Quiescent),
            device: &who.serial,
            // A device that names itself means itself.
            child: about.map(External::label).filter(|child| **child != who.serial),
            now: door.world().now(),
            waited_seconds: AtomicU64::new(0),
            protocol,
            is_trial: AtomicBool::new(false),
            tried: AtomicU64::new(0),
            has_counted: AtomicBool::new(false),
            received: None,
            parts: AtomicU32::new(1),
        }
    }

    /// The same for a message of which no part may take effect twice.
    pub(super) fn once(self, received: Option<&Received>) -> Self {
        let received = received.cloned();
        Self { received, ..self }
    }

    /// Whether this part of the message was done before, counted from 0.
    pub(super) fn is_done(&self, part: usize) -> bool {
        let done = self.received.as_ref().map_or(0, |received| received.parts);
        u32::try_from(part).is_ok_and(|part| part < done)
    }

    /// What is carried out next is all up to this part of the message.
    pub(super) fn begin(&self, part: usize) {
        let parts = u32::try_from(part + 1).unwrap_or(u32::MAX);
        self.parts.store(parts, Ordering::Relaxed);
    }

    /// The caller, with what its commits note of the message.
    fn committing(&self) -> Caller {
        let parts = self.parts.load(Ordering::Relaxed);
        let received = self.received.iter().cloned();
        let received = received.map(|received| Received { parts, ..received });
        self.caller.clone().carrying_out(received.collect())
    }

    /// What rows leave out.
    pub(super) fn context(&self) -> Context<'s> {
        Context {
            now: self.now,
            serial: self.child.unwrap_or(self.device).as_str(),
        }
    }

    /// The object that the topic names.
    pub(super) fn named(&self) -> Named {
        match self.child {
            Some(child) => self.by_serial(child.clone()),
            None => self.itself(),
        }
    }

    /// The device that speaks.
    pub(super) fn itself(&self) -> Named {
        Named {
            device: self.device.clone(),
            about: About::Device,
        }
    }

    /// The object of this serial number.
    pub(super) fn by_serial(&self, serial: Label) -> Named {
        if serial == *self.device {
            return self.itself();
        }
        let about = match ID_TYPE_DEFAULT.parse() {
            Ok(kind) => About::External { kind, value: serial },
            Err(_) => About::Device,
        };
        Named {
            device: self.device.clone(),
            about,
        }
    }

    /// Asks the door, at the pace of the speaker.
    pub(super) async fn ask<Q: Query>(&self, question: Q) -> Result<Q::Answer, Refused> {
        self.wait_for_turn::<Q::Operation>().await?;
        Ok(self.door.ask(&self.caller, question).await?)
    }

    /// Has the door carry out a command, at the pace of the speaker.
    pub(super) async fn run<C: Command>(&self, command: C) -> Result<C::Answer, Refused> {
        self.wait_for_turn::<C::Operation>().await?;
        let done = self.door.run(&self.committing(), command).await;
        Ok(self.counted::<C, _>(done)?)
    }

    /// Counts what became of a command.
    fn counted<C: Command, T>(&self, done: Result<T, Refusal>) -> Result<T, Refusal> {
        match &done {
            Ok(_) => {
                if let Some(kind) = Kind::of(<C::Operation as Operation>::INFO) {
                    self.door.count_message(&self.caller, self.protocol, Ok(kind));
                }
            }
            Err(refusal) => self.refused(Rejected::of(refusal)),
        }
        done
    }

    /// Counts something that was refused.
    pub(super) fn refused(&self, why: Rejected) {
        let is_tried_again = matches!(why, Rejected::Permission | Rejected::Malformed);
        if !(is_tried_again && self.is_trial.load(Ordering::Relaxed)) {
            self.has_counted.store(true, Ordering::Relaxed);
            self.door.count_message(&self.caller, self.protocol, Err(why));
        }
    }

    /// Counts the message as one that could not be understood, unless it was counted with a better reason.
    pub(super) fn malformed(&self) {
        if !self.has_counted.load(Ordering::Relaxed) {
            self.refused(Rejected::Malformed);
        }
    }

    /// Says whether what follows is only tried.
    pub(super) fn trying(&self, is_trial: bool) {
        self.is_trial.store(is_trial, Ordering::Relaxed);
        self.tried.store(0, Ordering::Relaxed);
    }

    /// What was tried came to nothing: its turns are given back.
    pub(super) fn take_back<O: Operation>(&self) {
        let turns = self.tried.swap(0, Ordering::Relaxed);
        self.door.unmeter(&self.caller, O::INFO, turns);
    }

    /// A command about the object that the topic names, which must be there.
    pub(super) async fn on_there<C, F>(&self, make: F) -> Result<C::Answer, Refused>
    where
        C: Command,
        F: Fn(ObjectId) -> C + Send + Sync + 'static,
    {
        self.run(ByName::new(self.named(), make)).await
    }

    /// A command about the object that the topic names, which is created if it is not there.
    pub(super) async fn on_data<C, F>(&self, make: F) -> Result<C::Answer, Refused>
    where
        C: Command,
        F: Fn(ObjectId) -> C + Clone + Send + Sync + 'static,
    {
        self.creating(|| ByName::new(self.named(), make.clone())).await
    }

    /// Carries out a command; if what it names is not there, creates what the topic names, and tries once more.
    pub(super) async fn creating<C: Command>(&self, make: impl Fn() -> C) -> Result<C::Answer, Refused> {
        self.wait_for_turn::<C::Operation>().await?;
        let done = self.create_if_missing(make).await;
        Ok(self.counted::<C, _>(done)?)
    }

    async fn create_if_missing<C: Command>(&self, make: impl Fn() -> C) -> Result<C::Answer, Refusal> {
        let refusal = match self.door.run(&self.committing(), make()).await {
            Ok(answer) => return Ok(answer),
            Err(refusal) => refusal,
        };
        let Refusal::Missing(Missing::ExternalId { .. }) = refusal else {
            return Err(refusal);
        };
        match self.create().await {
            Ok(()) => self.door.run(&self.committing(), make()).await,
            // Whoever may not create is told what is told of everything that is not there.
            Err(Refusal::Forbidden) => Err(refusal),
            Err(refusal) => Err(refusal),
        }
    }

    /// Creates what the topic names, as far as it is not there.
    async fn create(&self) -> Result<(), Refusal> {
        let nameless = |_| Refusal::Forbidden;
        let device = EnsureDevice {
            serial: self.device.clone(),
            object: new_device(self.device.as_str(), None, None).map_err(nameless)?,
        };
        self.door.run(&self.caller, device).await?;
        if let Some(child) = self.child {
            let child = EnsureChild {
                parent: self.itself(),
                kind: ChildKind::Device,
                serial: child.clone(),
                object: new_child(child.as_str(), None, None, true).map_err(nameless)?,
                update: None,
            };
            self.door.run(&self.caller, child).await?;
        }
        Ok(())
    }

    /// Waits for so many turns as some rows are more than the one with which they are carried out together.
    pub(super) async fn at_pace<O: Operation>(&self, rows: usize) -> Result<(), Refused> {
        for _ in 1..rows {
            self.wait_for_turn::<O>().await?;
        }
        Ok(())
    }

    /// Waits until the speaker may do one more thing of this class: who speaks too fast is first slowed down. What it
    /// sends waits meanwhile where it comes from.
    pub(super) async fn wait_for_turn<O: Operation>(&self) -> Result<(), Refused> {
        loop {
            match self.door.meter(&self.caller, O::INFO) {
                Ok(()) => {
                    self.tried.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Err(Refusal::TooOften { retry_after_seconds }) => {
                    let seconds = retry_after_seconds.max(1);
                    if self.waited_seconds.fetch_add(seconds, Ordering::Relaxed) >= MQTT_DELAY_SECONDS_MAX {
                        self.refused(Rejected::Limit);
                        return Err(Refused::Stop(PublishRefusal::QuotaExceeded));
                    }
                    self.door.world().wait(Duration::from_secs(seconds)).await;
                }
                Err(refusal) => return Err(refusal.into()),
            }
        }
    }
}
