//! The data directory: where what lies in it, who may read it, and that only one process works in it.
//!
//! What the files hold is known by those who write them.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Permission bits by which others than the owner could change the directory.
const OTHERS_WRITE: u32 = 0o022;

/// The data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process works in it.
    #[error("the data directory {path} is in use by another holdfast{process}: stop it first")]
    InUse {
        /// The directory.
        path: PathBuf,
        /// ` (process 123)`, if known.
        process: String,
    },
    /// It is not there.
    #[error("there is no data directory {0}: make one with `holdfast init`")]
    Missing(PathBuf),
    /// Others may write in it.
    #[error("others may write in the data directory {0}: take the right away with `chmod go-w`")]
    Writable(PathBuf),
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DataDirError {
    /// An error of the system about a path.
    pub fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// Paths inside a data directory; pure names, nothing is touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout of a directory.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The storage engines: a directory for each shard in it.
    pub fn engines(&self) -> PathBuf {
        self.root.join("engine")
    }

    /// The wrapped keys of the tenants: beside the engine, never in it.
    pub fn keyring(&self) -> PathBuf {
        self.root.join("keyring")
    }

    /// The master key, when it is kept in a file.
    pub fn master_key(&self) -> PathBuf {
        self.root.join("master.key")
    }

    /// The file that the working process holds locked.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Everything of TLS.
    pub fn tls(&self) -> PathBuf {
        self.root.join("tls")
    }

    /// The certificate of the platform's own authority: what clients trust.
    pub fn authority_certificate(&self) -> PathBuf {
        self.tls().join("ca.pem")
    }

    /// The private key of that authority.
    pub fn authority_key(&self) -> PathBuf {
        self.tls().join("ca.key")
    }

    /// The server certificate that the authority issued.
    pub fn server_certificate(&self) -> PathBuf {
        self.tls().join("server.pem")
    }

    /// Its private key.
    pub fn server_key(&self) -> PathBuf {
        self.tls().join("server.key")
    }
}

/// A data directory that this process works in alone, until the value is dropped.
#[derive(Debug)]
pub struct DataDir {
    layout: Layout,
    // Closing the file ends the lock, whatever way the process ends.
    _lock: File,
}

impl DataDir {
    /// Makes the directory if it is missing (readable by its owner only) and takes it.
    ///
    /// # Errors
    /// When another process works in it, others may write in it, or the system refuses.
    pub fn create(root: &Path) -> Result<Self, DataDirError> {
        make_private_dir(root)?;
        Self::open(root)
    }

    /// Takes a directory that is there.
    ///
    /// # Errors
    /// When it is missing, another process works in it, others may write in it, or the system refuses.
    pub fn open(root: &Path) -> Result<Self, DataDirError> {
        let about = match fs::metadata(root) {
            Ok(about) if about.is_dir() => about,
            Ok(_) => return Err(DataDirError::Missing(root.to_owned())),
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                return Err(DataDirError::Missing(root.to_owned()));
            }
            Err(source) => return Err(DataDirError::io(root)(source)),
        };
        if about.permissions().mode() & OTHERS_WRITE != 0 {
            return Err(DataDirError::Writable(root.to_owned()));
        }
        let layout = Layout::new(root);
        let lock = take_lock(&layout)?;
        Ok(Self { layout, _lock: lock })
    }

    /// Where what lies.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
}

fn take_lock(layout: &Layout) -> Result<File, DataDirError> {
    let path = layout.lock();
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(DataDirError::io(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder: Option<u32> = fs::read_to_string(&path)
                .ok()
                .and_then(|text| text.trim().parse().ok());
            return Err(DataDirError::InUse {
                path: layout.root().to_owned(),
                process: holder.map_or_else(String::new, |id| format!(" (process {id})")),
            });
        }
        Err(TryLockError::Error(source)) => return Err(DataDirError::io(&path)(source)),
    }
    // For the message above only: the lock is what counts.
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(DataDirError::io(&path))?;
    Ok(file)
}

/// Makes a directory, and those above it, that only the owner may enter. One that is there stays as it is.
///
/// # Errors
/// When the system refuses.
pub fn make_private_dir(path: &Path) -> Result<(), DataDirError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(DataDirError::io(path))
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The owner only.
    Owner,
    /// Everybody who may enter its directory.
    Everybody,
}

/// Replaces a file as a whole: after a crash there is the old content or the new, on the disk, never a part of it.
///
/// # Errors
/// When the system refuses; the old file is then still there.
pub fn replace_file(path: &Path, content: &[u8], access: Access) -> Result<(), DataDirError> {
    let mode = match access {
        Access::Owner => 0o600,
        Access::Everybody => 0o644,
    };
    let mut fresh_name = path.as_os_str().to_owned();
    fresh_name.push(".new");
    let fresh = PathBuf::from(fresh_name);
    // Left over by a crash, perhaps with other rights: it must not be re-used.
    match fs::remove_file(&fresh) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(DataDirError::io(&fresh)(source));
        }
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&fresh)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        .map_err(DataDirError::io(&fresh))?;
    fs::rename(&fresh, path).map_err(DataDirError::io(path))?;
    let parent = path.parent().unwrap_or(Path::new("."));
    File::open(parent)
        .and_then(|directory| directory.sync_all())
        .map_err(DataDirError::io(parent))
}
