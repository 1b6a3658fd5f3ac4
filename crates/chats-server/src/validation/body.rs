//! Reading the fields of a JSON body. Strict about JSON types, as the contract's
//! schemas are: `"5"` is no number and `0` is no boolean.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::problem::{Problem, Problems};

/// The JSON value of a body, or why there is none.
pub(crate) fn parse_json(bytes: &[u8]) -> Result<Value, Problem> {
    if bytes.is_empty() {
        return Err(Problem::missing().below("body"));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let position = if error.is_eof() {
            bytes.len()
        } else {
            offset_of(bytes, error.line(), error.column())
        };
        Problem::new("json_invalid", "JSON decode error")
            .below(position)
            .below("body")
    })
}

fn offset_of(bytes: &[u8], line: usize, column: usize) -> usize {
    let before: usize = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    before + column.saturating_sub(1)
}

/// The object of a body and the problems found in it so far.
pub(crate) struct Body<'a> {
    fields: &'a Map<String, Value>,
    problems: &'a mut Problems,
}

impl<'a> Body<'a> {
    /// `None`, with the problem kept, when the value is not an object.
    pub(crate) fn of(value: &'a Value, problems: &'a mut Problems) -> Option<Self> {
        let Value::Object(fields) = value else {
            problems.push(
                Problem::new(
                    "model_attributes_type",
                    "Input should be a valid dictionary or object to extract fields from",
                )
                .below("body"),
            );
            return None;
        };
        Some(Self { fields, problems })
    }

    /// A field that must be there.
    pub(crate) fn required<T, E: IntoIterator<Item = Problem>>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, E>,
    ) -> Option<T> {
        let Some(value) = self.fields.get(name) else {
            self.reject(name, Problem::missing());
            return None;
        };
        let problems = match read(value) {
            Ok(value) => return Some(value),
            Err(problems) => problems,
        };
        for problem in problems {
            self.reject(name, problem);
        }
        None
    }

    fn reject(&mut self, name: &str, problem: Problem) {
        self.problems.push(problem.below(name).below("body"));
    }

    /// A field that may be absent, but not null.
    pub(crate) fn or<T, E: IntoIterator<Item = Problem>>(
        &mut self,
        name: &str,
        default: T,
        read: impl FnOnce(&Value) -> Result<T, E>,
    ) -> Option<T> {
        if self.fields.contains_key(name) {
            self.required(name, read)
        } else {
            Some(default)
        }
    }

    /// A field that may be absent or null.
    pub(crate) fn optional<T, E: IntoIterator<Item = Problem>>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(_) => self.required(name, read).map(Some),
        }
    }
}

/// Text whose length in characters lies within the bounds.
pub(crate) fn text(min: usize, max: usize) -> impl FnOnce(&Value) -> Result<String, Problem> {
    move |value| {
        let Value::String(text) = value else {
            return Err(Problem::new(
                "string_type",
                "Input should be a valid string",
            ));
        };
        check_length(text, min, max)?;
        Ok(text.clone())
    }
}

/// Lengths count characters, not bytes, as JSON Schema and Python do.
pub(crate) fn check_length(text: &str, min: usize, max: usize) -> Result<(), Problem> {
    let length = text.chars().count();
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    if length < min {
        let message = format!("String should have at least {min} character{}", plural(min));
        return Err(Problem::new("string_too_short", message));
    }
    if length > max {
        let message = format!("String should have at most {max} character{}", plural(max));
        return Err(Problem::new("string_too_long", message));
    }
    Ok(())
}

pub(crate) fn boolean(value: &Value) -> Result<bool, Problem> {
    value
        .as_bool()
        .ok_or_else(|| Problem::new("bool_type", "Input should be a valid boolean"))
}

/// A whole number within the bounds; `5.0` is one, as in JSON Schema.
pub(crate) fn integer(min: i64, max: i64) -> impl FnOnce(&Value) -> Result<i64, Problem> {
    move |value| {
        let Value::Number(number) = value else {
            return Err(Problem::new("int_type", "Input should be a valid integer"));
        };
        let whole = if let Some(whole) = number.as_i64() {
            whole
        } else {
            let float = number.as_f64().unwrap_or(f64::MAX);
            if float.fract() != 0.0 {
                return Err(Problem::new(
                    "int_from_float",
                    "Input should be a valid integer, got a number with a fractional part",
                ));
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "past the ends of i64 it saturates, which keeps every comparison right"
            )]
            let whole = float as i64;
            whole
        };
        check_bounds(whole, min, max)
    }
}

pub(crate) fn check_bounds(number: i64, min: i64, max: i64) -> Result<i64, Problem> {
    if number < min {
        let message = format!("Input should be greater than or equal to {min}");
        return Err(Problem::new("greater_than_equal", message));
    }
    if number > max {
        let message = format!("Input should be less than or equal to {max}");
        return Err(Problem::new("less_than_equal", message));
    }
    Ok(number)
}

pub(crate) fn uuid(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|error: uuid::Error| {
        Problem::new(
            "uuid_parsing",
            format!("Input should be a valid UUID, {error}"),
        )
    })
}

/// How many problems of one list are reported; a body may hold a million.
const TOLD: usize = 100;

fn list<T>(
    value: &Value,
    read: impl Fn(&Value) -> Result<T, Problem>,
) -> Result<Vec<T>, Vec<Problem>> {
    let Value::Array(items) = value else {
        let problem = Problem::new("list_type", "Input should be a valid list");
        return Err(vec![problem]);
    };
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match read(item) {
            Ok(item) => found.push(item),
            Err(problem) => problems.push(problem.below(index)),
        }
        if problems.len() == TOLD {
            break;
        }
    }
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(problems)
    }
}

pub(crate) fn uuids(value: &Value) -> Result<Vec<Uuid>, Vec<Problem>> {
    list(value, |item| match item {
        Value::String(text) => uuid(text),
        _ => Err(Problem::new(
            "uuid_type",
            "UUID input should be a string, bytes or UUID object",
        )),
    })
}

pub(crate) fn texts(value: &Value) -> Result<Vec<String>, Vec<Problem>> {
    list(value, |item| text(0, usize::MAX)(item))
}

pub(crate) fn object(value: &Value) -> Result<(), Problem> {
    if value.is_object() {
        Ok(())
    } else {
        Err(Problem::new(
            "dict_type",
            "Input should be a valid dictionary",
        ))
    }
}
