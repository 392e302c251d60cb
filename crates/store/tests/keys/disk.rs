//! A disk in memory that loses what was not synced when its power is cut.
//!
//! Content that was not synced may survive whole, in half or not at all; names that were not synced survive up to some
//! point in the order in which they were changed, as with a file system that keeps a journal.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use store::keyring::files::{Files, Unsynced};

type Names = BTreeMap<PathBuf, usize>;

#[derive(Clone)]
pub(crate) struct SimulatedDisk(Arc<Mutex<Contents>>);

#[derive(Clone)]
struct Contents {
    nodes: Vec<Node>,
    /// The names after each change since the last sync of the directory, the synced ones first.
    names: Vec<Names>,
    /// How many more changes are made before the power is cut.
    steps_left: usize,
}

#[derive(Clone)]
struct Node {
    content: Vec<u8>,
    synced: bool,
}

impl SimulatedDisk {
    pub(crate) fn new() -> Self {
        Self::with(Contents {
            nodes: Vec::new(),
            names: vec![Names::new()],
            steps_left: usize::MAX,
        })
    }

    fn with(contents: Contents) -> Self {
        Self(Arc::new(Mutex::new(contents)))
    }

    /// A disk with the same content, whose power is cut after this many more changes.
    pub(crate) fn copy_with_power_for(&self, steps: usize) -> Self {
        Self::with(Contents {
            steps_left: steps,
            ..self.contents().clone()
        })
    }

    /// From now on, the power is cut after this many changes.
    pub(crate) fn cut_power_after(&self, steps: usize) {
        self.contents().steps_left = steps;
    }

    pub(crate) fn files(&self) -> Arc<dyn Files> {
        Arc::new(self.clone())
    }

    pub(crate) fn file_names(&self) -> Vec<PathBuf> {
        self.contents().names_now().keys().cloned().collect()
    }

    /// Every state in which the disk may be found after a power cut now; the last is that of a mere crash of the program.
    pub(crate) fn after_power_cut(&self) -> Vec<Self> {
        let contents = self.contents();
        let mut found = Vec::new();
        for names in &contents.names {
            for halves_kept in [0, 1, 2] {
                let nodes = contents
                    .nodes
                    .iter()
                    .map(|node| node.after_power_cut(halves_kept))
                    .collect();
                let names = vec![names.clone()];
                found.push(Self::with(Contents {
                    nodes,
                    names,
                    steps_left: usize::MAX,
                }));
            }
        }
        found.push(Self::with(Contents {
            steps_left: usize::MAX,
            ..contents.clone()
        }));
        found
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().expect("no test panics with it")
    }

    /// The contents for one more change, unless the power is gone.
    fn step(&self) -> io::Result<MutexGuard<'_, Contents>> {
        let mut contents = self.contents();
        contents.steps_left = contents
            .steps_left
            .checked_sub(1)
            .ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(contents)
    }
}

impl Node {
    fn after_power_cut(&self, halves_kept: usize) -> Self {
        let kept = if self.synced {
            self.content.len()
        } else {
            self.content.len() * halves_kept / 2
        };
        Self {
            content: self.content[..kept].to_vec(),
            synced: true,
        }
    }
}

impl Contents {
    fn names_now(&self) -> &Names {
        self.names.last().expect("never empty")
    }

    fn change_names(&mut self, change: impl FnOnce(&mut Names)) {
        let mut names = self.names_now().clone();
        change(&mut names);
        self.names.push(names);
    }
}

impl Files for SimulatedDisk {
    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        let contents = self.contents();
        let node = *contents.names_now().get(file).ok_or(io::ErrorKind::NotFound)?;
        Ok(contents.nodes[node].content.clone())
    }

    fn create(&self, file: &Path, content: &[u8]) -> io::Result<Box<dyn Unsynced>> {
        let mut contents = self.step()?;
        if contents.names_now().contains_key(file) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let node = contents.nodes.len();
        contents.nodes.push(Node {
            content: content.to_vec(),
            synced: false,
        });
        contents.change_names(|names| {
            names.insert(file.into(), node);
        });
        Ok(Box::new(Created {
            disk: self.clone(),
            node,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut contents = self.step()?;
        let node = *contents.names_now().get(from).ok_or(io::ErrorKind::NotFound)?;
        contents.change_names(|names| {
            names.remove(from);
            names.insert(to.into(), node);
        });
        Ok(())
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        self.step()?.change_names(|names| {
            names.remove(file);
        });
        Ok(())
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        let mut contents = self.step()?;
        contents.names = vec![contents.names_now().clone()];
        Ok(())
    }
}

struct Created {
    disk: SimulatedDisk,
    node: usize,
}

impl Unsynced for Created {
    fn sync(self: Box<Self>) -> io::Result<()> {
        self.disk.step()?.nodes[self.node].synced = true;
        Ok(())
    }
}
