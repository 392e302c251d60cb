//! The embedded files of the console. The table is written by `build.rs`.

/// One file of the console, in the forms that are kept of it.
#[derive(Debug)]
pub(crate) struct File {
    /// Below `/ui/`, without a slash in front.
    pub(crate) path: &'static str,
    pub(crate) media: &'static str,
    /// Of the plain bytes, in hexadecimal.
    pub(crate) sha256: &'static str,
    pub(crate) plain: &'static [u8],
    pub(crate) brotli: Option<&'static [u8]>,
    pub(crate) gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Exactly the file of this path: nothing in it is decoded or resolved.
pub(crate) fn find(path: &str) -> Option<&'static File> {
    let at = FILES.binary_search_by(|file| file.path.cmp(path)).ok()?;
    FILES.get(at)
}

/// What a file is, for those who compare it with a build of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileHash {
    /// Below `/ui/`.
    pub path: &'static str,
    /// SHA-256 of its plain bytes, in hexadecimal.
    pub sha256: &'static str,
}

/// Every embedded file, by path.
pub fn hashes() -> impl Iterator<Item = FileHash> {
    FILES.iter().map(|file| FileHash {
        path: file.path,
        sha256: file.sha256,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};
    use std::io::Read;

    #[test]
    fn every_file_is_found_and_its_forms_are_the_same_file() {
        assert!(find("index.html").is_some());
        for file in FILES {
            assert_eq!(find(file.path).map(|found| found.sha256), Some(file.sha256));
            let hash: String = Sha256::digest(file.plain)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(hash, file.sha256, "{}", file.path);
            if let Some(small) = file.brotli {
                let mut plain = Vec::new();
                brotli::Decompressor::new(small, 4_096)
                    .read_to_end(&mut plain)
                    .expect("brotli");
                assert!(plain == file.plain && small.len() < plain.len(), "{}", file.path);
            }
            if let Some(small) = file.gzip {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(small)
                    .read_to_end(&mut plain)
                    .expect("gzip");
                assert!(plain == file.plain && small.len() < plain.len(), "{}", file.path);
            }
        }
    }

    #[test]
    fn what_only_the_build_needs_is_not_served() {
        assert!(find("SOURCE.sha256").is_none());
    }
}
