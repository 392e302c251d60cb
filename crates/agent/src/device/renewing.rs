//! Renewal at two thirds of the life of the certificate: a new key, a certificate for it, and then a connection with both,
//! before the present ones are given up.

use super::Moment;
use super::enrolled::{IDENTITY, NEXT_IDENTITY, identities, keep};
use super::session::Session;
use super::{AgentError, Infallible};
use crate::client::dial::Dial;
use crate::rest::Rest;
use crate::state::State;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// After a renewal that failed it is not tried again before this.
const PAUSE: Duration = Duration::from_secs(15 * 60);

/// Whoever renews.
pub(super) struct Renewing<D> {
    pub(super) state: Arc<State>,
    pub(super) rest: Rest<D>,
    pub(super) session: Session,
    pub(super) now: Moment,
}

impl<D: Dial + Clone> Renewing<D> {
    /// Renews for ever.
    pub(super) async fn run(self) -> Infallible {
        loop {
            let wait = match self.step().await {
                Ok(()) => LOOK_EVERY,
                Err(why) => {
                    tracing::error!(
                        why,
                        minutes = PAUSE.as_secs() / 60,
                        "the certificate was not renewed: it is tried again"
                    );
                    PAUSE
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn step(&self) -> Result<(), String> {
        let Some((current, next)) = identities(&self.state).map_err(|error| error.to_string())? else {
            return Err(AgentError::Damaged(IDENTITY).to_string());
        };
        if next.is_some() || (self.now)() < current.validity().renewal() {
            return Ok(());
        }
        tracing::info!(until = %current.validity().not_after, "two thirds of the certificate's life are over: renewing it");
        let token = self.session.token().await.ok_or("the server gave no token")?;
        let next = self.rest.renew(&token).await.map_err(|error| error.to_string())?;
        keep(&self.state, NEXT_IDENTITY, &next).map_err(|error| error.to_string())?;
        self.session.begin_anew().await;
        Ok(())
    }
}
