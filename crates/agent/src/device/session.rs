//! What the rest of the agent may want of the connection to the server, whether there is one just now or not.

use model::secret::Secret;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Wishes that may wait.
const WISHES_MAX: usize = 16;
/// A token must have come within this.
const TOKEN_SECONDS_MAX: u64 = 60;
/// Whoever is about to end the program waits for this long for what is still to be sent.
const SENT_SECONDS_MAX: u64 = 15;

/// A wish, and where to say that it was granted.
pub(super) enum Wish {
    /// A token for the HTTPS API.
    Token(oneshot::Sender<Secret>),
    /// The connection is to be made anew.
    Anew(oneshot::Sender<()>),
    /// Everything that is kept has arrived.
    SentAll(oneshot::Sender<()>),
}

/// Takes wishes.
#[derive(Clone)]
pub(crate) struct Session(mpsc::Sender<Wish>);

impl Session {
    /// One that takes wishes, and where they come out.
    pub(super) fn new() -> (Self, mpsc::Receiver<Wish>) {
        let (sender, receiver) = mpsc::channel(WISHES_MAX);
        (Self(sender), receiver)
    }

    /// A token for the HTTPS API; none if the server gives none in time.
    pub(crate) async fn token(&self) -> Option<Secret> {
        self.wish(Wish::Token, TOKEN_SECONDS_MAX).await
    }

    /// Waits until the connection was made anew, however long that takes.
    pub(crate) async fn begin_anew(&self) {
        let (granted, done) = oneshot::channel();
        if self.0.send(Wish::Anew(granted)).await.is_ok() {
            // An error means that the agent ends.
            let _ = done.await;
        }
    }

    /// Waits until everything that is kept has arrived, for a while.
    pub(crate) async fn sent_all(&self) {
        let _ = self.wish(Wish::SentAll, SENT_SECONDS_MAX).await;
    }

    async fn wish<T>(&self, wish: impl FnOnce(oneshot::Sender<T>) -> Wish, seconds_max: u64) -> Option<T> {
        let (granted, done) = oneshot::channel();
        let waiting = async {
            self.0.send(wish(granted)).await.ok()?;
            done.await.ok()
        };
        timeout(Duration::from_secs(seconds_max), waiting)
            .await
            .ok()
            .flatten()
    }
}
