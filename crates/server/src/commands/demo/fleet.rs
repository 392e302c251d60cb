//! The simulated fleet of a demo: its principals are made before the platform serves, and then it is a client like any
//! other. What it does is in the crate `fleet`, which knows nothing of the platform's insides.

use crate::cli::DemoArguments;
use crate::clock;
use crate::commands::serve::{Running, ServeError};
use crate::console_links::reachable;
use crate::data_dir::{Access, make_private_dir, replace_file};
use crate::platform::{Platform, PlatformError};
use engine::setup;
use fleet::credentials::{FleetSecret, user_of};
use fleet::people::PEOPLE;
use fleet::run::{FleetOptions, device_ids};
use model::names::{BadName, TenantId, UserName};
use model::secret::Secret;
use std::fs;
use std::future::Future;
use std::io::{self, Write};
use std::path::Path;

/// The directory in the data directory that is the fleet's own.
const STATE: &str = "demo-fleet";
/// The file there from which the passwords of the devices are made.
const SECRET: &str = "secret";
/// The user of the service account that sets the fleet up.
const SERVICE: &str = "service_fleet";

/// A fleet whose principals are there.
pub(super) struct DemoFleet {
    tenant: TenantId,
    devices: usize,
    seed: u64,
    key: Secret,
    secret: FleetSecret,
    newcomers: Vec<(UserName, Secret)>,
}

impl DemoFleet {
    /// Makes what is missing, if a fleet is asked for.
    pub(super) fn of(platform: &Platform, arguments: &DemoArguments) -> Result<Option<Self>, ServeError> {
        let Some(devices) = arguments.fleet else {
            return Ok(None);
        };
        let devices = usize::from(devices);
        let (store, world) = (platform.door.store(), platform.door.world());
        let secret = secret_in(&platform.layout.root().join(STATE))?;
        let with_passwords: Result<Vec<_>, BadName> = device_ids(devices)
            .map(|id| Ok((user_of(&id)?, secret.password_bytes(&id))))
            .collect();
        let with_passwords = with_passwords.map_err(PlatformError::from)?;
        setup::ensure_fleet_devices(store, world, &arguments.tenant, &with_passwords)
            .map_err(PlatformError::from)?;
        let people: Result<Vec<UserName>, BadName> =
            PEOPLE.iter().map(|person| person.name.parse()).collect();
        let people = people.map_err(PlatformError::from)?;
        let service: UserName = SERVICE.parse().map_err(PlatformError::from)?;
        let made = setup::prepare_fleet(store, world, &arguments.tenant, (&service, &people))
            .map_err(PlatformError::from)?;
        Ok(Some(Self {
            tenant: arguments.tenant.clone(),
            devices,
            seed: arguments.fleet_seed,
            key: made.key,
            secret,
            newcomers: made.newcomers,
        }))
    }

    /// Tells who was made, with passwords: this is the only time.
    pub(super) fn introduce(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "a fleet of {} simulated devices comes up, below the group \"Simulated fleet\"",
            self.devices
        )?;
        if self.newcomers.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "users of {} with passwords that are shown only now:",
            self.tenant
        )?;
        for (name, password) in &self.newcomers {
            let sees = PEOPLE.iter().find(|person| person.name == name.as_str());
            let sees = sees.map_or("", |person| person.sees);
            writeln!(out, "  {name:<14} {}  {sees}", password.expose())?;
        }
        Ok(())
    }

    /// Its course, until the platform stops.
    pub(super) fn beside(
        self,
        running: &Running<'_>,
    ) -> Result<impl Future<Output = ()> + Send + use<>, ServeError> {
        let fault = |text: String| ServeError::from(PlatformError::Setup(text));
        let ca = running.layout.authority_certificate();
        let ca_pem = fs::read(&ca).map_err(ServeError::io(format!("could not read {}", ca.display())))?;
        let server = format!("https://{}", reachable(running.address));
        let options = FleetOptions {
            server: server.parse().map_err(|bad| fault(format!("{bad}")))?,
            ca_pem,
            tenant: self.tenant,
            devices: self.devices,
            seed: self.seed,
            service_key: self.key,
            secret: self.secret,
            now: clock::now,
        };
        let mut stopped = running.stopped.clone();
        let stop = async move {
            // The sender lives as long as the listener; if it is gone, that is a stop too.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        Ok(fleet::run::run(options, stop))
    }
}

/// The secret that is kept in this directory; a new one if there is none.
fn secret_in(directory: &Path) -> Result<FleetSecret, ServeError> {
    make_private_dir(directory).map_err(PlatformError::from)?;
    let file = directory.join(SECRET);
    let what = || format!("could not read {}", file.display());
    match fs::read(&file) {
        Ok(bytes) => {
            let bytes = bytes.as_slice().try_into();
            let damaged =
                |_| io::Error::other("not 32 bytes; remove it, and the users of the fleet's devices");
            Ok(FleetSecret::new(
                bytes.map_err(damaged).map_err(ServeError::io(what()))?,
            ))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let bytes = clock::random::<32>()
                .map_err(io::Error::other)
                .map_err(ServeError::io("a secret for the fleet"))?;
            replace_file(&file, &bytes, Access::Owner).map_err(PlatformError::from)?;
            Ok(FleetSecret::new(&bytes))
        }
        Err(error) => Err(ServeError::io(what())(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_secret_is_kept_where_only_the_owner_reads_it_and_stays_the_same() {
        let directory = tempfile::tempdir().expect("a directory");
        let state = directory.path().join(STATE);
        let first = secret_in(&state).expect("made").password_bytes("a");
        assert_eq!(secret_in(&state).expect("read").password_bytes("a"), first);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&state), mode(&state.join(SECRET))), (0o700, 0o600));
        fs::write(state.join(SECRET), b"short").expect("written");
        assert!(secret_in(&state).is_err());
    }
}
