//! What both ends of a session of remote access send is passed on, message by message. The next message of one end is read
//! when the other end has taken the one before: who takes nothing holds the other end up, and no memory grows.

use crate::realtime::{End as Farewell, farewell, server_side_of};
use crate::takeover::AnyStream;
use engine::remote_access::{Answered, End, Holder, Over, Session};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use model::limits::{
    REMOTE_EARLY_BYTES_MAX, REMOTE_MESSAGE_BYTES_MAX, REMOTE_PING_SECONDS, WRITE_STALLED_SECONDS_MAX,
};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::{Instant, interval, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Bytes;
use tokio_tungstenite::tungstenite::protocol::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

type Socket = WebSocketStream<AnyStream>;

/// The device's end of a session.
pub(crate) struct DeviceEnd(Socket);

/// What an end has sent that is passed on when the other one has gone, at most for so long.
const LAST_WORDS_SECONDS_MAX: u64 = 2;
/// So many signs of life may an end fail to give.
const SILENT_PINGS_MAX: u32 = 3;

/// The device's connection: it goes to whoever has the user's, and lasts as long as the session.
pub(super) async fn hand_over(mut answered: Answered<DeviceEnd>, stream: AnyStream) {
    let socket = server_side_of(stream, REMOTE_MESSAGE_BYTES_MAX).await;
    let given = answered.give(DeviceEnd(socket));
    let over = answered.ended().await;
    if let Err(DeviceEnd(mut socket)) = given {
        farewell(&mut socket, farewell_of(over)).await;
    }
}

/// The user's connection, from its first message to its last.
pub(super) async fn converse(mut holder: Holder<DeviceEnd>, stream: AnyStream) {
    let mut user = server_side_of(stream, REMOTE_MESSAGE_BYTES_MAX).await;
    let watched = holder.watched();
    tokio::pin!(watched);
    let over = match meet(&mut user, &mut holder, &mut watched).await {
        Ok((mut device, early)) => {
            let over = join(&mut user, &mut device, early, &holder, watched).await;
            // Both at the same time: one that takes nothing does not hold up the other.
            let last = || farewell_of(over);
            tokio::join!(farewell(&mut user, last()), farewell(&mut device, last()));
            over
        }
        Err(over) => {
            holder.session().end(over);
            let late = holder.late_device();
            let to_device = async {
                if let Some(DeviceEnd(mut device)) = late {
                    farewell(&mut device, farewell_of(over)).await;
                }
            };
            tokio::join!(farewell(&mut user, farewell_of(over)), to_device);
            over
        }
    };
    holder.finish(over).await;
}

fn farewell_of(over: Over) -> Farewell {
    let code = match over {
        Over::UserClosed | Over::DeviceClosed => CloseCode::Normal,
        Over::Stopping => CloseCode::Restart,
        Over::NotAnswered | Over::DeviceGone | Over::UserGone => CloseCode::Away,
        _ => CloseCode::Policy,
    };
    Farewell::Told(code, over.text())
}

/// Waits for the device. What the user sends meanwhile is kept, up to a bound.
async fn meet(
    user: &mut Socket,
    holder: &mut Holder<DeviceEnd>,
    watched: &mut (impl Future<Output = Over> + Unpin),
) -> Result<(Socket, VecDeque<Bytes>), Over> {
    let session = holder.session().clone();
    let (mut early, mut bytes) = (VecDeque::new(), 0);
    let device = holder.device();
    tokio::pin!(device);
    loop {
        tokio::select! {
            found = &mut device => return found.map(|DeviceEnd(socket)| (socket, early)),
            over = &mut *watched => return Err(over),
            frame = user.next() => match said(frame) {
                // It says nothing, and is not passed on later either.
                Said::Data(data) if data.is_empty() => {}
                Said::Data(data) => {
                    session.count(End::User, data.len());
                    // Keeping a message takes room as well, however short it is.
                    bytes += data.len() + size_of::<Bytes>();
                    if bytes > REMOTE_EARLY_BYTES_MAX {
                        return Err(Over::Stalled);
                    }
                    early.push_back(data);
                }
                Said::Nothing => {}
                Said::Closed => return Err(Over::UserClosed),
                Said::Gone => return Err(Over::UserGone),
            },
        }
    }
}

/// What came from an end.
enum Said {
    Data(Bytes),
    /// A sign of life.
    Nothing,
    Closed,
    Gone,
}

fn said<E>(frame: Option<Result<Frame, E>>) -> Said {
    match frame {
        Some(Ok(Frame::Binary(data))) => Said::Data(data),
        // Some clients send what people type as text: it is bytes all the same.
        Some(Ok(Frame::Text(text))) => Said::Data(text.into()),
        Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => Said::Nothing,
        Some(Ok(Frame::Close(_))) => Said::Closed,
        Some(Err(_)) | None => Said::Gone,
    }
}

/// When something was last sent in either direction.
struct Pulse(Mutex<Instant>);

impl Pulse {
    fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Waits until nothing was sent for so long.
    async fn stops(&self, patience: Duration) {
        loop {
            let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match last.elapsed() >= patience {
                true => return,
                false => sleep_until(last + patience).await,
            }
        }
    }
}

/// Passes on what both ends send, until one of them has gone, the time is over, or it must end.
async fn join(
    user: &mut Socket,
    device: &mut Socket,
    early: VecDeque<Bytes>,
    holder: &Holder<DeviceEnd>,
    watched: impl Future<Output = Over>,
) -> Over {
    let session = holder.session();
    let Some(times) = session.times() else {
        return Over::DeviceGone;
    };
    let pulse = Pulse(Mutex::new(Instant::now()));
    let ((user_out, user_in), (device_out, device_in)) = (user.split(), device.split());
    let up = Direction {
        from: user_in,
        to: device_out,
        end: End::User,
        session,
        pulse: &pulse,
    };
    let down = Direction {
        from: device_in,
        to: user_out,
        end: End::Device,
        session,
        pulse: &pulse,
    };
    let (up, down) = (up.run(early), down.run(VecDeque::new()));
    tokio::pin!(up, down);
    let last_words = Duration::from_secs(LAST_WORDS_SECONDS_MAX);
    tokio::select! {
        over = watched => over,
        () = sleep(Duration::from_secs(times.session_seconds)) => Over::TimeLimit,
        () = pulse.stops(Duration::from_secs(times.idle_seconds)) => Over::Idle,
        over = &mut up => {
            if over == Over::DeviceGone {
                // It takes nothing any more; what it has said before is still passed on.
                timeout(last_words, down).await.unwrap_or(over)
            } else {
                over
            }
        }
        over = &mut down => {
            if over == Over::UserGone {
                timeout(last_words, up).await.unwrap_or(over)
            } else {
                over
            }
        }
    }
}

/// One direction: what one end sends goes to the other.
struct Direction<'s> {
    from: SplitStream<&'s mut Socket>,
    to: SplitSink<&'s mut Socket, Frame>,
    /// Who sends.
    end: End,
    session: &'s Session,
    pulse: &'s Pulse,
}

impl Direction<'_> {
    async fn run(mut self, early: VecDeque<Bytes>) -> Over {
        for data in early {
            if let Err(over) = self.pass(data).await {
                return over;
            }
        }
        let (closed, gone) = match self.end {
            End::User => (Over::UserClosed, Over::UserGone),
            End::Device => (Over::DeviceClosed, Over::DeviceGone),
        };
        let mut pings = interval(Duration::from_secs(REMOTE_PING_SECONDS));
        pings.tick().await;
        let mut heard = Instant::now();
        let silence = Duration::from_secs(REMOTE_PING_SECONDS) * SILENT_PINGS_MAX;
        loop {
            tokio::select! {
                frame = self.from.next() => {
                    heard = Instant::now();
                    let passed = match said(frame) {
                        Said::Data(data) => {
                            self.session.count(self.end, data.len());
                            self.pass(data).await
                        }
                        Said::Nothing => Ok(()),
                        Said::Closed => return closed,
                        Said::Gone => return gone,
                    };
                    if let Err(over) = passed {
                        return over;
                    }
                    // The time that the other end took is none in which this one was silent.
                    heard = heard.max(Instant::now());
                }
                _ = pings.tick() => {
                    if let Err(over) = self.send(Frame::Ping(Bytes::new())).await {
                        return over;
                    }
                }
                () = sleep_until(heard + silence) => return gone,
            }
        }
    }

    async fn pass(&mut self, data: Bytes) -> Result<(), Over> {
        self.pulse.beat();
        if data.is_empty() {
            return Ok(());
        }
        self.send(Frame::Binary(data)).await
    }

    async fn send(&mut self, frame: Frame) -> Result<(), Over> {
        let gone = match self.end {
            End::User => Over::DeviceGone,
            End::Device => Over::UserGone,
        };
        let sent = self.to.send(frame);
        match timeout(Duration::from_secs(WRITE_STALLED_SECONDS_MAX), sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(gone),
            Err(_) => Err(Over::Stalled),
        }
    }
}
