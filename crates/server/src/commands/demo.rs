//! `holdfast demo`: the platform, and this machine as its first device, with real readings over the public API.
//!
//! The device has its own user without any administrator's right; its secret lies in a file that only the operator can
//! read. The agent speaks HTTPS like any other device, from the same program only for convenience.

use super::serve::{self, Running, ServeError};
use crate::cli::DemoArguments;
use crate::clock;
use crate::config::Config;
use crate::data_dir::{Access, DataDirError, replace_file};
use crate::exit::Exit;
use crate::platform::{FirstTenant, Platform, PlatformError, Shown, password_from};
use agent::client::base_url::BaseUrl;
use agent::device::{self, AgentOptions};
use agent::machine::Machine;
use engine::setup;
use model::names::{Label, TenantId, UserName};
use model::secret::Secret;
use model::users::DEVICE_USER_PREFIX;
use std::future::Future;
use std::io::{self, Write};
use std::path::Path;

/// The file in the data directory that keeps the demo device's secret.
const SECRET_FILE: &str = "demo-device.secret";

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
    serve::show_secrets(&others, out)?;
    let own = match own.into_iter().next() {
        Some(shown) => Some(shown.secret),
        None => reopen(&platform, arguments)?,
    };
    let machine = Machine::this();
    let device = DeviceAccount::of(&platform, &arguments.tenant, &machine)?;
    serve::serve(config, &platform, out, move |running, out| {
        print_hints(running, config, arguments, own.as_ref(), out).map_err(ServeError::io("output"))?;
        Ok(Some(agent(running, &arguments.tenant, device, machine)?))
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

/// The user that the demo's device signs in as.
struct DeviceAccount {
    user: UserName,
    secret: Secret,
}

impl DeviceAccount {
    /// The account of this machine: its secret from the file, or a new one if there is none.
    fn of(platform: &Platform, tenant: &TenantId, machine: &Machine) -> Result<Self, ServeError> {
        let name = format!("{DEVICE_USER_PREFIX}{}", machine.external_id);
        let user: UserName = name.parse().map_err(PlatformError::from)?;
        let file = platform.layout.root().join(SECRET_FILE);
        let stored = match std::fs::read_to_string(&file) {
            Ok(text) => Some(Secret::new(text.trim_end())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(ServeError::io(format!("could not read {}", file.display()))(
                    error,
                ));
            }
        };
        if let Some(secret) = stored {
            return Ok(Self { user, secret });
        }
        // No secret, or a crash before it was kept: the user gets a new one.
        let (store, world) = (platform.door.store(), platform.door.world());
        let secret = setup::ensure_demo_device(store, world, tenant, &user).map_err(PlatformError::from)?;
        save(&file, &secret)?;
        Ok(Self { user, secret })
    }
}

fn save(file: &Path, secret: &Secret) -> Result<(), ServeError> {
    let written: Result<(), DataDirError> = replace_file(file, secret.expose().as_bytes(), Access::Owner);
    Ok(written.map_err(PlatformError::from)?)
}

/// Says where to look and what to try. The commands work as they are printed.
fn print_hints(
    running: &Running<'_>,
    config: &Config,
    arguments: &DemoArguments,
    secret: Option<&Secret>,
    out: &mut impl Write,
) -> io::Result<()> {
    let base = format!("https://{}", running.address);
    // Whole and quoted, so that the commands work from any directory.
    let ca = std::path::absolute(running.layout.authority_certificate())?;
    let curl = format!("curl --silent --show-error --cacert {}", quoted(&ca));
    let (tenant, admin) = (&arguments.tenant, &arguments.admin_user);
    writeln!(
        out,
        "API: {base}  reference: {base}/api  trusted by: {}",
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
    let password = suggested_password()?;
    writeln!(
        out,
        "1. set the administrator's password (the secret works once, within 24 hours):"
    )?;
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

/// The agent, as a device on the public API.
fn agent(
    running: &Running<'_>,
    tenant: &TenantId,
    account: DeviceAccount,
    machine: Machine,
) -> Result<impl Future<Output = ()> + Send + use<>, ServeError> {
    let fault = |text: String| ServeError::from(PlatformError::Setup(text));
    let mut address = running.address;
    if address.ip().is_unspecified() {
        // The server's certificate is for the loopback address, not for "any address".
        address.set_ip(if address.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    let base_url: BaseUrl = format!("https://{address}")
        .parse()
        .map_err(|bad| fault(format!("{bad}")))?;
    let ca = running.layout.authority_certificate();
    let ca_pem = std::fs::read(&ca).map_err(ServeError::io(format!("could not read {}", ca.display())))?;
    let name: Label = machine.host_name.parse().map_err(PlatformError::from)?;
    let options = AgentOptions {
        base_url,
        ca_pem,
        tenant: tenant.clone(),
        user: account.user,
        secret: account.secret,
        external_id: machine.external_id,
        name,
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
