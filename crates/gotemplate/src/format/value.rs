//! Prints one value by a verb and its flags.

use std::borrow::{Borrow, Cow};
use std::mem;

use super::integer::Integer;
use crate::function::{CallError, Context};
use crate::limits::Limits;
use crate::object::ObjectRef;
use crate::types::{Kind, Type};
use crate::value::{Number, Value};

/// What stands between `%` and a verb.
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent flags of a format"
)]
pub(super) struct Flags {
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    /// `%+v` and `%#v`, which mean something else than the flags alone.
    pub(super) plus_v: bool,
    pub(super) sharp_v: bool,
}

impl Flags {
    /// Takes all flags back. One by one, since moving a whole that was just written is slow.
    pub(super) fn clear(&mut self) {
        let Self {
            minus,
            plus,
            sharp,
            space,
            zero,
            width,
            precision,
            plus_v,
            sharp_v,
        } = self;
        for flag in [minus, plus, sharp, space, zero, plus_v, sharp_v] {
            *flag = false;
        }
        *width = None;
        *precision = None;
    }
}

/// Collects printed text within a bound.
pub(super) struct Printer {
    pub(super) out: String,
    pub(super) flags: Flags,
    limit: usize,
    depth_limit: usize,
    /// Which limit was passed.
    exceeded: Option<&'static str>,
    /// Inside the report of a wrong verb, where methods are not called.
    reporting: bool,
}

pub(super) const SPACES: &str = "                                ";
pub(super) const ZEROS: &str = "00000000000000000000000000000000";

/// What Go prints for a pointer below the top: an address, which here is the same for all.
const ADDRESS: &str = "0xc000000000";

impl Printer {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            out: String::new(),
            flags: Flags::default(),
            limit: limits.output_bytes,
            depth_limit: limits.value_depth,
            exceeded: None,
            reporting: false,
        }
    }

    /// Takes the text out, unless a limit was passed.
    pub(super) fn finish(&mut self, context: &Context<'_>) -> Result<String, CallError> {
        if let Some(what) = self.exceeded {
            return Err(CallError::budget(what));
        }
        context.reserve(self.out.len())?;
        Ok(mem::take(&mut self.out))
    }

    /// Whether so many bytes more are within the bound; if not, that is noted.
    pub(super) fn has_room(&mut self, bytes: usize) -> bool {
        let fits = self.out.len() + bytes <= self.limit;
        if !fits {
            self.exceeded = Some("a printed value longer than the output may be");
        }
        fits
    }

    pub(super) fn push(&mut self, text: &str) {
        if !text.is_empty() && self.has_room(text.len()) {
            self.out.push_str(text);
        }
    }

    /// Writes so much padding, which is `SPACES` or `ZEROS`.
    pub(super) fn repeat(&mut self, padding: &str, count: usize) {
        if count > 0 && self.has_room(count) {
            let mut left = count;
            while left > 0 {
                let part = padding.get(..left).unwrap_or(padding);
                self.out.push_str(part);
                left -= part.len();
            }
        }
    }

    /// Writes text in the width asked for, with zeros before it if these are asked for.
    pub(super) fn pad(&mut self, text: &str) {
        let Some(width) = self.flags.width else {
            return self.push(text);
        };
        let missing = width.saturating_sub(text.chars().count());
        if self.flags.minus {
            self.push(text);
            self.repeat(SPACES, missing);
        } else {
            self.repeat(if self.flags.zero { ZEROS } else { SPACES }, missing);
            self.push(text);
        }
    }

    /// Fills what was written from `start` on to the width asked for. Zeros go behind a sign of so many bytes.
    pub(super) fn pad_from(&mut self, start: usize, sign: usize, zero: bool) {
        let Some(width) = self.flags.width else {
            return;
        };
        let text = self.out.get(start..).unwrap_or_default();
        let missing = width.saturating_sub(text.chars().count());
        if missing == 0 || !self.has_room(missing) {
        } else if self.flags.minus {
            self.repeat(SPACES, missing);
        } else if zero {
            self.insert(start + sign, ZEROS, missing);
        } else {
            self.insert(start, SPACES, missing);
        }
    }

    fn insert(&mut self, at: usize, padding: &str, count: usize) {
        let mut left = count;
        while left > 0 {
            let part = padding.get(..left).unwrap_or(padding);
            self.out.insert_str(at, part);
            left -= part.len();
        }
    }

    /// Writes an operand of a print function.
    pub(super) fn argument(&mut self, value: &Value<'_>, verb: char) {
        if let Value::Nil | Value::Missing = value {
            match verb {
                'v' | 'T' => self.pad("<nil>"),
                _ => self.bad_verb(value, verb),
            }
            return;
        }
        match verb {
            'T' => {
                self.string(&value.type_name(), 's');
            }
            'p' => {
                if !self.pointer(value, verb) {
                    self.bad_verb(value, verb);
                }
            }
            _ => self.value(value, verb, 0),
        }
    }

    /// Writes a value; `depth` counts the values around it.
    fn value(&mut self, value: &Value<'_>, verb: char, depth: usize) {
        if depth > self.depth_limit {
            self.exceeded = Some("a printed value nested too deep");
        }
        if self.exceeded.is_some() {
            return;
        }
        let fits = match value {
            Value::Missing | Value::Nil => {
                if self.flags.sharp_v {
                    self.push("interface {}(nil)");
                } else {
                    self.push("<nil>");
                }
                true
            }
            Value::NilOf(of) => return self.nil_of(value, *of, verb, depth),
            Value::Bool(truth) => {
                let fits = matches!(verb, 't' | 'v');
                if fits {
                    self.pad(if *truth { "true" } else { "false" });
                }
                fits
            }
            Value::Int(number) => self.integer(Integer::signed(*number), verb),
            Value::Float(number) => self.float(*number, verb, false),
            Value::Number(number) => self.number(*number, verb),
            Value::String(text) => self.string(text, verb),
            Value::List(list) => {
                if list.elem() == Type::Uint8 && self.bytes(value, verb) {
                    return;
                }
                self.slice(value, list.iter(), verb, depth);
                true
            }
            Value::Map(map) => {
                let entries = map.entries();
                self.map(value, &entries, verb, depth);
                true
            }
            Value::Func(_) => self.pointer(value, verb),
            Value::Object(object) => return self.object(value, object, verb, depth),
        };
        if !fits {
            self.bad_verb(value, verb);
        }
    }

    fn nil_of(&mut self, value: &Value<'_>, of: Type, verb: char, depth: usize) {
        match of {
            Type::Slice(_) if !self.flags.sharp_v => {
                self.slice(value, std::iter::empty::<Value<'_>>(), verb, depth);
            }
            Type::Map(_) if !self.flags.sharp_v => self.map(value, &[], verb, depth),
            Type::Slice(_) | Type::Map(_) => self.push(&format!("{of}(nil)")),
            _ => {
                if !self.pointer(value, verb) {
                    self.bad_verb(value, verb);
                }
            }
        }
    }

    fn object(&mut self, value: &Value<'_>, object: &ObjectRef<'_>, verb: char, depth: usize) {
        if !self.reporting
            && !self.flags.sharp_v
            && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
            && let Some(text) = object.display()
        {
            self.string(&text, verb);
            return;
        }
        let is_nil = object.is_nil();
        match object.kind() {
            Kind::Slice | Kind::Map if is_nil && self.flags.sharp_v => self.nil_object(object),
            Kind::Slice => {
                if object.elem() == Type::Uint8 && self.bytes(value, verb) {
                    return;
                }
                let len = if is_nil { 0 } else { object.len() };
                let items = (0..len).map(|i| object.at(i).unwrap_or(Value::Nil));
                self.slice(value, items, verb, depth);
            }
            Kind::Map => {
                let entries = value.entries().unwrap_or_default();
                self.map(value, &entries, verb, depth);
            }
            Kind::Struct => self.record(object, verb, depth),
            Kind::Ptr if depth == 0 && !is_nil => {
                self.push("&");
                self.record(object, verb, depth + 1);
            }
            Kind::Ptr | Kind::Func => {
                if !self.pointer(value, verb) {
                    self.bad_verb(value, verb);
                }
            }
            _ => {
                // A named basic type: the report of a wrong verb names the type, not what underlies it.
                let before = self.out.len();
                let flags = self.flags;
                let basic = object.scalar();
                let fits = match &basic {
                    Value::Bool(_) => matches!(verb, 't' | 'v'),
                    Value::Int(_) | Value::Number(_) | Value::Float(_) | Value::String(_) => {
                        match &basic {
                            Value::Int(number) => self.integer(Integer::signed(*number), verb),
                            Value::Float(number) => self.float(*number, verb, false),
                            Value::Number(number) => self.number(*number, verb),
                            _ => self.string(basic.as_text().map_or("", |text| text), verb),
                        }
                    }
                    _ => true,
                };
                self.flags = flags;
                if let Value::Bool(_) = basic
                    && fits
                {
                    self.value(&basic, verb, depth);
                }
                if !fits {
                    self.out.truncate(before);
                    self.bad_verb(value, verb);
                }
            }
        }
    }

    fn nil_object(&mut self, object: &ObjectRef<'_>) {
        self.push(&format!("{}(nil)", object.type_name()));
    }

    fn number(&mut self, number: Number, verb: char) -> bool {
        match number {
            Number::Int8(n) => self.integer(Integer::signed(n.into()), verb),
            Number::Int16(n) => self.integer(Integer::signed(n.into()), verb),
            Number::Int32(n) => self.integer(Integer::signed(n.into()), verb),
            Number::Int64(n) => self.integer(Integer::signed(n), verb),
            Number::Uint(n) | Number::Uint64(n) => self.integer(Integer::unsigned(n), verb),
            Number::Uint8(n) => self.integer(Integer::unsigned(n.into()), verb),
            Number::Uint16(n) => self.integer(Integer::unsigned(n.into()), verb),
            Number::Uint32(n) => self.integer(Integer::unsigned(n.into()), verb),
            Number::Float32(n) => self.float(n.into(), verb, true),
            Number::Complex128(re, im) => self.complex(re, im, verb),
        }
    }

    /// Writes a `[]byte` as a string where the verb asks for one; gives whether it did.
    fn bytes(&mut self, value: &Value<'_>, verb: char) -> bool {
        if !matches!(verb, 's' | 'q' | 'x' | 'X') {
            return false;
        }
        let items = value.items().unwrap_or_default();
        let bytes: Vec<u8> = items
            .iter()
            .filter_map(|item| item.as_u64().and_then(|n| u8::try_from(n).ok()))
            .collect();
        match verb {
            'x' | 'X' => self.hex(&bytes, verb == 'X'),
            _ => {
                self.string(&crate::text::from_bytes(bytes), verb);
            }
        }
        true
    }

    fn slice<'v>(
        &mut self,
        whole: &Value<'_>,
        items: impl Iterator<Item: Borrow<Value<'v>>>,
        verb: char,
        depth: usize,
    ) {
        let (open, separator, close) = if self.flags.sharp_v {
            let name = whole.type_name();
            self.push(if name == "[]uint8" { "[]byte" } else { &name });
            ("{", ", ", "}")
        } else {
            ("[", " ", "]")
        };
        self.push(open);
        for (i, item) in items.enumerate() {
            if i > 0 {
                self.push(separator);
            }
            self.value(item.borrow(), verb, depth + 1);
            if self.exceeded.is_some() {
                return;
            }
        }
        self.push(close);
    }

    fn map(
        &mut self,
        whole: &Value<'_>,
        entries: &[(Cow<'_, str>, Value<'_>)],
        verb: char,
        depth: usize,
    ) {
        let (open, separator, close) = if self.flags.sharp_v {
            self.push(&whole.type_name());
            ("{", ", ", "}")
        } else {
            ("map[", " ", "]")
        };
        self.push(open);
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 {
                self.push(separator);
            }
            self.value(&Value::from(&**key), verb, depth + 1);
            self.push(":");
            self.value(value, verb, depth + 1);
            if self.exceeded.is_some() {
                return;
            }
        }
        self.push(close);
    }

    fn record(&mut self, object: &ObjectRef<'_>, verb: char, depth: usize) {
        if self.flags.sharp_v {
            let name = object.type_name();
            self.push(name.strip_prefix('*').unwrap_or(&name));
        }
        self.push("{");
        for (i, (name, value)) in object.entries().iter().enumerate() {
            if i > 0 {
                self.push(if self.flags.sharp_v { ", " } else { " " });
            }
            if self.flags.plus_v || self.flags.sharp_v {
                self.push(name);
                self.push(":");
            }
            self.value(value, verb, depth + 1);
            if self.exceeded.is_some() {
                return;
            }
        }
        self.push("}");
    }

    /// Writes a pointer or function; gives whether the verb fits.
    fn pointer(&mut self, value: &Value<'_>, verb: char) -> bool {
        if !matches!(
            value.kind(),
            Kind::Ptr | Kind::Func | Kind::Slice | Kind::Map
        ) {
            return false;
        }
        let is_nil = value.is_nil();
        match verb {
            'v' if self.flags.sharp_v => {
                let target = if is_nil { "nil" } else { ADDRESS };
                self.push(&format!("({})({target})", value.type_name()));
            }
            'v' if is_nil => self.pad("<nil>"),
            'v' | 'p' => {
                let address = if is_nil { "0x0" } else { ADDRESS };
                let sharp = self.flags.sharp;
                self.pad(if sharp { &address[2..] } else { address });
            }
            'b' | 'o' | 'd' | 'x' | 'X' => {
                let address = if is_nil { 0 } else { 0xc0_0000_0000 };
                self.integer(Integer::unsigned(address), verb);
            }
            _ => return false,
        }
        true
    }

    /// Reports a verb that does not fit: `%!d(string=hi)`.
    pub(super) fn bad_verb(&mut self, value: &Value<'_>, verb: char) {
        let outer = mem::replace(&mut self.reporting, true);
        self.push(&format!("%!{verb}("));
        match value {
            Value::Missing | Value::Nil => self.push("<nil>"),
            _ => {
                self.push(&value.type_name());
                self.push("=");
                self.value(value, 'v', 0);
            }
        }
        self.push(")");
        self.reporting = outer;
    }
}
