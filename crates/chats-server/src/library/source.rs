//! Where files come from: a folder, or the sample inside the program. Lists and
//! reads them; never leaves the folder, and follows no links.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use jiff::Timestamp;

use super::{ItemKind, LibraryProblem, sample};

/// A file larger than this is reported, not read.
const LARGEST_FILE: u64 = 64 << 20;

#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A folder, by its canonical path.
    Folder(PathBuf),
    Bundled,
}

/// A file that belongs into the library.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub path: String,
    pub kind: ItemKind,
    /// Changes whenever the file or its caption does.
    pub fingerprint: String,
    pub caption_path: Option<String>,
    pub size: u64,
    pub modified: Timestamp,
}

struct Listed {
    path: String,
    size: u64,
    modified: Timestamp,
}

impl Source {
    pub(super) fn open(folder: Option<PathBuf>) -> io::Result<Self> {
        let Some(folder) = folder else {
            return Ok(Self::Bundled);
        };
        let canonical = folder.canonicalize()?;
        if !canonical.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::NotADirectory,
                "the library is not a folder",
            ));
        }
        Ok(Self::Folder(canonical))
    }

    /// Whether one look at it is enough.
    pub(super) fn never_changes(&self) -> bool {
        matches!(self, Self::Bundled)
    }

    /// A name that distinguishes the libraries in one database.
    pub(super) fn root(&self) -> String {
        match self {
            Self::Folder(path) => path.to_string_lossy().into_owned(),
            Self::Bundled => format!("sample {}", env!("CARGO_PKG_VERSION")),
        }
    }

    /// Every image and document, sorted by path, and the files that could not be read.
    pub(super) fn list(&self) -> (Vec<Found>, Vec<LibraryProblem>) {
        let mut problems = Vec::new();
        let files = match self {
            Self::Folder(root) => walk(root, &mut problems),
            Self::Bundled => sample::FILES
                .iter()
                .map(|(path, bytes)| Listed {
                    path: (*path).to_owned(),
                    size: bytes.len() as u64,
                    modified: sample::DATED,
                })
                .collect(),
        };
        (pair_with_captions(&files), problems)
    }

    /// The bytes of a file below the root.
    pub(crate) fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match self {
            Self::Bundled => sample::FILES
                .iter()
                .find(|(name, _)| *name == path)
                .map(|(_, bytes)| bytes.to_vec())
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
            Self::Folder(root) => {
                let file = inside(root, path)?;
                if std::fs::metadata(&file)?.len() > LARGEST_FILE {
                    return Err(io::Error::new(
                        io::ErrorKind::FileTooLarge,
                        "the file is too large",
                    ));
                }
                std::fs::read(file)
            }
        }
    }
}

/// The file at `path`, unless the way to it, or a link on it, leads out of the folder.
fn inside(root: &Path, path: &str) -> io::Result<PathBuf> {
    let outside = || {
        io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the file is outside the library",
        )
    };
    let relative = Path::new(path);
    if !relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return Err(outside());
    }
    let file = root.join(relative).canonicalize()?;
    if file.starts_with(root) {
        Ok(file)
    } else {
        Err(outside())
    }
}

fn walk(root: &Path, problems: &mut Vec<LibraryProblem>) -> Vec<Listed> {
    let mut files = Vec::new();
    let hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    for entry in walkdir::WalkDir::new(root)
        .follow_links(false)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !hidden(entry))
    {
        let mut report = |path: &Path, reason: String| {
            let path = path
                .strip_prefix(root)
                .unwrap_or(path)
                .to_string_lossy()
                .into_owned();
            problems.push(LibraryProblem { path, reason });
        };
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                report(&path, error.to_string());
                continue;
            }
        };
        if !entry.file_type().is_file()
            || kind_of(&entry.path().to_string_lossy()).is_none() && !is_caption(entry.path())
        {
            continue;
        }
        let Some(path) = relative_path(root, entry.path()) else {
            report(entry.path(), "its name is not UTF-8".to_owned());
            continue;
        };
        match entry.metadata() {
            Ok(metadata) if metadata.len() > LARGEST_FILE => {
                report(entry.path(), "it is too large".to_owned());
            }
            Ok(metadata) => files.push(Listed {
                path,
                size: metadata.len(),
                modified: modified(&metadata),
            }),
            Err(error) => report(entry.path(), error.to_string()),
        }
    }
    files
}

fn relative_path(root: &Path, file: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = file
        .strip_prefix(root)
        .ok()?
        .components()
        .map(|part| part.as_os_str().to_str())
        .collect();
    Some(parts?.join("/"))
}

fn modified(metadata: &std::fs::Metadata) -> Timestamp {
    let since = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let nanos = since.and_then(|since| i128::try_from(since.as_nanos()).ok());
    nanos
        .and_then(|nanos| Timestamp::from_nanosecond(nanos).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What a file is by its extension; `None` for what the library does not take.
pub(super) fn kind_of(path: &str) -> Option<ItemKind> {
    let (_, extension) = path.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "png" | "jpg" | "jpeg" | "webp" | "gif" => Some(ItemKind::Image),
        "txt" | "md" | "markdown" => Some(ItemKind::Document),
        _ => None,
    }
}

fn is_caption(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "caption")
}

/// Joins each image with the text beside it; a text that is a caption is no document.
fn pair_with_captions(files: &[Listed]) -> Vec<Found> {
    let by_path: HashMap<&str, &Listed> = files
        .iter()
        .map(|file| (file.path.as_str(), file))
        .collect();
    let caption_of = |image: &str| {
        let stem = image.rsplit_once('.').map_or(image, |(stem, _)| stem);
        [image, stem]
            .into_iter()
            .flat_map(|base| {
                ["caption", "txt", "md"].map(|extension| format!("{base}.{extension}"))
            })
            .find(|path| by_path.contains_key(path.as_str()))
    };
    let captions: HashSet<String> = files
        .iter()
        .filter(|file| kind_of(&file.path) == Some(ItemKind::Image))
        .filter_map(|file| caption_of(&file.path))
        .collect();
    let mark = |file: &Listed| format!("{}:{}", file.size, file.modified.as_nanosecond());
    files
        .iter()
        .filter(|file| !captions.contains(&file.path))
        .filter_map(|file| {
            let kind = kind_of(&file.path)?;
            let caption_path = (kind == ItemKind::Image)
                .then(|| caption_of(&file.path))
                .flatten();
            let caption = caption_path
                .as_deref()
                .and_then(|path| by_path.get(path).copied());
            Some(Found {
                path: file.path.clone(),
                kind,
                fingerprint: format!("{}+{}", mark(file), caption.map(mark).unwrap_or_default()),
                caption_path,
                size: file.size,
                modified: file.modified,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("library");
        std::fs::create_dir(&library).unwrap();
        std::fs::write(folder.path().join("secret.txt"), "secret").unwrap();
        std::fs::write(library.join("open.txt"), "open").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path().join("secret.txt"), library.join("link.txt"))
            .unwrap();
        let source = Source::open(Some(library)).unwrap();
        assert_eq!(source.read("open.txt").unwrap(), b"open");
        for path in [
            "../secret.txt",
            "link.txt",
            "/etc/hostname",
            "./open.txt",
            "",
        ] {
            assert!(source.read(path).is_err(), "{path}");
        }
        let (found, _) = source.list();
        assert_eq!(found.len(), 1, "links are not followed");
    }

    #[test]
    fn a_text_beside_an_image_is_its_caption_and_no_document() {
        let listed = |path: &str| Listed {
            path: path.to_owned(),
            size: 1,
            modified: Timestamp::UNIX_EPOCH,
        };
        let found = pair_with_captions(&[listed("a.png"), listed("a.txt"), listed("b.txt")]);
        let paths: Vec<_> = found
            .iter()
            .map(|file| (file.path.as_str(), file.caption_path.as_deref()))
            .collect();
        assert_eq!(paths, [("a.png", Some("a.txt")), ("b.txt", None)]);
    }
}
