//! `cargo xtask bench mqtt`: connections with full TLS handshakes, memory of idle ones, and messages of QoS 1 that are
//! confirmed, beside mosquitto, which stores nothing, and RabbitMQ with a quorum queue, which does. All three get the same
//! bytes from the same client in the same run, over TLS with the same certificate, with a name and a password, and with a
//! right to publish that is checked.

mod client;
mod load;
mod peers;

use super::house::House;
use super::place::{Account, Place, Running};
use super::{Row, build_release, cargo, keep_section, program, rows_text};
use load::{Broker, Login};
use peers::{Mosquitto, RabbitMq};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

const HEADING: &str = "## MQTT";

const ABOUT: &str = "The same client in the same run, three brokers one after the other; the machine's cores are shared by \
                     client and broker. Each connection is a full TLS 1.3 handshake without resumption, followed by a name \
                     and a password that the broker knows already. Messages are one SmartREST row each. Holdfast confirms a \
                     message when its measurement is durable, RabbitMQ 3.10 when the quorum queue of one node has written it, \
                     mosquitto 2.0 stores nothing. CPU-seconds are those of the broker. One device may send Holdfast some \
                     1,000 such messages per second for long, and 10,000 at once: a single connection is slowed down beyond that. \
                     The memory of idle connections holds what the broker keeps of their users.";

/// How much is measured.
struct Scale {
    slice: Duration,
    /// Connections that stay idle.
    idle: usize,
    /// Connections that send, and how many messages each has under way.
    senders: [(usize, usize); 3],
}

const FULL: Scale = Scale {
    slice: Duration::from_secs(10),
    idle: 2_000,
    senders: [(1, 16), (100, 16), (2_000, 1)],
};
/// To see that the measuring works. Its numbers mean nothing.
const QUICK: Scale = Scale {
    slice: Duration::from_millis(500),
    idle: 20,
    senders: [(1, 16), (5, 16), (20, 1)],
};

/// Builds what is measured, measures, prints the table; with `--write` also keeps it in the repository.
pub(super) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let is_quick = options.contains(&"--quick");
    if !is_quick && cfg!(debug_assertions) {
        return build_release(root, &[&["mqtt"], options].concat());
    }
    if cfg!(debug_assertions) {
        cargo(root, &["build", "--locked", "--package", "server"])?;
    }
    let rows = measure(root, if is_quick { &QUICK } else { &FULL })?;
    let text = format!(
        "{HEADING}\n\nMeasured by `cargo xtask bench mqtt --write`. {ABOUT}\n\n{}",
        rows_text(root, &rows)?
    );
    println!("{text}");
    if options.contains(&"--write") && !is_quick {
        keep_section(root, HEADING, &text)?;
    }
    Ok(())
}

fn measure(root: &Path, scale: &Scale) -> Result<Vec<Row>, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let place = Place::set_up(&program()?, &root.join("target"))?;
    let house = House::open(&place)?;
    let most = scale
        .senders
        .iter()
        .map(|(count, _)| *count)
        .max()
        .unwrap_or_default();
    let accounts = house.accounts(most.max(scale.idle))?;
    drop(house);

    // The program first: it makes the certificate that all three serve.
    let running = place.serve()?;
    let tls = place.data().join("tls");
    let address = running.mqtts()?;
    let ours = Ours {
        running,
        address,
        accounts,
    };
    let mut rows = runtime.block_on(load::measure(&ours, &tls, scale))?;
    drop(ours);
    let work = place.data().with_file_name("peers");
    std::fs::create_dir_all(&work).map_err(|error| error.to_string())?;
    let mosquitto = Mosquitto::start(&work, &tls)?;
    rows.extend(runtime.block_on(load::measure(&mosquitto, &tls, scale))?);
    drop(mosquitto);
    let rabbit = RabbitMq::start(&work, &tls)?;
    rows.extend(runtime.block_on(load::measure(&rabbit, &tls, scale))?);
    Ok(rows)
}

/// The platform, with a device for each connection.
struct Ours {
    running: Running,
    address: SocketAddr,
    accounts: Vec<Account>,
}

impl Broker for Ours {
    fn name(&self) -> &'static str {
        "Holdfast"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn process(&self) -> u32 {
        self.running.process()
    }

    fn login(&self, number: usize) -> Result<Login, String> {
        let account = self.accounts.get(number).ok_or("too few devices")?;
        let name = account.user.as_str();
        Ok(Login {
            client_id: name.strip_prefix("device_").unwrap_or(name).to_owned(),
            user: format!("{}/{name}", super::place::TENANT),
            password: account.secret.expose().to_owned(),
            topic: "s/us".to_owned(),
        })
    }
}
