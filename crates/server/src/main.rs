//! The `holdfast` program: reads the command line, runs one command, ends with its exit code.

use clap::Parser;
use server::cli::device::DeviceCommand;
use server::cli::{AuditCommand, Cli, Command, ConfigCommand, DEMO_DATA_DIR, SettingsArguments};
use server::commands::device::DeviceError;
use server::commands::serve::ServeError;
use server::config::{self, ConfigError, Loaded, Origin};
use server::exit::Exit;
use server::{clock, commands, logging};
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = run(cli.command, &mut io::stdout().lock()).unwrap_or_else(|failure| failure.report());
    exit.into()
}

/// Why a command did not run to its end.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error("output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    fn report(&self) -> Exit {
        // Nothing is left to be done when the standard error is closed too.
        let _ = writeln!(io::stderr(), "holdfast: {self}");
        match self {
            Self::Config(_) => Exit::Usage,
            Self::Serve(error) => error.exit(),
            Self::Device(error) => error.exit(),
            Self::Output(_) => Exit::Failed,
        }
    }
}

fn run(command: Command, out: &mut impl Write) -> Result<Exit, Failure> {
    match command {
        Command::Serve(arguments) => {
            let loaded = load(&arguments.settings)?;
            return Ok(commands::serve::run(&loaded.config, out)?);
        }
        Command::Init(arguments) => {
            let loaded = load(&arguments.settings)?;
            return Ok(commands::init::run(&loaded.config, &arguments, out)?);
        }
        Command::Demo(arguments) => {
            let mut loaded = load(&arguments.settings)?;
            if loaded.settings.origin("data_dir") == Some(&Origin::Default) {
                loaded.config.data_dir = DEMO_DATA_DIR.into();
            }
            return Ok(commands::demo::run(&loaded.config, &arguments, out)?);
        }
        Command::Device(DeviceCommand::Connect(arguments)) => {
            return Ok(commands::device::connect(&arguments)?);
        }
        Command::Device(DeviceCommand::Status(arguments)) => {
            return Ok(commands::device::status(&arguments, out)?);
        }
        Command::Audit(command) => return audit(&command, out),
        Command::Config(ConfigCommand::Show(arguments)) => {
            let loaded = load(&arguments.settings)?;
            commands::config::run(&loaded.settings, arguments.explain, out)?;
        }
        Command::Doctor(arguments) => {
            let loaded = load(&arguments.settings)?;
            return Ok(commands::doctor::run(&loaded.config, clock::now(), out)?);
        }
        Command::Version => commands::version::run(out)?,
        Command::About { ui_hashes } => commands::about::run(ui_hashes, out)?,
        Command::Completions { shell } => commands::completions::run(shell, out)?,
    }
    Ok(Exit::Done)
}

fn audit(command: &AuditCommand, out: &mut impl Write) -> Result<Exit, Failure> {
    Ok(match command {
        AuditCommand::Verify(arguments) => {
            commands::audit::verify(&load(&arguments.settings)?.config, arguments, out)?
        }
        AuditCommand::Checkpoint(arguments) => {
            commands::audit::checkpoint(&load(&arguments.settings)?.config, arguments, out)?
        }
        AuditCommand::Export(arguments) => {
            commands::audit::export(&load(&arguments.settings)?.config, arguments, out)?
        }
    })
}

/// The configuration; logging runs by it from here on.
fn load(arguments: &SettingsArguments) -> Result<Loaded, ConfigError> {
    let loaded = config::load(&arguments.sources())?;
    logging::start(&loaded.config.log);
    Ok(loaded)
}
