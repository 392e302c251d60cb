//! The command line: commands, flags, help texts. What they do is in `commands/`.

use crate::config::{Flag, PRECEDENCE, Sources};
use crate::exit;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use model::names::{TenantId, UserName};
use std::path::PathBuf;

pub mod device;

use device::DeviceCommand;

/// Tenant that `demo` makes when none is named.
pub const DEMO_TENANT: &str = "t100";
/// Directory that `demo` uses when none is set: nobody needs to be root to try it.
pub const DEMO_DATA_DIR: &str = "holdfast-data";
/// Most devices of a simulated fleet.
const FLEET_DEVICES_MAX: i64 = fleet::roster::DEVICES_MAX as i64;
/// User that `init` and `demo` make when none is named.
pub const ADMIN_USER: &str = "admin";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "holdfast",
    about = "A secure multi-tenant IoT cloud in one program",
    disable_version_flag = true,
    arg_required_else_help = true,
    after_help = after_help(),
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

fn after_help() -> String {
    format!(
        "Examples:\n  \
         holdfast demo\n  \
         holdfast init --data-dir /var/lib/holdfast --tenant t100\n  \
         holdfast serve --data-dir /var/lib/holdfast --listen-https 0.0.0.0:443\n  \
         holdfast device connect --server https://iot.example.org --device-id SN-1 --ca ca.pem\n  \
         holdfast audit verify --data-dir /var/lib/holdfast\n  \
         holdfast config show --config holdfast.toml\n  \
         HOLDFAST__LOG__LEVEL=debug holdfast config show --explain\n  \
         holdfast doctor --data-dir /var/lib/holdfast\n  \
         holdfast completions bash > /etc/bash_completion.d/holdfast\n\n\
         Settings: one TOML file (--config), environment (HOLDFAST__HTTPS__LISTEN), flags.\n\
         Precedence: {PRECEDENCE}. Unknown settings are refused.\n\n{}",
        exit::HELP
    )
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve until SIGTERM or SIGINT
    Serve(ServeArguments),
    /// Make a data directory with its first tenant and administrator, or open a new way in for a user
    Init(InitArguments),
    /// Serve with this machine as the first device: `init`, `serve` and an agent in one
    Demo(DemoArguments),
    /// This machine as a device of a platform, here or elsewhere
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Verify, anchor and export the audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check the data directory, certificates, clock, limits and settings of this machine
    #[command(after_help = "Examples:\n  holdfast doctor --data-dir /var/lib/holdfast\n\n\
        Prints one line per check; exit code 1 when one of them found a fault.")]
    Doctor(DoctorArguments),
    /// Print the version
    Version,
    /// Say what this program is
    #[command(after_help = "Examples:\n  holdfast about\n  \
        holdfast about --ui-hashes | (cd crates/ui/dist && sha256sum --check)")]
    About {
        /// Print the SHA-256 of each embedded file of the console instead, as sha256sum does
        #[arg(long)]
        ui_hashes: bool,
    },
    /// Print the completion script of a shell
    #[command(
        after_help = "Examples:\n  holdfast completions bash > /etc/bash_completion.d/holdfast\n  \
        holdfast completions fish > ~/.config/fish/completions/holdfast.fish"
    )]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// Flags of every command that reads the configuration.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingsArguments {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Directory of everything that is kept
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<String>,
    /// Address and port of the HTTPS listener; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    pub listen_https: Option<String>,
    /// Address and port of an HTTPS listener that asks devices for certificates; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    pub listen_devices: Option<String>,
    /// Address and port of the MQTT listener (TLS); port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    pub listen_mqtts: Option<String>,
    /// TLS versions: compat (1.2 and 1.3) or strict (1.3 only)
    #[arg(long, value_name = "PROFILE")]
    pub tls_profile: Option<String>,
    /// PEM file with a certificate to serve instead of the own one
    #[arg(long, value_name = "FILE")]
    pub tls_certificate: Option<String>,
    /// PEM file with the private key of that certificate
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<String>,
    /// Address under which clients reach the server, for example https://iot.example.org
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Storage engine of a new data directory: fjall or redb
    #[arg(long, value_name = "ENGINE")]
    pub storage_engine: Option<String>,
    /// Log level: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

impl SettingsArguments {
    /// The sources of the configuration: these flags, the environment of this process, the named file.
    pub fn sources(&self) -> Sources {
        Sources {
            flags: self.flags(),
            environment: std::env::vars_os().collect(),
            file: self.config.clone(),
        }
    }

    fn flags(&self) -> Vec<Flag> {
        [
            ("data_dir", "--data-dir", &self.data_dir),
            ("https.listen", "--listen-https", &self.listen_https),
            ("devices.listen", "--listen-devices", &self.listen_devices),
            ("mqtts.listen", "--listen-mqtts", &self.listen_mqtts),
            ("https.tls_profile", "--tls-profile", &self.tls_profile),
            ("tls.certificate", "--tls-certificate", &self.tls_certificate),
            ("tls.key", "--tls-key", &self.tls_key),
            ("base_url", "--base-url", &self.base_url),
            ("storage.engine", "--storage-engine", &self.storage_engine),
            ("log.level", "--log-level", &self.log_level),
        ]
        .into_iter()
        .filter_map(|(key, flag, value)| {
            Some(Flag {
                key,
                flag,
                value: value.clone()?,
            })
        })
        .collect()
    }
}

/// Serve until SIGTERM or SIGINT
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  holdfast serve --data-dir /var/lib/holdfast --listen-https 0.0.0.0:443\n  \
        holdfast serve --config holdfast.toml --tls-profile strict\n\n\
        Prints one line, `holdfast ready https=ADDRESS mqtts=ADDRESS`, once it serves. Clients trust DIR/tls/ca.pem."
)]
pub struct ServeArguments {
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArguments,
}

/// Make a data directory with its first tenant and administrator
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
        holdfast init --data-dir /var/lib/holdfast --tenant t100 --admin-user admin --admin-password-file password.txt")]
pub struct InitArguments {
    /// The first tenant
    #[arg(long, value_name = "TENANT")]
    pub tenant: TenantId,
    /// Its first administrator
    #[arg(long, value_name = "USER", default_value = ADMIN_USER)]
    pub admin_user: UserName,
    /// File with the administrator's password on its first line
    #[arg(long, value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArguments,
}

/// Serve with this machine as the first device
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  holdfast demo\n  holdfast demo --fleet 200\n  \
        holdfast demo --data-dir ./demo --admin-password-file password.txt\n\n\
        Without --data-dir it keeps everything in ./holdfast-data.")]
pub struct DemoArguments {
    /// The first tenant
    #[arg(long, value_name = "TENANT", default_value = DEMO_TENANT)]
    pub tenant: TenantId,
    /// Its first administrator
    #[arg(long, value_name = "USER", default_value = ADMIN_USER)]
    pub admin_user: UserName,
    /// File with the administrator's password on its first line
    #[arg(long, value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,
    /// Add a simulated fleet of so many devices (at most 5000), clearly marked as such
    #[arg(long, value_name = "DEVICES", value_parser = clap::value_parser!(u16).range(1..=FLEET_DEVICES_MAX))]
    pub fleet: Option<u16>,
    /// What everything by chance in a new fleet follows from
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "fleet")]
    pub fleet_seed: u64,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArguments,
}

/// Verify, anchor and export the audit log
#[derive(Debug, Clone, Subcommand)]
pub enum AuditCommand {
    /// Verify the audit log of a data directory or an exported bundle
    #[command(
        after_help = "Examples:\n  holdfast audit verify --data-dir /var/lib/holdfast\n  \
        holdfast audit verify --bundle audit.bundle --checkpoints kept.txt\n\n\
        Exit code 1 when a fault was found."
    )]
    Verify(AuditVerifyArguments),
    /// Write the current signed checkpoints to a file, to be kept elsewhere
    #[command(
        after_help = "Examples:\n  holdfast audit checkpoint --data-dir /var/lib/holdfast --out kept.txt"
    )]
    Checkpoint(AuditOutArguments),
    /// Write the audit log to a bundle that can be verified without this server
    #[command(
        after_help = "Examples:\n  holdfast audit export --data-dir /var/lib/holdfast --tenant t100 --out audit.bundle"
    )]
    Export(AuditOutArguments),
}

/// `holdfast audit verify`
#[derive(Debug, Clone, Args)]
pub struct AuditVerifyArguments {
    /// Verify an exported bundle instead of a data directory
    #[arg(long, value_name = "FILE", conflicts_with = "data_dir")]
    pub bundle: Option<PathBuf>,
    /// Checkpoints that were kept elsewhere; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub checkpoints: Vec<PathBuf>,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArguments,
}

/// `holdfast audit checkpoint` and `holdfast audit export`
#[derive(Debug, Clone, Args)]
pub struct AuditOutArguments {
    /// Of this tenant only
    #[arg(long, value_name = "TENANT")]
    pub tenant: Option<TenantId>,
    /// File to write; one that is there is not overwritten
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArguments,
}

/// `holdfast config ...`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every effective setting and where it came from
    #[command(after_help = "Examples:\n  holdfast config show\n  \
        HOLDFAST__HTTPS__TLS_PROFILE=strict holdfast config show --config holdfast.toml --explain\n\n\
        The output is itself a configuration file.")]
    Show(ConfigShowArguments),
}

/// `holdfast config show`
#[derive(Debug, Clone, Args)]
pub struct ConfigShowArguments {
    /// Say what each setting is for
    #[arg(long)]
    pub explain: bool,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArguments,
}

/// `holdfast doctor`
#[derive(Debug, Clone, Args)]
pub struct DoctorArguments {
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArguments,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KEYS;
    use clap::CommandFactory;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        settings: SettingsArguments,
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_sets_a_setting_that_exists() {
        let given = "x --data-dir a --listen-https b --tls-profile c --tls-certificate d --tls-key e --base-url f \
                     --storage-engine g --log-level h --listen-mqtts i --listen-devices j";
        let parsed = Flags::try_parse_from(given.split_whitespace()).expect("parsed");
        let flags = parsed.settings.flags();
        assert_eq!(flags.len(), 10);
        for flag in flags {
            assert!(KEYS.iter().any(|key| key.name == flag.key), "{flag:?}");
            assert!(
                given.contains(&format!("{} {}", flag.flag, flag.value)),
                "{flag:?}"
            );
        }
    }

    #[test]
    fn commands_take_the_flags_that_are_promised() {
        for (line, ok) in [
            (
                "x init --data-dir D --tenant t100 --admin-user admin --admin-password-file F",
                true,
            ),
            ("x init --data-dir D --tenant T100", false),
            ("x init --data-dir D", false),
            ("x demo", true),
            ("x demo --fleet 5000 --fleet-seed 7", true),
            ("x demo --fleet 5001", false),
            ("x demo --fleet 0", false),
            (
                "x demo --data-dir D --listen-https 127.0.0.1:0 --tenant t1 --admin-password-file F",
                true,
            ),
            (
                "x audit verify --data-dir D --checkpoints a --checkpoints b",
                true,
            ),
            ("x audit verify --bundle F", true),
            ("x audit verify --bundle F --data-dir D", false),
            ("x audit checkpoint --data-dir D --out F", true),
            ("x audit checkpoint --data-dir D", false),
            ("x audit export --data-dir D --tenant t100 --out F", true),
        ] {
            assert_eq!(Cli::try_parse_from(line.split_whitespace()).is_ok(), ok, "{line}");
        }
    }
}
