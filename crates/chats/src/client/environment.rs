//! Reads the `AIONVISION_*` variables, from the process or from a `.env` file.

use std::time::Duration;

use super::settings::positive;
use super::unchecked_settings::{Given, UncheckedSettings};
use crate::error::{Error, Result};

/// The variable that names the environment's proxy.
pub(super) const PROXY_URL: &str = "AIONVISION_PROXY_URL";

/// Looks up the value of a variable; fails if it is not valid UTF-8.
pub(crate) type Lookup<'a> = dyn Fn(&'static str) -> Result<Option<String>> + 'a;

/// The variables of the process.
pub(crate) fn process(name: &'static str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::bad_setting(name, "is not valid UTF-8"))
        }
    }
}

/// The variables of the process, and after them those of the nearest `.env` file: in
/// `folder` or one above it.
#[cfg(feature = "dotenv")]
pub(crate) fn with_dotenv(
    process: impl Fn(&'static str) -> Result<Option<String>>,
    folder: &std::path::Path,
) -> Result<impl Fn(&'static str) -> Result<Option<String>>> {
    let mut file = std::collections::HashMap::new();
    let nearest = folder
        .ancestors()
        .map(|folder| folder.join(".env"))
        // A folder of that name is often a Python environment.
        .find(|path| path.exists() && !path.is_dir());
    if let Some(path) = nearest {
        let unreadable = |error| unreadable(&path, error);
        for entry in dotenvy::from_path_iter(&path).map_err(unreadable)? {
            let (name, value) = entry.map_err(unreadable)?;
            // The first of two equal names wins, as in dotenvy itself.
            file.entry(name).or_insert(value);
        }
    }
    Ok(move |name: &'static str| {
        let set = process(name)?.filter(|value| !value.trim().is_empty());
        Ok(set.or_else(|| file.get(name).cloned()))
    })
}

/// Says that the file cannot be read, but not what is in it.
#[cfg(feature = "dotenv")]
fn unreadable(path: &std::path::Path, error: dotenvy::Error) -> Error {
    let message = format!("could not read {}", path.display());
    match error {
        dotenvy::Error::Io(error) => Error::config(message).with_source(error),
        _ => Error::config(format!("{message}: a line is not NAME=value")),
    }
}

impl UncheckedSettings {
    /// Every setting that a variable can give.
    pub(super) fn from_variables(lookup: &Lookup<'_>) -> Result<Self> {
        let mut given = Self {
            api_key: text(lookup, "AIONVISION_API_KEY")?,
            base_url: given(lookup, "AIONVISION_BASE_URL")?,
            ..Self::default()
        };
        set(
            &mut given.timeout,
            positive_seconds(lookup, "AIONVISION_TIMEOUT")?,
        );
        set(
            &mut given.max_retries,
            whole(lookup, "AIONVISION_MAX_RETRIES")?,
        );
        set(
            &mut given.retry_delay,
            seconds(lookup, "AIONVISION_RETRY_DELAY")?,
        );
        set(
            &mut given.polling_interval,
            positive_seconds(lookup, "AIONVISION_POLLING_INTERVAL")?,
        );
        set(
            &mut given.polling_timeout,
            seconds(lookup, "AIONVISION_POLLING_TIMEOUT")?,
        );
        set(
            &mut given.trace_context,
            switch(lookup, "AIONVISION_ENABLE_TRACING")?,
        );
        given.fill_from_environment(lookup)?;
        Ok(given)
    }

    /// Takes tenant and proxy from the environment, even if the key is given in code:
    /// they describe the deployment, not the caller.
    pub(super) fn fill_from_environment(&mut self, lookup: &Lookup<'_>) -> Result<()> {
        if self.tenant_id.is_none() {
            self.tenant_id = given(lookup, "AIONVISION_TENANT_ID")?;
        }
        // Kept apart from the caller's proxy: whether it is used depends on a `base_url`
        // that may still be set.
        if self.environment_proxy.is_none() {
            self.environment_proxy = text(lookup, PROXY_URL)?;
        }
        Ok(())
    }
}

fn set<T>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

/// Reads a variable; an empty one counts as not set.
fn text(lookup: &Lookup<'_>, name: &'static str) -> Result<Option<String>> {
    let value = lookup(name)?.map(|value| value.trim().to_owned());
    Ok(value.filter(|value| !value.is_empty()))
}

fn given(lookup: &Lookup<'_>, name: &'static str) -> Result<Option<Given>> {
    Ok(text(lookup, name)?.map(|text| Given::new(text, name)))
}

/// More than zero seconds.
fn positive_seconds(lookup: &Lookup<'_>, name: &'static str) -> Result<Option<Duration>> {
    let duration = seconds(lookup, name)?;
    duration
        .map(|duration| positive(name, duration))
        .transpose()
}

fn seconds(lookup: &Lookup<'_>, name: &'static str) -> Result<Option<Duration>> {
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

fn whole(lookup: &Lookup<'_>, name: &'static str) -> Result<Option<u32>> {
    let Some(value) = text(lookup, name)? else {
        return Ok(None);
    };
    match value.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(wrong(name, &value, "a whole number, such as 3")),
    }
}

fn switch(lookup: &Lookup<'_>, name: &'static str) -> Result<Option<bool>> {
    let Some(value) = text(lookup, name)? else {
        return Ok(None);
    };
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(Some(true)),
        "false" | "0" | "no" | "off" => Ok(Some(false)),
        _ => Err(wrong(name, &value, "true/1/yes/on or false/0/no/off")),
    }
}

fn wrong(name: &'static str, value: &str, expected: &str) -> Error {
    Error::bad_setting(
        name,
        format_args!("is '{}'; expected {expected}", value.escape_debug()),
    )
    .with_hint("correct the variable or unset it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const KEY: (&str, &str) = ("AIONVISION_API_KEY", "aion_0123456789abcdefghij");

    fn read(variables: &[(&str, &str)]) -> Result<UncheckedSettings> {
        let variables: HashMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        UncheckedSettings::from_variables(&|name: &str| Ok(variables.get(name).cloned()))
    }

    #[test]
    fn every_variable_reaches_its_setting() {
        let given = read(&[
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
        assert_eq!(given.max_retries, 7);
        assert_eq!(given.retry_delay, Duration::from_millis(250));
        let settings = given.check().unwrap();
        assert_eq!(settings.base_url.as_str(), "http://localhost:1/api/v2");
        assert_eq!(settings.timeout, Duration::from_millis(12_500));
        assert_eq!(settings.polling_interval, Duration::from_secs(3));
        assert_eq!(settings.polling_timeout, Duration::from_secs(40));
        assert_eq!(settings.tenant_id.unwrap(), "acme");
        assert!(settings.trace_context);
    }

    #[test]
    fn nothing_set_means_the_documented_defaults() {
        let given = read(&[KEY, ("AIONVISION_TIMEOUT", " ")]).unwrap();
        assert_eq!(given.max_retries, 3);
        assert_eq!(given.retry_delay, Duration::from_secs(1));
        let settings = given.check().unwrap();
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
            assert_eq!(error.setting(), Some(name));
        }
        let tracing = ("AIONVISION_ENABLE_TRACING", "maybe");
        assert_eq!(
            read(&[KEY, tracing]).unwrap_err().to_string(),
            "AIONVISION_ENABLE_TRACING is 'maybe'; expected true/1/yes/on or false/0/no/off; \
             correct the variable or unset it"
        );
    }

    #[test]
    fn a_missing_key_says_where_to_put_it() {
        let error = read(&[]).unwrap().check().unwrap_err();
        assert!(error.to_string().contains("AIONVISION_API_KEY"), "{error}");
        assert_eq!(error.setting(), Some("api_key"));
    }

    #[test]
    fn an_error_names_the_variable_whose_value_is_wrong() {
        for (name, value) in [
            ("AIONVISION_BASE_URL", "http://example.org"),
            ("AIONVISION_BASE_URL", "nonsense"),
            ("AIONVISION_TENANT_ID", "ü"),
            ("AIONVISION_TIMEOUT", "0"),
            ("AIONVISION_POLLING_INTERVAL", "0"),
        ] {
            let error = read(&[KEY, (name, value)])
                .and_then(|given| given.check())
                .unwrap_err();
            assert_eq!(error.setting(), Some(name), "{error}");
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }

    #[test]
    fn what_code_says_wins_over_the_surroundings() {
        let env = |name: &str| Ok((name == "AIONVISION_TENANT_ID").then(|| "env".to_owned()));
        let tenant = |mut given: UncheckedSettings| {
            given.fill_from_environment(&env).unwrap();
            given.tenant_id.unwrap().text
        };
        let ours = UncheckedSettings {
            tenant_id: Some(Given::new("code", "tenant_id")),
            ..UncheckedSettings::default()
        };
        assert_eq!(tenant(ours), "code");
        assert_eq!(tenant(UncheckedSettings::default()), "env");
    }

    #[test]
    fn code_can_turn_every_proxy_off() {
        let mut given = read(&[KEY, ("AIONVISION_PROXY_URL", "http://proxy.example")]).unwrap();
        let base_url = given.check().unwrap().base_url;
        assert!(given.proxy(&base_url).unwrap().is_some());
        given.no_proxy = true;
        assert!(given.proxy(&base_url).unwrap().is_none());
    }

    #[test]
    fn plain_http_that_is_allowed_goes_through_no_proxy_but_codes_own() {
        let place = "http://proxy.example:3128";
        let mut given = read(&[KEY, ("AIONVISION_PROXY_URL", place)]).unwrap();
        given.allow_plain_http = true;
        for base_url in ["http://localhost:1/api/v2", "http://chats-server/api/v2"] {
            given.base_url = Some(Given::new(base_url, "base_url"));
            let base_url = given.check().unwrap().base_url;
            given.proxy_url = None;
            assert_eq!(given.proxy(&base_url).unwrap(), None);
            given.proxy_url = Some(place.to_owned());
            assert!(given.proxy(&base_url).unwrap().is_some());
        }
    }

    #[test]
    fn the_places_proxy_is_chosen_once_the_base_url_is_final() {
        let proxy = |base_url: &str, variable: &str, ours: Option<&str>| {
            let mut given = read(&[KEY, ("AIONVISION_PROXY_URL", variable)])?;
            given.base_url = Some(Given::new(base_url, "base_url"));
            given.proxy_url = ours.map(str::to_owned);
            given.proxy(&given.check()?.base_url)
        };
        let place = "http://proxy.example:3128";
        let local = "http://localhost:1/api/v2";
        let remote = "https://api.example/api/v2";
        let host =
            |proxy: Option<reqwest::Url>| proxy.map(|url| url.host_str().unwrap().to_owned());
        assert_eq!(host(proxy(local, place, None).unwrap()), None);
        assert_eq!(host(proxy(local, "nonsense", None).unwrap()), None);
        let through = host(proxy(remote, place, None).unwrap());
        assert_eq!(through.as_deref(), Some("proxy.example"));
        let ours = host(proxy(remote, place, Some("http://ours.example")).unwrap());
        assert_eq!(ours.as_deref(), Some("ours.example"));

        let told = |result: Result<_>| result.unwrap_err().to_string();
        let unsafe_here = told(proxy(local, place, Some(place)));
        assert!(
            unsafe_here.starts_with("proxy_url is on another machine"),
            "{unsafe_here}"
        );
        let unusable = told(proxy(remote, "nonsense", None));
        assert!(unusable.starts_with(PROXY_URL), "{unusable}");
    }

    #[cfg(feature = "dotenv")]
    mod dotenv_file {
        use super::*;

        /// A folder with a `.env` file, and one within it.
        fn folders(file: &str) -> (tempfile::TempDir, std::path::PathBuf) {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(".env"), file).unwrap();
            let within = folder.path().join("a/b");
            std::fs::create_dir_all(&within).unwrap();
            (folder, within)
        }

        #[test]
        fn the_nearest_file_gives_what_the_process_does_not() {
            let (_kept, within) = folders(
                "# settings\nexport AIONVISION_API_KEY='aion_0123456789abcdefghij'\n\
                 AIONVISION_POLLING_INTERVAL=7 # seconds\nPATH=/nowhere\n\
                 AIONVISION_POLLING_INTERVAL=8\n",
            );
            let lookup = with_dotenv(process, &within).unwrap();
            let given = UncheckedSettings::from_variables(&lookup).unwrap();
            assert_eq!(given.api_key.as_deref(), Some(KEY.1));
            assert_eq!(given.polling_interval, Duration::from_secs(7));
            assert_ne!(lookup("PATH").unwrap().as_deref(), Some("/nowhere"));
        }

        #[test]
        fn a_proxy_that_the_file_names_leaves_a_service_on_this_machine_alone() {
            let (_kept, within) = folders("AIONVISION_PROXY_URL=http://proxy.example:3128");
            let mut given =
                UncheckedSettings::from_variables(&with_dotenv(process, &within).unwrap()).unwrap();
            given.api_key = Some(KEY.1.to_owned());
            given.base_url = Some(Given::new("http://localhost:1/api/v2", "base_url"));
            assert!(given.client().is_ok());
        }

        #[test]
        fn an_empty_variable_of_the_process_counts_as_not_set() {
            let (_kept, within) = folders("AIONVISION_TIMEOUT=1\nAIONVISION_MAX_RETRIES=9");
            let process = |name| Ok((name == "AIONVISION_TIMEOUT").then(|| " ".to_owned()));
            let lookup = with_dotenv(process, &within).unwrap();
            let given = UncheckedSettings::from_variables(&lookup).unwrap();
            assert_eq!(given.timeout, Duration::from_secs(1));
            assert_eq!(given.max_retries, 9);
        }

        #[test]
        fn a_folder_of_that_name_is_passed_over() {
            let (_kept, within) = folders("AIONVISION_TIMEOUT=1");
            std::fs::create_dir(within.join(".env")).unwrap();
            let given =
                UncheckedSettings::from_variables(&with_dotenv(process, &within).unwrap()).unwrap();
            assert_eq!(given.timeout, Duration::from_secs(1));
        }

        #[test]
        fn a_nearer_file_hides_the_one_above_it() {
            let (_kept, within) = folders("AIONVISION_TIMEOUT=1");
            std::fs::write(within.join(".env"), "AIONVISION_MAX_RETRIES=9").unwrap();
            let given =
                UncheckedSettings::from_variables(&with_dotenv(process, &within).unwrap()).unwrap();
            assert_eq!(given.max_retries, 9);
            assert_eq!(given.timeout, Duration::from_secs(300));
        }

        #[test]
        fn a_line_that_cannot_be_read_is_told_without_its_text() {
            let (_kept, within) = folders("AIONVISION_API_KEY=aion_canary'canary\n");
            let error = with_dotenv(process, &within).err().unwrap();
            let told = format!("{error} {error:?}");
            let path = within
                .parent()
                .and_then(|a| a.parent())
                .unwrap()
                .join(".env");
            let path = path.display().to_string();
            assert!(told.contains(&path) && !told.contains("canary"), "{told}");
        }

        #[test]
        fn no_file_at_all_is_no_error() {
            let folder = tempfile::tempdir().unwrap();
            assert!(with_dotenv(process, folder.path()).is_ok());
        }
    }
}
