//! Profiles: named keys and addresses in a file in the platform's usual place,
//! readable only by its owner.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};
use crate::whole_file;

/// The profile that is used unless another is named.
pub(crate) const DEFAULT: &str = "default";

/// The saved settings of an account.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) api_key: Option<String>,
    pub(crate) base_url: Option<String>,
    pub(crate) tenant_id: Option<String>,
}

/// The file with all profiles.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// Where profiles are kept.
pub(crate) struct ProfileFile {
    path: PathBuf,
}

/// The folders that this program may use, as the platform has them.
pub(crate) fn folders() -> Result<directories::ProjectDirs> {
    directories::ProjectDirs::from("tech", "aionvision", "chats")
        .ok_or_else(|| Failure::refused("there is no home folder for settings; set HOME"))
}

/// The person's home folder.
pub(crate) fn home() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.home_dir().to_owned())
}

impl ProfileFile {
    pub(crate) fn usual() -> Result<Self> {
        Ok(Self {
            path: folders()?.config_dir().join("profiles.toml"),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The profile of this name, if it is kept.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Profile>> {
        Ok(self.read()?.profiles.remove(name))
    }

    /// Keeps a profile, in place of one of the same name.
    pub(crate) fn set(&self, name: &str, profile: Profile) -> Result<()> {
        let mut contents = self.read()?;
        contents.profiles.insert(name.to_owned(), profile);
        self.write(&contents)
    }

    /// Forgets a profile; false if there was none.
    pub(crate) fn remove(&self, name: &str) -> Result<bool> {
        let mut contents = self.read()?;
        let known = contents.profiles.remove(name).is_some();
        if known {
            self.write(&contents)?;
        }
        Ok(known)
    }

    fn read(&self) -> Result<Contents> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contents::default()),
            Err(error) => return Err(self.failed("read", &error)),
        };
        // Without the parser's message, which may quote the line with the key.
        toml::from_str(&text).map_err(|_| {
            Failure::usage(format!(
                "{} is not a valid profile file; fix it, or delete it and run `chats login`",
                self.path.display()
            ))
        })
    }

    fn write(&self, contents: &Contents) -> Result<()> {
        let text = toml::to_string(contents)
            .map_err(|error| Failure::refused(format!("could not write the profiles: {error}")))?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| self.failed("write", &error))?;
        whole_file::replace_private(&self.path, text.as_bytes())
            .map_err(|error| self.failed("write", &error))
    }

    fn failed(&self, doing: &str, error: &io::Error) -> Failure {
        Failure::local(format_args!("{doing} {}", self.path.display()), error)
    }
}

/// A folder that only its owner can open.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &tempfile::TempDir) -> ProfileFile {
        ProfileFile {
            path: folder.path().join("deep/profiles.toml"),
        }
    }

    fn with_key(key: &str) -> Profile {
        Profile {
            api_key: Some(key.to_owned()),
            ..Profile::default()
        }
    }

    #[test]
    fn profiles_are_kept_beside_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        assert!(file.get("work").unwrap().is_none());
        file.set("work", with_key("one")).unwrap();
        file.set("home", with_key("two")).unwrap();
        file.set("work", with_key("three")).unwrap();
        let key = |name| file.get(name).unwrap().unwrap().api_key.unwrap();
        assert_eq!(
            (key("work").as_str(), key("home").as_str()),
            ("three", "two")
        );
        assert!(file.remove("work").unwrap());
        assert!(!file.remove("work").unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_alone_even_where_it_was_not() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        fs::create_dir_all(file.path.parent().unwrap()).unwrap();
        fs::write(&file.path, "").unwrap();
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o644)).unwrap();
        file.set("work", with_key("one")).unwrap();
        let mode = fs::metadata(&file.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_told_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        fs::create_dir_all(file.path.parent().unwrap()).unwrap();
        fs::write(&file.path, "api_key = secret").unwrap();
        let Err(failure) = file.get("work") else {
            panic!()
        };
        let sentence = failure.sentence().unwrap();
        assert!(
            sentence.contains("profiles.toml") && !sentence.contains("secret"),
            "{sentence}"
        );
    }
}
