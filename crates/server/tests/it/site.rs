//! One host, one origin: the console and the API side by side on the real listener.

use crate::client::{connector, dial};
use crate::program::{Place, Program, holdfast, out};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The answer to a request as it comes over the wire, in lower case.
async fn ask(place: &Place, program: &Program, target: &str, lines: &str) -> String {
    let mut stream = dial(program.address, &connector(&place.ca(), b"http/1.1"))
        .await
        .expect("connected");
    let request =
        format!("GET {target} HTTP/1.1\r\nHost: iot.example.org\r\nConnection: close\r\n{lines}\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).to_lowercase()
}

#[tokio::test]
async fn the_console_is_under_its_place_and_everything_else_is_the_api() {
    let place = Place::ready();
    let program = place.serve();
    for (target, lines, status, part) in [
        ("/", "", 302, "\r\nlocation: /ui/\r\n"),
        ("/ui/", "", 200, "\r\ncontent-type: text/html;charset=utf-8\r\n"),
        (
            "/ui/",
            "",
            200,
            "script-src https://iot.example.org/ui/assets/; style-src",
        ),
        ("/ui/?x=1", "", 200, "<!doctype html>"),
        ("/ui/none", "", 404, "there is no such file"),
        (
            "/ui/inventory",
            "Accept: application/json\r\n",
            404,
            "no such file",
        ),
        // Strangers are not told which paths there are.
        ("/uix", "", 401, "security/unauthorized"),
        ("//ui/", "", 401, "security/unauthorized"),
        ("/inventory/managedObjects", "", 401, "security/unauthorized"),
        ("/health", "", 200, "\"up\""),
        ("/apps/ui/", "", 404, "{"),
    ] {
        let answer = ask(&place, &program, target, lines).await;
        assert!(
            answer.starts_with(&format!("http/1.1 {status} ")),
            "{target}: {answer}"
        );
        assert!(answer.contains(part), "{target}: {answer}");
        assert!(
            answer.contains("\r\nstrict-transport-security: max-age="),
            "{target}"
        );
    }
}

// R073, R147: whatever is stored here, and whatever a hosted application brings along, is data to the console.
#[tokio::test]
async fn a_page_of_this_origin_gets_no_script_from_anywhere_but_the_console() {
    let place = Place::ready();
    let program = place.serve();
    let as_script = "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Dest: script\r\n";
    for target in ["/apps/a/main.js", "/inventory/binaries/1", "/api"] {
        let answer = ask(&place, &program, target, as_script).await;
        assert!(answer.starts_with("http/1.1 403 "), "{target}: {answer}");
    }
    // An application's own scripts are asked for by nobody's origin.
    let of_application = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: script\r\n";
    let answer = ask(&place, &program, "/apps/a/main.js", of_application).await;
    assert!(answer.starts_with("http/1.1 404 "), "{answer}");
    let of_console = ask(&place, &program, "/ui/", as_script).await;
    assert!(of_console.starts_with("http/1.1 200 "), "{of_console}");
}

#[test]
fn the_program_tells_the_hashes_of_its_console() {
    let text = out(&holdfast(&["about", "--ui-hashes"], &[]));
    let is_hash = |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(
        text.lines()
            .all(|line| line.split_once("  ").is_some_and(|(hash, _)| is_hash(hash))),
        "{text}"
    );
    assert!(text.lines().any(|line| line.ends_with("  index.html")), "{text}");
    assert!(out(&holdfast(&["about"], &[])).starts_with("holdfast "));
}

#[test]
fn a_new_way_in_is_shown_as_a_link_too_with_the_secret_behind_the_number_sign() {
    let place = Place::new();
    let root = place.data().to_string_lossy().into_owned();
    let init = |more: &[&str]| {
        let arguments = ["init", "--data-dir", &root, "--tenant", "t100"];
        out(&holdfast(&[&arguments, more].concat(), &[]))
    };
    let shown = init(&["--base-url", "https://iot.example.org"]);
    let secret = shown
        .lines()
        .find_map(|line| {
            line.strip_prefix("set-up secret of t100/admin, shown only now, good for 24 hours: ")
        })
        .expect("a secret");
    let link = format!("https://iot.example.org/ui/#/setup?tenant=t100&user=admin&secret={secret}");
    assert!(shown.contains(&link), "{shown}");
    let of_listener = init(&["--listen-https", "0.0.0.0:8443"]);
    assert!(
        of_listener.contains("https://127.0.0.1:8443/ui/#/setup?"),
        "{of_listener}"
    );
    let unknown = init(&["--listen-https", "127.0.0.1:0"]);
    assert!(!unknown.contains("/ui/"), "the port is not known yet: {unknown}");
}
