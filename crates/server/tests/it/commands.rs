//! The commands that run to their end: what they print and their exit codes.

use crate::program::{err, holdfast, out};
use std::fs;
use std::path::Path;

#[test]
fn help_shows_examples_the_precedence_and_the_exit_codes() {
    let output = holdfast(&["--help"], &[]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0));
    for part in [
        "Examples:",
        "flags > environment > file > default",
        "Exit codes:",
        "config",
        "doctor",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn version_is_one_line() {
    assert_eq!(
        out(&holdfast(&["version"], &[])),
        format!("holdfast {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = holdfast(&["completions", shell], &[]);
        assert!(
            output.status.success() && out(&output).contains("holdfast"),
            "{shell}"
        );
    }
}

#[test]
fn config_show_names_the_origin_of_each_value() {
    let output = holdfast(
        &["config", "show", "--listen-https", "127.0.0.1:0"],
        &[("HOLDFAST__STORAGE__ENGINE", "redb")],
    );
    let text = out(&output);
    for line in [
        "https.listen = \"127.0.0.1:0\"  # flag --listen-https",
        "storage.engine = \"redb\"  # environment HOLDFAST__STORAGE__ENGINE",
        "log.level = \"info\"  # default",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}: {text}");
    }
}

#[test]
fn a_wrong_configuration_ends_with_code_2_and_names_the_nearest_setting() {
    let output = holdfast(&["config", "show"], &[("HOLDFAST__LOG__LEVL", "info")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("did you mean `HOLDFAST__LOG__LEVEL`?"),
        "{}",
        err(&output)
    );
    assert_eq!(holdfast(&["config", "shw"], &[]).status.code(), Some(2));
    assert_eq!(
        holdfast(&["config", "show", "--config", "/nowhere"], &[])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn doctor_finds_a_directory_that_others_may_write_and_a_key_that_others_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().expect("a directory");
    let doctor = |root: &Path| holdfast(&["doctor", "--data-dir", &root.to_string_lossy()], &[]);
    let line = |text: &str, subject: &str| {
        text.lines()
            .find(|line| line.contains(subject))
            .expect("checked")
            .to_owned()
    };
    let good = doctor(root.path());
    assert_eq!(good.status.code(), Some(0), "{}", out(&good));
    for subject in [
        "data directory",
        "key files",
        "free space",
        "open files",
        "clock",
        "certificate",
        "plaintext",
    ] {
        line(&out(&good), subject);
    }

    let key = root.path().join("master.key");
    fs::write(&key, "").expect("written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("set");
    let open_key = doctor(root.path());
    assert_eq!(open_key.status.code(), Some(1));
    assert!(line(&out(&open_key), "key files").starts_with("FAULT"));

    fs::remove_file(&key).expect("removed");
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o777)).expect("set");
    let open = doctor(root.path());
    assert_eq!(open.status.code(), Some(1));
    assert!(line(&out(&open), "data directory").starts_with("FAULT"));
}

#[test]
fn doctor_sees_certificates_that_do_not_belong_together() {
    let root = tempfile::tempdir().expect("a directory");
    let other = tempfile::tempdir().expect("a directory");
    let [here, there] = [&root, &other].map(|dir| {
        let layout = server::data_dir::Layout::new(dir.path());
        let names = server::tls::default_names(&[]);
        server::tls::own_certificate(&layout, &names, server::clock::now()).expect("made");
        layout
    });
    let doctor = || holdfast(&["doctor", "--data-dir", &root.path().to_string_lossy()], &[]);
    assert_eq!(doctor().status.code(), Some(0), "{}", out(&doctor()));
    fs::copy(there.server_key(), here.server_key()).expect("copied");
    let output = doctor();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).contains("do not belong together"),
        "{}",
        out(&output)
    );
}
