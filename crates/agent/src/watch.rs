//! What concerns the security of this machine: who logs in, which watched files change, when the machine was started, and
//! which sockets listen (R081, R097). What is found is numbered without gaps, kept on the disk until the server has it,
//! and sent as events of the type `c8y_SecurityEvent`, which the server records in its audit log.
//!
//! What was found gets its number and its words at once, in the same file as the memory of what was seen, and is queued
//! from there: wherever the program ends, nothing is left out, and what goes out twice is the same to the letter, so that
//! the server knows it by its number.
//!
//! It reads files of the system within bounds and understands only what it knows; it changes nothing.

mod files;
mod logins;
mod sockets;

use crate::device::Moment;
use crate::queue::{Lane, Message, Queue, QueueError};
use crate::state::{State, StateError};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The type of the events, and the fragment in them.
const EVENT: &str = "c8y_SecurityEvent";
/// The alarm about sockets that were not there when the machine was first looked at.
const ALARM: &str = "holdfast_UnexpectedListener";
const TEXT_CHARS_MAX: usize = 500;
/// Messages that wait in the memory for a queue that takes none; more are given up, and their numbers are missing.
const UNQUEUED_MAX: usize = 1_000;
const FILE: &str = "watch.json";
/// Files that are always watched: who may log in, and with which rights.
const ALWAYS: [&str; 8] = [
    "etc/passwd",
    "etc/shadow",
    "etc/group",
    "etc/sudoers",
    "etc/ssh/sshd_config",
    "etc/hosts",
    "etc/crontab",
    "root/.ssh/authorized_keys",
];

/// What was seen the last time.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    /// The name of the numbering: another one with every memory that begins anew.
    log: String,
    sequence: u64,
    /// What was found and is not in the queue yet.
    unqueued: VecDeque<Unqueued>,
    boot: Option<String>,
    files: Option<files::Traces>,
    logins: logins::Places,
    sockets: sockets::Known,
}

/// A message that has still to be queued.
#[derive(Debug, Serialize, Deserialize)]
struct Unqueued {
    found: Timestamp,
    topic: String,
    payload: String,
}

/// What is found, for the queue. Anybody in the agent may find something.
#[derive(Clone)]
pub(crate) struct Report(Arc<Inside>);

struct Inside {
    memory: Mutex<Memory>,
    state: Arc<State>,
    queue: Arc<Queue>,
    now: Moment,
}

/// Something could not be kept.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl Report {
    /// Goes on from what was seen the last time. A memory that begins anew gives its numbering this random name.
    pub(crate) fn open(
        state: Arc<State>,
        queue: Arc<Queue>,
        now: Moment,
        name: u64,
    ) -> Result<Self, StateError> {
        let mut memory = match state.read(FILE)? {
            None => Memory::default(),
            Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::error!(%error, "what was seen of this machine before cannot be read: it is looked at as if new");
                Memory::default()
            }),
        };
        if memory.log.is_empty() {
            (memory.log, memory.sequence) = (format!("{name:016x}"), 0);
        }
        let memory = Mutex::new(memory);
        Ok(Self(Arc::new(Inside {
            memory,
            state,
            queue,
            now,
        })))
    }

    /// Keeps something that was found, to be sent.
    pub(crate) fn note(&self, kind: &str, text: &str) {
        let mut memory = self.memory();
        self.find(&mut memory, kind, text);
        let kept = self.keep(&mut memory);
        drop(memory);
        if let Err(error) = kept {
            tracing::error!(%error, kind, text, "this could not be kept for the server, and is tried again later");
        }
    }

    /// Gives what was found its number and its words.
    fn find(&self, memory: &mut Memory, kind: &str, text: &str) {
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(TEXT_CHARS_MAX)
            .collect();
        memory.sequence += 1;
        let event = json!({
            "type": EVENT,
            "time": (self.0.now)().to_string(),
            "text": text,
            EVENT: { "kind": kind, "log": memory.log, "sequence": memory.sequence },
        });
        tracing::info!(kind, text, "noticed on this machine");
        self.say(memory, "event/events/create".to_owned(), event.to_string());
    }

    fn say(&self, memory: &mut Memory, topic: String, payload: String) {
        if memory.unqueued.len() >= UNQUEUED_MAX {
            memory.unqueued.pop_front();
        }
        memory.unqueued.push_back(Unqueued {
            found: (self.0.now)(),
            topic,
            payload,
        });
    }

    /// The memory first, then the queue, then that it is there: after a crash in between it is queued once more as it is.
    fn keep(&self, memory: &mut Memory) -> Result<(), NotKept> {
        self.save(memory)?;
        if memory.unqueued.is_empty() {
            return Ok(());
        }
        while let Some(Unqueued {
            found,
            topic,
            payload,
        }) = memory.unqueued.front()
        {
            let message = Message {
                topic: topic.clone(),
                payload: payload.clone().into_bytes(),
            };
            self.0.queue.push(Lane::Kept, *found, &message)?;
            memory.unqueued.pop_front();
        }
        self.save(memory)
    }

    fn save(&self, memory: &Memory) -> Result<(), NotKept> {
        let text = serde_json::to_vec(memory).expect("the memory has only texts and numbers");
        Ok(self.0.state.replace(FILE, &text)?)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Numbers and hashes: whatever was there when something panicked is good enough to go on from.
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever looks at the machine again and again.
pub(crate) struct Watch {
    root: PathBuf,
    files: Vec<PathBuf>,
    report: Report,
    /// The device's object, for what is shown of the sockets.
    inventory: String,
}

/// What one look has seen, and what is to be kept of it for the next one.
struct Seen {
    boot: Option<String>,
    traces: files::Traces,
    logins: logins::Logins,
    places: logins::Places,
    sockets: Option<sockets::News>,
    known: sockets::Known,
}

impl Watch {
    /// Watches the machine whose files are below this directory, and these files beside those that are always watched.
    pub(crate) fn new(root: &Path, more: Vec<PathBuf>, report: Report, inventory: String) -> Self {
        let always = ALWAYS.iter().map(|file| root.join(file));
        Self {
            files: always.chain(more).collect(),
            root: root.to_owned(),
            report,
            inventory,
        }
    }

    /// Looks once. What cannot be read is left out.
    pub(crate) fn look(&mut self) {
        let report = self.report.clone();
        let (logins, sockets) = {
            let memory = report.memory();
            (memory.logins.clone(), memory.sockets.clone())
        };
        // Nobody who has something to report waits for files to be read. Only a look changes what is kept of looks.
        let seen = self.see(logins, sockets);
        let mut memory = report.memory();
        let has_news = self.compare(&report, &mut memory, seen) || !memory.unqueued.is_empty();
        let looked = match has_news {
            true => report.keep(&mut memory),
            false => Ok(()),
        };
        if let Err(error) = looked {
            tracing::error!(%error, "what was noticed on this machine could not be kept for the server");
        }
    }

    /// Reads the machine's files, on from where they were read the last time.
    fn see(&self, mut places: logins::Places, mut known: sockets::Known) -> Seen {
        Seen {
            boot: boot_id(&self.root),
            traces: files::traces(&self.files),
            logins: logins::look(&self.root, &mut places),
            places,
            sockets: sockets::look(&self.root, &mut known),
            known,
        }
    }

    /// Tells what is different from before. Says whether the memory has changed.
    fn compare(&self, report: &Report, memory: &mut Memory, seen: Seen) -> bool {
        let Seen {
            boot,
            traces,
            logins,
            sockets,
            ..
        } = seen;
        (memory.logins, memory.sockets) = (seen.places, seen.known);
        let mut found: Vec<(&str, String)> = Vec::new();
        let booted = boot.is_some() && boot != memory.boot;
        if booted && memory.boot.is_some() {
            found.push(("restart", "the machine was started anew".to_owned()));
        }
        let files_changed = memory.files.as_ref() != Some(&traces);
        if let Some(before) = &memory.files {
            found.extend(files::changes(before, &traces).map(|text| ("configuration", text)));
        }
        let read_on = logins.has_read_on;
        found.extend(logins.found);
        for (kind, text) in &found {
            report.find(memory, kind, text);
        }
        memory.boot = boot.or(memory.boot.take());
        memory.files = Some(traces);
        if let Some(news) = &sockets {
            self.tell_sockets(report, memory, news);
        }
        booted || files_changed || read_on || sockets.is_some() || !found.is_empty()
    }

    fn tell_sockets(&self, report: &Report, memory: &mut Memory, news: &sockets::News) {
        let fragment = json!({ "holdfast_ListeningSockets": { "sockets": news.all } });
        report.say(memory, self.inventory.clone(), fragment.to_string());
        for socket in &news.unexpected {
            let text = format!("something listens that did not before: {socket}");
            report.find(memory, "listener", &text);
        }
        let text = format!(
            "Sockets listen that were not there before: {}",
            news.open.join(", ")
        );
        let alarm = match (news.open.is_empty(), news.was_open) {
            (true, true) => format!("306,{ALARM}"),
            (false, _) => crate::device::documents::row(&["302", ALARM, &text]),
            (true, false) => return,
        };
        report.say(memory, crate::device::documents::OWN_ROWS.to_owned(), alarm);
    }
}

/// The number that the machine gave itself when it was started.
pub(crate) fn boot_id(root: &Path) -> Option<String> {
    let text = fs::read_to_string(root.join("proc/sys/kernel/random/boot_id")).ok()?;
    Some(text.trim().to_owned()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests;
