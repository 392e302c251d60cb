//! Takes the console as it was built (`dist/`) into the program: checks it, compresses it, writes the table of its files.
//! It runs no other program and needs no network: whoever builds Holdfast needs no Node.
//!
//! It does not know what the files do, nor how they are served.

use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What the console was built from, as the build of the console has written it; not served.
const SOURCE: &str = "SOURCE.sha256";
/// What the console is built from, beside everything under `src`.
const BUILT_FROM: [&str; 6] = [
    "build",
    "index.html",
    "package-lock.json",
    "package.json",
    "svelte.config.js",
    "vite.config.ts",
];
/// Smaller than this part of itself, or a compressed form is not worth a choice.
const WORTH_PERCENT: usize = 95;

/// The media type of every kind of file that there may be, and whether it is made smaller.
const MEDIA: [(&str, &str, bool); 14] = [
    ("html", "text/html;charset=UTF-8", true),
    ("js", "text/javascript;charset=UTF-8", true),
    ("mjs", "text/javascript;charset=UTF-8", true),
    ("css", "text/css;charset=UTF-8", true),
    ("json", "application/json", true),
    ("geojson", "application/geo+json", true),
    ("webmanifest", "application/manifest+json", true),
    ("txt", "text/plain;charset=UTF-8", true),
    ("svg", "image/svg+xml", true),
    ("png", "image/png", false),
    ("ico", "image/x-icon", true),
    ("webp", "image/webp", false),
    ("woff", "font/woff", false),
    ("woff2", "font/woff2", false),
];

fn main() {
    if let Err(error) = embed() {
        println!("cargo::error={error}");
    }
}

fn embed() -> Result<(), Box<dyn Error>> {
    let crate_folder = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let is_release = std::env::var("PROFILE")? == "release";
    println!("cargo::rerun-if-env-changed=HOLDFAST_UI_DIST");
    let dist = match std::env::var("HOLDFAST_UI_DIST") {
        Ok(elsewhere) => PathBuf::from(elsewhere),
        Err(_) => crate_folder.join("dist"),
    };
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
    if !dist.join("index.html").is_file() {
        return Err(format!(
            "there is no console in {}: it is part of the repository (`git checkout -- crates/ui/dist`), and whoever \
             works on it builds it with `npm ci --ignore-scripts && npm run build` in crates/ui/web",
            dist.display()
        )
        .into());
    }
    warn_if_stale(&crate_folder.join("web"), &dist)?;
    let mut table = String::from("pub(crate) const FILES: &[File] = &[\n");
    for path in files_below(&dist)? {
        if path == SOURCE {
            continue;
        }
        let (media, is_compressible) = media_of(&path)?;
        let place = dist.join(&path);
        let bytes = fs::read(&place)?;
        let hash = hex(&Sha256::digest(&bytes));
        let mut forms = ["None".to_owned(), "None".to_owned()];
        if is_compressible {
            forms = [
                smaller(&out, &hash, "br", &bytes, |bytes| brotli(bytes, is_release))?,
                smaller(&out, &hash, "gz", &bytes, gzip)?,
            ];
        }
        let [brotli, gzip] = forms;
        writeln!(
            table,
            "    File {{ path: {path:?}, media: {media:?}, sha256: {hash:?}, plain: include_bytes!({place:?}), \
             brotli: {brotli}, gzip: {gzip} }},"
        )?;
    }
    table.push_str("];\n");
    fs::write(out.join("files.rs"), table)?;
    Ok(())
}

fn media_of(path: &str) -> Result<(&'static str, bool), String> {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let known = MEDIA.iter().find(|(known, ..)| *known == ending);
    let known = known.map(|(_, media, is_compressible)| (*media, *is_compressible));
    known.ok_or_else(|| format!("crates/ui/dist/{path}: say in crates/ui/build.rs what media type that is"))
}

/// A compressed form as text of an expression; made once for the same bytes.
fn smaller(
    out: &Path,
    hash: &str,
    ending: &str,
    bytes: &[u8],
    compress: impl Fn(&[u8]) -> std::io::Result<Vec<u8>>,
) -> Result<String, Box<dyn Error>> {
    let place = out.join(format!("{hash}.{ending}"));
    if !place.is_file() {
        let unfinished = out.join(format!("{hash}.{ending}.new"));
        fs::write(&unfinished, compress(bytes)?)?;
        fs::rename(&unfinished, &place)?;
    }
    let is_worth_it = fs::metadata(&place)?.len() as usize * 100 < bytes.len() * WORTH_PERCENT;
    Ok(match is_worth_it {
        true => format!("Some(include_bytes!({place:?}))"),
        false => "None".to_owned(),
    })
}

/// As small as it gets in what is shipped; quickly everywhere else.
fn brotli(bytes: &[u8], is_release: bool) -> std::io::Result<Vec<u8>> {
    let mut made = Vec::new();
    let quality = if is_release { 11 } else { 4 };
    brotli::CompressorWriter::new(&mut made, 4_096, quality, 22).write_all(bytes)?;
    Ok(made)
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut made = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    made.write_all(bytes)?;
    made.finish()
}

/// Says so when the console was built from something else than what is beside it. The test command builds it again and
/// fails; a build of the program goes on.
fn warn_if_stale(web: &Path, dist: &Path) -> Result<(), Box<dyn Error>> {
    // Whoever has the program's sources without the console's can compare nothing.
    if !web.join("src").is_dir() {
        return Ok(());
    }
    let built_from = fs::read_to_string(dist.join(SOURCE)).unwrap_or_default();
    if built_from.trim() != source_hash(web)? {
        println!(
            "cargo::warning=crates/ui/dist was not built from crates/ui/web as it is: `npm run build` there"
        );
    }
    Ok(())
}

/// One hash over everything that the console is built from: SHA-256 of the lines `HASH  PATH`, by path. The build of the
/// console makes the same one (`web/build/source-hash.ts`).
fn source_hash(web: &Path) -> Result<String, Box<dyn Error>> {
    let mut paths: Vec<String> = files_below(web)?;
    paths.retain(|path| is_source(path));
    let mut lines = String::new();
    for path in paths {
        let hash = hex(&Sha256::digest(fs::read(web.join(&path))?));
        writeln!(lines, "{hash}  {path}")?;
    }
    Ok(hex(&Sha256::digest(lines)))
}

fn is_source(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    let is_test = path.ends_with(".test.ts") || path.ends_with(".test.js");
    (BUILT_FROM.contains(&first) || first == "src" || first == "public") && !is_test
}

/// The files below a folder by their paths with `/`, in the order of their bytes. Hidden ones and installed packages are
/// left out.
fn files_below(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry
                .file_name()
                .into_string()
                .map_err(|name| format!("{name:?} is no text"))?;
            if name.starts_with('.') || name == "node_modules" {
                continue;
            }
            let path = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            match entry.file_type()?.is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
