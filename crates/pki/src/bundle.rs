//! Certificates on their way to a device: a PKCS #7 message with nothing but certificates in it ("certs-only", RFC 5652
//! section 5.1 and RFC 8551 section 3.8).
//!
//! The few fields around them are always the same, so they are written here instead of by a library.

use crate::certificate::Certificate;

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
