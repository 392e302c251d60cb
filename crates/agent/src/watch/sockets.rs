//! Which sockets others can reach: TCP sockets that listen and UDP sockets that take from anybody, on other addresses
//! than the loopback (R081). Read from `/proc/net`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// Bytes of a table that are read.
const TABLE_BYTES_MAX: u64 = 1 << 20;
/// Sockets that are told of.
const SOCKETS_MAX: usize = 200;
/// Ports from here on are given to UDP clients for a moment.
const UDP_PORT_SERVERS_MAX: u16 = 32_767;
const LISTEN: &str = "0A";
const UNCONNECTED: &str = "07";

/// What was seen before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Known {
    /// Those of the first look.
    expected: Option<BTreeSet<String>>,
    /// Those that were told of.
    told: BTreeSet<String>,
    /// Of them, those that are not expected.
    open: BTreeSet<String>,
    /// Those of the last look, told or not.
    last: BTreeSet<String>,
}

/// What has changed.
#[derive(Debug, PartialEq)]
pub(super) struct News {
    /// All of them.
    pub(super) all: Vec<String>,
    /// Those that are new and not expected.
    pub(super) unexpected: Vec<String>,
    /// All that are not expected.
    pub(super) open: Vec<String>,
    /// Whether there were some before.
    pub(super) was_open: bool,
}

/// Looks once. A socket counts when it was seen twice in a row, and its end when it was missed twice: what is there for a
/// moment is no service.
pub(super) fn look(root: &Path, known: &mut Known) -> Option<News> {
    let seen = sockets(root);
    let is_first = known.expected.is_none();
    let last = std::mem::replace(&mut known.last, seen.clone());
    let expected = known.expected.get_or_insert_with(|| seen.clone());
    let steady: BTreeSet<String> = match is_first {
        true => seen,
        false => {
            let stays = |socket: &&String| seen.contains(*socket) && last.contains(*socket);
            let lingers = |socket: &&String| known.told.contains(*socket);
            let both = last.iter().chain(&seen);
            both.filter(|socket| stays(socket) || lingers(socket))
                .cloned()
                .collect()
        }
    };
    if !is_first && steady == known.told {
        return None;
    }
    let open: BTreeSet<String> = steady.difference(expected).cloned().collect();
    let news = News {
        all: steady.iter().take(SOCKETS_MAX).cloned().collect(),
        unexpected: open.difference(&known.open).take(SOCKETS_MAX).cloned().collect(),
        open: open.iter().take(SOCKETS_MAX).cloned().collect(),
        was_open: !known.open.is_empty(),
    };
    known.told = steady;
    known.open = open;
    Some(news)
}

fn sockets(root: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (table, protocol, state) in [
        ("tcp", "tcp", LISTEN),
        ("tcp6", "tcp", LISTEN),
        ("udp", "udp", UNCONNECTED),
        ("udp6", "udp", UNCONNECTED),
    ] {
        let mut bytes = Vec::new();
        let file = File::open(root.join("proc/net").join(table));
        let read = file.and_then(|file| file.take(TABLE_BYTES_MAX).read_to_end(&mut bytes));
        if read.is_ok() {
            let text = String::from_utf8_lossy(&bytes);
            let found = text
                .lines()
                .skip(1)
                .filter_map(|line| socket(line, protocol, state));
            all.extend(found);
        }
    }
    all
}

/// `tcp 0.0.0.0:22`, if others can reach it.
fn socket(line: &str, protocol: &str, wanted: &str) -> Option<String> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (local, _, state) = (fields.next()?, fields.next()?, fields.next()?);
    if state != wanted {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let (address, port) = (address_of(address)?, u16::from_str_radix(port, 16).ok()?);
    let is_for_a_moment = protocol == "udp" && port > UDP_PORT_SERVERS_MAX;
    let is_local = match address {
        IpAddr::V4(four) => four.is_loopback(),
        IpAddr::V6(six) => six.is_loopback() || six.to_ipv4_mapped().is_some_and(|four| four.is_loopback()),
    };
    (!is_for_a_moment && !is_local).then(|| match address {
        IpAddr::V4(four) => format!("{protocol} {four}:{port}"),
        IpAddr::V6(six) => format!("{protocol} [{six}]:{port}"),
    })
}

/// An address as `/proc/net` writes it: words of 32 bits in the machine's own order.
fn address_of(text: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        u32::from_str_radix(text.get(at..at + 8)?, 16)
            .ok()
            .map(u32::to_ne_bytes)
    };
    match text.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let mut bytes = [0; 16];
            for (place, byte) in bytes.iter_mut().zip(words.into_iter().flatten()) {
                *place = byte;
            }
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}
