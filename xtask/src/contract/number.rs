//! Numbers of JSON, compared exactly: a bound of 2^53 + 1 differs from one of 2^53, and
//! `100` equals `100.0`.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

/// A number of JSON.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let number = value.as_number()?;
        if let Some(whole) = number.as_i64() {
            return Some(Self::Whole(whole.into()));
        }
        if let Some(whole) = number.as_u64() {
            return Some(Self::Whole(whole.into()));
        }
        number.as_f64().map(Self::of_real)
    }

    /// The number of a JSON text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::of(&serde_json::from_str(text).ok()?)
    }

    fn of_real(real: f64) -> Self {
        // Below this every whole float is a whole number of 64 bits.
        #[expect(clippy::cast_possible_truncation, reason = "checked to fit")]
        if real.fract() == 0.0 && real.abs() < 9.2e18 {
            return Self::Whole(real as i128);
        }
        Self::Real(real)
    }

    /// Exact enough beside a number that is not whole.
    fn real(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Real(real) => real,
        }
    }

    pub(crate) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => left.cmp(&right),
            (left, right) => left.real().total_cmp(&right.real()),
        }
    }

    /// The next whole number up, this one included.
    pub(crate) fn up(self) -> Self {
        match self {
            Self::Whole(_) => self,
            Self::Real(real) => Self::of_real(real.ceil()),
        }
    }

    /// The next whole number down, this one included.
    pub(crate) fn down(self) -> Self {
        match self {
            Self::Whole(_) => self,
            Self::Real(real) => Self::of_real(real.floor()),
        }
    }

    /// The number plus a whole step.
    pub(crate) fn plus(self, step: i128) -> Self {
        match self {
            Self::Whole(whole) => Self::Whole(whole.saturating_add(step)),
            Self::Real(_) => self,
        }
    }

    /// Whether it is a multiple of the other.
    pub(crate) fn is_multiple_of(self, other: Self) -> bool {
        match (self, other) {
            (_, Self::Whole(0)) => false,
            (Self::Whole(left), Self::Whole(right)) => left % right == 0,
            (left, right) => (left.real() / right.real()).fract() == 0.0,
        }
    }

    /// The least common multiple of both, if they are whole numbers.
    pub(crate) fn common_multiple(self, other: Self) -> Option<Self> {
        let (Self::Whole(left), Self::Whole(right)) = (self, other) else {
            return None;
        };
        let (mut a, mut b) = (left.abs(), right.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        (left / a.max(1)).checked_mul(right).map(Self::Whole)
    }

    pub(crate) fn text(self) -> String {
        match self {
            Self::Whole(whole) => whole.to_string(),
            Self::Real(real) => json!(real).to_string(),
        }
    }
}

/// A value with its numbers and its members in one spelling.
pub(crate) fn exact(value: &Value) -> Value {
    match value {
        Value::Number(_) => match Number::of(value) {
            Some(Number::Whole(whole)) => match (i64::try_from(whole), u64::try_from(whole)) {
                (Ok(whole), _) => json!(whole),
                (_, Ok(whole)) => json!(whole),
                _ => value.clone(),
            },
            _ => value.clone(),
        },
        Value::Array(list) => list.iter().map(exact).collect(),
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.into_iter();
            members
                .map(|(name, value)| (name.clone(), exact(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_compared_exactly() {
        let order = |left: &str, right: &str| {
            Number::parse(left)
                .unwrap()
                .order(Number::parse(right).unwrap())
        };
        assert_eq!(
            order("9007199254740992", "9007199254740993"),
            Ordering::Less
        );
        assert_eq!(order("100", "1e2"), Ordering::Equal);
        assert_eq!(order("0.5", "1"), Ordering::Less);
        assert_eq!(
            exact(&json!({"b": 1.0, "a": [2.5]})).to_string(),
            r#"{"a":[2.5],"b":1}"#
        );
    }

    #[test]
    fn multiples_are_found() {
        let of = |text: &str| Number::parse(text).unwrap();
        assert!(of("4").is_multiple_of(of("2")) && !of("2").is_multiple_of(of("4")));
        assert!(of("1").is_multiple_of(of("0.5")));
        let common = of("4").common_multiple(of("6")).unwrap();
        assert_eq!(common.text(), "12");
    }
}
