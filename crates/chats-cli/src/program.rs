//! How this program was called, to say what to run next: `chats --local`.

use std::sync::OnceLock;

use crate::args::ConnectionArgs;
use crate::terminal;

static CALLED: OnceLock<String> = OnceLock::new();

/// Remembers which service the command line leads to.
pub(crate) fn remember(args: &ConnectionArgs) {
    let _ = CALLED.set(called(args));
}

/// The program with the flags that lead to the same service again; never the key.
pub(crate) fn name() -> &'static str {
    CALLED.get().map_or("chats", String::as_str)
}

fn called(args: &ConnectionArgs) -> String {
    let mut words = vec!["chats".to_owned()];
    if args.local {
        words.push("--local".to_owned());
    }
    if let Some(library) = &args.library {
        words.push("--library".to_owned());
        words.push(shell_word(&library.display().to_string()));
    }
    for (flag, value) in [
        ("--profile", &args.profile),
        ("--base-url", &args.base_url),
        ("--tenant-id", &args.tenant_id),
    ] {
        if let Some(value) = value {
            words.push(flag.to_owned());
            words.push(shell_word(value));
        }
    }
    if args.allow_plain_http {
        words.push("--allow-plain-http".to_owned());
    }
    words.join(" ")
}

/// A word quoted for a shell, with what would steer a terminal escaped.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.contains(terminal::steers) {
        let escape = |c: char| match c {
            '\'' | '\\' => format!("\\{c}"),
            c if terminal::steers(c) => format!("\\U{:08x}", u32::from(c)),
            c => c.to_string(),
        };
        format!("$'{}'", word.chars().map(escape).collect::<String>())
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn a_suggested_command_acts_for_the_same_tenant_and_shows_no_key() {
        let given = [
            "chats",
            "--profile",
            "work",
            "--tenant-id",
            "acme 7",
            "--api-key",
            "k",
            "chat",
        ];
        let cli = crate::args::Cli::parse_from(given);
        assert_eq!(
            called(&cli.connection),
            "chats --profile work --tenant-id 'acme 7'"
        );
    }

    #[test]
    fn a_word_is_quoted_for_the_shell_where_it_must_be() {
        assert_eq!(shell_word("plan_1"), "plan_1");
        assert_eq!(shell_word("it's 1"), r"'it'\''s 1'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("a\x1b'\\"), r"$'a\U0000001b\'\\'");
    }
}
