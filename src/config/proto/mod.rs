//! Protocol buffer messages without generated code: a table of fields, and messages that follow it.
//!
//! Only proto3's JSON form is spoken: <https://protobuf.dev/programming-guides/json/>.

mod duration;
mod read;
mod schema;
mod write;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use outrigger_json::Value;

pub use duration::Duration;
pub use schema::{Cardinality, Enum, Field, Kind, Scalar, Type, message as message_type};

/// A message of one of the table's types.
///
/// A field without presence (see [`Field::has_presence`]) is never held with its zero value.
#[derive(Clone)]
pub struct Message {
    ty: &'static Type,
    /// By the field's place in its type, ascending.
    fields: Vec<(usize, Datum)>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the kinds of the table")]
pub enum Datum {
    Bool(bool),
    /// An integer of any width.
    Int(i64),
    Double(f64),
    String(String),
    Enum(i32),
    Duration(Duration),
    Message(Message),
    Struct(Value<'static>),
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
}

impl Message {
    /// An empty message.
    pub const fn new(ty: &'static Type) -> Self {
        Self {
            ty,
            fields: Vec::new(),
        }
    }

    /// The message's type.
    pub const fn ty(&self) -> &'static Type {
        self.ty
    }

    /// What the field at a place of the type holds.
    pub fn at(&self, position: usize) -> Option<&Datum> {
        let found = self.fields.binary_search_by_key(&position, |(at, _)| *at);
        found.ok().map(|at| &self.fields[at].1)
    }

    /// What a field holds, by its name in JSON or in the proto file.
    pub fn get(&self, name: &str) -> Option<&Datum> {
        self.at(self.ty.position(name)?)
    }

    /// The fields that are set, with their descriptions, in the order of their declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Field, &Datum)> {
        let fields = &self.ty.fields;
        self.fields
            .iter()
            .filter_map(|(at, datum)| Some((fields.get(*at)?, datum)))
    }

    /// The fields that are set, by their places, in the order of their declaration.
    pub fn positions(&self) -> impl Iterator<Item = (usize, &Datum)> {
        self.fields.iter().map(|(at, datum)| (*at, datum))
    }

    /// Sets a field; a zero value clears a field without presence, and the other members of a oneof are cleared.
    pub fn set(&mut self, position: usize, datum: Datum) {
        let Some(field) = self.ty.fields.get(position) else {
            return;
        };
        if field.oneof.as_ref().is_some_and(|o| o != "optional") {
            let fields = &self.ty.fields;
            let rival = |at: usize| fields.get(at).is_some_and(|f| f.oneof == field.oneof);
            self.fields.retain(|(at, _)| !rival(*at));
        }
        if !field.has_presence() && datum.is_zero() {
            self.clear(position);
            return;
        }
        match self.fields.binary_search_by_key(&position, |(at, _)| *at) {
            Ok(at) => self.fields[at].1 = datum,
            Err(at) => self.fields.insert(at, (position, datum)),
        }
    }

    /// Clears a field.
    pub fn clear(&mut self, position: usize) {
        self.fields.retain(|(at, _)| *at != position);
    }

    /// Takes a field's value out, by its name.
    pub fn take(&mut self, name: &str) -> Option<Datum> {
        let position = self.ty.position(name)?;
        let at = self.fields.iter().position(|(at, _)| *at == position)?;
        Some(self.fields.remove(at).1)
    }

    /// Sets a field by its name; does nothing if the type has no such field.
    pub fn put(&mut self, name: &str, datum: Datum) {
        if let Some(position) = self.ty.position(name) {
            self.set(position, datum);
        }
    }

    /// The string of a field; empty where it is not set.
    pub fn str(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Datum::String(s)) => s,
            _ => "",
        }
    }

    /// The boolean of a field, where it is set.
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Datum::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The integer of a field, where it is set.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Datum::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The duration of a field, where it is set.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        match self.get(name)? {
            Datum::Duration(d) => Some(*d),
            _ => None,
        }
    }

    /// The message of a field, where it is set.
    pub fn message(&self, name: &str) -> Option<&Self> {
        match self.get(name)? {
            Datum::Message(m) => Some(m),
            _ => None,
        }
    }

    /// The items of a list field; none where it is not set.
    pub fn list(&self, name: &str) -> &[Datum] {
        match self.get(name) {
            Some(Datum::List(items)) => items,
            _ => &[],
        }
    }

    /// The name of an enumeration field's value, that of zero where it is not set; empty for an unknown number.
    pub fn enum_name(&self, name: &str) -> &'static str {
        let field = self.ty.position(name).and_then(|p| self.ty.fields.get(p));
        let number = match self.get(name) {
            Some(Datum::Enum(n)) => *n,
            _ => 0,
        };
        field
            .and_then(|f| f.kind.enumeration()?.name_of(number))
            .unwrap_or_default()
    }
}

impl Datum {
    fn is_zero(&self) -> bool {
        match self {
            Self::Bool(b) => !b,
            Self::Int(n) => *n == 0,
            Self::Double(n) => *n == 0.0,
            Self::String(s) => s.is_empty(),
            Self::Enum(n) => *n == 0,
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Duration(_) | Self::Message(_) | Self::Struct(_) => false,
        }
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.ty, other.ty) && self.fields == other.fields
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.ty.name, self.to_json())
    }
}
