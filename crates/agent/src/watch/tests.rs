//! The watch on a made-up machine: what it notices, once each, and what it leaves alone.

use super::*;
use crate::queue::{Cursor, QUEUE_BYTES_MAX};
use model::time::Timestamp;
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;

struct Machine {
    place: tempfile::TempDir,
    queue: Arc<Queue>,
    watch: Option<Watch>,
    seen: usize,
    /// The name that a new numbering gets.
    name: u64,
}

impl Machine {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a directory");
        let queue = Queue::open(&place.path().join("queue"), QUEUE_BYTES_MAX).expect("a queue");
        let mut machine = Self {
            place,
            queue: Arc::new(queue),
            watch: None,
            seen: 0,
            name: 7,
        };
        machine.write("proc/sys/kernel/random/boot_id", b"one\n");
        machine.write("etc/passwd", b"root:x:0:0::/root:/bin/sh\n");
        machine.sockets(&[]);
        machine.restart();
        machine
    }

    /// The agent begins anew, with what it remembers.
    fn restart(&mut self) {
        self.watch = None;
        let root = self.place.path().join("root");
        let state = State::open(&self.place.path().join("state")).expect("a state");
        let now: Moment = Arc::new(|| Timestamp::from_millis(0));
        let report =
            Report::open(Arc::new(state), Arc::clone(&self.queue), now, self.name).expect("a report");
        self.watch = Some(Watch::new(
            &root,
            vec![root.join("etc/app.conf")],
            report,
            "inventory".to_owned(),
        ));
    }

    fn path(&self, file: &str) -> PathBuf {
        let path = self.place.path().join("root").join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        path
    }

    fn write(&self, file: &str, content: &[u8]) {
        fs::write(self.path(file), content).expect("written");
    }

    fn append(&self, file: &str, content: &[u8]) {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.path(file))
            .expect("opened");
        file.write_all(content).expect("written");
    }

    fn sockets(&self, rows: &[&str]) {
        let rows: Vec<String> = rows.iter().map(|row| format!("   0: {row} 0 0\n")).collect();
        self.write(
            "proc/net/tcp",
            format!("  sl  local_address rem_address st\n{}", rows.concat()).as_bytes(),
        );
    }

    /// Looks once and gives what is new in the queue: `kind: text` of events, other messages as they are.
    fn look(&mut self) -> Vec<String> {
        self.watch.as_mut().expect("a watch").look();
        let mut cursor = Cursor::default();
        let mut all = Vec::new();
        while let Some((_, message)) = self.queue.next(&mut cursor).expect("read") {
            let text = String::from_utf8(message.payload).expect("text");
            let event: Value = serde_json::from_str(&text).unwrap_or_default();
            all.push(match event["c8y_SecurityEvent"]["kind"].as_str() {
                Some(kind) => format!("{kind}: {}", event["text"].as_str().expect("a text")),
                None => text,
            });
        }
        let new = all.split_off(self.seen);
        self.seen += new.len();
        new
    }
}

/// A record of `utmp(5)`.
fn record(kind: i16, user: &str, host: &str) -> Vec<u8> {
    let length = if cfg!(any(target_arch = "aarch64", target_arch = "riscv64")) {
        400
    } else {
        384
    };
    let mut bytes = vec![0; length];
    bytes[..2].copy_from_slice(&kind.to_ne_bytes());
    bytes[8..13].copy_from_slice(b"pts/0");
    bytes[44..44 + user.len()].copy_from_slice(user.as_bytes());
    bytes[76..76 + host.len()].copy_from_slice(host.as_bytes());
    bytes
}

const SSH: &str = "00000000:0016 00000000:0000 0A";
const WEB: &str = "00000000:1F90 00000000:0000 0A";
const LOCAL: &str = "0100007F:1F91 00000000:0000 0A";
const CONNECTED: &str = "00000000:1F92 01010101:01BB 01";

// R097
#[test]
fn the_first_look_is_no_news_but_the_sockets_and_a_second_one_has_none() {
    let mut machine = Machine::new();
    machine.sockets(&[SSH, LOCAL, CONNECTED]);
    assert_eq!(
        machine.look(),
        [r#"{"holdfast_ListeningSockets":{"sockets":["tcp 0.0.0.0:22"]}}"#]
    );
    assert_eq!(machine.look(), [""; 0]);
    machine.restart();
    assert_eq!(machine.look(), [""; 0]);
}

// R097
#[test]
fn changed_files_and_restarts_are_noticed_once_even_if_the_agent_did_not_run_then() {
    let mut machine = Machine::new();
    machine.look();
    machine.write("etc/passwd", b"root:x:0:0::/root:/bin/sh\njoe:x:0:0::/:/bin/sh\n");
    machine.write("etc/app.conf", b"x");
    machine.write("proc/sys/kernel/random/boot_id", b"two\n");
    machine.restart();
    let found = machine.look();
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[0], "restart: the machine was started anew");
    assert!(
        found[1].starts_with("configuration: ") && found[1].contains("etc/app.conf has appeared"),
        "{found:?}"
    );
    assert!(found[2].contains("etc/passwd has changed (SHA-256 "), "{found:?}");
    assert_eq!(machine.look(), [""; 0]);
    fs::remove_file(machine.path("etc/app.conf")).expect("removed");
    assert!(machine.look()[0].contains("etc/app.conf is not there any more"));
}

// R097: whoever could put a pipe there would switch off the watch.
#[test]
fn a_pipe_in_the_place_of_a_file_is_told_of_and_the_rest_is_watched_on() {
    let mut machine = Machine::new();
    machine.write("etc/app.conf", b"x");
    machine.append("var/log/auth.log", b"old\n");
    machine.look();
    for file in ["etc/app.conf", "var/log/auth.log"] {
        fs::remove_file(machine.path(file)).expect("removed");
        crate::ordinary::tests::make_pipe(&machine.path(file));
    }
    machine.append("etc/passwd", b"joe:x:0:0::/:/bin/sh\n");
    let found = machine.look();
    assert!(
        found[0].contains("etc/app.conf is not there any more, or cannot be read"),
        "{found:?}"
    );
    assert!(found[1].contains("etc/passwd has changed"), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
}

// R097: nothing is hidden behind a long beginning.
#[test]
fn a_change_far_into_a_long_file_is_noticed() {
    let mut machine = Machine::new();
    let file = File::create(machine.path("etc/app.conf")).expect("made");
    for length in [6 << 20, 20 << 20] {
        file.set_len(length).expect("lengthened");
        machine.look();
        file.write_all_at(b"x", length - 1).expect("written");
        assert!(
            machine.look()[0].contains("etc/app.conf has changed"),
            "{length} bytes"
        );
        assert_eq!(machine.look(), [""; 0]);
    }
}

// R097: what is read slowly holds up nobody who has something to report.
#[test]
fn what_is_found_elsewhere_is_kept_while_the_machine_is_looked_at() {
    let machine = Machine::new();
    let watch = machine.watch.as_ref().expect("a watch");
    let (places, known) = Default::default();
    let seen = watch.see(places, known);
    watch.report.note("agent", "in between");
    let mut memory = watch.report.memory();
    watch.compare(&watch.report, &mut memory, seen);
    assert_eq!(memory.sequence, 1, "what was noted in between keeps its number");
}

// R097
#[test]
fn what_was_found_when_the_program_ended_is_queued_at_the_next_look_as_it_was() {
    let mut machine = Machine::new();
    machine.look();
    machine.write("etc/app.conf", b"x");
    let watch = machine.watch.as_ref().expect("a watch");
    let mut memory = watch.report.memory();
    let seen = watch.see(memory.logins.clone(), memory.sockets.clone());
    assert!(watch.compare(&watch.report, &mut memory, seen), "news");
    watch.report.save(&memory).expect("saved");
    let numbered = memory.unqueued[0].payload.clone();
    drop(memory);
    // Here the power went. What comes next has the next number.
    machine.restart();
    machine
        .watch
        .as_ref()
        .expect("a watch")
        .report
        .note("agent", "again");
    let found = machine.look();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("configuration: ") && found[1] == "agent: again",
        "{found:?}"
    );
    let mut cursor = Cursor::default();
    let queued = |machine: &Machine, cursor: &mut Cursor| {
        let (_, message) = machine.queue.next(cursor).expect("read").expect("a message");
        String::from_utf8(message.payload).expect("text")
    };
    let _sockets = queued(&machine, &mut cursor);
    assert_eq!(queued(&machine, &mut cursor), numbered, "to the letter");
    assert!(queued(&machine, &mut cursor).contains(r#""log":"0000000000000007","sequence":2"#));
    machine.restart();
    assert_eq!(machine.look(), [""; 0], "and once");
}

// R097
#[test]
fn a_memory_that_was_taken_away_makes_another_numbering() {
    let mut machine = Machine::new();
    machine
        .watch
        .as_ref()
        .expect("a watch")
        .report
        .note("agent", "one");
    machine.look();
    machine.watch = None;
    fs::remove_file(machine.place.path().join("state").join(FILE)).expect("removed");
    machine.name = 8;
    machine.restart();
    let memory = machine.watch.as_ref().expect("a watch").report.memory();
    assert_eq!((memory.log.as_str(), memory.sequence), ("0000000000000008", 0));
}

// R097
#[test]
fn logins_are_read_on_from_where_they_were_read_the_last_time() {
    let mut machine = Machine::new();
    machine.append("var/log/wtmp", &record(7, "before", ""));
    machine.append("var/log/btmp", b"");
    machine.look();
    let mut half = record(7, "joe", "192.0.2.1");
    let rest = half.split_off(100);
    machine.append("var/log/wtmp", &half);
    machine.append("var/log/btmp", &record(6, "eve", "192.0.2.2"));
    assert_eq!(
        machine.look(),
        ["loginFailed: eve was not let in at pts/0 from 192.0.2.2"]
    );
    machine.append("var/log/wtmp", &[rest, record(8, "joe", "")].concat());
    machine.restart();
    assert_eq!(
        machine.look(),
        ["login: joe has logged in at pts/0 from 192.0.2.1"]
    );
    // Another file under the name.
    fs::rename(machine.path("var/log/wtmp"), machine.path("var/log/wtmp.1")).expect("renamed");
    machine.append("var/log/wtmp", &record(7, "ann", ""));
    assert_eq!(machine.look(), ["login: ann has logged in at pts/0"]);
}

// R097
#[test]
fn without_records_the_lines_of_the_log_count_and_control_characters_do_no_harm() {
    let mut machine = Machine::new();
    machine.append("var/log/auth.log", b"old\n");
    machine.look();
    machine.append(
        "var/log/auth.log",
        b"x sshd[1]: pam_unix(sshd:session): session opened for user joe(uid=1) by (uid=0)\n\
          x CRON[2]: pam_unix(cron:session): session opened for user root by (uid=0)\n\
          x sudo:  joe : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls \x1b[31m\n\
          x sshd[3]: Failed password for root from 192.0.2.9 port 1 ssh2\nhalf a li",
    );
    let found = machine.look();
    assert_eq!(found[0], "login: session opened for user joe(uid=1) by (uid=0)");
    assert!(
        found[1].starts_with("command: sudo: joe : TTY=pts/0") && !found[1].contains('\x1b'),
        "{found:?}"
    );
    assert_eq!(
        found[2],
        "loginFailed: Failed password for root from 192.0.2.9 port 1 ssh2"
    );
    assert_eq!(found.len(), 3);
}

// R081
#[test]
fn a_socket_that_stays_raises_an_alarm_and_its_end_clears_it() {
    let mut machine = Machine::new();
    machine.sockets(&[SSH]);
    machine.look();
    machine.sockets(&[SSH, WEB]);
    assert_eq!(machine.look(), [""; 0], "it may be there for a moment only");
    let found = machine.look();
    assert_eq!(
        found[0],
        r#"{"holdfast_ListeningSockets":{"sockets":["tcp 0.0.0.0:22","tcp 0.0.0.0:8080"]}}"#
    );
    assert_eq!(
        found[1],
        "listener: something listens that did not before: tcp 0.0.0.0:8080"
    );
    assert!(
        found[2].starts_with("302,holdfast_UnexpectedListener,"),
        "{found:?}"
    );
    assert!(found[2].ends_with("tcp 0.0.0.0:8080"), "{found:?}");
    assert_eq!(machine.look(), [""; 0]);
    machine.sockets(&[SSH]);
    assert_eq!(machine.look(), [""; 0]);
    let found = machine.look();
    assert_eq!(found[1..], ["306,holdfast_UnexpectedListener"]);
}

#[test]
fn the_machine_that_runs_this_test_can_be_looked_at() {
    let machine = Machine::new();
    let state = State::open(&machine.place.path().join("other")).expect("a state");
    let now: Moment = Arc::new(|| Timestamp::from_millis(0));
    let report = Report::open(Arc::new(state), Arc::clone(&machine.queue), now, 7).expect("a report");
    Watch::new(Path::new("/"), vec![], report, "inventory".to_owned()).look();
    assert!(machine.queue.waiting().0 >= 1, "its sockets are told");
}
