//! Plans: what an answer proposes to do, and the wording in which it does.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::wording::counted;

/// Describing more images than this runs in the background.
const MOST_AT_ONCE: usize = 20;

/// Steps that are carried out together once somebody approves them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What it is for, in a sentence.
    pub summary: String,
    /// What is done, in this order.
    pub steps: Vec<PlanStep>,
}

/// One thing that a plan does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlanStep {
    /// Finds images by words and selects them for the session.
    FindAndSelect {
        /// What to look for.
        query: String,
    },
    /// Selects images that are known already.
    Select {
        /// The images.
        image_ids: Vec<Uuid>,
    },
    /// Describes images one by one.
    Describe {
        /// The images.
        image_ids: Vec<Uuid>,
    },
    /// Gives the session another title.
    Rename {
        /// The title.
        title: String,
    },
    /// Exports the session as Markdown.
    Export,
}

impl PlanStep {
    /// What the step does, in a sentence.
    #[must_use]
    pub fn description(&self) -> String {
        match self {
            Self::FindAndSelect { query } => format!("Find images for “{query}” and select them."),
            Self::Select { image_ids } => format!("Select {}.", counted(image_ids.len(), "image")),
            Self::Describe { image_ids } => {
                format!("Describe {}.", counted(image_ids.len(), "image"))
            }
            Self::Rename { title } => format!("Rename the session to “{title}”."),
            Self::Export => "Export the session as Markdown.".to_owned(),
        }
    }
}

impl Plan {
    /// Whether it takes so long that it runs in the background.
    #[must_use]
    pub fn in_background(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, PlanStep::Describe { image_ids } if image_ids.len() > MOST_AT_ONCE))
    }

    /// The plan as clients see it.
    pub(crate) fn to_wire(&self, id: &str) -> Value {
        let steps: Vec<Value> = (1..)
            .zip(&self.steps)
            .map(|(number, step)| json!({"step": number, "description": step.description(), "details": step}))
            .collect();
        json!({
            "plan_id": id,
            "summary": self.summary,
            "steps": steps,
            "runs_in_background": self.in_background(),
            "status": "pending_approval",
        })
    }
}
