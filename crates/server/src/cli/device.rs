//! The command line of `holdfast device`: this machine as a device of a platform, here or elsewhere.

use agent::client::base_url::{Address, BaseUrl};
use clap::{Args, Subcommand};
use model::names::{Label, TenantId};
use model::registration::DeviceId;
use std::path::PathBuf;
use std::str::FromStr;

/// Directory that the device uses when none is named.
pub const DEVICE_STATE_DIR: &str = "holdfast-device";
/// Seconds between two readings when nobody says how many.
const READING_SECONDS: u32 = 10;
/// Seconds between two readings at most: what is seen less often is no reading of a running machine.
const READING_SECONDS_MAX: i64 = 24 * 60 * 60;

/// `holdfast device ...`
#[derive(Debug, Clone, Subcommand)]
pub enum DeviceCommand {
    /// Make this machine a device and run its agent until SIGTERM or SIGINT
    #[command(after_help = "Examples:\n  \
        holdfast device connect --server https://iot.example.org --device-id SN-1 --ca ca.pem \\\n      \
        --one-time-password-file otp.txt --state /var/lib/holdfast-device\n  \
        holdfast device connect --state /var/lib/holdfast-device --log syslog=/var/log/syslog\n\n\
        The first time it makes a key and asks for a certificate; after that --state says everything. Only the\n\
        certificates in the --ca file are trusted, and nothing turns the verification off. Nothing listens.\n\
        Exit codes: 5 the platform refuses this device, or does not prove that it is the right one.")]
    Connect(Box<DeviceConnectArguments>),
    /// Say how the device stands: connection, certificate, what waits to be sent
    #[command(
        after_help = "Examples:\n  holdfast device status --state /var/lib/holdfast-device\n\n\
        Exit code 1 when the agent does not run, is not connected, or has no valid certificate."
    )]
    Status(DeviceStatusArguments),
}

/// `holdfast device connect`
#[derive(Debug, Clone, Args)]
pub struct DeviceConnectArguments {
    /// The platform, for example https://iot.example.org
    #[arg(long, value_name = "URL")]
    pub server: Option<BaseUrl>,
    /// The tenant, if the platform is not reached under the tenant's own host name
    #[arg(long, value_name = "TENANT")]
    pub tenant: Option<TenantId>,
    /// The id under which the device was registered
    #[arg(long, value_name = "ID")]
    pub device_id: Option<DeviceId>,
    /// File with the one-time password of the registration on its first line; asked for at a terminal
    #[arg(long, value_name = "FILE")]
    pub one_time_password_file: Option<PathBuf>,
    /// PEM file with the certificates to trust, and no others
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Where the platform speaks MQTT over TLS [default: the server's host, port 8883]
    #[arg(long, value_name = "HOST:PORT")]
    pub mqtt: Option<Address>,
    /// Directory of the device: its key, its certificate, and what waits to be sent
    #[arg(long, value_name = "DIR", default_value = DEVICE_STATE_DIR)]
    pub state: PathBuf,
    /// Name of the device [default: the host name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<Label>,
    /// Seconds between two readings
    #[arg(long, value_name = "SECONDS", default_value_t = READING_SECONDS,
          value_parser = clap::value_parser!(u32).range(1..=READING_SECONDS_MAX))]
    pub interval: u32,
    /// A log whose lines may be asked for; may be given more than once
    #[arg(long, value_name = "NAME=FILE")]
    pub log: Vec<NamedFile>,
    /// A configuration file that may be read and replaced; may be given more than once
    #[arg(long, value_name = "NAME=FILE")]
    pub configuration: Vec<NamedFile>,
    /// A file whose changes are reported; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub watch: Vec<PathBuf>,
    /// Let operations run commands on this machine, as the user of this program
    #[arg(long)]
    pub allow_commands: bool,
    /// Let operations restart this machine; otherwise a restart makes only the connection anew
    #[arg(long)]
    pub allow_reboot: bool,
    /// Say single steps too
    #[arg(long)]
    pub verbose: bool,
}

/// `holdfast device status`
#[derive(Debug, Clone, Args)]
pub struct DeviceStatusArguments {
    /// Directory of the device
    #[arg(long, value_name = "DIR", default_value = DEVICE_STATE_DIR)]
    pub state: PathBuf,
}

/// A file with the name under which the platform knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// The name.
    pub name: String,
    /// The file.
    pub file: PathBuf,
}

impl FromStr for NamedFile {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "NAME=FILE is expected, with a whole path";
        let (name, file) = text.split_once('=').ok_or(EXPECTED)?;
        let file = PathBuf::from(file);
        let is_name = !name.is_empty() && name.parse::<Label>().is_ok();
        let name = name.to_owned();
        (is_name && file.is_absolute())
            .then_some(Self { name, file })
            .ok_or(EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use clap::Parser;

    #[test]
    fn a_device_takes_the_flags_that_are_promised() {
        for (line, ok) in [
            (
                "x device connect --server https://h --device-id d1 --one-time-password-file F --ca F",
                true,
            ),
            ("x device connect --state D", true),
            (
                "x device connect --mqtt h:1 --interval 1 --log a=/b --log c=/d --configuration e=/f",
                true,
            ),
            (
                "x device connect --allow-commands --allow-reboot --watch /f --name Shed",
                true,
            ),
            ("x device connect --server http://h", false),
            ("x device connect --device-id a/b", false),
            ("x device connect --interval 0", false),
            ("x device connect --log a=b", false),
            ("x device connect --log =/b", false),
            ("x device connect --insecure", false),
            ("x device status --state D", true),
        ] {
            assert_eq!(Cli::try_parse_from(line.split_whitespace()).is_ok(), ok, "{line}");
        }
    }
}
