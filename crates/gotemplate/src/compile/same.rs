//! What gives the same in every execution, and is worked out in the first alone.
//!
//! The caller names fields of the data that never change. What a path leads to from these, and what functions make of
//! that and of constants, is kept where it is a scalar. Here it is found which paths and instructions do no more than
//! that; a template's own maps, which `set` changes, are never among them.

use std::sync::OnceLock;

use super::index;
use crate::program::{Body, Index, Kept, NONE, Op, Path, Program, Source};

/// Finds in all bodies what depends on constants and on the fields `constants` of the data alone.
pub(super) fn find(program: &mut Program, constants: &[String]) {
    if constants.is_empty() {
        return;
    }
    // A called template sees the data where all who call it pass on what they see.
    let mut sees_data = vec![true; program.bodies.len()];
    let found: Vec<_> = loop {
        let bodies = program.bodies.iter().zip(&sees_data);
        let scans: Option<Vec<_>> = bodies
            .map(|(body, sees_data)| Scan::of(program, body, constants, *sees_data))
            .collect();
        let Some(scans) = scans else {
            return;
        };
        let others = scans.iter().flat_map(|scan| &scan.others_data);
        let others: Vec<usize> = others
            .map(|callee| *callee as usize)
            .filter(|callee| sees_data.get(*callee) == Some(&true))
            .collect();
        if others.is_empty() {
            break scans
                .into_iter()
                .map(|scan| (scan.paths, scan.runs))
                .collect();
        }
        for callee in others {
            sees_data[callee] = false;
        }
    };
    for (body, (paths, runs)) in found.into_iter().enumerate() {
        mark(program, body, paths, runs);
    }
}

/// Marks what has been found in a body.
fn mark(program: &mut Program, body: usize, paths: Vec<Index>, runs: Vec<Item>) {
    for path in paths {
        if let Some(path) = program.paths.get_mut(path as usize) {
            path.same = index(program.same.len());
            program.same.push(OnceLock::new());
        }
    }
    let Some(body) = program.bodies.get_mut(body) else {
        return;
    };
    for run in runs {
        let Some([(first, _), rest @ ..]) = body.ops.get_mut(run.start..run.end) else {
            continue;
        };
        let mut marks = rest.iter().rev().map(|(_, mark)| *mark);
        let kept = Kept {
            first: *first,
            end: index(run.end),
            mark: marks.find(|mark| *mark != NONE).unwrap_or(NONE),
            value: OnceLock::new(),
        };
        *first = Op::Kept(index(program.kept.len()));
        program.kept.push(kept);
    }
}

/// A value on the stack, by the instructions that put it there.
#[derive(Clone, Copy)]
struct Item {
    start: usize,
    end: usize,
    is_same: bool,
    /// Whether more than a path leads to it.
    is_made: bool,
}

/// What a dot is.
#[derive(Clone, Copy, PartialEq)]
enum Dot {
    Data,
    Same,
    Other,
}

/// A walk through a body's instructions with a stack of what they would put on theirs.
struct Scan<'p> {
    program: &'p Program,
    constants: &'p [String],
    /// How often each variable is set.
    sets: Vec<usize>,
    is_same: Vec<bool>,
    stack: Vec<Item>,
    dots: Vec<Dot>,
    /// Values that are kept where `and` or `or` ends early, and where that is.
    joins: Vec<(usize, Item)>,
    paths: Vec<Index>,
    runs: Vec<Item>,
    /// Templates that are called with something else than the data.
    others_data: Vec<Index>,
}

impl<'p> Scan<'p> {
    /// `None` where the body has jumps that a walk does not follow.
    fn of(
        program: &'p Program,
        body: &'p Body,
        constants: &'p [String],
        sees_data: bool,
    ) -> Option<Self> {
        let root = if sees_data { Dot::Data } else { Dot::Other };
        let mut scan = Self {
            program,
            constants,
            sets: vec![0; body.slots],
            is_same: vec![false; body.slots],
            stack: Vec::new(),
            dots: vec![root],
            joins: Vec::new(),
            paths: Vec::new(),
            runs: Vec::new(),
            others_data: Vec::new(),
        };
        scan.count(body)?;
        for (at, (op, _)) in body.ops.iter().enumerate() {
            scan.join(at);
            scan.step(at, *op)?;
        }
        Some(scan)
    }

    /// Counts how often variables are set, and refuses what leaves loops early.
    fn count(&mut self, body: &Body) -> Option<()> {
        let mut heads = Vec::new();
        for (at, (op, _)) in body.ops.iter().enumerate() {
            match *op {
                Op::Set(slot) | Op::Store(slot) => *self.sets.get_mut(slot as usize)? += 1,
                Op::Next { key, elem, .. } => {
                    for slot in [key, elem].into_iter().filter(|slot| *slot != NONE) {
                        *self.sets.get_mut(slot as usize)? += 2;
                    }
                }
                Op::Jump(to) if to as usize <= at => {
                    if heads.contains(&to) {
                        return None;
                    }
                    heads.push(to);
                }
                Op::Break(_) | Op::DropUnder => return None,
                _ => {}
            }
        }
        // Nobody sets `$`, but for those who try hard.
        (!body.reads_root || self.sets.first() == Some(&0)).then_some(())
    }

    fn step(&mut self, at: usize, op: Op) -> Option<()> {
        match op {
            Op::Load(path) => {
                let is_same = self.path(path);
                self.push(at, is_same, false);
            }
            Op::Const(_) | Op::Missing => self.push(at, true, false),
            Op::Take { .. } => self.push(at, false, false),
            Op::Follow(_) => {
                let of = self.pop();
                self.stack.push(Item {
                    end: at + 1,
                    is_made: true,
                    ..of
                });
            }
            Op::Call { given, piped, .. } => self.call(at, given, piped),
            Op::CallValue { given, piped, .. } => {
                self.drop_all(usize::from(given) + usize::from(piped));
                self.push(at, false, true);
            }
            Op::Receiver { path, .. } => {
                self.path(path);
                self.push(at, false, false);
            }
            Op::Method { given, piped, .. } => {
                self.drop_all(usize::from(given) + 1 + usize::from(piped));
                self.push(at, false, true);
            }
            Op::Convert(_) | Op::Settle => {
                if let Some(top) = self.stack.last_mut() {
                    top.end = at + 1;
                }
            }
            Op::Set(slot) => {
                if let Some(top) = self.stack.last().copied() {
                    self.set(slot, top);
                }
            }
            Op::Store(slot) => {
                let value = self.pop();
                self.set(slot, value);
                self.keep(value);
            }
            Op::Print | Op::Pop | Op::JumpUnless(_) => self.drop_all(1),
            Op::JumpKeeping { to, .. } => {
                let value = self.pop();
                self.joins.push((to as usize, value));
            }
            Op::PrintPath(path) | Op::JumpUnlessPath { path, .. } => _ = self.path(path),
            Op::Enter(_) | Op::Loop(_) => {
                self.drop_all(1);
                self.dots.push(Dot::Other);
            }
            Op::EnterPath { path, .. } => {
                let is_same = self.path(path);
                self.dots.push(if is_same { Dot::Same } else { Dot::Other });
            }
            Op::Leave => self.leave(),
            Op::Jump(to) if to as usize <= at => self.leave(),
            Op::Jump(_) if !self.stack.is_empty() => return None,
            Op::Template { template, path, .. } => {
                if path == NONE {
                    self.drop_all(1);
                }
                let passes = self.program.paths.get(path as usize);
                if !passes.is_some_and(|path| path.count == 0 && self.dot(path.from) == Dot::Data) {
                    self.others_data.push(template);
                }
            }
            Op::Break(_) | Op::DropUnder => return None,
            Op::Fail(_)
            | Op::Find(_)
            | Op::Jump(_)
            | Op::Kept(_)
            | Op::Mark
            | Op::Next { .. }
            | Op::Return
            | Op::Text { .. } => {}
        }
        Some(())
    }

    fn call(&mut self, at: usize, given: u16, piped: bool) {
        let count = usize::from(given) + usize::from(piped);
        let from = self.stack.len().saturating_sub(count);
        let arguments = self.stack.split_off(from);
        match arguments.first() {
            Some(first) if arguments.iter().all(|argument| argument.is_same) => {
                let start = first.start;
                self.push(at, true, true);
                if let Some(top) = self.stack.last_mut() {
                    top.start = start;
                }
            }
            _ => {
                for argument in arguments {
                    self.keep(argument);
                }
                self.push(at, false, true);
            }
        }
    }

    /// Puts together what `and` or `or` gives, at its end.
    fn join(&mut self, at: usize) {
        let mut ends: Vec<Item> = Vec::new();
        self.joins.retain(|(to, item)| {
            if *to == at {
                ends.push(*item);
            }
            *to != at
        });
        let Some(first) = ends.first().copied() else {
            return;
        };
        ends.push(self.pop());
        let is_same = ends.iter().all(|item| item.is_same);
        if !is_same {
            for end in ends {
                self.keep(end);
            }
        }
        self.stack.push(Item {
            start: first.start,
            end: at,
            is_same,
            is_made: true,
        });
    }

    fn set(&mut self, slot: Index, value: Item) {
        // What is set within an `and` or `or` may as well not be.
        let is_once = self.sets.get(slot as usize) == Some(&1) && self.joins.is_empty();
        if let Some(is_same) = self.is_same.get_mut(slot as usize) {
            *is_same = is_once && value.is_same && !value.is_made;
        }
    }

    /// Whether a path leads to the same in every execution; notes it if so.
    fn path(&mut self, at: Index) -> bool {
        let Some(path) = self.program.paths.get(at as usize) else {
            return false;
        };
        let is_same = match self.dot(path.from) {
            Dot::Same => true,
            Dot::Other => false,
            Dot::Data => self.field(path).is_some_and(|field| {
                let mut constants = self.constants.iter();
                constants.any(|constant| **constant == *field)
            }),
        };
        if is_same && path.count > 0 {
            self.paths.push(at);
        }
        is_same
    }

    fn field(&self, path: &Path) -> Option<&'p str> {
        let first = (path.count > 0).then_some(path.first as usize)?;
        self.program.fields.get(first).map(|field| &**field)
    }

    fn dot(&self, source: Source) -> Dot {
        match source {
            Source::Dot => self.dots.last().copied().unwrap_or(Dot::Other),
            Source::Variable(0) => self.dots.first().copied().unwrap_or(Dot::Other),
            Source::Variable(slot) if self.is_same.get(slot as usize) == Some(&true) => Dot::Same,
            Source::Variable(_) | Source::Stack => Dot::Other,
        }
    }

    fn leave(&mut self) {
        if self.dots.len() > 1 {
            self.dots.pop();
        }
    }

    fn push(&mut self, at: usize, is_same: bool, is_made: bool) {
        self.stack.push(Item {
            start: at,
            end: at + 1,
            is_same,
            is_made,
        });
    }

    fn pop(&mut self) -> Item {
        self.stack.pop().unwrap_or(Item {
            start: 0,
            end: 0,
            is_same: false,
            is_made: false,
        })
    }

    fn drop_all(&mut self, count: usize) {
        for _ in 0..count {
            let item = self.pop();
            self.keep(item);
        }
    }

    /// Notes the instructions of a value that is the same in every execution and takes more than a path to make.
    fn keep(&mut self, item: Item) {
        if item.is_same && item.is_made {
            self.runs.push(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::cell::Cell;

    use crate::{Functions, Kind, Limits, Object, Options, Template, Value, sprig};

    /// A map that has its own name under every key, and counts how often it is asked.
    struct Counting<'c>(&'static str, &'c Cell<usize>);

    impl<'a> Object<'a> for Counting<'a> {
        fn kind(&self) -> Kind {
            Kind::Map
        }

        fn type_name(&self) -> Cow<'a, str> {
            "map[string]string".into()
        }

        fn get(&self, _: &str) -> Option<Value<'a>> {
            self.1.set(self.1.get() + 1);
            Some(self.0.into())
        }

        fn len(&self) -> usize {
            1
        }
    }

    #[test]
    fn constants_are_asked_once() {
        let mut functions = Functions::builtins();
        sprig::add_to(&mut functions);
        let options = Options::default().with_constants(&["Same"]);
        // Template; how often it asks the first time, and the second.
        for (text, first, second) in [
            ("{{.Same.a}} {{$.Same.a}} {{.Other.a}}", 3, 1),
            ("{{$s := .Same}}{{$s.a}} {{quote $s.b | upper}}", 2, 0),
            ("{{with .Same}}{{.a}} {{.b | quote}}{{end}}", 2, 0),
            ("{{with .Other}}{{.a}}{{$.Same.a}}{{end}}", 2, 1),
            ("{{if or .Same.a .Other.b}}a{{end}}", 1, 0),
            ("{{if and .Same.a .Other.b}}a{{end}}", 2, 1),
            ("{{if and .Same.a (eq .Same.b \"x\")}}a{{end}}", 2, 0),
            ("{{print .Same.a .Other.a (upper .Same.b)}}", 3, 1),
            (
                "{{$s := .Same}}{{if .Other.a}}{{$s = .Other}}{{end}}{{$s.a}}",
                2,
                2,
            ),
            ("{{range .Other.a | list}}{{$.Same.a}}{{.}}{{end}}", 2, 1),
            (
                "{{define \"x\"}}{{.Same.a}}{{end}}{{template \"x\" .}}",
                1,
                0,
            ),
            (
                "{{define \"x\"}}{{.Same}}{{end}}{{template \"x\" dict \"Same\" .Other.a}}",
                1,
                1,
            ),
            (
                "{{$d := dict \"a\" .Same.a}}{{$_ := set $d \"a\" .Other.a}}{{$d.a}}",
                2,
                1,
            ),
            ("{{range list 1}}{{.}}{{break}}{{end}}{{.Same.a}}", 1, 1),
        ] {
            let parse = |options| Template::parse("t", text, &functions, options).unwrap();
            let (template, plain) = (parse(&options), parse(&Options::default()));
            let asked = ["one", "other"].map(|name| {
                let asked = Cell::new(0);
                let data = Value::record(
                    "data",
                    [
                        ("Same", Value::object(Counting("same", &asked))),
                        ("Other", Value::object(Counting(name, &asked))),
                    ],
                );
                let out = template.render_text(&data, &Limits::default()).unwrap();
                let count = asked.get();
                let want = plain.render_text(&data, &Limits::default()).unwrap();
                assert_eq!(out, want, "{text}");
                count
            });
            assert_eq!(asked, [first, second], "{text}");
        }
    }
}
