//! Turns pipelines and control structures into instructions, as the parser hands them over.

use std::collections::HashMap;

use crate::ast::{Command, Operand, Pipe, What};
use crate::builtins::Special;
use crate::error::{Error, ErrorKind, Span};
use crate::function::{Function, Functions};
use crate::number::{Constant, Ideal};
use crate::parse;
use crate::program::{Body, Const, Index, NONE, Op, Path, Place, Program, Shown, Source};
use crate::template::Options;
use crate::types::Type;
use crate::value::Number;

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
    functions: &'t Functions,
    open: Vec<Draft<'t>>,
    /// Where things are in the program's tables.
    names: HashMap<String, Index>,
    templates: HashMap<String, Index>,
    function_index: HashMap<&'t str, Index>,
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
    pub(crate) fn new(name: &str, text: &str, functions: &'t Functions) -> Self {
        let mut compiler = Self {
            program: Program {
                text: text.into(),
                ..Program::default()
            },
            functions,
            open: Vec::new(),
            names: HashMap::new(),
            templates: HashMap::new(),
            function_index: HashMap::new(),
        };
        let main = compiler.template(name);
        compiler.open.push(Draft::new(main, name));
        compiler
    }

    // === what the parser sees ===

    pub(crate) fn text(&mut self, span: Span) {
        let blank = self.program.text[span.start..span.end]
            .bytes()
            .all(|b| b.is_ascii_whitespace() || b == 0x0b);
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
            Block::With => draft.emit(Op::Enter(NONE), NONE),
            Block::Range => draft.emit(Op::Loop(NONE), NONE),
            _ => draft.emit_unless(),
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
        let slot = |name: &str| draft.slot(name).unwrap_or(NONE);
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
        self.emit(Op::Find(template), place);
        match pipe {
            Some(pipe) => self.pipe(pipe, true),
            None => self.emit(Op::Missing, NONE),
        }
        self.emit(Op::Template(template), NONE);
    }

    /// Ends the main template; gives its name if its text defined one of that name as well.
    pub(crate) fn finish(&mut self) -> Option<String> {
        self.end_definition()
    }

    // === bodies ===

    fn end_definition(&mut self) -> Option<String> {
        let mut draft = self.open.pop()?;
        draft.emit(Op::Return, NONE);
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

    // === pipelines ===

    /// Leaves the pipeline's value on the stack, and sets its variables. A settled value is no value rather than nil.
    fn pipe(&mut self, pipe: &Pipe<'t>, settle: bool) {
        for (i, command) in pipe.commands.iter().enumerate() {
            self.command(pipe, command, i > 0);
            if settle || i + 1 < pipe.commands.len() {
                self.settle();
            }
        }
        for name in &pipe.variables {
            let draft = self.draft();
            if pipe.assigns {
                match draft.slot(name) {
                    Some(slot) => draft.emit(Op::Set(slot), NONE),
                    None => self.fail(&format!("undefined variable: {name}"), NONE),
                }
            } else {
                let slot = draft.declare(name);
                draft.emit(Op::Set(slot), NONE);
            }
        }
    }

    /// Turns a nil into no value, unless the last instruction cannot give one.
    fn settle(&mut self) {
        if let Some((Op::Const(_) | Op::Missing, _)) = self.draft().body.ops.last() {
            return;
        }
        self.emit(Op::Settle, NONE);
    }

    fn command(&mut self, pipe: &Pipe<'t>, command: &Command<'t>, piped: bool) {
        let Some((first, args)) = command.args.split_first() else {
            return;
        };
        let mark = self.mark(first);
        match &first.what {
            What::Function(name) => self.call(name, first, args, command, piped),
            What::Field(fields) => self.fields(Source::Dot, fields, mark, args, piped),
            What::Variable { name, fields } => {
                let Some(slot) = self.draft().slot(name) else {
                    return self.fail(&format!("undefined variable: {name}"), mark);
                };
                if fields.is_empty() {
                    if self.refuse_args(first, args, piped, mark) {
                        return;
                    }
                    return self.path(Source::Variable(slot), &[], mark);
                }
                self.fields(Source::Variable(slot), fields, mark, args, piped);
            }
            What::Chain { of, fields } => {
                self.emit(Op::Mark, mark);
                self.argument(of, Type::Any, false);
                self.fields(Source::Stack, fields, NONE, args, piped);
            }
            What::Pipe(inner) => {
                let whole = self.place(pipe.at, pipe.at, pipe.end, Shown::Bare);
                if !self.refuse_args(first, args, piped, if piped { NONE } else { whole }) {
                    self.pipe(inner, true);
                }
            }
            What::Nil => {
                if !self.refuse_args(first, args, piped, mark) {
                    self.fail("nil is not a command", mark);
                }
            }
            What::Dot | What::Bool(_) | What::Number { .. } | What::Str { .. } => {
                if !self.refuse_args(first, args, piped, mark) {
                    self.argument(first, Type::Any, true);
                }
            }
        }
    }

    /// Fails if something that is not a function is given arguments.
    fn refuse_args(
        &mut self,
        first: &Operand<'t>,
        args: &[Operand<'t>],
        piped: bool,
        mark: Index,
    ) -> bool {
        if args.is_empty() && !piped {
            return false;
        }
        self.fail(
            &format!("can't give argument to non-function {first}"),
            mark,
        );
        true
    }

    /// Fields of something; the last may be a method with arguments.
    fn fields(
        &mut self,
        from: Source,
        fields: &[&'t str],
        mark: Index,
        args: &[Operand<'t>],
        piped: bool,
    ) {
        let has_args = !args.is_empty() || piped;
        let (plain, method) = match fields.split_last() {
            Some((last, before)) if has_args => (before, Some(last)),
            _ => (fields, None),
        };
        self.path(from, plain, mark);
        if let Some(method) = method {
            let name = self.name(method);
            self.emit(Op::Receiver(name), mark);
            for arg in args {
                self.argument(arg, Type::Any, false);
            }
            self.emit(
                Op::Method {
                    name,
                    given: count16(args.len()),
                    piped,
                    place: mark,
                },
                NONE,
            );
        }
    }

    fn path(&mut self, from: Source, fields: &[&'t str], mark: Index) {
        if from == Source::Stack && fields.is_empty() {
            return;
        }
        let first = index(self.program.names.len());
        self.program
            .names
            .extend(fields.iter().map(|name| Box::from(*name)));
        let count = index(fields.len());
        let path = index(self.program.paths.len());
        self.program.paths.push(Path {
            from,
            first,
            count,
            action: NONE,
        });
        let op = if from == Source::Stack {
            Op::Follow(path)
        } else {
            Op::Load(path)
        };
        self.emit(op, mark);
    }

    /// Prints what the last instruction leaves on the stack.
    fn emit_print(&mut self, place: Index) {
        if let Some((op, _)) = self.draft().body.ops.last_mut()
            && let Op::Load(path) = *op
        {
            *op = Op::PrintPath(path);
            if let Some(path) = self.program.paths.get_mut(path as usize) {
                path.action = place;
            }
        } else {
            self.emit(Op::Print, place);
        }
    }

    fn call(
        &mut self,
        name: &'t str,
        first: &Operand<'t>,
        args: &[Operand<'t>],
        command: &Command<'t>,
        piped: bool,
    ) {
        let mark = self.mark(first);
        let Some(function) = self.functions.get(name).cloned() else {
            return self.fail(
                &format!("function {} not defined", crate::format::quote(name)),
                mark,
            );
        };
        if let Some(message) = arity(&function, name, args.len(), piped) {
            return self.fail(&message, mark);
        }
        let given = count16(args.len());
        match function.special {
            Some(Special::And) => return self.short_circuit(false, args, piped, mark),
            Some(Special::Or) => return self.short_circuit(true, args, piped, mark),
            Some(Special::Call) => {
                let place = self.place(command.at, command.at, command.end, Shown::Bare);
                let callee = args.first().map_or(NONE, |arg| self.name(&arg.to_string()));
                for arg in args {
                    self.argument(arg, Type::Any, false);
                }
                return self.emit(
                    Op::CallValue {
                        callee,
                        given,
                        piped,
                        place,
                    },
                    mark_if(args, mark),
                );
            }
            Some(Special::Raw) | None => {}
        }
        for (i, arg) in args.iter().enumerate() {
            match arg.what {
                What::Nil if function.special.is_some() => {
                    let mark = self.mark(arg);
                    self.emit(Op::Missing, mark);
                }
                _ => self.argument(arg, function.param(i).unwrap_or(Type::Any), false),
            }
        }
        let place = self.place(command.at, command.at, command.end, Shown::Bare);
        let functions = &mut self.program.functions;
        let function = *self.function_index.entry(name).or_insert_with(|| {
            functions.push((name.into(), function));
            index(functions.len() - 1)
        });
        self.emit(
            Op::Call {
                function,
                given,
                piped,
                place,
            },
            mark_if(args, mark),
        );
    }

    /// `and` and `or`, which evaluate no more arguments than they must.
    fn short_circuit(&mut self, truth: bool, args: &[Operand<'t>], piped: bool, mark: Index) {
        self.emit(Op::Mark, mark);
        let mut jumps = Vec::new();
        for (i, arg) in args.iter().enumerate() {
            self.argument(arg, Type::Any, false);
            if i + 1 < args.len() || piped {
                jumps.push(self.draft().body.ops.len());
                self.emit(Op::JumpKeeping { truth, to: NONE }, NONE);
            }
        }
        let draft = self.draft();
        if piped && !jumps.is_empty() {
            let over = draft.body.ops.len();
            draft.emit(Op::Jump(NONE), NONE);
            for jump in jumps {
                draft.patch(jump);
            }
            draft.emit(Op::DropUnder, NONE);
            draft.patch(over);
        } else {
            for jump in jumps {
                draft.patch(jump);
            }
        }
        // What follows must not take the jumps' target for the instruction that gave the value.
        draft.emit(Op::Settle, NONE);
    }

    /// An operand as an argument for a parameter of a type, or as a command by itself.
    fn argument(&mut self, operand: &Operand<'t>, param: Type, alone: bool) {
        let mark = self.mark(operand);
        match &operand.what {
            What::Dot => self.path(Source::Dot, &[], mark),
            What::Nil => match nil_for(param) {
                Some(constant) => self.constant(constant, mark),
                None => self.fail(&format!("cannot assign nil to {param}"), mark),
            },
            What::Bool(_) | What::Number { .. } | What::Str { .. } => {
                return match constant_for(operand, param) {
                    Ok(constant) => self.constant(constant, mark),
                    Err(message) => self.fail(&message, mark),
                };
            }
            What::Pipe(pipe) => {
                self.emit(Op::Mark, mark);
                self.pipe(pipe, true);
            }
            _ => self.single(operand),
        }
        if param != Type::Any && !alone && !matches!(operand.what, What::Nil) {
            let types = &mut self.program.types;
            let at = types
                .iter()
                .position(|known| *known == param)
                .unwrap_or(types.len());
            if at == types.len() {
                types.push(param);
            }
            self.emit(Op::Convert(index(at)), NONE);
        }
    }

    /// A field, variable, chain or function without arguments.
    fn single(&mut self, operand: &Operand<'t>) {
        let mark = self.mark(operand);
        match &operand.what {
            What::Function(name) => {
                let command = Command {
                    at: operand.start,
                    end: operand.end,
                    args: Vec::new(),
                };
                self.call(name, operand, &[], &command, false);
            }
            What::Field(fields) => self.fields(Source::Dot, fields, mark, &[], false),
            What::Variable { name, fields } => match self.draft().slot(name) {
                Some(slot) => self.fields(Source::Variable(slot), fields, mark, &[], false),
                None => self.fail(&format!("undefined variable: {name}"), mark),
            },
            What::Chain { of, fields } => {
                self.emit(Op::Mark, mark);
                self.argument(of, Type::Any, false);
                self.fields(Source::Stack, fields, NONE, &[], false);
            }
            _ => {}
        }
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
                slots: 1,
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

    /// Jumps, to where is not known yet, if what the last instruction leaves on the stack is not true.
    fn emit_unless(&mut self) {
        if let Some((op, _)) = self.body.ops.last_mut()
            && let Op::Load(path) = *op
        {
            *op = Op::JumpUnlessPath { path, to: NONE };
        } else {
            self.emit(Op::JumpUnless(NONE), NONE);
        }
    }

    fn slot(&self, name: &str) -> Option<Index> {
        self.scope
            .iter()
            .rev()
            .find(|(known, _)| *known == name)
            .map(|(_, slot)| *slot)
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

/// Where there are no arguments, errors about a call name the function itself.
fn mark_if(args: &[Operand<'_>], mark: Index) -> Index {
    if args.is_empty() { mark } else { NONE }
}

/// What is wrong with the number of arguments.
fn arity(function: &Function, name: &str, args: usize, piped: bool) -> Option<String> {
    let given = args + usize::from(piped);
    let params = function.params().len();
    if function.is_variadic() {
        let least = params.saturating_sub(1);
        return (given < least)
            .then(|| format!("wrong number of args for {name}: want at least {least} got {args}"));
    }
    (given != params).then(|| format!("wrong number of args for {name}: want {params} got {given}"))
}

/// What `nil` is for a parameter, where the parameter may be nil.
fn nil_for(param: Type) -> Option<Const> {
    match param {
        Type::Any => Some(Const::Nil),
        Type::Slice(_) | Type::Map(_) | Type::Pointer(_) => Some(Const::NilOf(param)),
        _ => None,
    }
}

/// A constant as a parameter of a type takes it.
fn constant_for(operand: &Operand<'_>, param: Type) -> Result<Const, String> {
    let found = |expected: &str| Err(format!("expected {expected}; found {operand}"));
    match (param, &operand.what) {
        (Type::Any | Type::Bool, What::Bool(value)) => Ok(Const::Bool(*value)),
        (Type::Any | Type::String, What::Str { value, .. }) => Ok(Const::Str((&**value).into())),
        (Type::Any, What::Number { text, constant }) => match constant.ideal() {
            Ideal::Int(int) => Ok(Const::Int(int)),
            Ideal::Float(float) => Ok(Const::Float(float)),
            Ideal::Complex(re, im) => Ok(Const::Number(Number::Complex128(re, im))),
            Ideal::Overflow => Err(format!("{text} overflows int")),
        },
        (Type::Bool, _) => found("bool"),
        (Type::String, _) => found("string"),
        (_, What::Number { constant, .. }) if is_number(param) => match number_for(constant, param)
        {
            Some(number) => Ok(number),
            None => found(expected(param)),
        },
        _ if is_number(param) => found(expected(param)),
        _ => Err(format!("can't handle {operand} for arg of type {param}")),
    }
}

fn is_number(param: Type) -> bool {
    !matches!(
        param,
        Type::Any
            | Type::Bool
            | Type::String
            | Type::Slice(_)
            | Type::Map(_)
            | Type::Named(_)
            | Type::Pointer(_)
    )
}

/// What messages call the kind of constant that a numeric parameter takes.
fn expected(param: Type) -> &'static str {
    match param {
        Type::Int | Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => "integer",
        Type::Float32 | Type::Float64 => "float",
        Type::Complex128 => "complex",
        _ => "unsigned integer",
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "reflect.Value.SetInt and its sisters drop the bits that do not fit"
)]
fn number_for(constant: &Constant, param: Type) -> Option<Const> {
    let number = match param {
        Type::Int => return constant.int.map(Const::Int),
        Type::Float64 => return constant.float.map(Const::Float),
        Type::Int8 => Number::Int8(constant.int? as i8),
        Type::Int16 => Number::Int16(constant.int? as i16),
        Type::Int32 => Number::Int32(constant.int? as i32),
        Type::Int64 => Number::Int64(constant.int?),
        Type::Uint => Number::Uint(constant.uint?),
        Type::Uint8 => Number::Uint8(constant.uint? as u8),
        Type::Uint16 => Number::Uint16(constant.uint? as u16),
        Type::Uint32 => Number::Uint32(constant.uint? as u32),
        Type::Uint64 => Number::Uint64(constant.uint?),
        Type::Float32 => Number::Float32(constant.float? as f32),
        Type::Complex128 => {
            let (re, im) = constant
                .complex
                .or_else(|| constant.float.map(|re| (re, 0.0)))?;
            Number::Complex128(re, im)
        }
        _ => return None,
    };
    Some(Const::Number(number))
}
