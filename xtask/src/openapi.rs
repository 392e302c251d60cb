//! The API document in the repository, so that a change of the interface is read as a difference before it ships. It
//! knows where the document lies; what it says comes from the declarations.

use std::path::Path;

/// Where the document lies, from the root of the repository.
pub(crate) const PATH: &str = "api/openapi.json";

/// Writes the document of the present declarations.
pub(crate) fn write(root: &Path) -> std::io::Result<()> {
    let file = root.join(PATH);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, contract::openapi::text())
}
