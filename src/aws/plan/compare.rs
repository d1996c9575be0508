//! What differs between a job definition of ours and one of the account's.

use serde_json::Value;

use super::decided::{Node, decided, default, filled_in};

/// A field that differs.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// Where: `containerProperties.environment[DATE]`, `containerProperties.command[2]`.
    pub path: String,
    /// What the account has; `None` if it has nothing there.
    pub old: Option<Value>,
    /// What we have; `None` if we have nothing there.
    pub new: Option<Value>,
}

/// How a field differs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Only we have it.
    Add,
    /// Only the account has it.
    Remove,
    /// Both have it, with different values.
    Replace,
}

impl Change {
    /// How it differs.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match (&self.old, &self.new) {
            (None, _) => Kind::Add,
            (_, None) => Kind::Remove,
            _ => Kind::Replace,
        }
    }
}

/// Every field in which `ours`, an input of RegisterJobDefinition, differs from `theirs`, an item of
/// what DescribeJobDefinitions answers: in the order of ours, then what only theirs has.
///
/// What the service adds, drops or rewrites is no difference.
#[must_use]
pub fn changes(ours: &Value, theirs: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    both(
        &mut String::new(),
        &decided(ours),
        &decided(theirs),
        &mut changes,
    );
    changes
}

/// Whether registering `ours` would change nothing.
#[must_use]
pub fn same(ours: &Value, theirs: &Value) -> bool {
    changes(ours, theirs).is_empty()
}

/// Which side has something alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

fn both(path: &mut String, ours: &Node, theirs: &Node, found: &mut Vec<Change>) {
    match (ours, theirs) {
        (Node::Fields(structure, ours), Node::Fields(_, theirs)) => {
            members(path, Some(structure), ours, theirs, found);
        }
        (Node::Named(ours), Node::Named(theirs)) => members(path, None, ours, theirs, found),
        (Node::List(ours), Node::List(theirs)) if ours.len() == theirs.len() => {
            for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                inside(path, &format!("[{at}]"), |path| {
                    both(path, ours, theirs, found);
                });
            }
        }
        (ours, theirs) if ours == theirs => {}
        (ours, theirs) => found.push(Change {
            path: path.clone(),
            old: Some(theirs.json()),
            new: Some(ours.json()),
        }),
    }
}

/// The members of a structure, or of something else by name.
fn members(
    path: &mut String,
    structure: Option<&str>,
    ours: &[(String, Node)],
    theirs: &[(String, Node)],
    found: &mut Vec<Change>,
) {
    let of = |nodes: &'_ [(String, Node)], name: &str| nodes.iter().position(|(n, _)| n == name);
    for (name, node) in ours {
        let other = of(theirs, name).and_then(|at| theirs.get(at));
        inside(path, &step(structure, name), |path| match other {
            Some((_, theirs)) => both(path, node, theirs, found),
            None => alone(path, structure, name, node, Side::Ours, found),
        });
    }
    for (name, node) in theirs.iter().filter(|(name, _)| of(ours, name).is_none()) {
        inside(path, &step(structure, name), |path| {
            alone(path, structure, name, node, Side::Theirs, found);
        });
    }
}

/// What only one side has, down to its fields, but for what means the same as nothing.
fn alone(
    path: &mut String,
    structure: Option<&str>,
    name: &str,
    node: &Node,
    side: Side,
    found: &mut Vec<Change>,
) {
    let (inner, members) = match node {
        Node::Fields(inner, members) if !members.is_empty() => (Some(*inner), members),
        Node::Named(members) if !members.is_empty() => (None, members),
        node => {
            let value = node.json();
            if let Some(structure) = structure {
                let is = |default: Option<Value>| default.as_ref() == Some(&value);
                let filled = side == Side::Theirs && is(filled_in(structure, name));
                if filled || is(default(structure, name)) {
                    return;
                }
            }
            let (old, new) = match side {
                Side::Ours => (None, Some(value)),
                Side::Theirs => (Some(value), None),
            };
            let path = path.clone();
            found.push(Change { path, old, new });
            return;
        }
    };
    let before = found.len();
    for (name, node) in members {
        inside(path, &step(inner, name), |path| {
            alone(path, inner, name, node, side, found);
        });
    }
    // An item that has a name is something even where all that it says are defaults.
    if structure.is_none() && found.len() == before {
        let value = Some(node.json());
        let path = path.clone();
        found.push(match side {
            Side::Ours => Change {
                path,
                old: None,
                new: value,
            },
            Side::Theirs => Change {
                path,
                old: value,
                new: None,
            },
        });
    }
}

/// `.member` of a structure, `[name]` of something else.
fn step(structure: Option<&str>, name: &str) -> String {
    match structure {
        Some(_) => format!(".{name}"),
        None => format!("[{name}]"),
    }
}

fn inside(path: &mut String, step: &str, then: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push_str(if length == 0 {
        step.trim_start_matches('.')
    } else {
        step
    });
    then(path);
    path.truncate(length);
}
