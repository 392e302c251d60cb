//! A platform on the disk that is measured: its directory, the real program on it, the clients' way to it.

use agent::client::base_url::BaseUrl;
use agent::client::dial::Tcp;
use agent::client::{Answer, Client, Request, basic_authorization};
use bytes::Bytes;
use engine::world::World;
use http::Method;
use model::names::{TenantId, UserName};
use model::secret::Secret;
use model::time::Timestamp;
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

pub(crate) const TENANT: &str = "t100";
pub(crate) const PASSWORD: &str = "only for measuring, on this machine";

/// A directory that was set up, removed at the end.
pub(crate) struct Place {
    root: TempDir,
    program: PathBuf,
}

impl Place {
    /// Sets the program up in a new directory below `under`.
    pub(crate) fn set_up(program: &Path, under: &Path) -> Result<Self, String> {
        let root = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(under)
            .map_err(|error| error.to_string())?;
        let password = root.path().join("password");
        fs::write(&password, PASSWORD).map_err(|error| error.to_string())?;
        let place = Self {
            root,
            program: program.to_owned(),
        };
        let mut init = place.command("init");
        let output = init
            .args(["--tenant", TENANT, "--admin-password-file"])
            .arg(password)
            .output();
        let output = output.map_err(|error| format!("init does not start: {error}"))?;
        if !output.status.success() {
            return Err(format!("init: {}", String::from_utf8_lossy(&output.stderr)));
        }
        Ok(place)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    fn command(&self, what: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("HOLDFAST__MQTTS__LISTEN", "127.0.0.1:0")
            .arg(what)
            .arg("--data-dir")
            .arg(self.data());
        command
    }

    /// Starts the program and waits until it is ready.
    pub(crate) fn serve(&self) -> Result<Running, String> {
        let log = File::create(self.root.path().join("log")).map_err(|error| error.to_string())?;
        let mut serve = self.command("serve");
        serve
            .args(["--listen-https", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = serve
            .spawn()
            .map_err(|error| format!("serve does not start: {error}"))?;
        let out = child.stdout.take();
        // From here on the child is ended with this value.
        let mut running = Running {
            child,
            base_url: None,
            mqtts: None,
            ca_pem: Vec::new(),
        };
        let lines = BufReader::new(out.ok_or("no output")?)
            .lines()
            .map_while(Result::ok);
        for line in lines {
            if let Some(addresses) = line.strip_prefix("holdfast ready https=") {
                let mut words = addresses.split(' ');
                let address = words.next().unwrap_or_default();
                running.base_url = Some(parsed(&format!("https://{address}"))?);
                let mqtts = words.find_map(|word| word.strip_prefix("mqtts="));
                running.mqtts = mqtts.map(parsed).transpose()?;
                running.ca_pem =
                    fs::read(self.data().join("tls/ca.pem")).map_err(|error| error.to_string())?;
                return Ok(running);
            }
        }
        let log = fs::read_to_string(self.root.path().join("log")).unwrap_or_default();
        Err(format!("serve ended before it was ready: {log}"))
    }
}

/// The program, running; killed at the end, for nobody needs what it has stored.
pub(crate) struct Running {
    child: Child,
    base_url: Option<BaseUrl>,
    mqtts: Option<SocketAddr>,
    ca_pem: Vec<u8>,
}

impl Running {
    /// The process, by its number.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Where devices connect over MQTT.
    pub(crate) fn mqtts(&self) -> Result<SocketAddr, String> {
        self.mqtts.ok_or_else(|| "it does not listen for MQTT".to_owned())
    }

    /// Seconds of processor time that the process has used so far, in user and kernel mode.
    pub(crate) fn cpu_seconds(&self) -> Result<f64, String> {
        processor_seconds(self.process())
    }

    pub(crate) fn client(&self, account: &Account) -> Result<Client<Tcp>, String> {
        let url = self.base_url.as_ref().ok_or("not ready")?;
        let tenant: TenantId = parsed(TENANT)?;
        let authorization = basic_authorization(&tenant, &account.user, &account.secret);
        Client::new(Tcp::to(url), url, &self.ca_pem, authorization).map_err(|error| error.to_string())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Seconds of processor time that a process and its children have used so far, in user and kernel mode.
pub(crate) fn processor_seconds(process: u32) -> Result<f64, String> {
    /// Linux counts in hundredths for every program that asks (`USER_HZ`, proc(5)).
    const TICKS_PER_SECOND: f64 = 100.0;
    let mut ticks = 0.0;
    for process in std::iter::once(process).chain(descendants(process)) {
        // utime and stime are fields 14 and 15.
        let fields = stat(process)?;
        let used = fields.iter().skip(11).take(2);
        ticks += used.filter_map(|text| text.parse::<f64>().ok()).sum::<f64>();
    }
    Ok(ticks / TICKS_PER_SECOND)
}

/// Memory of a process and its children that is in the machine's, in bytes.
pub(crate) fn resident_bytes(process: u32) -> Result<u64, String> {
    let mut bytes = 0;
    for process in std::iter::once(process).chain(descendants(process)) {
        let path = format!("/proc/{process}/status");
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
        bytes += 1024
            * kilobytes
                .and_then(|text| text.parse::<u64>().ok())
                .unwrap_or_default();
    }
    Ok(bytes)
}

/// The processes that a process has started, and those that these have.
pub(crate) fn descendants(process: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // Who started it is field 4.
    let parents: Vec<(u32, u32)> = all
        .filter_map(|process| Some((process, stat(process).ok()?.get(1)?.parse().ok()?)))
        .collect();
    let mut found = Vec::new();
    let mut next = vec![process];
    while let Some(parent) = next.pop() {
        let children = parents
            .iter()
            .filter(|(_, of)| *of == parent)
            .map(|(child, _)| *child);
        next.extend(children.clone());
        found.extend(children);
    }
    found
}

/// The fields of a process behind its name, from the third on (proc(5)).
fn stat(process: u32) -> Result<Vec<String>, String> {
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    // The name of the program is in brackets and may hold anything.
    let behind_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    Ok(behind_name.split_whitespace().map(str::to_owned).collect())
}

/// A user of [`TENANT`], and the device that it owns, if it is one.
pub(crate) struct Account {
    pub(crate) user: UserName,
    pub(crate) secret: Secret,
    pub(crate) device: Option<model::ids::ObjectId>,
}

/// The administrator.
pub(crate) fn admin() -> Result<Account, String> {
    Ok(Account {
        user: parsed("admin")?,
        secret: Secret::new(PASSWORD),
        device: None,
    })
}

/// A value from its text.
pub(crate) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|bad| format!("{text}: {bad}"))
}

/// Sends one request that must succeed.
pub(crate) async fn send(client: &mut Client<Tcp>, request: &Request) -> Result<Answer, String> {
    let answer = client.send(request).await.map_err(|error| error.to_string())?;
    if !answer.status.is_success() {
        return Err(format!(
            "{} {}: {} {}",
            request.method, request.path, answer.status, answer.body
        ));
    }
    Ok(answer)
}

/// A question.
pub(crate) fn get(path: &str) -> Request {
    Request {
        method: Method::GET,
        path: path.to_owned(),
        content_type: None,
        body: Bytes::new(),
        wants_body: true,
    }
}

/// The clock and randomness of this machine, as in the real program.
pub(crate) struct Machine(Instant);

impl Machine {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

/// The time.
#[expect(
    clippy::disallowed_methods,
    reason = "the clock of the measured platform starts here"
)]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl World for Machine {
    fn now(&self) -> Timestamp {
        now()
    }

    fn monotonic_millis(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    #[expect(clippy::expect_used, reason = "without randomness nothing can be measured")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the system gives random bytes");
    }
}
