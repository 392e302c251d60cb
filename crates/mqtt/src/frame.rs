//! Cuts the byte stream into packets: first byte, length, body. A packet that is too long is refused as soon as its
//! length has been read, before anything of it is kept. Knows nothing of what is in a packet.

/// One packet: its first byte and all that follows the length.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Type in the upper half, flags in the lower.
    pub(crate) first: u8,
    /// Everything behind the length.
    pub(crate) body: Vec<u8>,
    /// The length was written with as few bytes as possible.
    pub(crate) is_length_minimal: bool,
}

impl Frame {
    pub(crate) const fn kind(&self) -> u8 {
        self.first >> 4
    }

    pub(crate) const fn flags(&self) -> u8 {
        self.first & 0x0F
    }
}

/// Why the stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameFault {
    /// A length of more than four bytes.
    Length,
    /// More bytes than agreed.
    TooLarge,
}

/// Collects the bytes of one packet.
#[derive(Debug, Default)]
pub(crate) struct FrameReader {
    header: Vec<u8>,
    body_bytes: Option<usize>,
    body: Vec<u8>,
}

/// First capacity of a body: most packets of devices are shorter.
const BODY_BYTES_FIRST: usize = 512;

impl FrameReader {
    /// Takes bytes up to the end of the next packet and leaves the rest. `None`: all are taken, the packet is not
    /// complete. `packet_bytes_max` counts the whole packet.
    pub(crate) fn read(
        &mut self,
        bytes: &mut &[u8],
        packet_bytes_max: u32,
    ) -> Result<Option<Frame>, FrameFault> {
        while self.body_bytes.is_none() {
            let Some((byte, rest)) = bytes.split_first() else {
                return Ok(None);
            };
            *bytes = rest;
            self.read_header(*byte, packet_bytes_max)?;
        }
        let wanted = self.body_bytes.unwrap_or(0);
        let (taken, rest) = bytes.split_at(bytes.len().min(wanted - self.body.len()));
        *bytes = rest;
        self.keep(taken, wanted);
        if self.body.len() < wanted {
            return Ok(None);
        }
        let done = std::mem::take(self);
        Ok(Some(Frame {
            first: done.header.first().copied().unwrap_or(0),
            body: done.body,
            is_length_minimal: done.header.len() <= 2 || done.header.last() != Some(&0),
        }))
    }

    /// Whether nothing of a packet has come yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.header.is_empty()
    }

    /// Bytes kept, with those reserved.
    pub(crate) fn held_bytes(&self) -> usize {
        self.header.capacity() + self.body.capacity()
    }

    fn read_header(&mut self, byte: u8, packet_bytes_max: u32) -> Result<(), FrameFault> {
        self.header.push(byte);
        if self.header.len() == 1 || byte & 0x80 != 0 {
            return if self.header.len() == 5 {
                Err(FrameFault::Length)
            } else {
                Ok(())
            };
        }
        let length = self
            .header
            .iter()
            .skip(1)
            .rev()
            .fold(0_usize, |sum, byte| (sum << 7) | usize::from(byte & 0x7F));
        if self.header.len() + length > packet_bytes_max as usize {
            return Err(FrameFault::TooLarge);
        }
        self.body_bytes = Some(length);
        Ok(())
    }

    /// Grows by doubling, but never beyond the announced length: who only announces, costs next to nothing.
    fn keep(&mut self, taken: &[u8], wanted: usize) {
        let needed = self.body.len() + taken.len();
        if needed > self.body.capacity() {
            let capacity = needed
                .max(2 * self.body.capacity())
                .max(BODY_BYTES_FIRST)
                .min(wanted);
            self.body.reserve_exact(capacity - self.body.len());
        }
        self.body.extend_from_slice(taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_refused_before_the_body_is_kept() {
        let mut reader = FrameReader::default();
        let mut bytes: &[u8] = &[0x30, 0xFF, 0xFF, 0xFF, 0x7F];
        assert_eq!(reader.read(&mut bytes, 16_384), Err(FrameFault::TooLarge));
        let mut reader = FrameReader::default();
        let mut bytes: &[u8] = &[0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
        assert_eq!(reader.read(&mut bytes, u32::MAX), Err(FrameFault::Length));
    }

    #[test]
    fn the_limit_counts_the_whole_packet() {
        let packet = [&[0x30, 10][..], &[7; 10]].concat();
        let read = |max| FrameReader::default().read(&mut packet.as_slice(), max);
        assert_eq!(read(12).unwrap().unwrap().body, vec![7; 10]);
        assert_eq!(read(11), Err(FrameFault::TooLarge));
    }

    #[test]
    fn an_announced_length_reserves_nothing_yet() {
        let mut reader = FrameReader::default();
        let mut bytes: &[u8] = &[0x30, 0xFF, 0x7F, 1];
        assert_eq!(reader.read(&mut bytes, 16_386), Ok(None));
        assert!(
            reader.held_bytes() <= BODY_BYTES_FIRST + 8,
            "{}",
            reader.held_bytes()
        );
    }

    #[test]
    fn a_padded_length_is_noticed() {
        let read = |packet: &[u8]| {
            FrameReader::default()
                .read(&mut &packet[..], 100)
                .unwrap()
                .unwrap()
        };
        assert!(!read(&[0xC0, 0x80, 0x00]).is_length_minimal);
        assert!(read(&[0xC0, 0x00]).is_length_minimal);
        assert!(read(&[0x30, 1, 0]).is_length_minimal);
    }
}
