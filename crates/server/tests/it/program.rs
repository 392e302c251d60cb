//! The real program as a black box: a place with its data directory, a running process, and the ways in which it ends.
//!
//! Nothing here knows the program's insides: it is started by its command line, watched on its output, and ended by
//! signals.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The tenant and its administrator in every place that was set up.
pub(crate) const TENANT: &str = "t100";
pub(crate) const ADMIN: &str = "t100/admin";
pub(crate) const PASSWORD: &str = "a long enough pass phrase";

/// Whatever the program is waited for must come within this; only a fault takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the program to its end with nothing of this process's environment.
pub(crate) fn holdfast(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_holdfast"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .expect("it runs")
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A place for one platform: its data directory, a password file, and a directory for the process's temporary files.
pub(crate) struct Place {
    root: TempDir,
    settings: Vec<(&'static str, &'static str)>,
    /// What the program printed when it was set up.
    shown: String,
}

impl Place {
    /// An empty place.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        fs::create_dir(root.path().join("tmp")).expect("made");
        fs::write(root.path().join("password"), format!("{PASSWORD}\n")).expect("written");
        Self {
            root,
            settings: Vec::new(),
            shown: String::new(),
        }
    }

    /// A place where the program has been set up with [`TENANT`] and its administrator.
    pub(crate) fn ready() -> Self {
        Self::new().set_up()
    }

    /// A setting of the environment for every program that is started here.
    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.settings.push((name, value));
        self
    }

    /// Sets the program up: `holdfast init` with the password.
    pub(crate) fn set_up(mut self) -> Self {
        let done = self.init();
        assert!(done.status.success(), "{}", err(&done));
        self.shown = out(&done);
        self
    }

    /// The one-time secret of the operator, as it was shown when the program was set up.
    pub(crate) fn operator_secret(&self) -> &str {
        let line = self
            .shown
            .lines()
            .find(|line| line.contains("management/admin"))
            .expect("shown");
        line.rsplit(' ').next().expect("at the end")
    }

    /// `holdfast init` as an operator would run it.
    pub(crate) fn init(&self) -> Output {
        let password = self.file("password");
        let arguments = [
            "init",
            "--tenant",
            TENANT,
            "--admin-user",
            "admin",
            "--admin-password-file",
        ];
        self.run(&[&arguments[..], &[&*password.to_string_lossy()]].concat())
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.file("data")
    }

    /// A file or directory beside the data directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// What clients trust.
    pub(crate) fn ca(&self) -> PathBuf {
        self.data().join("tls/ca.pem")
    }

    /// Runs a command on the data directory to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.run_on(&self.data(), arguments)
    }

    /// Runs a command on another data directory, a copy for example.
    pub(crate) fn run_on(&self, data: &Path, arguments: &[&str]) -> Output {
        self.command(data, arguments).output().expect("it runs")
    }

    /// Runs a command with other settings than those of the place.
    pub(crate) fn run_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        let mut command = self.command(&self.data(), arguments);
        command.envs(settings.iter().copied());
        command.output().expect("it runs")
    }

    fn command(&self, data: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command.args(arguments).arg("--data-dir").arg(data);
        command
            .env_clear()
            .env("TMPDIR", self.file("tmp"))
            .env("HOLDFAST__MQTTS__LISTEN", "127.0.0.1:0")
            .envs(self.settings.iter().copied());
        command
    }

    /// Starts `serve` on a free port and waits until it is ready.
    pub(crate) fn serve(&self) -> Program {
        Program::start(self.command(&self.data(), &["serve", "--listen-https", "127.0.0.1:0"]))
    }

    /// A copy of the data directory, beside it.
    pub(crate) fn copy_data(&self, name: &str) -> PathBuf {
        let to = self.file(name);
        copy(&self.data(), &to);
        to
    }
}

/// A running program.
pub(crate) struct Program {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From the start to the ready line.
    pub(crate) ready_after: Duration,
    out: Lines,
    log: Lines,
}

/// What a program has printed until its end.
pub(crate) struct Printed {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) log: String,
}

impl Program {
    fn start(mut command: Command) -> Self {
        let begun = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut out = Lines::of(child.stdout.take().expect("piped"));
        let mut log = Lines::of(child.stderr.take().expect("piped"));
        let Some(ready) = out.until("holdfast ready ") else {
            panic!("not ready: {}{}", out.rest(), log.rest());
        };
        let ready_after = begun.elapsed();
        let address = ready
            .trim()
            .strip_prefix("holdfast ready https=")
            .and_then(|addresses| addresses.split_once(" mqtts="))
            .expect("the ready line")
            .0;
        let address = address.parse().expect("an address");
        Self {
            child,
            address,
            ready_after,
            out,
            log,
        }
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of its log.
    pub(crate) fn logged(&mut self, text: &str) {
        assert!(
            self.log.until(text).is_some(),
            "`{text}` was never logged: {}",
            self.log.rest()
        );
    }

    /// `kill -9`: it has no chance to do anything more. Does not wait for its end.
    pub(crate) fn kill_now(&self) {
        kill_process(Pid::from_child(&self.child), Signal::KILL).expect("killed");
    }

    /// `kill -9`, and waits for its end.
    pub(crate) fn kill(self) -> Printed {
        self.kill_now();
        self.end()
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("sent");
    }

    /// Asks it to stop and waits for its end.
    pub(crate) fn stop(self) -> Printed {
        self.terminate();
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Printed {
        let (out, log) = (self.out.rest(), self.log.rest());
        Printed {
            status: self.child.wait().expect("it has ended"),
            out,
            log,
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // After its end both do nothing; after a failed assertion nothing may be left running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of one output, read by a thread so that the program never waits for its reader.
struct Lines {
    coming: Receiver<String>,
    seen: Vec<String>,
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, coming) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });
        Self {
            coming,
            seen: Vec::new(),
        }
    }

    /// The next line that contains the text; none if the output ends or nothing comes.
    fn until(&mut self, text: &str) -> Option<String> {
        loop {
            let line = self.coming.recv_timeout(PATIENCE).ok()?;
            self.seen.push(line.clone());
            if line.contains(text) {
                return Some(line);
            }
        }
    }

    /// Everything until the end.
    fn rest(&mut self) -> String {
        while let Ok(line) = self.coming.recv_timeout(PATIENCE) {
            self.seen.push(line);
        }
        let mut lines = std::mem::take(&mut self.seen);
        lines.push(String::new());
        lines.join("\n")
    }
}

/// Copies a directory with everything in it and its rights.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    fs::set_permissions(to, fs::metadata(from).expect("there").permissions()).expect("set");
    for entry in fs::read_dir(from).expect("listed") {
        let entry = entry.expect("read");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("known").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("copied");
        }
    }
}

/// Every file below a directory.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("listed") {
        let entry = entry.expect("read");
        if entry.file_type().expect("known").is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}
