//! Turns pipelines and control structures into instructions, as the parser hands them over.

pub(crate) mod constant;
mod pipeline;
mod same;

use std::collections::HashMap;

use crate::ast::{Operand, Pipe};
use crate::error::{Error, ErrorKind, Span};
use crate::function::Functions;
use crate::parse;
use crate::program::{Body, Const, Index, NONE, Op, Place, Program, Shown};
use crate::template::Options;

/// Reads and compiles a template.
pub(crate) fn compile(
    name: &str,
    text: &str,
    functions: &Functions,
    options: &Options,
) -> Result<Program, Error> {
    if Index::try_from(text.len()).is_err() {
        let message = format!("template: {name}: more than 4 GiB of text");
        return Err(Error::new(ErrorKind::Parse, name, message));
    }
    let compiler = parse::parse(name, text, functions, options)?;
    let mut program = compiler.program;
    program.missing_key = options.missing_key;
    same::find(&mut program, &options.constants);
    Ok(program)
}

/// A kind of control structure or definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    If,
    With,
    Range,
    /// A template's definition.
    Define,
    /// A template defined where it is called.
    Inline,
}

impl Block {
    /// What messages call the block's head.
    pub(crate) fn clause(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
            Self::Define => "define clause",
            Self::Inline => "block clause",
        }
    }
}

/// The compiler: the program so far, and the bodies under way, innermost last.
pub(crate) struct Compiler<'t> {
    program: Program,
    open: Vec<Draft<'t>>,
    /// Where things are in the program's tables.
    names: HashMap<String, Index>,
    templates: HashMap<String, Index>,
}

/// A body under way.
struct Draft<'t> {
    template: Index,
    body: Body,
    blocks: Vec<Control>,
    /// Variables in sight with their slots.
    scope: Vec<(&'t str, Index)>,
}

/// A control structure under way.
struct Control {
    block: Block,
    /// Number of variables in sight outside, and at the start of either branch.
    outside: usize,
    inside: usize,
    /// The instruction that jumps to the `else` branch or, without one, to the end.
    to_else: usize,
    /// Instructions that jump to the end.
    to_end: Vec<usize>,
    /// The instruction at the head of a loop.
    head: usize,
    in_else: bool,
}

impl<'t> Compiler<'t> {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let mut compiler = Self {
            program: Program {
                text: text.into(),
                ..Program::default()
            },
            open: Vec::new(),
            names: HashMap::new(),
            templates: HashMap::new(),
        };
        let main = compiler.template(name);
        compiler.open.push(Draft::new(main, name));
        compiler
    }

    // === what the parser sees ===

    pub(crate) fn text(&mut self, span: Span) {
        let text = &self.program.text[span.start..span.end];
        let blank = text.bytes().all(|b| b.is_ascii_whitespace() || b == 0x0b);
        let draft = self.draft();
        draft.body.empty &= blank;
        draft.emit(
            Op::Text {
                start: index(span.start),
                end: index(span.end),
            },
            NONE,
        );
    }

    /// An action that prints a pipeline, or sets variables.
    pub(crate) fn print(&mut self, pipe: &Pipe<'t>) {
        self.draft().body.empty = false;
        if pipe.variables.is_empty() {
            self.pipe(pipe, false);
            let place = self.place(pipe.at, pipe.at, pipe.end, Shown::Action);
            self.emit_print(place);
        } else {
            self.pipe(pipe, true);
            // The value is in its variables now.
            if let Some((op, _)) = self.draft().body.ops.last_mut()
                && let Op::Set(slot) = *op
            {
                *op = Op::Store(slot);
            } else {
                self.emit(Op::Pop, NONE);
            }
        }
    }

    pub(crate) fn open(&mut self, block: Block, pipe: &Pipe<'t>) {
        let draft = self.draft();
        draft.body.empty = false;
        let outside = draft.scope.len();
        self.pipe(pipe, block == Block::With || !pipe.variables.is_empty());
        let slots = self.loop_slots(block, pipe);
        let draft = self.draft();
        let inside = draft.scope.len();
        match block {
            Block::Range => draft.emit(Op::Loop(NONE), NONE),
            Block::With => match draft.take_load() {
                Some((path, mark)) => draft.emit(Op::EnterPath { path, to: NONE }, mark),
                None => draft.emit(Op::Enter(NONE), NONE),
            },
            _ => match draft.take_load() {
                Some((path, mark)) => draft.emit(Op::JumpUnlessPath { path, to: NONE }, mark),
                None => draft.emit(Op::JumpUnless(NONE), NONE),
            },
        }
        let to_else = draft.body.ops.len() - 1;
        let head = draft.body.ops.len();
        if let Some((key, elem)) = slots {
            draft.emit(
                Op::Next {
                    key,
                    elem,
                    exit: NONE,
                },
                NONE,
            );
        }
        draft.blocks.push(Control {
            block,
            outside,
            inside,
            to_else,
            to_end: Vec::new(),
            head,
            in_else: false,
        });
    }

    /// The slots of a loop's key and element.
    fn loop_slots(&mut self, block: Block, pipe: &Pipe<'t>) -> Option<(Index, Index)> {
        if block != Block::Range {
            return None;
        }
        let draft = self.draft();
        let mut slot = |name: &str| draft.slot(name).unwrap_or(NONE);
        Some(match pipe.variables.as_slice() {
            [] => (NONE, NONE),
            [elem] => (NONE, slot(elem)),
            [key, elem, ..] => (slot(key), slot(elem)),
        })
    }

    /// Ends the first branch of the innermost structure and starts its `else` branch.
    pub(crate) fn otherwise(&mut self) {
        let draft = self.draft();
        let Some(mut control) = draft.blocks.pop() else {
            return;
        };
        draft.end_branch(&mut control);
        let jump = draft.body.ops.len();
        draft.emit(Op::Jump(NONE), NONE);
        control.to_end.push(jump);
        draft.patch(control.to_else);
        draft.scope.truncate(control.inside);
        control.in_else = true;
        draft.blocks.push(control);
    }

    /// Ends the innermost structure or definition; gives the name of a template that was defined before.
    pub(crate) fn close(&mut self) -> Option<String> {
        let draft = self.draft();
        let Some(mut control) = draft.blocks.pop() else {
            return self.end_definition();
        };
        if control.in_else {
            // The branch falls through to the end.
        } else {
            draft.end_branch(&mut control);
            draft.patch(control.to_else);
        }
        for jump in control.to_end {
            draft.patch(jump);
        }
        draft.scope.truncate(control.outside);
        None
    }

    pub(crate) fn define(&mut self, name: &str) {
        let template = self.template(name);
        self.open.push(Draft::new(template, name));
    }

    /// `break` or `continue`.
    pub(crate) fn jump(&mut self, breaks: bool) {
        let draft = self.draft();
        draft.body.empty = false;
        let mut leaves = 0;
        let mut target = None;
        for (i, control) in draft.blocks.iter().enumerate().rev() {
            match control.block {
                // In the `else` of a loop, `break` ends just that; `continue` is for a loop around it.
                Block::Range if breaks || !control.in_else => {
                    target = Some(i);
                    break;
                }
                Block::With if !control.in_else => leaves += 1,
                _ => {}
            }
        }
        for _ in 0..leaves {
            draft.emit(Op::Leave, NONE);
        }
        let Some(i) = target else { return };
        let at = draft.body.ops.len();
        if breaks {
            let in_else = draft.blocks[i].in_else;
            draft.emit(
                if in_else {
                    Op::Jump(NONE)
                } else {
                    Op::Break(NONE)
                },
                NONE,
            );
            draft.blocks[i].to_end.push(at);
        } else {
            let head = index(draft.blocks[i].head);
            draft.emit(Op::Jump(head), NONE);
        }
    }

    pub(crate) fn call_template(&mut self, name: &str, span: Span, pipe: Option<&Pipe<'t>>) {
        self.draft().body.empty = false;
        let shown = Shown::Template(self.name(name));
        let (start, end) = pipe.map_or((span.end, span.end), |pipe| (pipe.at, pipe.end));
        let place = self.place(span.start, start, end, shown);
        let template = self.template(name);
        let find = self.draft().body.ops.len();
        self.emit(Op::Find(template), place);
        match pipe {
            Some(pipe) => self.pipe(pipe, true),
            None => self.emit(Op::Missing, NONE),
        }
        let draft = self.draft();
        let (path, mark) = draft.take_load().unwrap_or((NONE, NONE));
        if draft.body.ops.len() == find + 1 {
            // Nothing happens before the call, which looks for the template itself.
            draft.body.ops.pop();
        }
        let call = Op::Template {
            template,
            path,
            place,
        };
        draft.emit(call, mark);
    }

    /// Ends the main template; gives its name if its text defined one of that name as well.
    pub(crate) fn finish(&mut self) -> Option<String> {
        self.end_definition()
    }

    // === bodies ===

    fn end_definition(&mut self) -> Option<String> {
        let mut draft = self.open.pop()?;
        draft.end();
        draft.body.defined = true;
        let known = self.program.bodies.get_mut(draft.template as usize)?;
        if !known.defined || known.empty {
            *known = draft.body;
        } else if !draft.body.empty {
            return Some(draft.body.name.into_string());
        }
        None
    }

    fn draft(&mut self) -> &mut Draft<'t> {
        if self.open.is_empty() {
            self.open.push(Draft::new(0, ""));
        }
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    fn emit(&mut self, op: Op, mark: Index) {
        self.draft().emit(op, mark);
    }

    // === tables ===

    fn constant(&mut self, constant: Const, mark: Index) {
        let at = index(self.program.consts.len());
        self.program.consts.push(constant);
        self.emit(Op::Const(at), mark);
    }

    fn fail(&mut self, message: &str, mark: Index) {
        let name = self.name(message);
        self.emit(Op::Fail(name), mark);
    }

    fn name(&mut self, name: &str) -> Index {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let at = index(self.program.names.len());
        self.program.names.push(name.into());
        self.names.insert(name.to_owned(), at);
        at
    }

    fn template(&mut self, name: &str) -> Index {
        if let Some(known) = self.templates.get(name) {
            return *known;
        }
        let at = index(self.program.bodies.len());
        self.program.bodies.push(Body {
            name: name.into(),
            ..Body::default()
        });
        self.templates.insert(name.to_owned(), at);
        at
    }

    fn mark(&mut self, operand: &Operand<'t>) -> Index {
        self.place(operand.at, operand.start, operand.end, Shown::Bare)
    }

    fn place(&mut self, at: usize, start: usize, end: usize, shown: Shown) -> Index {
        let place = Place {
            at: index(at),
            start: index(start),
            end: index(end),
            shown,
        };
        self.program.places.push(place);
        index(self.program.places.len() - 1)
    }
}

impl<'t> Draft<'t> {
    fn new(template: Index, name: &str) -> Self {
        Self {
            template,
            body: Body {
                name: name.into(),
                empty: true,
                ..Body::default()
            },
            blocks: Vec::new(),
            scope: vec![("$", 0)],
        }
    }

    fn emit(&mut self, op: Op, mark: Index) {
        self.body.ops.push((op, mark));
    }

    /// Ends the body, also where only its end is jumped to.
    fn end(&mut self) {
        let end = index(self.body.ops.len());
        for (op, _) in &mut self.body.ops {
            if matches!(op, Op::Jump(to) if *to == end) {
                *op = Op::Return;
            }
        }
        self.emit(Op::Return, NONE);
    }

    /// Takes the last instruction back if it loads what a path leads to, to be made one with what is done with it.
    fn take_load(&mut self) -> Option<(Index, Index)> {
        let (Op::Load(path), mark) = *self.body.ops.last()? else {
            return None;
        };
        self.body.ops.pop();
        Some((path, mark))
    }

    fn slot(&mut self, name: &str) -> Option<Index> {
        let (_, slot) = *self.scope.iter().rev().find(|(known, _)| *known == name)?;
        if slot == 0 {
            self.body.reads_root = true;
            self.body.slots = self.body.slots.max(1);
        }
        Some(slot)
    }

    fn declare(&mut self, name: &'t str) -> Index {
        let slot = self.scope.len();
        self.scope.push((name, index(slot)));
        self.body.slots = self.body.slots.max(slot + 1);
        index(slot)
    }

    /// Ends the first branch: a loop goes back to its head, the dot goes back to what it was.
    fn end_branch(&mut self, control: &mut Control) {
        match control.block {
            Block::With => self.emit(Op::Leave, NONE),
            Block::Range => {
                self.emit(Op::Jump(index(control.head)), NONE);
                // The loop's head goes to the end of all when the loop is over.
                control.to_end.push(control.head);
            }
            _ => {}
        }
    }

    /// Lets a jump go to the next instruction.
    fn patch(&mut self, jump: usize) {
        let here = index(self.body.ops.len());
        match self.body.ops.get_mut(jump) {
            Some((
                Op::Jump(to)
                | Op::JumpUnless(to)
                | Op::JumpUnlessPath { to, .. }
                | Op::JumpKeeping { to, .. }
                | Op::Enter(to)
                | Op::EnterPath { to, .. }
                | Op::Receiver { to, .. }
                | Op::Loop(to)
                | Op::Break(to)
                | Op::Next { exit: to, .. },
                _,
            )) => *to = here,
            _ => debug_assert!(false, "only jumps are patched"),
        }
    }
}

/// A position as the program stores it; texts of 4 GiB and more are refused before.
fn index(at: usize) -> Index {
    Index::try_from(at).unwrap_or(NONE)
}

fn count16(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
