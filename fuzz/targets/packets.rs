//! MQTT: see `crates/fuzzed/src/packets.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::packets::check(bytes));
