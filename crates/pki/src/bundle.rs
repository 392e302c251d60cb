//! Certificates on their way to a device: a PKCS #7 message with nothing but certificates in it ("certs-only", RFC 5652
//! section 5.1 and RFC 8551 section 3.8).
//!
//! The few fields around them are always the same, so they are written and read here instead of by a library.

use crate::certificate::Certificate;
use rustls_pki_types::CertificateDer;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]`, constructed.
const TAGGED: u8 = 0xa0;
/// The object identifier of signed data (1.2.840.113549.1.7.2), encoded.
const SIGNED_DATA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// The object identifier of data (1.2.840.113549.1.7.1), encoded.
const DATA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// The number 1, encoded.
const VERSION: [u8; 3] = [0x02, 0x01, 0x01];

/// The message with these certificates, in their order.
pub fn certificates_only(certificates: &[Certificate]) -> Vec<u8> {
    let all: Vec<u8> = certificates.iter().flat_map(|one| one.der().to_vec()).collect();
    let signed = [
        VERSION.to_vec(),
        value(SET, &[]),
        value(SEQUENCE, &DATA),
        value(TAGGED, &all),
        value(SET, &[]),
    ];
    let signed = value(SEQUENCE, &signed.concat());
    value(SEQUENCE, &[SIGNED_DATA.to_vec(), value(TAGGED, &signed)].concat())
}

/// A value with its tag and length (X.690, sections 8.1.2 and 8.1.3).
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut written = vec![tag];
    match (content.len(), u8::try_from(digits.len())) {
        (short @ 0..=127, _) => written.extend(u8::try_from(short)),
        (_, Ok(count)) => {
            written.push(0x80 | count);
            written.extend(digits);
        }
        // A length of more than 8 bytes does not exist.
        (_, Err(_)) => {}
    }
    written.extend_from_slice(content);
    written
}

/// Most certificates that are read from a message.
pub const CERTIFICATES_MAX: usize = 16;

/// The bytes are no message with certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a message with certificates: PKCS #7 (certs-only), in DER, with at least one certificate, is expected"
)]
pub struct BadBundle;

/// The certificates of such a message, in their order. What else may be in signed data is not looked at, and nothing of
/// it is verified: a message of this kind has no signature.
///
/// # Errors
/// When it is not one in DER, or has no certificate or more than [`CERTIFICATES_MAX`].
pub fn read_certificates(message: &[u8]) -> Result<Vec<Certificate>, BadBundle> {
    let mut outer = only(message, SEQUENCE)?
        .strip_prefix(&SIGNED_DATA)
        .ok_or(BadBundle)?;
    let mut signed = only(take(&mut outer, TAGGED)?, SEQUENCE)?
        .strip_prefix(&VERSION)
        .ok_or(BadBundle)?;
    take(&mut signed, SET)?;
    take(&mut signed, SEQUENCE)?;
    let mut all = take(&mut signed, TAGGED)?;
    let mut certificates = Vec::new();
    while !all.is_empty() {
        let before = all;
        take(&mut all, SEQUENCE)?;
        let der = before.get(..before.len() - all.len()).ok_or(BadBundle)?;
        let certificate = Certificate::from_der(CertificateDer::from(der.to_vec()));
        certificates.push(certificate.map_err(|_| BadBundle)?);
        if certificates.len() > CERTIFICATES_MAX {
            return Err(BadBundle);
        }
    }
    match certificates.is_empty() {
        true => Err(BadBundle),
        false => Ok(certificates),
    }
}

/// The content of the one value that is there.
fn only(mut bytes: &[u8], tag: u8) -> Result<&[u8], BadBundle> {
    let content = take(&mut bytes, tag)?;
    match bytes.is_empty() {
        true => Ok(content),
        false => Err(BadBundle),
    }
}

/// Takes a value with this tag away, and gives its content.
fn take<'b>(bytes: &mut &'b [u8], tag: u8) -> Result<&'b [u8], BadBundle> {
    let (&[found, first], rest) = bytes.split_first_chunk::<2>().ok_or(BadBundle)?;
    let count = match first {
        0..=0x7f => 0,
        0x81..=0x84 => usize::from(first & 0x7f),
        _ => return Err(BadBundle),
    };
    let (digits, rest) = rest.split_at_checked(count).ok_or(BadBundle)?;
    let length = match count {
        0 => usize::from(first),
        _ => digits
            .iter()
            .fold(0_usize, |sum, digit| (sum << 8) | usize::from(*digit)),
    };
    let (content, rest) = rest.split_at_checked(length).ok_or(BadBundle)?;
    if found != tag {
        return Err(BadBundle);
    }
    *bytes = rest;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn certificate(name: &str) -> Certificate {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("made");
        Certificate::from_der(made.cert.der().clone()).expect("read")
    }

    #[test]
    fn what_was_written_is_read_in_its_order() {
        for count in [1, 2, CERTIFICATES_MAX] {
            let all: Vec<_> = (0..count)
                .map(|number| certificate(&format!("d{number}")))
                .collect();
            assert_eq!(read_certificates(&certificates_only(&all)), Ok(all));
        }
    }

    #[test]
    fn none_and_too_many_are_refused() {
        let many = vec![certificate("d"); CERTIFICATES_MAX + 1];
        for all in [&[][..], &many] {
            assert_eq!(read_certificates(&certificates_only(all)), Err(BadBundle));
        }
    }

    #[test]
    fn a_message_that_is_cut_or_goes_on_is_refused() {
        let whole = certificates_only(&[certificate("d")]);
        for length in 0..whole.len() {
            assert_eq!(read_certificates(&whole[..length]), Err(BadBundle), "{length}");
        }
        assert_eq!(read_certificates(&[&whole[..], &[0]].concat()), Err(BadBundle));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            // tidy: proves by not panicking
            let _ = read_certificates(&bytes);
        }
    }
}
