//! Security tokens of devices: what a device sends with its first question, and a person types in from its label. Stored is
//! only a keyed hash. A token may be short: what protects it is that it can be tried a few times only.

use crate::pepper::Pepper;
use aws_lc_rs::hmac;
use model::registration::{DeviceId, TokenTrace};
use model::secret::Secret;
use subtle::ConstantTimeEq;

/// The trace of a device's token. The same token of another device has another one.
pub fn trace(device: &DeviceId, token: &Secret, pepper: &Pepper) -> TokenTrace {
    let mut text = (device.as_str().len() as u64).to_be_bytes().to_vec();
    text.extend_from_slice(device.as_str().as_bytes());
    text.extend_from_slice(token.expose().as_bytes());
    let tag = hmac::sign(pepper.for_tokens(), &text);
    let mut trace = [0; 32];
    trace.copy_from_slice(tag.as_ref());
    TokenTrace(trace)
}

/// The trace of a device's one-time password. The same text as a security token has another one.
pub fn password_trace(device: &DeviceId, password: &Secret, pepper: &Pepper) -> TokenTrace {
    let text = format!("one-time password:{}", password.expose());
    trace(device, &Secret::new(text), pepper)
}

/// Whether two traces are of the same token; takes the same time wherever the first difference is.
pub fn is_same(left: &TokenTrace, right: &TokenTrace) -> bool {
    left.0.ct_eq(&right.0).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    // R078
    #[test]
    fn a_token_is_known_again_for_its_device_only() {
        let pepper = Pepper::new([7; 32]);
        let [one, other]: [DeviceId; 2] = ["a", "ab"].map(|id| id.parse().expect("an id"));
        let of = |id, token: &str| trace(id, &Secret::new(token), &pepper);
        assert!(is_same(&of(&one, "bc"), &of(&one, "bc")));
        for different in [of(&one, "bC"), of(&other, "c"), of(&one, "")] {
            assert!(!is_same(&of(&one, "bc"), &different));
        }
        let elsewhere = trace(&one, &Secret::new("bc"), &Pepper::new([8; 32]));
        assert!(!is_same(&of(&one, "bc"), &elsewhere));
    }
}
