//! Carrying out operations, one after the other: noted before anything is done, answered through the queue, so that the
//! answer arrives even if the server is away meanwhile.

use super::Policy;
use super::ask::{Asked, Lines, What};
use super::files;
use super::ledger::{Known, Ledger, REASON_CHARS_MAX, Step};
use crate::client::dial::Dial;
use crate::device::Moment;
use crate::device::documents::{row, rows};
use crate::device::session::Session;
use crate::queue::{Lane, Queue, QueueError};
use crate::rest::Rest;
use crate::state::StateError;
use crate::watch::Report;
use rustix::process::{Pid, Signal, kill_process_group};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::mpsc;

/// A command must end within this.
const COMMAND_SECONDS_MAX: u64 = 60;
/// Bytes of what a command prints that are sent.
const OUTPUT_BYTES_MAX: u64 = 8 << 10;

/// Why an operation could not even be noted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unable {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Whoever carries out operations.
pub(crate) struct Carrying<D> {
    pub(crate) policy: Policy,
    pub(crate) ledger: Ledger,
    pub(crate) queue: Arc<Queue>,
    pub(crate) rest: Rest<D>,
    pub(crate) session: Session,
    pub(crate) report: Report,
    pub(crate) now: Moment,
    /// The id under which the machine runs since it was started.
    pub(crate) boot: String,
}

impl<D: Dial + Clone> Carrying<D> {
    /// Answers what was begun before this start of the agent, then carries out what comes.
    pub(crate) async fn run(mut self, mut asked: mpsc::Receiver<Asked>) {
        if let Err(error) = self.finish_begun() {
            tracing::error!(%error, "operations from before the start cannot be answered");
        }
        while let Some(asked) = asked.recv().await {
            if let Err(error) = self.take(&asked).await {
                tracing::error!(%error, id = asked.id, "an operation was not carried out, since that could not be noted");
            }
        }
    }

    /// What was begun is not begun again. A restart has happened; of others nobody knows how far they came.
    fn finish_begun(&mut self) -> Result<(), Unable> {
        for (id, created, step) in self.ledger.unfinished() {
            let Step::Begun {
                boot,
                is_restart,
                is_reboot,
            } = step
            else {
                continue;
            };
            let done = is_restart && (!is_reboot || boot != self.boot);
            let step = match done {
                true => Step::Done,
                false => Step::Failed("the agent ended while it was at it".to_owned()),
            };
            self.ledger.put(id, created, step.clone())?;
            self.answer(id, &step, "")?;
        }
        Ok(())
    }

    async fn take(&mut self, asked: &Asked) -> Result<(), Unable> {
        let now = (self.now)();
        match self.ledger.of(asked) {
            Known::No => {}
            // Handed out once more: said once more, not done once more.
            Known::Yes(step) => return Ok(self.answer(asked.id, &step, "")?),
            Known::Forgotten => {
                let why =
                    Step::Failed("it is older than what this device remembers of operations".to_owned());
                return Ok(self.answer(asked.id, &why, "")?);
            }
        }
        if asked.expires.is_some_and(|expires| expires <= now) {
            return self.end(
                asked,
                Err("its time was over when it came to the device".to_owned()),
            );
        }
        if let Some(why) = self.forbids(&asked.what) {
            return self.end(asked, Err(why));
        }
        let is_restart = asked.what == What::Restart;
        let begun = Step::Begun {
            boot: self.boot.clone(),
            is_restart,
            is_reboot: is_restart && self.policy.allow_reboot,
        };
        self.ledger.note(asked, begun)?;
        self.say(row(&["504", &asked.id.to_string()]))?;
        tracing::info!(
            id = asked.id,
            what = asked.what.word(),
            "carrying out an operation"
        );
        let outcome = self.carry_out(&asked.what).await;
        self.end(asked, outcome)
    }

    /// Why the policy of this device does not let this be done.
    fn forbids(&self, what: &What) -> Option<String> {
        let unknown = |kind: &str| format!("this device has no file under the name {kind}");
        match what {
            What::Command(_) if !self.policy.allow_commands => {
                Some("this device does not run commands (--allow-commands)".to_owned())
            }
            What::Log(lines) if !self.policy.logs.contains_key(&lines.log) => Some(unknown(&lines.log)),
            What::Upload { kind } | What::Download { kind, .. }
                if !self.policy.configurations.contains_key(kind) =>
            {
                Some(unknown(kind))
            }
            _ => None,
        }
    }

    /// Does it. Gives what is answered with its success, or why there is none.
    async fn carry_out(&mut self, what: &What) -> Result<String, String> {
        match what {
            What::Restart => self.restart().await,
            What::Command(text) => {
                self.note(&format!("a command was run for an operation: {text}"));
                run(text).await
            }
            What::Log(lines) => self.send_log(lines).await,
            What::Upload { kind } => {
                let path = self.configuration(kind);
                let content = files::whole(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                self.send(kind, content).await
            }
            What::Download { kind, url } => self.replace(kind, url).await,
        }
    }

    async fn restart(&mut self) -> Result<String, String> {
        if !self.policy.allow_reboot {
            self.session.sent_all().await;
            self.session.begin_anew().await;
            return Ok(String::new());
        }
        self.note("the machine is restarted for an operation");
        self.session.sent_all().await;
        let asked = Command::new("systemctl")
            .arg("reboot")
            .stdin(Stdio::null())
            .status()
            .await;
        match asked {
            // The end of the program comes while this waits; the next start finds the operation begun.
            Ok(status) if status.success() => std::future::pending().await,
            Ok(status) => Err(format!("systemctl reboot ended with {status}")),
            Err(error) => Err(format!("systemctl reboot: {error}")),
        }
    }

    async fn send_log(&mut self, lines: &Lines) -> Result<String, String> {
        let path = self.policy.logs.get(&lines.log).cloned().unwrap_or_default();
        let found = files::lines(&path, lines).map_err(|error| format!("{}: {error}", path.display()))?;
        self.send(&lines.log, found.into_bytes()).await
    }

    /// Attaches content to a new event. Gives where it can be read.
    async fn send(&mut self, kind: &str, content: Vec<u8>) -> Result<String, String> {
        let token = self.session.token().await.ok_or("the server gave no token")?;
        self.rest.attach(&token, kind, (self.now)(), content).await
    }

    async fn replace(&mut self, kind: &str, url: &str) -> Result<String, String> {
        let path = self.configuration(kind);
        let token = self.session.token().await.ok_or("the server gave no token")?;
        let content = self.rest.fetch(&token, url).await?;
        files::replace(&path, &content).map_err(|error| format!("{}: {error}", path.display()))?;
        self.note(&format!("{} was replaced for an operation", path.display()));
        self.say(row(&["120", kind, url]))
            .map_err(|error| error.to_string())?;
        Ok(String::new())
    }

    fn configuration(&self, kind: &str) -> PathBuf {
        self.policy.configurations.get(kind).cloned().unwrap_or_default()
    }

    fn end(&mut self, asked: &Asked, outcome: Result<String, String>) -> Result<(), Unable> {
        let (step, result) = match outcome {
            Ok(result) => (Step::Done, result),
            Err(why) => (
                Step::Failed(why.chars().take(REASON_CHARS_MAX).collect()),
                String::new(),
            ),
        };
        self.ledger.note(asked, step.clone())?;
        Ok(self.answer(asked.id, &step, &result)?)
    }

    fn answer(&self, id: u64, step: &Step, result: &str) -> Result<(), QueueError> {
        let id = id.to_string();
        self.say(match step {
            Step::Begun { .. } => row(&["504", &id]),
            Step::Done if result.is_empty() => row(&["506", &id]),
            Step::Done => row(&["506", &id, result]),
            Step::Failed(why) => row(&["505", &id, why]),
        })
    }

    fn say(&self, text: String) -> Result<(), QueueError> {
        self.queue.push(Lane::Kept, (self.now)(), &rows(text))
    }

    fn note(&self, text: &str) {
        self.report.note("operation", text);
    }
}

impl What {
    fn word(&self) -> &'static str {
        match self {
            Self::Restart => super::ask::RESTART,
            Self::Command(_) => super::ask::COMMAND,
            Self::Log(_) => super::ask::LOG,
            Self::Upload { .. } => super::ask::UPLOAD,
            Self::Download { .. } => super::ask::DOWNLOAD,
        }
    }
}

/// Runs a command in a shell. Gives the beginning of what it printed.
async fn run(text: &str) -> Result<String, String> {
    let child = Command::new("/bin/sh")
        .args(["-c", text])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        // A group of its own, so that what it has begun can be ended with it.
        .process_group(0)
        .spawn();
    let mut child = child.map_err(|error| format!("/bin/sh: {error}"))?;
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let (mut printed, mut faults) = (Vec::new(), Vec::new());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let running = async {
        tokio::join!(read_some(out, &mut printed), read_some(err, &mut faults));
        child.wait().await
    };
    let ended = tokio::time::timeout(Duration::from_secs(COMMAND_SECONDS_MAX), running).await;
    let status = match ended {
        Err(_) => {
            if let Some(group) = group {
                // It may have ended just now.
                let _ = kill_process_group(group, Signal::KILL);
            }
            return Err(format!("the command did not end within {COMMAND_SECONDS_MAX} s"));
        }
        Ok(status) => status.map_err(|error| format!("the command: {error}"))?,
    };
    printed.extend(faults);
    printed.truncate(OUTPUT_BYTES_MAX as usize);
    let shown = String::from_utf8_lossy(&printed).replace('\0', "");
    match status.success() {
        true => Ok(shown),
        false => Err(format!("the command ended with {status}: {shown}")),
    }
}

/// Reads to the end; what is beyond the limit is thrown away, so that the command does not wait for a reader.
async fn read_some(from: Option<impl tokio::io::AsyncRead + Unpin>, into: &mut Vec<u8>) {
    let Some(mut from) = from else { return };
    // A pipe that breaks ends what is read; the status says how the command ended.
    let _ = (&mut from).take(OUTPUT_BYTES_MAX).read_to_end(into).await;
    let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
}
