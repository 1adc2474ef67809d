//! Rows → JSON, in selection order, into one buffer. Nulls propagate as the specification says: a null where none may be
//! takes its nearest nullable ancestor with it and leaves an error with its path.

use rules::kit::error_code::ErrorCode;
use uuid::Uuid;

use super::kind::{write_id, write_text};
use super::node::{
    ConnectionOut, EdgeOut, Label, Named, Node, Out, PageFact, Part, Presence, Projection, Source,
};
use super::page;
use super::row::Row;
use super::run::{Filled, Group, Loaded};
use crate::kit::error::{ApiError, Error};

/// A step of a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A field's response key.
    Key(String),
    /// A position in a list.
    Index(usize),
}

/// An error of a field.
#[derive(Debug, Clone)]
pub struct FieldError {
    /// What it is.
    pub error: ApiError,
    /// Where.
    pub path: Vec<Step>,
}

/// There is nothing to write. Where no null may be, an error tells of it once and the parent becomes null in turn.
#[derive(Debug)]
pub struct Null {
    told: bool,
}

/// Nothing, of which no error tells yet.
pub const NOTHING: Null = Null { told: false };
/// Nothing, of which an error tells.
const FAILED: Null = Null { told: true };

/// A step of the path of what is being written, as it stands in the document.
#[derive(Clone, Copy)]
enum Here<'k> {
    Key(&'k str),
    Index(usize),
}

/// The buffer with the path to where it is.
pub struct Json<'k> {
    /// What is written.
    pub out: Vec<u8>,
    /// What went wrong on the way.
    pub errors: Vec<FieldError>,
    /// Steps before those of `path`.
    above: Vec<Step>,
    path: Vec<Here<'k>>,
}

/// Whether something could be written.
pub type Written = Result<(), Null>;

impl<'k> Json<'k> {
    /// A buffer for the field with this response key.
    pub fn at(key: &'k str) -> Self {
        Self {
            out: Vec::with_capacity(4096),
            errors: Vec::new(),
            above: Vec::new(),
            path: vec![Here::Key(key)],
        }
    }

    /// The same buffer for what is written by a plan that lives shorter; [`Json::take_back`] ends it.
    pub fn lend<'p>(&mut self) -> Json<'p> {
        Json {
            out: std::mem::take(&mut self.out),
            errors: std::mem::take(&mut self.errors),
            above: self.steps(),
            path: Vec::new(),
        }
    }

    /// Takes the buffer back.
    pub fn take_back(&mut self, lent: Json<'_>) {
        self.out = lent.out;
        self.errors = lent.errors;
    }

    /// Opens an object that is written by hand.
    pub fn begin_object(&mut self) {
        self.out.push(b'{');
    }

    /// Begins a field of it.
    pub fn begin_field(&mut self, key: &'k str, first: bool) {
        self.key(&Label::of(key), first);
        self.path.truncate(1);
        self.path.push(Here::Key(key));
    }

    /// Closes it.
    pub fn end_object(&mut self) {
        self.path.truncate(1);
        self.out.push(b'}');
    }

    /// Writes a text.
    pub fn text(&mut self, text: &str) {
        write_text(text, &mut self.out);
    }

    /// Writes null.
    pub fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    fn steps(&self) -> Vec<Step> {
        let step = |here: &Here<'_>| match here {
            Here::Key(key) => Step::Key((*key).to_owned()),
            Here::Index(index) => Step::Index(*index),
        };
        self.above
            .iter()
            .cloned()
            .chain(self.path.iter().map(step))
            .collect()
    }

    fn fail(&mut self, error: ApiError) {
        let path = self.steps();
        self.errors.push(FieldError { error, path });
    }

    /// Nothing stands where something must; where no error tells of it yet, one does from now on.
    pub fn lacks(&mut self) {
        if self.errors.is_empty() {
            self.fail(broken().public());
        }
    }

    /// Writes the key of a field.
    pub fn key(&mut self, label: &Label, first: bool) {
        if !first {
            self.out.push(b',');
        }
        self.out.extend_from_slice(label.written());
    }

    /// Writes an object with these fields; the writing function is told which is the first.
    ///
    /// # Errors
    /// [`Null`] when a field that may not be null is.
    pub fn fields<F>(
        &mut self,
        fields: &'k [F],
        mut write: impl FnMut(&mut Self, &'k F, bool) -> Written,
    ) -> Written {
        self.out.push(b'{');
        for (i, field) in fields.iter().enumerate() {
            write(self, field, i == 0)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Writes a field that names a type.
    pub fn name(&mut self, label: &Label, first: bool, name: &str) {
        self.key(label, first);
        write_text(name, &mut self.out);
    }

    /// Writes what stands below a field.
    ///
    /// # Errors
    /// [`Null`] when that may not be null and is.
    pub fn below(&mut self, label: &'k Label, write: impl FnOnce(&mut Self) -> Written) -> Written {
        self.path.push(Here::Key(label.key()));
        let written = write(self);
        self.path.pop();
        written
    }

    /// Takes the value back when it can't be: null where that is allowed, else an error, unless one tells of it already.
    fn settle(
        &mut self,
        nullable: bool,
        start: usize,
        written: Written,
        lack: impl FnOnce() -> Error,
    ) -> Written {
        match (written, nullable) {
            (Ok(()), _) => Ok(()),
            (Err(_), true) => {
                self.out.truncate(start);
                self.null();
                Ok(())
            }
            (Err(null), false) => {
                if !null.told {
                    self.fail(lack().public());
                }
                Err(FAILED)
            }
        }
    }

    /// Writes an object of the row at `at`.
    ///
    /// # Errors
    /// [`Null`] when a field that may not be null is.
    pub fn object(
        &mut self,
        fields: &'k [Named],
        loaded: &Loaded,
        node: &Node,
        at: usize,
    ) -> Written {
        let Some(row) = loaded.rows.get(at) else {
            return Err(NOTHING);
        };
        self.out.push(b'{');
        for (i, field) in fields.iter().enumerate() {
            self.key(&field.key, i == 0);
            if field.gate.as_ref().is_some_and(|gate| !gate.is_open(row)) {
                self.null();
                continue;
            }
            self.path.push(Here::Key(field.key.key()));
            let start = self.out.len();
            let written = self.value(&field.out, loaded, node, at, row);
            let settled = self.settle(field.nullable, start, written, || lack(&field.out));
            self.path.pop();
            settled?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn value(
        &mut self,
        out: &'k Out,
        loaded: &Loaded,
        node: &Node,
        at: usize,
        row: &Row,
    ) -> Written {
        match out {
            Out::Typename(name) => write_text(name, &mut self.out),
            Out::Id(column, prefix) => {
                write_id(prefix, row.uuid(*column).ok_or(NOTHING)?, &mut self.out)
            }
            Out::Column(column, kind) => {
                if !kind.write(row, *column, &mut self.out) {
                    return Err(NOTHING);
                }
            }
            Out::Object(presence, fields) => {
                let there = match presence {
                    Presence::Always => true,
                    Presence::NotNull(column) => row.uuid(*column).is_some(),
                    Presence::Open(gate) => gate.is_open(row),
                };
                if !there {
                    return Err(NOTHING);
                }
                self.object(fields, loaded, node, at)?;
            }
            Out::Either(gate, open, locked) => {
                let fields = if gate.is_open(row) { open } else { locked };
                self.object(fields, loaded, node, at)?;
            }
            Out::Connection(child, fields) => {
                let (Some(below), Some(child)) =
                    (loaded.children.get(*child), node.children.get(*child))
                else {
                    return Err(NOTHING);
                };
                let none = Group::default();
                let group = row
                    .uuid(child.key)
                    .and_then(|key| below.groups.get(&key))
                    .unwrap_or(&none);
                self.connection(fields, below, &child.node, group)?;
            }
            Out::Json(slot, projection) => match loaded.slots.get(*slot) {
                Some(Filled::Values(values)) => match values.get(at) {
                    Some(Ok(value)) => self.project(projection, value)?,
                    Some(Err(error)) => {
                        self.fail(error.clone());
                        return Err(FAILED);
                    }
                    None => return Err(NOTHING),
                },
                Some(Filled::Failed(error)) => {
                    self.fail(error.clone());
                    return Err(FAILED);
                }
                _ => return Err(NOTHING),
            },
            Out::Ref(slot, fields) => match (
                loaded.slots.get(*slot),
                node.slots.get(*slot).and_then(|s| s.rows.as_ref()),
            ) {
                (Some(Filled::Rows(refs, below)), Some(node)) => {
                    let id = refs.get(at).copied().flatten().ok_or(NOTHING)?;
                    self.found(fields, below, node, id)?;
                }
                (Some(Filled::Failed(error)), _) => {
                    self.fail(error.clone());
                    return Err(FAILED);
                }
                _ => return Err(NOTHING),
            },
        }
        Ok(())
    }

    /// Writes the object with this id, of a statement that loads by id.
    ///
    /// # Errors
    /// [`Null`] when it is not there.
    pub fn found(
        &mut self,
        fields: &'k [Named],
        loaded: &Loaded,
        node: &Node,
        id: Uuid,
    ) -> Written {
        let at = loaded
            .groups
            .get(&id)
            .and_then(|group| group.rows.first())
            .copied()
            .ok_or(NOTHING)?;
        self.object(fields, loaded, node, at)
    }

    /// Writes a connection over these rows.
    ///
    /// # Errors
    /// [`Null`] when an item that may not be null is.
    pub fn connection(
        &mut self,
        fields: &'k [ConnectionOut],
        loaded: &Loaded,
        node: &Node,
        group: &Group,
    ) -> Written {
        let rows = &group.rows;
        self.out.push(b'{');
        for (i, field) in fields.iter().enumerate() {
            match field {
                ConnectionOut::Typename(key, name) => {
                    self.key(key, i == 0);
                    write_text(name, &mut self.out);
                }
                ConnectionOut::Total(key) => {
                    self.key(key, i == 0);
                    self.out
                        .extend_from_slice(group.total.to_string().as_bytes());
                }
                ConnectionOut::PageInfo(key, fields) => {
                    self.key(key, i == 0);
                    self.page_info(fields, loaded, node, group);
                }
                ConnectionOut::Nodes(key, object) => {
                    self.key(key, i == 0);
                    self.list(key, rows, |json, at| json.object(object, loaded, node, at))?;
                }
                ConnectionOut::Edges(key, edge) => {
                    self.key(key, i == 0);
                    self.list(key, rows, |json, at| json.edge(edge, loaded, node, at))?;
                }
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Writes the item at this position of a list.
    ///
    /// # Errors
    /// What `write` gives.
    pub fn item(&mut self, at: usize, write: impl FnOnce(&mut Self) -> Written) -> Written {
        self.path.push(Here::Index(at));
        let written = write(self);
        self.path.pop();
        written
    }

    /// Writes a list with an item for each of `rows`.
    ///
    /// # Errors
    /// [`Null`] when an item that may not be null is.
    pub fn list(
        &mut self,
        label: &'k Label,
        rows: &[usize],
        mut item: impl FnMut(&mut Self, usize) -> Written,
    ) -> Written {
        self.path.push(Here::Key(label.key()));
        self.out.push(b'[');
        let mut written = Ok(());
        for (i, at) in rows.iter().enumerate() {
            if i > 0 {
                self.out.push(b',');
            }
            written = self.item(i, |json| item(json, *at));
            if written.is_err() {
                break;
            }
        }
        self.path.pop();
        self.out.push(b']');
        written
    }

    fn edge(&mut self, fields: &'k [EdgeOut], loaded: &Loaded, node: &Node, at: usize) -> Written {
        self.out.push(b'{');
        for (i, field) in fields.iter().enumerate() {
            match field {
                EdgeOut::Typename(key, name) => {
                    self.key(key, i == 0);
                    write_text(name, &mut self.out);
                }
                EdgeOut::Cursor(key) => {
                    self.key(key, i == 0);
                    self.cursor(node, loaded.rows.get(at).ok_or(NOTHING)?);
                }
                EdgeOut::Node(key, object) => {
                    self.key(key, i == 0);
                    self.path.push(Here::Key(key.key()));
                    let written = self.object(object, loaded, node, at);
                    self.path.pop();
                    written?;
                }
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    fn cursor(&mut self, node: &Node, row: &Row) {
        match &node.page {
            Some(page) => write_text(&page::cursor(&page.track, row), &mut self.out),
            None => self.null(),
        }
    }

    fn page_info(
        &mut self,
        facts: &[(Label, PageFact)],
        loaded: &Loaded,
        node: &Node,
        group: &Group,
    ) {
        let asked = |page: &Part| (page.backward, page.goes_on);
        let (backward, goes_on) = node.page.as_ref().map_or((false, false), asked);
        let (next, previous) = if backward {
            (goes_on, group.more)
        } else {
            (group.more, goes_on)
        };
        self.out.push(b'{');
        for (i, (key, fact)) in facts.iter().enumerate() {
            self.key(key, i == 0);
            let end = match fact {
                PageFact::HasNext => {
                    self.out.extend_from_slice(next.to_string().as_bytes());
                    continue;
                }
                PageFact::HasPrevious => {
                    self.out.extend_from_slice(previous.to_string().as_bytes());
                    continue;
                }
                PageFact::Typename => {
                    write_text("PageInfo", &mut self.out);
                    continue;
                }
                PageFact::Start => group.rows.first(),
                PageFact::End => group.rows.last(),
            };
            match end.and_then(|at| loaded.rows.get(*at)) {
                Some(row) => self.cursor(node, row),
                None => self.null(),
            }
        }
        self.out.push(b'}');
    }

    /// Writes the selected keys of a JSON value.
    ///
    /// # Errors
    /// [`Null`] when it is null, or something in it is that may not be.
    pub fn project(&mut self, projection: &'k Projection, value: &serde_json::Value) -> Written {
        match (projection, value) {
            (_, serde_json::Value::Null) => return Err(NOTHING),
            (Projection::Leaf, value) => {
                // Writing a value into a Vec can't fail.
                let _ = serde_json::to_writer(&mut self.out, value);
            }
            (_, serde_json::Value::Array(items)) => {
                self.out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.out.push(b',');
                    }
                    self.item(i, |json| {
                        let (start, written) = (json.out.len(), json.project(projection, item));
                        json.settle(false, start, written, broken)
                    })?;
                }
                self.out.push(b']');
            }
            (Projection::Object(keys), value) => {
                self.out.push(b'{');
                for (i, projected) in keys.iter().enumerate() {
                    self.key(&projected.key, i == 0);
                    let name = match &projected.source {
                        Source::Typename(name) => {
                            write_text(name, &mut self.out);
                            continue;
                        }
                        Source::Key(name) => name,
                    };
                    self.path.push(Here::Key(projected.key.key()));
                    let (start, none) = (self.out.len(), serde_json::Value::Null);
                    let below = value.get(name).unwrap_or(&none);
                    let written = self.project(&projected.below, below);
                    let settled = self.settle(projected.nullable, start, written, broken);
                    self.path.pop();
                    settled?;
                }
                self.out.push(b'}');
            }
        }
        Ok(())
    }
}

/// Why a field that may not be null is.
fn lack(out: &Out) -> Error {
    match out {
        // It is always there, so it is hidden: by a policy that the declaration did not reckon with.
        Out::Object(Presence::NotNull(_), _) => Error::api(
            ErrorCode::Forbidden,
            "the object that stands here may not be seen",
        ),
        _ => broken(),
    }
}

fn broken() -> Error {
    tracing::error!("a field that may not be null has no value");
    Error::internal("a field that may not be null has no value")
}
