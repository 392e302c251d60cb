//! `holdfast device`: this machine as a device of a platform, and how it stands. What a device is and does is the
//! business of the `agent` crate.

use crate::cli::device::{DeviceConnectArguments, DeviceStatusArguments, NamedFile};
use crate::clock;
use crate::config::{Log, LogFormat, LogLevel};
use crate::exit::Exit;
use crate::logging;
use crate::platform::{PlatformError, password_from};
use crate::signals::StopSignals;
use agent::device::{self, AgentError, AgentOptions, Said, Status};
use agent::machine::Machine;
use agent::operations::Policy;
use agent::state::StateError;
use model::names::{BadName, Label};
use model::secret::Secret;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// The device could not begin, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The agent.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The one-time password.
    #[error(transparent)]
    Password(#[from] PlatformError),
    /// The host name of this machine is no name.
    #[error("this machine's name cannot be the name of a device ({0}): give one with --name")]
    Name(#[from] BadName),
    /// A file, the output, or the signals.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the operating system said.
        source: io::Error,
    },
}

impl DeviceError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Agent(AgentError::Unsaid(_) | AgentError::OtherDevice(_) | AgentError::Setup(_)) => {
                Exit::Usage
            }
            Self::Agent(AgentError::State(StateError::InUse(_))) => Exit::InUse,
            Self::Agent(AgentError::NotEnrolled(_)) => Exit::Refused,
            _ => Exit::Failed,
        }
    }

    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// Runs the agent until a signal asks it to stop.
pub fn connect(arguments: &DeviceConnectArguments) -> Result<Exit, DeviceError> {
    logging::start(&Log {
        level: if arguments.verbose {
            LogLevel::Debug
        } else {
            LogLevel::Info
        },
        format: LogFormat::Compact,
    });
    let ca_pem = match &arguments.ca {
        None => None,
        Some(file) => {
            Some(std::fs::read(file).map_err(DeviceError::io(format!("could not read {}", file.display())))?)
        }
    };
    let options = AgentOptions {
        tenant: arguments.tenant.clone(),
        one_time_password: one_time_password(arguments)?,
        name: match &arguments.name {
            Some(name) => name.clone(),
            None => Machine::this().host_name.parse::<Label>()?,
        },
        state: arguments.state.clone(),
        said: Said {
            server: arguments.server.clone(),
            mqtt: arguments.mqtt.clone(),
            ca_pem,
            device: arguments.device_id.clone(),
        },
        period: Duration::from_secs(u64::from(arguments.interval)),
        policy: Policy {
            allow_commands: arguments.allow_commands,
            allow_reboot: arguments.allow_reboot,
            logs: by_name(&arguments.log),
            configurations: by_name(&arguments.configuration),
        },
        watched: arguments.watch.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(DeviceError::io("could not start the runtime"))?;
    runtime.block_on(async {
        let mut signals =
            StopSignals::install().map_err(DeviceError::io("could not take the stop signals"))?;
        let stop = async {
            let signal = signals.next().await;
            tracing::info!(signal, "stopping");
        };
        device::run(options, stop).await?;
        Ok(Exit::Done)
    })
}

fn by_name(files: &[NamedFile]) -> BTreeMap<String, PathBuf> {
    files
        .iter()
        .map(|named| (named.name.clone(), named.file.clone()))
        .collect()
}

/// The one-time password: from its file, or from whoever sits at the terminal while the device has no certificate.
fn one_time_password(arguments: &DeviceConnectArguments) -> Result<Option<Secret>, DeviceError> {
    if let Some(file) = &arguments.one_time_password_file {
        return Ok(Some(password_from(file)?));
    }
    let has_certificate = Status::of(&arguments.state).is_ok_and(|status| status.validity.is_some());
    let terminal = io::stdin();
    if has_certificate || !terminal.is_terminal() {
        return Ok(None);
    }
    let failed = || DeviceError::io("could not ask for the one-time password");
    let mut out = io::stderr();
    write!(out, "one-time password of the device: ").map_err(failed())?;
    out.flush().map_err(failed())?;
    let shown = tcgetattr(&terminal).map_err(|error| failed()(error.into()))?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Flush, &hidden).map_err(|error| failed()(error.into()))?;
    let mut line = Zeroizing::new(String::new());
    let read = terminal.read_line(&mut line);
    let restored = tcsetattr(&terminal, OptionalActions::Flush, &shown);
    writeln!(out).map_err(failed())?;
    read.map_err(failed())?;
    restored.map_err(|error| failed()(error.into()))?;
    Ok(Some(Secret::new(line.trim_end_matches(['\r', '\n']))))
}

/// Says how the device stands.
pub fn status(arguments: &DeviceStatusArguments, out: &mut impl Write) -> Result<Exit, DeviceError> {
    let status = Status::of(&arguments.state)?;
    let now = clock::now();
    show(&arguments.state, &status, out).map_err(DeviceError::io("output"))?;
    Ok(match status.is_in_order(now) {
        true => Exit::Done,
        false => Exit::CheckFailed,
    })
}

fn show(state: &Path, status: &Status, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "state        {}", state.display())?;
    match &status.home {
        Some((device, server, mqtt)) => writeln!(out, "device       {device} of {server}, MQTT at {mqtt}")?,
        None => writeln!(out, "device       none yet: it has no certificate")?,
    }
    if let Some(validity) = status.validity {
        let renewing = if status.is_renewing {
            ", another one waits to be tried"
        } else {
            ""
        };
        writeln!(
            out,
            "certificate  until {}, to be renewed from {}{renewing}",
            validity.not_after,
            validity.renewal()
        )?;
    }
    writeln!(
        out,
        "agent        {}",
        if status.is_running {
            "running"
        } else {
            "not running"
        }
    )?;
    let standing = &status.standing;
    let since = standing
        .since
        .map_or_else(String::new, |since| format!(" since {since}"));
    match (standing.connected && status.is_running, &standing.problem) {
        (true, _) => writeln!(out, "connection   connected{since}")?,
        (false, Some(problem)) => writeln!(out, "connection   none{since}: {problem}")?,
        (false, None) => writeln!(out, "connection   none")?,
    }
    let (kept, readings) = status.waiting;
    writeln!(
        out,
        "waiting      {readings} readings, {kept} other messages; {} given up",
        status.lost
    )?;
    out.flush()
}
