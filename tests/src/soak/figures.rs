//! What a trial counted, in the order in which it is printed.

use std::fmt;

/// Named figures.
#[derive(Clone, Debug, Default)]
pub struct Figures(Vec<(String, String)>);

impl Figures {
    /// Adds one.
    pub fn add(&mut self, name: impl Into<String>, figure: impl fmt::Display) {
        self.0.push((name.into(), figure.to_string()));
    }

    /// One of them, as a whole number; 0 where it was not counted.
    pub fn count(&self, name: &str) -> u64 {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map_or(0, |(_, figure)| figure.parse().unwrap_or(0))
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, figure) in &self.0 {
            writeln!(f, "{name:width$}  {figure}")?;
        }
        Ok(())
    }
}
