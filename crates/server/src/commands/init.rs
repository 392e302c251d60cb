//! `holdfast init`: sets a data directory up without questions. On one that has the tenant already, it opens a new
//! one-time secret for the user: the way back in for an operator.

use super::serve::{ServeError, show_secrets};
use crate::cli::InitArguments;
use crate::config::Config;
use crate::exit::Exit;
use crate::platform::{FirstTenant, Platform, PlatformError, Shown, password_from};
use engine::setup;
use std::io::Write;

/// Sets up, or opens a new set-up secret.
pub fn run(config: &Config, arguments: &InitArguments, out: &mut impl Write) -> Result<Exit, ServeError> {
    let platform = Platform::open(config)?;
    let password = arguments
        .admin_password_file
        .as_deref()
        .map(password_from)
        .transpose()?;
    if platform.has_tenant(&arguments.tenant)? {
        let (store, world) = (platform.door.store(), platform.door.world());
        let secret = setup::reset_setup(store, world, &arguments.tenant, Some(&arguments.admin_user))
            .map_err(PlatformError::from)?;
        let shown = Shown {
            tenant: arguments.tenant.clone(),
            user: arguments.admin_user.clone(),
            secret,
        };
        show_secrets(&[shown], config, out)?;
        return Ok(Exit::Done);
    }
    let first = FirstTenant {
        tenant: arguments.tenant.clone(),
        admin: arguments.admin_user.clone(),
        password,
    };
    show_secrets(&platform.set_up(first)?, config, out)?;
    writeln!(
        out,
        "tenant {} is ready in {}",
        arguments.tenant,
        config.data_dir.display()
    )
    .map_err(ServeError::io("output"))?;
    Ok(Exit::Done)
}
