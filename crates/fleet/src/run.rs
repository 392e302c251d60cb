//! The whole course: what is missing is made, histories are told, then the fleet lives until it is stopped. Started again,
//! it goes on with what is there.

use crate::credentials::{FleetSecret, user_of};
use crate::roster::{DEVICES_MAX, Device};
use crate::server::{Line, Trouble};
use crate::{live, load};
use agent::client::base_url::BaseUrl;
use agent::client::{basic_authorization, bearer};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use model::names::TenantId;
use model::secret::Secret;
use model::time::Timestamp;
use std::future::Future;
use std::sync::Arc;

/// What a fleet needs. No `Debug`: it holds secrets.
pub struct FleetOptions {
    /// Where the server is.
    pub server: BaseUrl,
    /// The certificates of the authorities that it is believed by.
    pub ca_pem: Vec<u8>,
    /// The tenant.
    pub tenant: TenantId,
    /// How many devices; at most [`DEVICES_MAX`].
    pub devices: usize,
    /// What everything by chance follows from. A fleet that is there keeps the one that it was begun with.
    pub seed: u64,
    /// The key of the service account that sets up.
    pub service_key: Secret,
    /// From which the passwords of the devices are made.
    pub secret: FleetSecret,
    /// The time now.
    pub now: fn() -> Timestamp,
}

/// What all who work on a fleet share.
pub(crate) struct Fleet {
    pub(crate) options: FleetOptions,
    service: HeaderValue,
}

impl Fleet {
    pub(crate) fn now(&self) -> Timestamp {
        (self.options.now)()
    }

    /// A connection on which the service account acts first.
    pub(crate) fn line(&self) -> Result<Line, Trouble> {
        Line::new(&self.options.server, &self.options.ca_pem, self.service.clone())
    }

    pub(crate) fn service(&self) -> &HeaderValue {
        &self.service
    }

    /// The credentials of a device.
    pub(crate) fn device(&self, device: &Device) -> Result<HeaderValue, Trouble> {
        let id = device.id();
        let user = user_of(&id).map_err(|_| Trouble::Incomplete(id.clone(), "user name"))?;
        let password = Secret::new(URL_SAFE_NO_PAD.encode(self.options.secret.password_bytes(&id)));
        Ok(basic_authorization(&self.options.tenant, &user, &password))
    }
}

/// The ids of the devices of a fleet of this size.
pub fn device_ids(devices: usize) -> impl Iterator<Item = String> {
    // What a device is called is not by chance.
    (0..devices.min(DEVICES_MAX)).map(|number| Device::of(0, number).id())
}

/// Runs a fleet until `stop` is done.
pub async fn run(options: FleetOptions, stop: impl Future<Output = ()>) {
    let course = async move {
        if let Err(trouble) = course(options).await {
            tracing::error!(%trouble, "the simulated fleet has ended");
        }
    };
    tokio::select! {
        () = course => {}
        () = stop => {}
    }
}

async fn course(options: FleetOptions) -> Result<(), Trouble> {
    let service = bearer(&options.service_key)
        .ok_or_else(|| Trouble::Incomplete("the key of the service".to_owned(), "visible text"))?;
    let fleet = Arc::new(Fleet { options, service });
    let devices = load::load(&fleet).await?;
    tracing::info!(
        devices = devices.len(),
        "the simulated fleet is complete and reports"
    );
    live::live(&fleet, devices).await
}
