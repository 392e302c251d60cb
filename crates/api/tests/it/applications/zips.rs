//! ZIP files for tests, good ones and bad ones, written byte by byte.

/// A file in an archive.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// As it lies in the archive.
    pub(crate) packed: Vec<u8>,
    /// 0: as it is; 8: deflate.
    pub(crate) method: u16,
    pub(crate) length: u32,
    pub(crate) checksum: u32,
    /// The rights of a Unix file, of which one says that it is a link.
    pub(crate) mode: u32,
}

impl Entry {
    pub(crate) fn plain(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            packed: content.to_vec(),
            method: 0,
            length: content.len() as u32,
            checksum: checksum(content),
            mode: 0o100_644,
        }
    }
}

/// CRC-32 as ZIP has it.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1))
        })
    };
    !bytes.iter().fold(!0, step)
}

/// An archive of these files.
pub(crate) fn of(entries: &[Entry]) -> Vec<u8> {
    let (mut all, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = all.len() as u32;
        let mut head = Vec::new();
        for number in [20_u16, 0x800, entry.method, 0, 0x5c75] {
            head.extend(number.to_le_bytes());
        }
        for number in [entry.checksum, entry.packed.len() as u32, entry.length] {
            head.extend(number.to_le_bytes());
        }
        head.extend((entry.name.len() as u16).to_le_bytes());
        head.extend(0_u16.to_le_bytes());
        all.extend(b"PK\x03\x04");
        all.extend(&head);
        all.extend(entry.name.as_bytes());
        all.extend(&entry.packed);
        directory.extend(b"PK\x01\x02");
        directory.extend(0x0314_u16.to_le_bytes());
        directory.extend(&head);
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let begin = all.len() as u32;
    all.extend(&directory);
    all.extend(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        all.extend((entries.len() as u16).to_le_bytes());
    }
    all.extend((directory.len() as u32).to_le_bytes());
    all.extend(begin.to_le_bytes());
    all.extend(0_u16.to_le_bytes());
    all
}

/// An archive of plain files.
pub(crate) fn plain(files: &[(&str, &str)]) -> Vec<u8> {
    let entries: Vec<_> = files
        .iter()
        .map(|(name, content)| Entry::plain(name, content.as_bytes()))
        .collect();
    of(&entries)
}
