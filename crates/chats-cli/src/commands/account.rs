//! `chats login` and `chats logout`.

use std::io::IsTerminal;

use chats::{Client, ErrorKind};
use serde_json::json;

use crate::args::{ConnectionArgs, LoginArgs};
use crate::connection::{self, variable};
use crate::failure::{Failure, Result};
use crate::output;
use crate::profile::{DEFAULT, Profile, ProfileFile};
use crate::program::shell_word;
use crate::prompt;
use crate::sentence::about_setting;
use crate::terminal::steers;

pub(crate) async fn login(connection: &ConnectionArgs, args: LoginArgs, json: bool) -> Result<()> {
    let name = profile_name(connection, args.name)?;
    if connection.local || connection.library.is_some() {
        return Err(Failure::usage(
            "--local needs no login: try `chats --local chat`",
        ));
    }
    let key = match &connection.api_key {
        Some(key) => key.clone(),
        None => ask_for_key().await?,
    };
    let key = key.trim().to_owned();
    if key.is_empty() {
        return Err(Failure::usage("no key was entered"));
    }
    let flag_or = |flag: &Option<String>, name| flag.clone().or_else(|| variable(name));
    // What the key is checked with is what is saved.
    let profile = Profile {
        api_key: Some(key),
        base_url: flag_or(&connection.base_url, "AIONVISION_BASE_URL"),
        tenant_id: flag_or(&connection.tenant_id, "AIONVISION_TENANT_ID"),
    };
    let client = client(&profile, connection.allow_plain_http).map_err(|error| {
        // A key that was typed or piped has no flag.
        if error.setting() == Some("api_key") && connection.api_key.is_none() {
            Failure::usage(about_setting(&error, "the key"))
        } else {
            error.into()
        }
    })?;
    if !args.no_check {
        check(&client).await?;
    }
    let flags = flags_to_use(&name, &profile);
    let file = ProfileFile::usual()?;
    file.set(&name, profile)?;
    if json {
        let saved = json!({"profile": name, "file": file.path().to_string_lossy()});
        return Ok(output::json(&saved)?);
    }
    let use_it = if flags.is_empty() {
        String::new()
    } else {
        format!("; use it with {}", flags.join(" "))
    };
    Ok(output::line(format!(
        "Saved the key in {}{use_it}.",
        file.path().display()
    ))?)
}

fn client(profile: &Profile, allow_plain_http: bool) -> chats::Result<Client> {
    let key = profile.api_key.clone().unwrap_or_default();
    let (base_url, tenant_id) = (profile.base_url.clone(), profile.tenant_id.clone());
    connection::client(key, base_url, tenant_id, allow_plain_http)
}

/// Tries the key.
async fn check(client: &Client) -> Result<()> {
    match client.chats().list_sessions().limit(1).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::Authentication => Err(Failure::refused(
            "the service does not accept this key; nothing was saved",
        )),
        Err(error) => Err(error.into()),
    }
}

/// The flags without which another command does not use this profile.
fn flags_to_use(name: &str, profile: &Profile) -> Vec<String> {
    let mut flags = Vec::new();
    if name != DEFAULT {
        flags.push(format!("--profile {}", shell_word(name)));
    }
    // An address that only this flag allows.
    if client(profile, false).is_err() {
        flags.push("--allow-plain-http".to_owned());
    }
    flags
}

pub(crate) fn logout(connection: &ConnectionArgs, name: Option<String>, json: bool) -> Result<()> {
    let name = profile_name(connection, name)?;
    if let Some(flag) = connection.given().find(|flag| *flag != "--profile") {
        return Err(Failure::usage(format!("{flag} has no meaning for logout")));
    }
    if !ProfileFile::usual()?.remove(&name)? {
        return Err(Failure::usage(format!("there is no profile `{name}`")));
    }
    if json {
        output::json(&json!({"removed_profile": name}))?;
    } else {
        output::line(format!("Removed profile '{name}'."))?;
    }
    Ok(())
}

/// The profile to use, named by the argument or, as in any other command, by --profile.
fn profile_name(connection: &ConnectionArgs, own: Option<String>) -> Result<String> {
    let name = match (own, &connection.profile) {
        (Some(own), Some(flag)) if own != *flag => {
            return Err(Failure::usage(format!(
                "`{own}` and --profile {flag} name two profiles; name one"
            )));
        }
        (own, flag) => own.or_else(|| flag.clone()),
    };
    let name = name.unwrap_or_else(|| DEFAULT.to_owned());
    if name.trim().is_empty() || name.contains(steers) {
        return Err(Failure::usage(
            "the name of a profile must be visible text on one line",
        ));
    }
    Ok(name)
}

/// Asks without showing what is typed; from a pipe the first line is the key.
async fn ask_for_key() -> Result<String> {
    let key = if std::io::stdin().is_terminal() {
        prompt::secret("API key: ").await?
    } else {
        let line = tokio::task::spawn_blocking(prompt::input_line).await;
        let line = line.map_err(std::io::Error::other)?;
        line.map_err(|error| Failure::local("read the key", &error))?
    };
    Ok(key.unwrap_or_default())
}
