//! Lower-case hexadecimal text of bytes. Strict: there is exactly one text for each value.

/// Two lower-case digits per byte.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| {
        char::from(if nibble < 10 {
            b'0' + nibble
        } else {
            b'a' + nibble - 10
        })
    };
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

/// Exactly `N` bytes; nothing if the text has another length, an upper-case digit or anything else.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    let pairs = text
        .as_bytes()
        .iter()
        .step_by(2)
        .zip(text.as_bytes().iter().skip(1).step_by(2));
    for (byte, (high, low)) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lower_case_of_the_right_length_is_read() {
        assert_eq!(to_hex(&[0x00, 0xab, 0xff]), "00abff");
        assert_eq!(from_hex("00abff"), Some([0x00, 0xab, 0xff]));
        for text in ["00abfF", "00abf", "00abff0", "00abfg", "00ab f", ""] {
            assert_eq!(from_hex::<3>(text), None, "{text:?}");
        }
    }
}
