//! A connection that goes on in another protocol after its answer (RFC 9110, 7.8): what runs on it then. Whoever serves the
//! connection finds it in the extensions of the response.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};

/// The bytes of a connection, both ways.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The bytes of any connection.
pub type AnyStream = Box<dyn Stream>;
type Ends = Pin<Box<dyn Future<Output = ()> + Send>>;
type Go = Box<dyn FnOnce(AnyStream) -> Ends + Send>;

/// What takes a connection over. It runs once, whoever has a copy.
#[derive(Clone)]
pub struct Takeover(Arc<Mutex<Option<Go>>>);

impl Takeover {
    /// What is to run on the bytes of the connection.
    pub fn new<F: Future<Output = ()> + Send + 'static>(
        go: impl FnOnce(AnyStream) -> F + Send + 'static,
    ) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(move |stream| {
            Box::pin(go(stream))
        })))))
    }

    /// Runs until the other protocol has ended.
    pub async fn run(self, stream: impl Stream + 'static) {
        let go = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(go) = go {
            go(Box::new(stream)).await;
        }
    }
}
