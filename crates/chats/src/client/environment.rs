//! Reads the `AIONVISION_*` variables, from the process or from a `.env` file.

use std::time::Duration;

use super::builder::ClientBuilder;
use crate::error::{Error, Result};

/// Gives the value of a variable; an error where it is not readable text.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Result<Option<String>> + 'a;

/// The variables of the process.
pub(crate) fn process(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::config(format!("{name} is not valid UTF-8")))
        }
    }
}

/// The variables of the process, and behind them those of the nearest `.env`
/// file in this folder or one above it.
#[cfg(feature = "dotenv")]
pub(crate) fn with_dotenv() -> Result<impl Fn(&str) -> Result<Option<String>>> {
    let mut file = std::collections::HashMap::new();
    match dotenvy::dotenv_iter() {
        Ok(entries) => {
            for entry in entries {
                let (name, value) = entry.map_err(unreadable)?;
                // The first of two wins, as in dotenvy itself.
                file.entry(name).or_insert(value);
            }
        }
        Err(error) if error.not_found() => {}
        Err(error) => return Err(unreadable(error)),
    }
    Ok(move |name: &str| Ok(process(name)?.or_else(|| file.get(name).cloned())))
}

/// Says that the file cannot be read, not what stands in it.
#[cfg(feature = "dotenv")]
fn unreadable(error: dotenvy::Error) -> Error {
    match error {
        dotenvy::Error::Io(error) => {
            Error::config("the .env file cannot be read").with_source(error)
        }
        _ => Error::config("the .env file cannot be read: a line is not NAME=value"),
    }
}

/// Every setting that a variable can give.
pub(crate) fn everything(lookup: &Lookup<'_>) -> Result<ClientBuilder> {
    let mut builder = ClientBuilder::default();
    if let Some(key) = text(lookup, "AIONVISION_API_KEY")? {
        builder = builder.api_key(key);
    }
    if let Some(url) = text(lookup, "AIONVISION_BASE_URL")? {
        builder = builder.base_url(url);
    }
    if let Some(timeout) = seconds(lookup, "AIONVISION_TIMEOUT")? {
        builder = builder.timeout(timeout);
    }
    if let Some(retries) = whole(lookup, "AIONVISION_MAX_RETRIES")? {
        builder = builder.max_retries(retries);
    }
    if let Some(delay) = seconds(lookup, "AIONVISION_RETRY_DELAY")? {
        builder = builder.retry_delay(delay);
    }
    if let Some(interval) = seconds(lookup, "AIONVISION_POLLING_INTERVAL")? {
        builder = builder.polling_interval(interval);
    }
    if let Some(timeout) = seconds(lookup, "AIONVISION_POLLING_TIMEOUT")? {
        builder = builder.polling_timeout(timeout);
    }
    if let Some(on) = switch(lookup, "AIONVISION_ENABLE_TRACING")? {
        builder = builder.enable_tracing(on);
    }
    surroundings(builder, lookup)
}

/// What belongs to the place rather than to the caller: tenant and proxy are
/// taken from the environment even where the key is given in code.
pub(crate) fn surroundings<D>(
    mut builder: ClientBuilder<D>,
    lookup: &Lookup<'_>,
) -> Result<ClientBuilder<D>> {
    if builder.tenant_id.is_none() {
        builder.tenant_id = text(lookup, "AIONVISION_TENANT_ID")?;
    }
    if builder.proxy_url.is_none() {
        builder.proxy_url = text(lookup, "AIONVISION_PROXY_URL")?;
    }
    Ok(builder)
}

/// A variable that is set to nothing counts as not set.
fn text(lookup: &Lookup<'_>, name: &str) -> Result<Option<String>> {
    let value = lookup(name)?.map(|value| value.trim().to_owned());
    Ok(value.filter(|value| !value.is_empty()))
}

fn seconds(lookup: &Lookup<'_>, name: &str) -> Result<Option<Duration>> {
    let Some(value) = text(lookup, name)? else {
        return Ok(None);
    };
    let duration = value
        .parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match duration {
        Some(duration) => Ok(Some(duration)),
        None => Err(wrong(name, &value, "a number of seconds, such as 1.5")),
    }
}

fn whole(lookup: &Lookup<'_>, name: &str) -> Result<Option<u32>> {
    let Some(value) = text(lookup, name)? else {
        return Ok(None);
    };
    match value.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(wrong(name, &value, "a whole number, such as 3")),
    }
}

fn switch(lookup: &Lookup<'_>, name: &str) -> Result<Option<bool>> {
    let Some(value) = text(lookup, name)? else {
        return Ok(None);
    };
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(Some(true)),
        "false" | "0" | "no" | "off" => Ok(Some(false)),
        _ => Err(wrong(
            name,
            &value,
            "true, 1, yes or on, or their opposites",
        )),
    }
}

fn wrong(name: &str, value: &str, expected: &str) -> Error {
    Error::config(format!(
        "{name} is `{}`, but {expected} is expected",
        value.escape_debug()
    ))
    .with_hint("correct the variable or unset it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const KEY: (&str, &str) = ("AIONVISION_API_KEY", "aion_0123456789abcdefghij");

    fn read(variables: &[(&str, &str)]) -> Result<ClientBuilder> {
        let variables: HashMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        everything(&|name: &str| Ok(variables.get(name).cloned()))
    }

    #[test]
    fn every_variable_reaches_its_setting() {
        let builder = read(&[
            KEY,
            ("AIONVISION_BASE_URL", "http://localhost:1/api/v2/"),
            ("AIONVISION_TIMEOUT", "12.5"),
            ("AIONVISION_MAX_RETRIES", "7"),
            ("AIONVISION_RETRY_DELAY", "0.25"),
            ("AIONVISION_POLLING_INTERVAL", "3"),
            ("AIONVISION_POLLING_TIMEOUT", "40"),
            ("AIONVISION_TENANT_ID", "acme"),
            ("AIONVISION_PROXY_URL", "http://proxy.example:3128"),
            ("AIONVISION_ENABLE_TRACING", "Yes"),
        ])
        .unwrap();
        assert_eq!(builder.max_retries, 7);
        assert_eq!(builder.retry_delay, Duration::from_millis(250));
        let settings = builder.check().unwrap();
        assert_eq!(settings.base_url.as_str(), "http://localhost:1/api/v2");
        assert_eq!(settings.timeout, Duration::from_millis(12_500));
        assert_eq!(settings.polling_interval, Duration::from_secs(3));
        assert_eq!(settings.polling_timeout, Duration::from_secs(40));
        assert_eq!(settings.tenant_id.unwrap(), "acme");
        assert!(settings.trace_context);
    }

    #[test]
    fn nothing_set_means_the_documented_defaults() {
        let builder = read(&[KEY, ("AIONVISION_TIMEOUT", " ")]).unwrap();
        assert_eq!(builder.max_retries, 3);
        assert_eq!(builder.retry_delay, Duration::from_secs(1));
        let settings = builder.check().unwrap();
        assert_eq!(
            settings.base_url.as_str(),
            "https://api.aionvision.tech/api/v2"
        );
        assert_eq!(settings.timeout, Duration::from_secs(300));
        assert_eq!(settings.polling_interval, Duration::from_secs(2));
        assert_eq!(settings.polling_timeout, Duration::from_secs(360));
        assert!(!settings.trace_context);
    }

    #[test]
    fn a_wrong_value_names_the_variable_and_what_is_expected() {
        for (name, value) in [
            ("AIONVISION_TIMEOUT", "soon"),
            ("AIONVISION_TIMEOUT", "-1"),
            ("AIONVISION_TIMEOUT", "NaN"),
            ("AIONVISION_MAX_RETRIES", "1.5"),
            ("AIONVISION_ENABLE_TRACING", "maybe"),
        ] {
            let error = read(&[KEY, (name, value)]).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(name) && text.contains(value), "{text}");
        }
    }

    #[test]
    fn a_missing_key_says_where_to_put_it() {
        let error = read(&[]).unwrap().check().unwrap_err();
        assert!(error.to_string().contains("AIONVISION_API_KEY"), "{error}");
    }

    #[test]
    fn what_code_says_wins_over_the_surroundings() {
        let env = |name: &str| Ok((name == "AIONVISION_TENANT_ID").then(|| "env".to_owned()));
        let ours = ClientBuilder::default().tenant_id("code");
        let tenant = |builder| surroundings(builder, &env).unwrap().tenant_id;
        assert_eq!(tenant(ours).as_deref(), Some("code"));
        assert_eq!(tenant(ClientBuilder::default()).as_deref(), Some("env"));
    }
}
