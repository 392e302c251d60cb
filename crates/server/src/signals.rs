//! Signals: SIGTERM and SIGINT ask the program to stop, SIGHUP to look at its certificates again.
//!
//! What stopping means is the caller's business.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask for an orderly stop. From its creation on they no longer kill the process.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Takes the signals over; do it before the program says that it is ready.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next of them and says its name. A second one while the program drains means: stop at once.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// The signal that asks to read certificates again.
pub struct ReloadSignal(Signal);

impl ReloadSignal {
    /// Takes SIGHUP over.
    ///
    /// # Errors
    /// When the system refuses the handler.
    pub fn install() -> io::Result<Self> {
        Ok(Self(signal(SignalKind::hangup())?))
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Signal as Raw, getpid, kill_process};

    #[tokio::test]
    async fn both_stop_signals_are_taken_and_told_apart() {
        let mut stop = StopSignals::install().expect("installed");
        for (sent, name) in [(Raw::TERM, "SIGTERM"), (Raw::INT, "SIGINT")] {
            kill_process(getpid(), sent).expect("sent");
            assert_eq!(stop.next().await, name);
        }
    }

    #[tokio::test]
    async fn a_hangup_asks_to_read_again_and_does_not_end_the_program() {
        let mut reload = ReloadSignal::install().expect("installed");
        kill_process(getpid(), Raw::HUP).expect("sent");
        reload.next().await;
    }
}
