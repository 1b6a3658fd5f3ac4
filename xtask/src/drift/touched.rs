//! The types of `chats` in which a place of a reply or of an event stands, read from the
//! sources: what is built from a generated type, and what the token of an event holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::functions::Functions;

/// The fields of a type, each with the types in it.
type Fields = BTreeMap<String, BTreeSet<String>>;

/// The types of `chats`.
#[derive(Clone, Debug, Default)]
pub struct Types {
    /// By generated type: the types built from it.
    made: BTreeMap<String, BTreeSet<String>>,
    /// By enum and variant: the types in it.
    enums: BTreeMap<String, Fields>,
    structs: BTreeMap<String, Fields>,
}

impl Types {
    /// Reads the functions and types of `chats`.
    #[must_use]
    pub fn of(chats: &Functions) -> Self {
        let structs = chats.structs().clone();
        let mut made: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for function in &chats.list {
            let given = function
                .gives
                .iter()
                .filter(|name| structs.contains_key(*name));
            let given: BTreeSet<_> = given.cloned().collect();
            let taken = function.takes.iter().filter_map(|path| {
                let (_, name) = path.split_once("::")?;
                Some(name.to_owned())
            });
            for name in taken.filter(|_| !given.is_empty()) {
                made.entry(name).or_default().extend(given.iter().cloned());
            }
        }
        Self {
            made,
            enums: chats.enums.clone(),
            structs,
        }
    }

    /// The types that are built from a generated type.
    #[must_use]
    pub fn made_of(&self, generated: &str) -> Option<BTreeSet<String>> {
        self.made.get(generated).cloned()
    }

    /// The types in which a place of an event stands: the one that holds the field, such as
    /// `event.complete.images`, or that of the items of `event.complete.images[]`; and for
    /// an event as a whole the token too.
    #[must_use]
    pub fn in_event(&self, given: &BTreeSet<String>, place: &str) -> Option<BTreeSet<String>> {
        let mut names = place.strip_prefix("event.")?.split(['.', '|']);
        let event = names.next()?;
        let mut tokens = given
            .iter()
            .filter_map(|name| Some((name, self.enums.get(name)?)));
        let (token, variants) = tokens.next()?;
        let known = |types: &BTreeSet<String>| -> BTreeSet<String> {
            let known = types.iter().filter(|name| self.structs.contains_key(*name));
            known.cloned().collect()
        };
        let mut at = variants.get(event).map(known).unwrap_or_default();
        let mut names = names.peekable();
        if names.peek().is_none() || at.is_empty() {
            at.insert(token.clone());
        }
        while let Some(name) = names.next() {
            if names.peek().is_none() && !name.ends_with("[]") {
                break;
            }
            let name = name.trim_end_matches("[]");
            let fields = at.iter().filter_map(|holder| self.structs.get(holder));
            let inner: BTreeSet<String> = fields
                .filter_map(|fields| fields.get(name))
                .flat_map(known)
                .collect();
            if inner.is_empty() {
                break;
            }
            at = inner;
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_place_of_an_event_is_in_the_type_that_holds_it() {
        let fields = |fields: &[(&str, &str)]| -> Fields {
            let fields = fields.iter();
            fields
                .map(|(name, of)| ((*name).to_owned(), set(&[of])))
                .collect()
        };
        let types = Types {
            made: BTreeMap::new(),
            enums: [("Token".to_owned(), fields(&[("found", "Found")]))].into(),
            structs: [
                (
                    "Found".to_owned(),
                    fields(&[("id", "Id"), ("images", "Image")]),
                ),
                ("Image".to_owned(), fields(&[("id", "Id")])),
                ("Id".to_owned(), Fields::new()),
            ]
            .into(),
        };
        for (place, expected) in [
            ("event.found", &["Found", "Token"][..]),
            ("event.found.id", &["Found"]),
            ("event.found.images", &["Found"]),
            ("event.found.images[]", &["Image"]),
            ("event.found.images[].id", &["Image"]),
            ("event.other", &["Token"]),
        ] {
            let found = types.in_event(&set(&["Token"]), place);
            assert_eq!(found, Some(set(expected)), "{place}");
        }
    }
}
