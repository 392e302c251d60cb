//! `holdfast demo`: the platform, and this machine as its first device, with real readings over the public protocols.
//!
//! The device is registered with a one-time password, gets its certificate for it, and has no administrator's right. Its
//! key lies in a directory that only the operator can read. The agent speaks HTTPS and MQTT like that of any other
//! machine (`holdfast device connect`), from the same program only for convenience.

mod fleet;

use super::serve::{self, Running, ServeError};
use crate::cli::DemoArguments;
use crate::clock;
use crate::config::Config;
use crate::console_links::{self, reachable};
use crate::exit::Exit;
use crate::platform::{FirstTenant, Platform, PlatformError, Shown, password_from};
use agent::device::{self, AgentOptions, Said, Status};
use agent::machine::Machine;
use agent::operations::Policy;
use engine::setup;
use fleet::DemoFleet;
use model::names::{Label, TenantId};
use model::registration::DeviceId;
use model::secret::Secret;
use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The directory in the data directory that is the demo device's own.
const STATE: &str = "demo-device";
/// The time between two readings of the demo: so short that one sees something happen.
const READING_EVERY: Duration = Duration::from_secs(1);

/// Sets up what is missing, then serves with the agent beside.
pub fn run(config: &Config, arguments: &DemoArguments, out: &mut impl Write) -> Result<Exit, ServeError> {
    let platform = Platform::open(config)?;
    let password = arguments
        .admin_password_file
        .as_deref()
        .map(password_from)
        .transpose()?;
    let first = FirstTenant {
        tenant: arguments.tenant.clone(),
        admin: arguments.admin_user.clone(),
        password,
    };
    let (own, others): (Vec<Shown>, Vec<Shown>) = platform
        .set_up(first)?
        .into_iter()
        .partition(|shown| shown.tenant == arguments.tenant);
    serve::show_secrets(&others, config, out)?;
    let own = match own.into_iter().next() {
        Some(shown) => Some(shown.secret),
        None => reopen(&platform, arguments)?,
    };
    let device = DemoDevice::of(&platform, arguments)?;
    let fleet = DemoFleet::of(&platform, arguments)?;
    serve::serve(config, &platform, out, move |running, out| {
        if let Some(fleet) = &fleet {
            fleet.introduce(out).map_err(ServeError::io("output"))?;
        }
        print_hints(running, config, arguments, own.as_ref(), out).map_err(ServeError::io("output"))?;
        let machine = agent(running, &arguments.tenant, device)?;
        let fleet = fleet.map(|fleet| fleet.beside(running)).transpose()?;
        Ok(Some(async move {
            match fleet {
                Some(fleet) => drop(tokio::join!(machine, fleet)),
                None => machine.await,
            }
        }))
    })
}

/// A set-up that nobody has finished is opened again with a new secret, because the old one was shown only once.
fn reopen(platform: &Platform, arguments: &DemoArguments) -> Result<Option<Secret>, ServeError> {
    let (store, world) = (platform.door.store(), platform.door.world());
    let (tenant, admin) = (&arguments.tenant, &arguments.admin_user);
    if !setup::awaits_setup(store, tenant, admin).map_err(PlatformError::from)? {
        return Ok(None);
    }
    Ok(Some(
        setup::reset_setup(store, world, tenant, Some(admin)).map_err(PlatformError::from)?,
    ))
}

/// This machine as the demo's device.
struct DemoDevice {
    id: DeviceId,
    name: Label,
    state: PathBuf,
    /// As long as it has no certificate.
    one_time_password: Option<Secret>,
}

impl DemoDevice {
    /// Registers this machine, unless it has its certificate already.
    fn of(platform: &Platform, arguments: &DemoArguments) -> Result<Self, ServeError> {
        let machine = Machine::this();
        let id: DeviceId = machine
            .external_id
            .as_str()
            .parse()
            .map_err(PlatformError::from)?;
        let state = platform.layout.root().join(STATE);
        let has_certificate = Status::of(&state).is_ok_and(|status| status.validity.is_some());
        let one_time_password = match has_certificate {
            true => None,
            false => {
                let (store, world) = (platform.door.store(), platform.door.world());
                let place = (&arguments.tenant, &arguments.admin_user);
                let password = setup::register_demo_device(store, world, place, &id);
                Some(password.map_err(PlatformError::from)?)
            }
        };
        Ok(Self {
            id,
            name: machine.host_name.parse().map_err(PlatformError::from)?,
            state,
            one_time_password,
        })
    }
}

/// Says where to look and what to try. The commands work as they are printed.
fn print_hints(
    running: &Running<'_>,
    config: &Config,
    arguments: &DemoArguments,
    secret: Option<&Secret>,
    out: &mut impl Write,
) -> io::Result<()> {
    let base = console_links::origin(config, running.address).unwrap_or_default();
    // Whole and quoted, so that the commands work from any directory.
    let ca = std::path::absolute(running.layout.authority_certificate())?;
    let curl = format!("curl --silent --show-error --cacert {}", quoted(&ca));
    let (tenant, admin) = (&arguments.tenant, &arguments.admin_user);
    writeln!(
        out,
        "console: {}  API: {base}  reference: {base}/api  trusted by: {}",
        console_links::console(&base),
        ca.display()
    )?;
    let Some(secret) = secret else {
        writeln!(
            out,
            "sign in as {tenant}/{admin} with the password that you have set; to reset it, stop the program and run"
        )?;
        writeln!(
            out,
            "  holdfast init --data-dir {} --tenant {tenant} --admin-user {admin}",
            quoted(&std::path::absolute(&config.data_dir)?)
        )?;
        return out.flush();
    };
    writeln!(
        out,
        "open the console and set the administrator's password (the secret works once, within 24 hours):"
    )?;
    writeln!(out, "{}", console_links::setup(&base, tenant, admin, secret))?;
    let password = suggested_password()?;
    writeln!(out, "or without a browser:\n1. set the administrator's password:")?;
    writeln!(
        out,
        "{curl} {base}/tenant/setup -H 'Content-Type: application/json' -d '{{\"tenant\":\"{tenant}\",\
         \"userName\":\"{admin}\",\"secret\":\"{}\",\"password\":\"{password}\"}}'",
        secret.expose()
    )?;
    writeln!(out, "2. see this machine as a device:")?;
    writeln!(
        out,
        "{curl} -u '{tenant}/{admin}:{password}' '{base}/inventory/managedObjects?fragmentType=c8y_IsDevice'"
    )?;
    writeln!(out, "3. see its latest readings:")?;
    writeln!(
        out,
        "{curl} -u '{tenant}/{admin}:{password}' '{base}/measurement/measurements?dateFrom=2000-01-01&revert=true&pageSize=1'"
    )?;
    out.flush()
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

/// A password for the printed commands: random, so that nobody's demo has a known one.
fn suggested_password() -> io::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz2345678";
    let bytes: [u8; 20] = clock::random().map_err(io::Error::other)?;
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    Ok(bytes.iter().map(letter).collect())
}

/// The agent, as a device on the public protocols.
fn agent(
    running: &Running<'_>,
    tenant: &TenantId,
    device: DemoDevice,
) -> Result<impl Future<Output = ()> + Send + use<>, ServeError> {
    let fault = |text: String| ServeError::from(PlatformError::Setup(text));
    let server = format!("https://{}", reachable(running.address));
    let mqtt = reachable(running.mqtts).to_string();
    let ca = running.layout.authority_certificate();
    let ca_pem = std::fs::read(&ca).map_err(ServeError::io(format!("could not read {}", ca.display())))?;
    let options = AgentOptions {
        state: device.state,
        said: Said {
            server: Some(server.parse().map_err(|bad| fault(format!("{bad}")))?),
            mqtt: Some(mqtt.parse().map_err(|bad| fault(format!("{bad}")))?),
            ca_pem: Some(ca_pem),
            device: Some(device.id),
        },
        tenant: Some(tenant.clone()),
        one_time_password: device.one_time_password,
        name: device.name,
        period: READING_EVERY,
        policy: Policy::default(),
        watched: Vec::new(),
    };
    let mut stopped = running.stopped.clone();
    let stop = async move {
        // The sender lives as long as the listener; if it is gone, that is a stop too.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    Ok(async move {
        if let Err(error) = device::run(options, stop).await {
            tracing::error!(%error, "the demo device has ended");
        }
    })
}
