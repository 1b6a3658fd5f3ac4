//! The blast radius: from an operation to the generated function, to the types of `chats`
//! that call it, to the public functions that use those, and to the commands of the
//! command line program. All of it is read from the sources. Types are not inferred: if a
//! name alone does not identify the callee, a call counts if the caller names or holds
//! the callee's type.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase as _;

use super::position::{Finding, Position};
use super::touched::Types;
use super::usage::Usage;
use crate::code::functions::{Function, Functions, Mentions};
use crate::code::{Source, read};
use crate::codegen::audit::function_names;
use crate::{Result, workspace};

/// What our own sources say.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// What `chats` sends.
    pub usage: Usage,
    reach: BTreeMap<String, Reach>,
    types: Types,
    /// The public functions of the client's builder.
    settings: BTreeSet<String>,
}

/// What one generated function reaches.
#[derive(Clone, Debug, Default)]
struct Reach {
    /// The public functions; an option comes with the fields that it sets.
    functions: BTreeMap<String, Option<BTreeSet<String>>>,
    types: BTreeSet<String>,
    commands: BTreeSet<String>,
}

/// The types of `chats` whose functions people call.
const HANDLES: [&str; 4] = [
    "ChatResource",
    "ChatSessionContext",
    "ChatStream",
    "SessionBuilder",
];

/// The type whose functions set what every request carries.
const SETTINGS: &str = "ClientBuilder";

/// What a change of the service as a whole touches: every call begins there.
const WHOLE: &str = "Client";

/// The folder whose modules are the commands of the program.
const COMMANDS: &str = "commands";

/// Methods that other types, such as those of the standard library, have too: a call of
/// such a name in the command line program proves nothing.
const COMMON_NAMES: [&str; 7] = [
    "close", "export", "finish", "open", "send", "session", "with",
];

impl Code {
    /// Reads the sources of this workspace.
    pub fn of_workspace() -> Result<Self> {
        let crates = workspace::root().join("crates");
        let generated = read(&workspace::generated())?;
        let chats = read(&crates.join("chats/src"))?;
        let program = read(&crates.join("chats-cli/src"))?;
        let Some(generated) = generated.first() else {
            return Ok(Self::default());
        };
        Ok(Self::of(&generated.file, &chats, &program))
    }

    /// Traces what the generated client reaches.
    #[must_use]
    pub fn of(generated: &syn::File, chats: &[Source], program: &[Source]) -> Self {
        let usage = Usage::of(generated, chats);
        let chats = Functions::of(chats);
        let program = Functions::of(program);
        let names = function_names(generated);
        let callers = callers(&chats, |called| {
            names.iter().any(|name| called.contains(name))
        });
        let operations = owners(&callers);
        let settings = chats.list.iter();
        let settings = settings.filter(|function| function.public && function.owner == SETTINGS);
        let reach = names.iter().map(|name| {
            let reach = trace(name, &chats, &operations, &program);
            (name.clone(), reach)
        });
        Self {
            usage,
            reach: reach.collect(),
            types: Types::of(&chats),
            settings: settings.map(|function| function.name.clone()).collect(),
        }
    }

    /// Whether there is a generated function of this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.reach.contains_key(name)
    }

    /// The functions, types and commands that a difference touches.
    #[must_use]
    pub fn affected(&self, finding: &Finding) -> Vec<String> {
        if finding.operation.is_empty() && !self.knows_nothing() {
            return vec![WHOLE.to_owned()];
        }
        let Some(reach) = self.reach.get(&finding.name) else {
            return Vec::new();
        };
        let field = finding.facts.field.as_deref();
        let concerned = |sets: &BTreeSet<String>| match (finding.position, field) {
            (Position::Whole, _) | (Position::Request, None) => true,
            (Position::Request, Some(field)) => {
                let filled = self.usage.filled_from(&finding.name, field);
                sets.contains(&field.to_snake_case())
                    || filled.is_some_and(|names| !names.is_disjoint(sets))
            }
            _ => false,
        };
        let functions = reach.functions.iter();
        let functions = functions.filter(|(_, sets)| sets.as_ref().is_none_or(concerned));
        let mut out: BTreeSet<String> = functions.map(|(name, _)| name.clone()).collect();
        let types = match finding.position {
            Position::Response | Position::Untyped => {
                let holder = self.usage.holder(&finding.name, &finding.place);
                holder.and_then(|holder| self.types.made_of(holder))
            }
            Position::Event => self.types.in_event(&reach.types, &finding.place),
            _ => Some(BTreeSet::new()),
        };
        out.extend(types.unwrap_or_else(|| reach.types.clone()));
        out.extend(reach.commands.iter().cloned());
        if finding.facts.carried {
            out.extend(self.setting_of(field.unwrap_or_default()));
        }
        out.into_iter().collect()
    }

    /// The setting of a client that fills in a header, such as `tenant_id` for
    /// `X-Tenant-ID`.
    fn setting_of(&self, header: &str) -> Option<String> {
        let header = header.to_snake_case();
        let name = header.strip_prefix("x_").unwrap_or(&header);
        let known = self.settings.contains(name);
        known.then(|| format!("{SETTINGS}::{name}"))
    }

    /// The functions, types and commands that a generated function reaches.
    #[must_use]
    pub fn reached(&self, name: &str) -> Vec<&str> {
        let reach = self.reach.get(name).into_iter();
        let all = reach.flat_map(|reach| {
            let functions = reach.functions.keys();
            functions.chain(&reach.types).chain(&reach.commands)
        });
        all.map(String::as_str).collect()
    }

    /// Whether no sources were read.
    #[must_use]
    pub fn knows_nothing(&self) -> bool {
        self.reach.is_empty()
    }

    /// The generated functions from which no public function is reached.
    #[must_use]
    pub fn unwrapped(&self) -> Vec<&str> {
        let unreached = self
            .reach
            .iter()
            .filter(|(_, reach)| reach.functions.is_empty());
        unreached.map(|(name, _)| name.as_str()).collect()
    }
}

/// The functions with such calls, and those that leave them to a free function, to a method
/// of their operation or to another operation.
fn callers(chats: &Functions, calls: impl Fn(&BTreeSet<String>) -> bool) -> Vec<&Function> {
    let direct = chats.list.iter();
    let direct = direct.filter(|function| calls(&function.mentions.calls));
    let run = chats.list.iter();
    let run = run.filter(|function| function.name == "run" && function.output.is_some());
    let operations: BTreeSet<&str> = run.map(|function| function.owner.as_str()).collect();
    let is_operation = |function: &Function| operations.contains(function.owner.as_str());
    chats.reaching(direct.collect(), |callee, caller| {
        let within = is_operation(caller) || caller.owner.is_empty();
        callee.owner.is_empty() || is_operation(callee) && within
    })
}

/// Everything that one generated function reaches. `operations` are the types of `chats`
/// that stand for any call.
fn trace(
    generated: &str,
    chats: &Functions,
    operations: &BTreeSet<&str>,
    program: &Functions,
) -> Reach {
    let callers = callers(chats, |called| called.contains(generated));
    let outputs = callers.iter().filter_map(|caller| caller.output.as_ref());
    let types = outputs.flat_map(|output| chats.given(output));
    let public = public(&callers, chats, operations);
    let names = public.iter().map(|function| function.name.as_str());
    let functions = public.iter().map(|function| {
        let name = format!("{}::{}", function.owner, function.name);
        (name, set_by(function))
    });
    Reach {
        functions: functions.collect(),
        types: types.collect(),
        commands: commands(&names.collect(), program),
    }
}

/// The public functions that use the callers of a generated function, or begin what does
/// later.
fn public<'a>(
    callers: &[&'a Function],
    chats: &'a Functions,
    operations: &BTreeSet<&str>,
) -> Vec<&'a Function> {
    let own = owners(callers);
    let users = chats.list.iter();
    let users = users.filter(|function| chats.uses(function, &own));
    let free = callers.iter().filter(|function| function.owner.is_empty());
    let reached = chats.reaching(users.chain(free.copied()).collect(), |_, _| true);
    let of_handle =
        |function: &&Function| function.public && HANDLES.contains(&function.owner.as_str());
    let handles = reached.iter().copied().filter(|function| {
        // A function that returns a call of another operation only borrows from this
        // one's type.
        let given: Vec<_> = operations
            .iter()
            .filter(|name| function.gives.contains(**name))
            .collect();
        let another = !given.is_empty() && given.iter().all(|name| !own.contains(**name));
        // An option that sets no field of it only shares a name.
        let concerned = set_by(function).is_none() || chats.uses(function, &own);
        of_handle(function) && !another && concerned
    });
    let beginning = beginning(&reached, chats);
    let beginners = chats.list.iter().filter(|function| {
        let mut gives = beginning.iter();
        of_handle(function) && gives.any(|name| function.gives.contains(*name))
    });
    handles.chain(beginners).collect()
}

/// The commands of the program that call methods of these names.
fn commands(methods: &BTreeSet<&str>, program: &Functions) -> BTreeSet<String> {
    let calls = |mentions: &Mentions| {
        let mut named = methods.iter().filter(|name| !COMMON_NAMES.contains(name));
        named.any(|name| mentions.calls.contains(*name))
    };
    let touched = program
        .list
        .iter()
        .filter(|function| calls(&function.mentions));
    // The functions above a command dispatch to all commands, so they are not followed.
    let below = |function: &Function, caller: &Function| {
        !is_command(function) || caller.module == function.module
    };
    let mut all = BTreeSet::new();
    for function in program.reaching(touched.collect(), below) {
        all.extend(command(function, &function.name, program));
        let arms = function.arms.iter();
        for arm in arms.filter(|arm| program.subcommands.contains(&arm.of) && calls(&arm.mentions))
        {
            all.extend(command(function, &arm.variant, program));
        }
    }
    // A more precise command replaces its shorter form.
    let shorter = |command: &String| {
        let longer = format!("{command} ");
        all.iter().any(|other| other.starts_with(&longer))
    };
    all.iter().filter(|one| !shorter(one)).cloned().collect()
}

/// The operations whose calls begin something that later reaches these functions by
/// itself: a stream that looks something up between its items.
fn beginning<'a>(reached: &[&Function], chats: &'a Functions) -> BTreeSet<&'a str> {
    let going_on: BTreeSet<_> = reached
        .iter()
        .map(|function| function.owner.as_str())
        .filter(|owner| HANDLES.contains(owner) && chats.yields(owner))
        .collect();
    let gives = |function: &&Function| {
        let output = function.output.as_ref();
        let given = output.map(|output| chats.given(output)).unwrap_or_default();
        going_on.iter().any(|owner| given.contains(*owner))
    };
    let all = chats.list.iter().filter(gives);
    all.map(|function| function.owner.as_str()).collect()
}

/// The fields that a function sets, if it is an option of a builder.
fn set_by(function: &Function) -> Option<BTreeSet<String>> {
    let only_itself = function.gives.iter().eq(["Self"]);
    only_itself.then(|| {
        let used = function.mentions.fields.iter();
        used.chain([&function.name]).cloned().collect()
    })
}

/// The types that functions belong to.
fn owners<'a>(functions: &[&'a Function]) -> BTreeSet<&'a str> {
    let owners = functions.iter().map(|function| function.owner.as_str());
    owners.filter(|owner| !owner.is_empty()).collect()
}

fn is_command(function: &Function) -> bool {
    function
        .module
        .first()
        .is_some_and(|first| first == COMMANDS)
        && function.module.len() > 1
}

/// The command that a function of the program carries out, if it is one: its
/// module and the last word, as far as they are words of the command line.
fn command(function: &Function, last: &String, program: &Functions) -> Option<String> {
    if !is_command(function) {
        return None;
    }
    let words = function.module[1..].iter().chain([last]);
    let words: Vec<&str> = words
        .filter(|word| program.is_variant(word))
        .map(String::as_str)
        .collect();
    (!words.is_empty()).then(|| format!("chats {}", words.join(" ")))
}

#[cfg(test)]
mod tests;
