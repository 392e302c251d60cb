//! The device as it is remembered: which one it is, where its server is, whom it trusts, and its identity. All of it is in
//! the state directory, so that after the first time nothing has to be said again.

use super::AgentError;
use crate::client::backoff::Backoff;
use crate::client::base_url::{Address, BaseUrl};
use crate::client::basic;
use crate::client::dial::Dial;
use crate::enrolment::{ENROL, enrol};
use crate::identity::Identity;
use crate::rest::Rest;
use crate::state::{State, StateError};
use model::names::TenantId;
use model::registration::DeviceId;
use model::secret::Secret;
use serde::{Deserialize, Serialize};

/// The key with its certificate.
pub(super) const IDENTITY: &str = "identity.pem";
/// The one that takes its place as soon as it has been let in once.
pub(super) const NEXT_IDENTITY: &str = "identity.next.pem";
/// Who the device is and where its server is.
pub(super) const DEVICE: &str = "device.json";
/// The certificates that it trusts.
const TRUSTED: &str = "ca.pem";

/// What was said on the command line, or is to be found in the state directory.
#[derive(Debug, Default)]
pub struct Said {
    /// The server.
    pub server: Option<BaseUrl>,
    /// Where it speaks MQTT; the server's host with port 8883 if nobody says.
    pub mqtt: Option<Address>,
    /// The only certificates that are trusted, as PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// Which device this is.
    pub device: Option<DeviceId>,
}

/// Where the device belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Which device this is.
    pub device: DeviceId,
    /// The server.
    pub server: BaseUrl,
    /// Where it speaks MQTT.
    pub mqtt: Address,
    /// The only certificates that are trusted, as PEM.
    pub(crate) ca_pem: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Remembered {
    pub(super) device: DeviceId,
    pub(super) server: String,
    pub(super) mqtt: String,
}

impl Home {
    /// What was said, and where nothing was, what was said the first time.
    pub(super) fn of(state: &State, said: Said) -> Result<Self, AgentError> {
        let remembered: Option<Remembered> = match state.read(DEVICE)? {
            None => None,
            Some(bytes) => Some(serde_json::from_slice(&bytes).map_err(|_| AgentError::Damaged(DEVICE))?),
        };
        let damaged = || AgentError::Damaged(DEVICE);
        let (before, server, mqtt) = match remembered {
            None => (None, None, None),
            Some(there) => (
                Some(there.device),
                Some(there.server.parse().map_err(|_| damaged())?),
                Some(there.mqtt.parse().map_err(|_| damaged())?),
            ),
        };
        if let (Some(before), Some(device)) = (&before, &said.device)
            && before != device
        {
            return Err(AgentError::OtherDevice(before.clone()));
        }
        // Another server speaks MQTT elsewhere, too.
        let mqtt = mqtt.filter(|_| said.server.is_none() || said.server == server);
        let server: BaseUrl = said.server.or(server).ok_or(AgentError::Unsaid("--server"))?;
        let home = Self {
            device: said.device.or(before).ok_or(AgentError::Unsaid("--device-id"))?,
            mqtt: said.mqtt.or(mqtt).unwrap_or_else(|| Address::mqtt_of(&server)),
            server,
            ca_pem: match said.ca_pem {
                Some(ca_pem) => ca_pem,
                None => state.read(TRUSTED)?.ok_or(AgentError::Unsaid("--ca"))?,
            },
        };
        crate::trust::config(&home.ca_pem, None)?;
        Ok(home)
    }

    /// Remembers it.
    pub(super) fn keep(&self, state: &State) -> Result<(), StateError> {
        let remembered = Remembered {
            device: self.device.clone(),
            server: format!("https://{}", self.server.authority()),
            mqtt: self.mqtt.to_string(),
        };
        let text = serde_json::to_vec(&remembered).expect("it has only texts");
        state.replace(TRUSTED, &self.ca_pem)?;
        state.replace(DEVICE, &text)
    }
}

/// The identity, and the one that was given last and has not been let in yet, if there is one.
pub(super) fn identities(state: &State) -> Result<Option<(Identity, Option<Identity>)>, AgentError> {
    let Some(bytes) = state.read(IDENTITY)? else {
        return Ok(None);
    };
    let current = Identity::from_pem(&bytes).map_err(|_| AgentError::Damaged(IDENTITY))?;
    let next = match state.read(NEXT_IDENTITY)?.map(|bytes| Identity::from_pem(&bytes)) {
        None => None,
        Some(Ok(next)) => Some(next),
        Some(Err(error)) => {
            tracing::error!(%error, "the renewed certificate cannot be read: another one is asked for");
            state.remove(NEXT_IDENTITY)?;
            None
        }
    };
    Ok(Some((current, next)))
}

/// Gets the first certificate for the one-time password. The tenant is said if it is not to be known by the host name
/// under which the server is asked. A server that is away is waited for.
pub(super) async fn first_certificate<D: Dial + Clone>(
    state: &State,
    rest: &Rest<D>,
    (tenant, password): (Option<&TenantId>, &Secret),
    random: fn() -> u64,
) -> Result<(), AgentError> {
    let user = match tenant {
        Some(tenant) => format!("{tenant}/{}", rest.device),
        None => rest.device.to_string(),
    };
    let server = rest.server.authority();
    tracing::info!(server, device = %rest.device, "asking for a certificate with the one-time password");
    let mut client = rest.client(basic(&user, password))?;
    let mut backoff = Backoff::default();
    loop {
        let error = match enrol(&mut client, ENROL, &rest.device, &rest.ca_pem).await {
            Ok(identity) => {
                keep(state, IDENTITY, &identity)?;
                let until = identity.validity().not_after;
                tracing::info!(device = %rest.device, %until, "this device has its certificate");
                return Ok(());
            }
            Err(error) => error,
        };
        let Some(asked) = error.again() else {
            return Err(error.into());
        };
        let wait = backoff.after_failure(random(), asked);
        tracing::warn!(%error, seconds = wait.as_secs_f64(), "no certificate yet: it is tried again");
        tokio::time::sleep(wait).await;
    }
}

/// Keeps an identity.
pub(super) fn keep(state: &State, name: &str, identity: &Identity) -> Result<(), AgentError> {
    let text = identity.to_pem().map_err(crate::enrolment::NotEnrolled::from)?;
    Ok(state.replace(name, text.as_bytes())?)
}
