//! A PostgreSQL of its own: in a temporary directory, on a socket in it, ended and removed at the end.

use postgres::{Client, Config, NoTls};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where Debian has the programs of this version.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// For reading on a machine that does other things too. Loading need not survive a loss of power.
const SETTINGS: [&str; 9] = [
    "listen_addresses=",
    "shared_buffers=2GB",
    "effective_cache_size=4GB",
    "work_mem=64MB",
    "maintenance_work_mem=512MB",
    "max_wal_size=8GB",
    "random_page_cost=1.1",
    "fsync=off",
    "jit=off",
];

/// How long it may take to start.
const START_SECONDS_MAX: u64 = 60;

pub(crate) struct Cluster {
    root: PathBuf,
    server: Child,
}

impl Cluster {
    pub(crate) fn start() -> Result<Self, String> {
        let root = std::env::temp_dir().join(format!("peers-{}", std::process::id()));
        fs::create_dir(&root).map_err(text)?;
        let started = Self::start_in(&root);
        if started.is_err() {
            let _ = fs::remove_dir_all(&root);
        }
        started
    }

    fn start_in(root: &Path) -> Result<Self, String> {
        fs::set_permissions(root, fs::Permissions::from_mode(0o700)).map_err(text)?;
        let is_root = fs::metadata(root).map_err(text)?.uid() == 0;
        if is_root {
            succeed(Command::new("chown").arg("postgres").arg(root))?;
        }
        let data = root.join("data");
        let mut initdb = program("initdb", is_root);
        initdb.arg("--pgdata").arg(&data).args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
        ]);
        succeed(initdb.stdout(Stdio::null()))?;
        let mut server = program("postgres", is_root);
        server.arg("-D").arg(&data).arg("-k").arg(root);
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        let log = fs::File::create(root.join("log")).map_err(text)?;
        let server = server
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(text)?;
        let cluster = Self {
            root: root.to_owned(),
            server,
        };
        let begun = Instant::now();
        while let Err(reason) = cluster.client("postgres") {
            if begun.elapsed() > Duration::from_secs(START_SECONDS_MAX) {
                return Err(format!("PostgreSQL does not answer: {reason}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(cluster)
    }

    /// A connection of this user.
    pub(crate) fn client(&self, user: &str) -> Result<Client, String> {
        Config::new()
            .host_path(&self.root)
            .user(user)
            .dbname("postgres")
            .connect(NoTls)
            .map_err(text)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// It refuses to run as root.
fn program(name: &str, is_root: bool) -> Command {
    let path = Path::new(PROGRAMS).join(name);
    if !is_root {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid=postgres",
            "--regid=postgres",
            "--init-groups",
            "--pdeathsig=TERM",
        ])
        .arg(path);
    command
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("{command:?} does not start: {error}"))?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| format!("{command:?} failed"))
}

/// What went wrong, for whoever runs it, with what the server says.
pub(crate) fn text(error: impl std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
