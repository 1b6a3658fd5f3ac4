//! What a conversation understands beside messages: `/commands`.

use chats::{DocumentId, ExportFormat, ImageId, SessionId};

/// Every name, for completion.
pub(super) const NAMES: &[&str] = &[
    "/documents",
    "/export",
    "/help",
    "/images",
    "/mode",
    "/quit",
    "/rename",
    "/sessions",
];

/// What `/help` shows.
pub(super) const HELP: &str = "\
/images                 show the images of the last answer or search
/images find WORDS      search for images
/images use 1 3 ID…     use only these: numbers from the last table, or ids
/images all             use all images again
/documents ID…          use only these documents; `none` goes back to all
/mode all|selected      choose the images that answers use
/rename TITLE           rename the session
/export [FILE]          save the conversation; .json or .txt sets the format
/sessions               list the latest sessions
/sessions ID            switch to another session
/help                   show this help
/quit                   quit; so does Ctrl-D

End a line with \\ to continue it on the next, or press Alt-Enter; Tab completes.
Ctrl-C stops an answer; pressed twice at the prompt, it quits.";

/// A `/command`, read.
#[derive(Debug, PartialEq)]
pub(super) enum Slash {
    Images,
    FindImages(String),
    UseImages(Vec<Pick>),
    AllImages,
    Documents(Vec<DocumentId>),
    Mode { all: bool },
    Rename(String),
    Export(Option<String>),
    Sessions,
    Switch(SessionId),
    Help,
    Quit,
}

/// An image, by its number in the last table or by its id.
#[derive(Debug, PartialEq)]
pub(super) enum Pick {
    Number(usize),
    Id(ImageId),
}

/// Reads a `/command`; the error is a sentence for people.
pub(super) fn parse(line: &str) -> Result<Slash, String> {
    let line = line.trim();
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match name {
        "/images" | "/image" => images(rest),
        "/documents" | "/docs" => documents(rest),
        "/mode" => match rest {
            "all" => Ok(Slash::Mode { all: true }),
            "selected" => Ok(Slash::Mode { all: false }),
            _ => Err("usage: /mode all | /mode selected".to_owned()),
        },
        "/rename" | "/title" if rest.is_empty() => Err("usage: /rename TITLE".to_owned()),
        "/rename" | "/title" => Ok(Slash::Rename(rest.to_owned())),
        "/export" => Ok(Slash::Export((!rest.is_empty()).then(|| rest.to_owned()))),
        "/sessions" | "/session" if rest.is_empty() => Ok(Slash::Sessions),
        "/sessions" | "/session" => {
            let id = rest
                .parse()
                .map_err(|error: chats::Error| error.to_string())?;
            Ok(Slash::Switch(id))
        }
        "/help" | "/?" => Ok(Slash::Help),
        "/quit" | "/exit" | "/q" => Ok(Slash::Quit),
        _ => Err(format!("unknown command {name}; /help lists commands")),
    }
}

fn images(rest: &str) -> Result<Slash, String> {
    let (what, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match (what, rest.trim()) {
        ("", _) => Ok(Slash::Images),
        ("all" | "none", "") => Ok(Slash::AllImages),
        ("find" | "search", "") => Err("usage: /images find WORDS".to_owned()),
        ("find" | "search", words) => Ok(Slash::FindImages(words.to_owned())),
        ("use", "") => Err("usage: /images use NUMBERS or IDS".to_owned()),
        ("use", picks) => picks
            .split_whitespace()
            .map(pick)
            .collect::<Result<_, _>>()
            .map(Slash::UseImages),
        _ => Err(
            "usage: /images | /images find WORDS | /images use NUMBERS | /images all".to_owned(),
        ),
    }
}

fn pick(word: &str) -> Result<Pick, String> {
    let word = word.trim_matches(',');
    match word.parse() {
        Ok(number) => Ok(Pick::Number(number)),
        Err(_) => word.parse().map(Pick::Id).map_err(|_: chats::Error| {
            format!("`{word}` is neither the number of an image in the last table nor an id")
        }),
    }
}

fn documents(rest: &str) -> Result<Slash, String> {
    let ids: Result<Vec<DocumentId>, chats::Error> = match rest {
        "" => return Err("usage: /documents IDS | /documents none".to_owned()),
        "none" => Ok(Vec::new()),
        ids => ids
            .split_whitespace()
            .map(|id| id.trim_matches(',').parse())
            .collect(),
    };
    ids.map(Slash::Documents).map_err(|error| error.to_string())
}

/// The kind of file that a name asks for.
pub(super) fn format_of(file: &str) -> ExportFormat {
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "json" => ExportFormat::Json,
        "txt" | "text" => ExportFormat::Text,
        _ => ExportFormat::Markdown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de001";

    #[test]
    fn commands_are_read() {
        let id = || ID.parse().unwrap();
        let picks = vec![Pick::Number(1), Pick::Id(id())];
        for (line, read) in [
            ("/images", Slash::Images),
            (
                "/images find old poles ",
                Slash::FindImages("old poles".to_owned()),
            ),
            (&format!("/images use 1, {ID}"), Slash::UseImages(picks)),
            ("/mode selected", Slash::Mode { all: false }),
            (
                "/rename  Poles of May",
                Slash::Rename("Poles of May".to_owned()),
            ),
            ("/export", Slash::Export(None)),
            ("/documents none", Slash::Documents(Vec::new())),
            (
                &format!("/sessions {ID}"),
                Slash::Switch(ID.parse().unwrap()),
            ),
            ("/q", Slash::Quit),
        ] {
            assert_eq!(parse(line).as_ref(), Ok(&read), "{line}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_what_to_say() {
        for (line, told) in [
            ("/nope", "/help"),
            ("/mode", "/mode all"),
            ("/images use", "NUMBERS"),
            ("/images use 1-2", "`1-2` is neither the number"),
            ("/rename ", "/rename TITLE"),
            ("/documents", "/documents none"),
        ] {
            let problem = parse(line).unwrap_err();
            assert!(problem.contains(told), "{line}: {problem}");
        }
    }

    #[test]
    fn every_command_is_in_the_help_and_completed() {
        for line in HELP.lines().filter(|line| line.starts_with('/')) {
            let name = line.split_whitespace().next().unwrap();
            assert!(NAMES.contains(&name), "{name}");
        }
        for name in NAMES {
            assert!(HELP.contains(name), "{name}");
        }
    }
}
