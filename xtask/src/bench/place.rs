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
        command.env_clear().arg(what).arg("--data-dir").arg(self.data());
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
            ca_pem: Vec::new(),
        };
        let lines = BufReader::new(out.ok_or("no output")?)
            .lines()
            .map_while(Result::ok);
        for line in lines {
            if let Some(address) = line.strip_prefix("holdfast ready https=") {
                running.base_url = Some(parsed(&format!("https://{address}"))?);
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
    ca_pem: Vec<u8>,
}

impl Running {
    /// Seconds of processor time that the process has used so far, in user and kernel mode.
    pub(crate) fn cpu_seconds(&self) -> Result<f64, String> {
        /// Linux counts in hundredths for every program that asks (`USER_HZ`, proc(5)).
        const TICKS_PER_SECOND: f64 = 100.0;
        let path = format!("/proc/{}/stat", self.child.id());
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        // The name of the program is in brackets and may hold anything; utime and stime are fields 14 and 15.
        let behind_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: Vec<f64> = behind_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|text| text.parse().ok())
            .collect();
        match ticks.as_slice() {
            [user, system] => Ok((user + system) / TICKS_PER_SECOND),
            _ => Err(format!("{path}: not understood")),
        }
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
