//! `--local`: the reference server inside this process, over a folder of the
//! person's own or the sample library.
//!
//! Conversations are kept in a database for each library, in the platform's place
//! for data, so that sessions of one run are there in the next.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chats_server::{Server, StartError};
use uuid::Uuid;

use crate::counting::counted;
use crate::failure::{Failure, Result};
use crate::output;
use crate::profile;
use crate::terminal::safe_line;
use crate::whole_file;

/// A pause between the words of an answer, so that it can be followed.
const READING_PACE: Duration = Duration::from_millis(8);

/// Starts the server; `paced` if a person reads along.
pub(crate) async fn start(library: Option<&Path>, paced: bool) -> Result<Server> {
    let mut builder = Server::builder().record_requests(false);
    if paced {
        builder = builder.token_delay(READING_PACE);
    }
    let mut name = "sample".to_owned();
    if let Some(folder) = library {
        let folder = fs::canonicalize(folder).map_err(|error| {
            Failure::usage(format!(
                "cannot open the library {}: {error}; --library takes a folder of pictures",
                folder.display()
            ))
        })?;
        name =
            Uuid::new_v5(&Uuid::NAMESPACE_URL, folder.as_os_str().as_encoded_bytes()).to_string();
        builder = builder.library(folder);
    }
    // If nothing can be stored, conversations last as long as the command.
    let place = tokio::task::spawn_blocking(Place::take).await;
    let place = place.map_err(io::Error::other)?;
    match &place {
        Ok(place) => {
            let database = place.folder.join(format!("{name}.db"));
            builder = builder.database(database).api_key(&place.key);
        }
        Err(failure) => {
            let why = failure.sentence().unwrap_or_default();
            output::remark(format!(
                "This conversation ends with the command: {}",
                safe_line(why)
            ));
        }
    }
    builder.start().await.map_err(|error| match error {
        StartError::Library(_) => {
            Failure::usage(format!("{error}; --library takes a folder of pictures"))
        }
        _ => Failure::refused(format!("the local server did not start: {error}")),
    })
}

/// Says which files of the library are not in it, of which one is named.
pub(crate) fn tell_problems(server: &Server) {
    let problems = server.library().problems();
    let Some(first) = problems.first() else {
        return;
    };
    let files = counted(problems.len(), "file");
    let left_out = if problems.len() == 1 {
        format!("{files} was left out:")
    } else {
        format!("{files} were left out; the first:")
    };
    output::remark(safe_line(&format!(
        "{left_out} {}: {}",
        first.path, first.reason
    )));
}

/// The folder of stored conversations, locked until this is dropped: two programs that
/// start at once must neither make the key nor set up a database twice.
struct Place {
    folder: PathBuf,
    /// The key that owns these conversations.
    key: String,
    _lock: fs::File,
}

impl Place {
    /// Waits until the lock is free, and takes it.
    fn take() -> Result<Self> {
        let folder = profile::folders()?.data_local_dir().join("local");
        let taken = || {
            profile::private_folder(&folder)?;
            let lock = fs::File::create(folder.join("lock"))?;
            lock.lock()?;
            Ok((key(&folder)?, lock))
        };
        let (key, lock) = taken().map_err(|error| {
            let place = folder.display();
            Failure::local(format_args!("keep local conversations in {place}"), &error)
        })?;
        Ok(Self {
            folder,
            key,
            _lock: lock,
        })
    }
}

/// The key in the folder, made when it is first asked for.
fn key(folder: &Path) -> io::Result<String> {
    let file = folder.join("key");
    if !file.exists() {
        let key = format!("local_{}", Uuid::new_v4().simple());
        whole_file::replace_private(&file, key.as_bytes())?;
    }
    Ok(fs::read_to_string(file)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = key(folder.path()).unwrap();
        assert_eq!(first.len(), "local_".len() + 32);
        assert_eq!(key(folder.path()).unwrap(), first);
    }
}
