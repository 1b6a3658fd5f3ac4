//! The file name that a `Content-Disposition` suggests, made safe to use in a folder.

/// The file name in a `Content-Disposition` (RFC 6266), made safe.
pub(super) fn suggested(disposition: &str) -> Option<String> {
    let mut plain = None;
    for (name, value) in parameters(disposition) {
        if name.eq_ignore_ascii_case("filename*") {
            // charset'language'percent-encoded (RFC 8187); it wins over the plain one.
            let encoded = value.splitn(3, '\'').nth(2).unwrap_or(&value);
            if let Some(safe) = safe_name(&percent_decoded(encoded)) {
                return Some(safe);
            }
        } else if name.eq_ignore_ascii_case("filename") {
            plain = safe_name(&value);
        }
    }
    plain
}

/// The parameters of a header value; quoted ones may hold semicolons and
/// escaped quotes.
fn parameters(value: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = value.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once('=') {
        // What has no value, such as `inline` among the parameters, is none.
        let name = name.rsplit(';').next().unwrap_or(name);
        let name = name.trim().trim_start_matches(';').trim().to_owned();
        let after = after.trim_start();
        let (text, tail) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (text, tail) = after.split_once(';').unwrap_or((after, ""));
                (text.trim().to_owned(), tail)
            }
        };
        out.push((name, text));
        rest = tail.trim_start().trim_start_matches(';');
    }
    out
}

fn unquoted(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, &quoted[at + 1..]),
            '\\' => text.extend(chars.next().map(|(_, c)| c)),
            c => text.push(c),
        }
    }
    (text, "")
}

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

/// The last part of a path, without characters that a file system or a shell mishandles.
fn safe_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|'))
        .filter(|c| !turns_writing(*c))
        .collect();
    let clean = clean
        .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '-'))
        .trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    let safe = match clean {
        "" => return None,
        name if is_device(name) => format!("_{name}"),
        name => name.to_owned(),
    };
    Some(shortened(&safe))
}

/// Whether a character changes the direction of writing, and so the apparent end of a name.
fn turns_writing(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// The most bytes of a name: file systems allow 255, which leaves room for a prefix.
const LONGEST_NAME: usize = 200;

/// Shortens a name that is too long at the end of its stem; the extension stays.
fn shortened(name: &str) -> String {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 10 => (stem, extension),
        _ => (name, ""),
    };
    if name.len() <= LONGEST_NAME || extension.is_empty() {
        return beginning(name, LONGEST_NAME).to_owned();
    }
    let stem = beginning(stem, LONGEST_NAME - extension.len() - 1);
    format!("{stem}.{extension}")
}

/// The longest beginning of a text that fits into so many bytes.
fn beginning(text: &str, bytes: usize) -> &str {
    let ends = (0..=bytes.min(text.len())).rev();
    let end = ends.into_iter().find(|end| text.is_char_boundary(*end));
    text[..end.unwrap_or(0)].trim_end_matches(['.', ' '])
}

/// Whether Windows takes the name for a device, in any folder.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    let stem = stem.to_ascii_lowercase();
    let numbered = ["com", "lpt"]
        .iter()
        .find_map(|port| stem.strip_prefix(port));
    matches!(&*stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || numbered.is_some_and(|n| n.chars().count() == 1 && !n.contains(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_every_form() {
        for (disposition, expected) in [
            ("attachment; filename=\"Poles.md\"", Some("Poles.md")),
            ("attachment; filename=Poles.md", Some("Poles.md")),
            ("attachment; inline; filename=Poles.md", Some("Poles.md")),
            ("attachment; FileName = \"a; b.md\" ; x=1", Some("a; b.md")),
            (
                "attachment; filename=\"say \\\"hi\\\".md\"",
                Some("say hi.md"),
            ),
            (
                "attachment; filename=\"x.md\"; filename*=UTF-8''m%C3%A4st.md",
                Some("mäst.md"),
            ),
            ("attachment; filename*=UTF-8''%zz.md", Some("%zz.md")),
            ("attachment", None),
            ("attachment; filename=\"\"", None),
        ] {
            assert_eq!(suggested(disposition).as_deref(), expected, "{disposition}");
        }
    }

    #[test]
    fn a_name_that_is_too_long_keeps_its_extension() {
        let long = safe_name(&("x".repeat(300) + ".md")).unwrap();
        assert_eq!((long.len(), long.ends_with("x.md")), (LONGEST_NAME, true));
        let odd = safe_name(&("x.".to_owned() + &"y".repeat(300))).unwrap();
        assert_eq!(odd.len(), LONGEST_NAME);
        let device = safe_name(&("nul.".to_owned() + &"a".repeat(300))).unwrap();
        assert_eq!(device.len(), LONGEST_NAME);
        let wide = safe_name(&("😀".repeat(200) + ".json")).unwrap();
        assert_eq!(
            wide,
            "😀".repeat(48) + ".json",
            "as many as fit into the bytes"
        );
    }

    #[test]
    fn a_name_cannot_leave_its_folder() {
        for (name, expected) in [
            ("../../etc/passwd", Some("passwd")),
            ("..\\..\\boot.ini", Some("boot.ini")),
            ("/etc/passwd", Some("passwd")),
            ("C:\\x\\y.md", Some("y.md")),
            ("C:y.md", Some("Cy.md")),
            ("..", None),
            (".hidden", Some("hidden")),
            ("nul", Some("_nul")),
            ("Com1.tar.gz", Some("_Com1.tar.gz")),
            ("Comet.md", Some("Comet.md")),
            ("a\0b\n.md", Some("ab.md")),
            ("/", None),
            ("-rf.md", Some("rf.md")),
            ("- -rf.md", Some("rf.md")),
            (". .bashrc", Some("bashrc")),
            ("CONIN$.md", Some("_CONIN$.md")),
            (
                "a\u{202e}cod\u{200e}\u{200f}\u{61c}\u{2066}.md",
                Some("acod.md"),
            ),
        ] {
            assert_eq!(safe_name(name).as_deref(), expected, "{name}");
            let header = format!(
                "attachment; filename*=UTF-8''{}",
                name.replace('/', "%2F")
                    .replace('\0', "%00")
                    .replace('\n', "%0A")
            );
            assert_eq!(suggested(&header).as_deref(), expected, "{header}");
        }
    }
}
