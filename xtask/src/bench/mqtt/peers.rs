//! The others, as Debian packages them, each with a configuration of its own in a directory that goes with the run:
//! TLS, a name and a password, and a right to publish below `bench/`. They listen on loopback and end with their value.

use super::load::{Broker, Login};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const USER: &str = "bench";
const PASSWORD: &str = "only for measuring, on this machine";
/// How long a peer may take to start.
const START_MAX: Duration = Duration::from_secs(90);
const NEEDED: &str = "apt-get install -y --no-install-recommends mosquitto rabbitmq-server";

fn login(number: usize) -> Login {
    Login {
        client_id: format!("bench-{number}"),
        user: USER.to_owned(),
        password: PASSWORD.to_owned(),
        topic: format!("bench/{number}"),
    }
}

/// mosquitto: keeps nothing.
pub(super) struct Mosquitto {
    process: Started,
    address: SocketAddr,
}

impl Mosquitto {
    pub(super) fn start(work: &Path, tls: &Path) -> Result<Self, String> {
        let address = free_address()?;
        let passwords = work.join("mosquitto.passwords");
        let made = Command::new("mosquitto_passwd")
            .args(["-b", "-c"])
            .arg(&passwords)
            .args([USER, PASSWORD])
            .output();
        made.map_err(|error| format!("mosquitto_passwd: {error}; {NEEDED}"))?;
        let rights = work.join("mosquitto.rights");
        write(&rights, &format!("user {USER}\ntopic write bench/#\n"))?;
        let settings = work.join("mosquitto.conf");
        write(
            &settings,
            &format!(
                "listener {} 127.0.0.1\nuser root\nallow_anonymous false\npersistence false\nlog_type error\n\
                 set_tcp_nodelay true\nmax_inflight_messages 0\npassword_file {}\nacl_file {}\ncertfile {}\nkeyfile {}\n",
                address.port(),
                passwords.display(),
                rights.display(),
                tls.join("server.pem").display(),
                tls.join("server.key").display(),
            ),
        )?;
        let mut command = Command::new("mosquitto");
        command.arg("-c").arg(settings);
        let process = Started::wait(command, &work.join("mosquitto.log"), address)?;
        Ok(Self { process, address })
    }
}

impl Broker for Mosquitto {
    fn name(&self) -> &'static str {
        "mosquitto"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn process(&self) -> u32 {
        self.process.0.id()
    }

    fn login(&self, number: usize) -> Result<Login, String> {
        Ok(login(number))
    }
}

/// RabbitMQ: every message goes into a quorum queue of one node, and is confirmed when it is written there.
pub(super) struct RabbitMq {
    // Ended first.
    process: Started,
    address: SocketAddr,
    _names: Started,
}

impl RabbitMq {
    pub(super) fn start(work: &Path, tls: &Path) -> Result<Self, String> {
        let (address, names) = (free_address()?, free_address()?);
        let home = work.join("rabbitmq");
        fs::create_dir_all(&home).map_err(|error| error.to_string())?;
        let definitions = home.join("definitions.json");
        write(&definitions, &definitions_text()?)?;
        let settings = home.join("rabbitmq.conf");
        write(
            &settings,
            &format!(
                "listeners.tcp = none\nmqtt.listeners.tcp = none\nmqtt.listeners.ssl.default = {address}\n\
                 ssl_options.cacertfile = {}\nssl_options.certfile = {}\nssl_options.keyfile = {}\n\
                 ssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false\nmqtt.allow_anonymous = false\n\
                 mqtt.vhost = /\nmqtt.exchange = amq.topic\nload_definitions = {}\nlog.console.level = error\n",
                tls.join("ca.pem").display(),
                tls.join("server.pem").display(),
                tls.join("server.key").display(),
                definitions.display(),
            ),
        )?;
        let plugins = home.join("plugins");
        write(&plugins, "[rabbitmq_mqtt].\n")?;
        // The names of nodes are served by a program that would otherwise stay behind.
        let mut epmd = Command::new("epmd");
        epmd.args(["-address", "127.0.0.1", "-port", &names.port().to_string()]);
        let names_served = Started::wait(epmd, &home.join("epmd.log"), names)?;
        let mut command = Command::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
        command
            .env("HOME", &home)
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("ERL_EPMD_PORT", names.port().to_string())
            .env("RABBITMQ_NODENAME", "bench@localhost")
            .env("RABBITMQ_DIST_PORT", free_address()?.port().to_string())
            .env("RABBITMQ_CONFIG_FILE", &settings)
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", &plugins)
            .env("RABBITMQ_MNESIA_BASE", home.join("data"))
            .env("RABBITMQ_LOG_BASE", home.join("log"))
            .env("RABBITMQ_PID_FILE", home.join("pid"));
        let process = Started::wait(command, &home.join("out"), address)?;
        Ok(Self {
            process,
            address,
            _names: names_served,
        })
    }
}

impl Broker for RabbitMq {
    fn name(&self) -> &'static str {
        "RabbitMQ"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn process(&self) -> u32 {
        self.process.0.id()
    }

    fn login(&self, number: usize) -> Result<Login, String> {
        Ok(login(number))
    }
}

/// The user, the queue, and that what is published below `bench/` goes into it.
fn definitions_text() -> Result<String, String> {
    let salt = [1, 2, 3, 4];
    let hash = aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA256,
        &[salt.as_slice(), PASSWORD.as_bytes()].concat(),
    );
    let hash = STANDARD.encode([salt.as_slice(), hash.as_ref()].concat());
    let text = serde_json::json!({
        "users": [{
            "name": USER,
            "password_hash": hash,
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "",
        }],
        "vhosts": [{ "name": "/" }],
        "permissions": [{ "user": USER, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*" }],
        "topic_permissions": [
            { "user": USER, "vhost": "/", "exchange": "amq.topic", "write": "^bench\\.", "read": "^$" }
        ],
        "queues": [{
            "name": "bench", "vhost": "/", "durable": true, "auto_delete": false,
            "arguments": { "x-queue-type": "quorum" },
        }],
        "bindings": [{
            "source": "amq.topic", "vhost": "/", "destination": "bench", "destination_type": "queue",
            "routing_key": "bench.#", "arguments": {},
        }],
    });
    serde_json::to_string(&text).map_err(|error| error.to_string())
}

/// A process that listens, ended with its children when this goes.
struct Started(Child);

impl Started {
    /// Starts it and waits until somebody listens there.
    fn wait(mut command: Command, log: &Path, address: SocketAddr) -> Result<Self, String> {
        let out = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let errors = out.try_clone().map_err(|error| error.to_string())?;
        command.stdin(Stdio::null()).stdout(out).stderr(errors);
        let child = command
            .spawn()
            .map_err(|error| format!("{command:?}: {error}; {NEEDED}"))?;
        let mut started = Self(child);
        let begun = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            let has_ended = started.0.try_wait().is_ok_and(|status| status.is_some());
            if has_ended || begun.elapsed() > START_MAX {
                let told = fs::read_to_string(log).unwrap_or_default();
                return Err(format!("{command:?} does not listen: {told}"));
            }
            pause();
        }
        Ok(started)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        for process in crate::bench::place::descendants(self.0.id()) {
            let _ = Command::new("kill")
                .args(["-KILL", &process.to_string()])
                .status();
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Between two looks at another program, which tells nobody that it is ready.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no event to wait for; `START_MAX` bounds it"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

/// An address of this machine that nobody uses just now.
fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map_err(|error| error.to_string())
}

fn write(path: &PathBuf, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
