//! Files that appear whole or not at all: each is written beside its place, under another
//! name, and then renamed. If the disk is full or the program is stopped, what was there
//! stays.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Makes a file where there is none. A name that is taken is an error of the kind
/// [`io::ErrorKind::AlreadyExists`], even if another program takes it meanwhile.
pub(crate) fn create(file: &Path, bytes: &[u8]) -> io::Result<()> {
    // Spares the writing; who comes first is decided below.
    if fs::symlink_metadata(file).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let fresh = beside(file, bytes, &usual())?;
    fresh.persist_noclobber(file)?;
    Ok(())
}

/// Makes a file, in place of one of the same name, whose permissions it gets.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = followed(file);
    let fresh = beside(&file, bytes, &usual())?;
    if let Ok(there) = fs::metadata(&file) {
        fresh.as_file().set_permissions(there.permissions())?;
    }
    fresh.persist(file)?;
    Ok(())
}

/// As [`replace`], but only its owner can read the file, at no time anybody else.
pub(crate) fn replace_private(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = followed(file);
    beside(&file, bytes, &Builder::new())?.persist(file)?;
    Ok(())
}

/// Where a link leads to: the link stays one.
fn followed(file: &Path) -> PathBuf {
    fs::canonicalize(file).unwrap_or_else(|_| file.to_owned())
}

/// Temporary files are their owner's alone, unless they get the permissions that any new
/// file has.
fn usual() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".chats-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

/// The bytes in a new file, on the disk. It is removed if it is not renamed.
fn beside(file: &Path, bytes: &[u8], builder: &Builder<'_, '_>) -> io::Result<NamedTempFile> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // A folder that is missing is reported as itself, without the temporary name.
    fs::metadata(folder)?;
    let mut fresh = builder.tempfile_in(folder)?;
    fresh.write_all(bytes)?;
    fresh.as_file().sync_all()?;
    Ok(fresh)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn of_many_that_create_a_file_at_once_one_does() {
        const WRITERS: usize = 8;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("talk.md");
        let start = Barrier::new(WRITERS);
        let done: Vec<bool> = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let (file, start) = (&file, &start);
                    scope.spawn(move || {
                        start.wait();
                        match create(file, writer.to_string().as_bytes()) {
                            Ok(()) => true,
                            Err(error) => {
                                assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
                                false
                            }
                        }
                    })
                })
                .collect();
            let ended = writers.into_iter().map(|writer| writer.join().unwrap());
            ended.collect()
        });
        assert_eq!(done.iter().filter(|made| **made).count(), 1);
        let winner = done.iter().position(|made| *made).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), winner.to_string());
        assert_eq!(names(folder.path()), ["talk.md"], "nothing is left beside");
    }

    #[test]
    fn a_missing_folder_is_reported_without_the_temporary_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = create(&folder.path().join("none/talk.md"), b"").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(!error.to_string().contains("none"), "{error}");
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{PermissionsExt, symlink};

        use super::*;

        fn mode(file: &Path) -> u32 {
            fs::metadata(file).unwrap().permissions().mode() & 0o777
        }

        #[test]
        fn a_file_that_is_replaced_keeps_its_permissions() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("talk.md");
            fs::write(&file, "old").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
            replace(&file, b"new").unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), "new");
            assert_eq!(mode(&file), 0o640);
            replace_private(&file, b"secret").unwrap();
            assert_eq!(mode(&file), 0o600);
        }

        #[test]
        fn a_new_file_has_the_permissions_of_any_other() {
            let folder = tempfile::tempdir().unwrap();
            let [other, file] = ["other", "talk.md"].map(|name| folder.path().join(name));
            fs::write(&other, "").unwrap();
            create(&file, b"").unwrap();
            assert_eq!(mode(&file), mode(&other));
        }

        #[test]
        fn a_link_stays_a_link_to_the_file_that_is_replaced() {
            let folder = tempfile::tempdir().unwrap();
            let [file, link] = ["talk.md", "link"].map(|name| folder.path().join(name));
            fs::write(&file, "old").unwrap();
            symlink(&file, &link).unwrap();
            replace(&link, b"new").unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(&file).unwrap(), "new");
            replace_private(&link, b"secret").unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), "secret");
        }

        #[test]
        fn a_link_that_leads_nowhere_is_not_overwritten() {
            let folder = tempfile::tempdir().unwrap();
            let link = folder.path().join("link");
            symlink("nowhere", &link).unwrap();
            let error = create(&link, b"").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        }
    }
}
