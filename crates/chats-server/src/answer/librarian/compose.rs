//! The wording of answers.

use std::collections::BTreeMap;

use super::{AGENT, Found, ids};
use crate::answer::{Answer, AnswerError, Prose, Question, ResultRef};
use crate::library::{Hit, Interpretation, Item, ItemKind, Library, Search};
use crate::wording::counted;

/// How many images an answer names; with details wanted, twice as many.
const NAMED: usize = 10;
/// How many documents it quotes.
const QUOTED: usize = 3;

/// The images that an answer names.
pub(super) fn named(hits: &[Hit], detailed: bool) -> &[Hit] {
    &hits[..hits.len().min(if detailed { 2 * NAMED } else { NAMED })]
}

/// The documents that an answer quotes.
pub(super) fn quoted(hits: &[Hit]) -> &[Hit] {
    &hits[..hits.len().min(QUOTED)]
}

/// Says what there is to ask for.
pub(super) async fn introduction(
    library: &Library,
    question: &Question,
) -> Result<Prose, AnswerError> {
    let count = async |kind, only| {
        let search = Search::default().kind(kind).only(only).page(1, 0);
        library.search(search).await.map(|page| page.total)
    };
    let images = count(ItemKind::Image, question.scope.images.clone()).await?;
    let documents = count(ItemKind::Document, question.scope.documents.clone()).await?;
    let mut prose = Prose::new();
    prose.push(&format!(
        "This session can look at {} and {}. \
         Ask for what you want to find, for example “Find damaged poles”.",
        counted(images, "image"),
        counted(documents, "document"),
    ));
    Ok(prose)
}

/// An answer without results.
pub(super) fn plain_answer(prose: Prose) -> Answer {
    resolved(
        prose,
        Answer {
            agents: vec![AGENT.to_owned()],
            provider: Some("chats-server".to_owned()),
            model: Some("librarian".to_owned()),
            ..Answer::default()
        },
    )
}

/// Adds the resolved text to an answer.
pub(super) fn resolved(prose: Prose, mut answer: Answer) -> Answer {
    answer.resolved = Some(prose.into_plain());
    answer
}

/// Says what was found.
pub(super) fn answer(
    question: &Question,
    asked: &Interpretation,
    found: Found,
    about_earlier: bool,
) -> (Prose, Answer) {
    let mut prose = Prose::new();
    let mut refs = BTreeMap::new();
    let subject = asked.terms.join(" ");
    if found.is_empty() {
        prose.push(&nothing_found(&subject, about_earlier));
    }
    let images = found.images;
    if !images.hits.is_empty() {
        refs.insert(
            "images".to_owned(),
            result_ref(ItemKind::Image, images.total, &images.hits),
        );
        introduce_images(
            &mut prose,
            &subject,
            images.total,
            about_earlier,
            found.partly,
        );
        let shown = named(&images.hits, question.detailed);
        for hit in shown {
            prose
                .push("\n- ")
                .image(&hit.item)
                .push(": ")
                .push(&hit.item.description());
            if question.detailed {
                prose.push(&details(&hit.item));
            }
        }
        let rest = images.total - i64::try_from(shown.len()).unwrap_or(i64::MAX);
        if rest > 0 {
            prose.push(&format!("\n\nand {rest} more."));
        }
    }
    let documents = found.documents;
    if !documents.hits.is_empty() {
        refs.insert(
            "documents".to_owned(),
            result_ref(ItemKind::Document, documents.total, &documents.hits),
        );
        if !prose.marked().is_empty() {
            prose.push("\n\n");
        }
        prose
            .count("documents", documents.total)
            .push(if documents.total == 1 {
                " document speaks of it:"
            } else {
                " documents speak of it:"
            });
        for hit in quoted(&documents.hits) {
            prose
                .push("\n- ")
                .document(&hit.item, hit.page.unwrap_or(1));
            let excerpt = hit.excerpt.split_whitespace().collect::<Vec<_>>().join(" ");
            if excerpt.is_empty() {
                prose.push(": ").push(&hit.item.description());
            } else {
                prose.push(": “").push(&excerpt).push("”");
            }
        }
    }
    let answer = Answer {
        images: named(&images.hits, question.detailed).to_vec(),
        documents: quoted(&documents.hits).to_vec(),
        result_refs: refs,
        offers_detailed_analysis: !question.detailed && !images.hits.is_empty(),
        ..plain_answer(Prose::new())
    };
    (prose, answer)
}

fn introduce_images(
    prose: &mut Prose,
    subject: &str,
    total: i64,
    about_earlier: bool,
    partly: bool,
) {
    let noun = if total == 1 { " image" } else { " images" };
    prose.push(if about_earlier {
        "Of these, "
    } else {
        "I found "
    });
    prose.count("images", total).push(noun);
    if about_earlier {
        prose.push(if total == 1 { " fits" } else { " fit" });
    }
    if subject.is_empty() {
        prose.push(":\n");
    } else if partly {
        prose.push(" for some of “").push(subject).push("”:\n");
    } else {
        prose.push(" for “").push(subject).push("”:\n");
    }
}

fn nothing_found(subject: &str, about_earlier: bool) -> String {
    match (subject.is_empty(), about_earlier) {
        (true, _) => "I found nothing that fits.".to_owned(),
        (false, true) => format!("None of these fits “{subject}”."),
        (false, false) => {
            format!("I found nothing for “{subject}” in what this session can look at.")
        }
    }
}

fn details(item: &Item) -> String {
    let mut parts = vec![item.media_type.clone()];
    if let (Some(width), Some(height)) = (item.width, item.height) {
        parts.push(format!("{width} × {height} pixels"));
    }
    parts.push(format!("{} bytes", item.size));
    if !item.tags.is_empty() {
        parts.push(format!("in {}", item.tags.join("/")));
    }
    parts.push(format!("dated {}", item.dated_at.strftime("%Y-%m-%d")));
    format!(" ({})", parts.join(", "))
}

fn result_ref(kind: ItemKind, total: i64, hits: &[Hit]) -> ResultRef {
    let ids = ids(hits);
    let is_image = kind == ItemKind::Image;
    ResultRef {
        count: total,
        image_ids: if is_image { ids.clone() } else { Vec::new() },
        ids,
        id_type: if is_image { "image" } else { "document" }.to_owned(),
        label: if is_image { "images" } else { "documents" }.to_owned(),
    }
}
