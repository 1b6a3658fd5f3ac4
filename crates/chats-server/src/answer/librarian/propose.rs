//! Requests that do something: they become plans that wait for approval.

use crate::answer::{AnswerError, Plan, PlanStep, Question};
use crate::library::{ItemKind, Library, Search};
use crate::limits::LONGEST_TITLE;
use crate::wording::counted;

/// The most images that one plan describes.
const ALL: i64 = 5000;

/// The plan that a message asks for; `None` if it only asks a question.
pub(super) async fn plan(
    question: &Question,
    library: &Library,
) -> Result<Option<Plan>, AnswerError> {
    let text = question
        .text
        .trim()
        .trim_end_matches(['.', '!', '?'])
        .trim();
    if let Some(plan) = rename_and_export(text).or_else(|| find_and_select(text, question)) {
        return Ok(Some(plan));
    }
    if !asks_for_every_description(text) {
        return Ok(None);
    }
    let search = Search::default()
        .kind(ItemKind::Image)
        .only(question.scope.images.clone())
        .page(ALL, 0);
    let page = library.search(search).await?;
    let image_ids: Vec<_> = page.hits.iter().map(|hit| hit.item.id).collect();
    if image_ids.is_empty() {
        return Ok(None);
    }
    Ok(Some(Plan {
        summary: match image_ids.len() {
            1 => "Describe the only image.".to_owned(),
            count => format!("Describe all {count} images."),
        },
        steps: vec![PlanStep::Describe { image_ids }],
    }))
}

/// "find X and select them", and "select them" after a question that found something.
fn find_and_select(text: &str, question: &Question) -> Option<Plan> {
    const VERBS: &[&str] = &[
        "find",
        "search for",
        "search",
        "look for",
        "show me",
        "show",
        "get",
        "locate",
    ];
    const ENDS: &[&str] = &[
        " and select them all",
        " and select all of them",
        " and select them",
        " and select these",
    ];
    const ALONE: &[&str] = &[
        "select them",
        "select these",
        "select all of them",
        "select those",
    ];
    let lower = text.to_lowercase();
    if ALONE.contains(&lower.as_str()) {
        let image_ids = question.previous.as_ref()?.images.clone();
        return (!image_ids.is_empty()).then(|| Plan {
            summary: format!(
                "Select the {} of the last answer.",
                counted(image_ids.len(), "image")
            ),
            steps: vec![PlanStep::Select { image_ids }],
        });
    }
    let lower = lower.strip_prefix("please ").unwrap_or(&lower);
    let rest = VERBS
        .iter()
        .find_map(|verb| lower.strip_prefix(verb)?.strip_prefix(' '))?;
    let query = ENDS.iter().find_map(|end| rest.strip_suffix(end))?.trim();
    (!query.is_empty()).then(|| Plan {
        summary: format!("Find images for “{query}” and select them for this session."),
        steps: vec![PlanStep::FindAndSelect {
            query: query.to_owned(),
        }],
    })
}

/// "rename this session to Y", with or without "and export it".
fn rename_and_export(text: &str) -> Option<Plan> {
    const STARTS: &[&str] = &[
        "rename this session to ",
        "rename the session to ",
        "rename this chat to ",
        "rename the chat to ",
    ];
    const ENDS: &[&str] = &[
        " and export it",
        " and export this session",
        " and export the session",
        " then export it",
    ];
    let text = strip_start(text, "please ").unwrap_or(text);
    let rest = STARTS.iter().find_map(|start| strip_start(text, start))?;
    let (title, export) = ENDS
        .iter()
        .find_map(|end| strip_end(rest, end))
        .map_or((rest, false), |title| (title, true));
    let title: String = title
        .trim()
        .trim_matches(['"', '“', '”', '\''])
        .chars()
        .take(LONGEST_TITLE)
        .collect();
    if title.is_empty() {
        return None;
    }
    let mut steps = vec![PlanStep::Rename {
        title: title.clone(),
    }];
    let mut summary = format!("Rename this session to “{title}”");
    if export {
        steps.push(PlanStep::Export);
        summary.push_str(" and export it");
    }
    summary.push('.');
    Some(Plan { summary, steps })
}

fn asks_for_every_description(text: &str) -> bool {
    let words = crate::library::words(text);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    words
        .first()
        .is_some_and(|word| ["describe", "please"].contains(&word.as_str()))
        && has(&["describe"])
        && has(&["all", "every", "each"])
        && has(&["images", "image", "photos", "photo", "pictures", "picture"])
        && words.len() <= 7
}

/// Cuts a start off whatever its case; the rest keeps its own.
fn strip_start<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start)
        .then(|| &text[start.len()..])
}

fn strip_end<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(end.len())?;
    text.get(at..)?
        .eq_ignore_ascii_case(end)
        .then(|| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_keeps_its_case_and_loses_its_quotes() {
        let plan =
            rename_and_export("Rename this session to “Poles of May” and export it").unwrap();
        assert_eq!(
            plan.steps,
            [
                PlanStep::Rename {
                    title: "Poles of May".to_owned()
                },
                PlanStep::Export
            ]
        );
        assert_eq!(
            rename_and_export("rename this session to  ").map(|plan| plan.steps),
            None
        );
        assert!(rename_and_export("How do I rename this session?").is_none());
    }

    #[test]
    fn only_a_request_for_every_image_is_one() {
        assert!(asks_for_every_description("Describe all my images"));
        assert!(asks_for_every_description("please describe every photo"));
        assert!(!asks_for_every_description("Describe the cat images"));
        assert!(!asks_for_every_description("Do all images describe poles?"));
    }
}
