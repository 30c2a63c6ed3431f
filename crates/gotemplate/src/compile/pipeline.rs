//! Pipelines: commands, operands, calls.

use std::sync::Arc;

use super::constant::{constant_for, nil_for};
use super::{Compiler, count16, index};
use crate::ast::{Command, Operand, Pipe, What};
use crate::builtins::Special;
use crate::function::Function;
use crate::program::{Index, NONE, Op, Path, Shown, Source};
use crate::types::Type;

impl<'t> Compiler<'t> {
    /// Leaves the pipeline's value on the stack, and sets its variables. A settled value is no value rather than nil.
    pub(super) fn pipe(&mut self, pipe: &Pipe<'t>, settle: bool) {
        let start = self.draft().body.ops.len();
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
                    Some(slot) => {
                        self.take_over(slot, start);
                        self.emit(Op::Set(slot), NONE);
                    }
                    None => self.fail(&format!("undefined variable: {name}"), NONE),
                }
            } else {
                let slot = draft.declare(name);
                draft.emit(Op::Set(slot), NONE);
            }
        }
    }

    /// Lets a pipeline that sets a variable have the variable's value for itself, if it reads it once: `append` can then
    /// make the list longer where it is.
    fn take_over(&mut self, slot: Index, start: usize) {
        let program = &self.program;
        let reads = |path: Index| {
            let path = program.paths.get(path as usize)?;
            (path.from == Source::Variable(slot)).then_some(path)
        };
        let Some(draft) = self.open.last_mut() else {
            return;
        };
        let ops = draft.body.ops.get_mut(start..).unwrap_or_default();
        let mut reading = ops.iter_mut().filter_map(|(op, _)| match *op {
            Op::Load(path) | Op::Receiver { path, .. } => Some((op, reads(path)?)),
            _ => None,
        });
        let (Some((op @ Op::Load(_), path)), None) = (reading.next(), reading.next()) else {
            return;
        };
        if path.count == 0 {
            let settles = path.settles;
            *op = Op::Take { slot, settles };
        }
    }

    /// Turns a nil into no value, unless the last instruction cannot give one.
    fn settle(&mut self) {
        match self.draft().body.ops.last() {
            Some((Op::Const(_) | Op::Missing, _)) => {}
            Some((Op::Load(path), _)) => {
                let path = *path as usize;
                if let Some(path) = self.program.paths.get_mut(path) {
                    path.settles = true;
                }
            }
            _ => self.emit(Op::Settle, NONE),
        }
    }

    fn command(&mut self, pipe: &Pipe<'t>, command: &Command<'t>, piped: bool) {
        let Some((first, args)) = command.args.split_first() else {
            return;
        };
        let mark = self.mark(first);
        match &first.what {
            What::Function(name, function) => {
                self.call(name, function, first, args, command, piped);
            }
            What::Field(fields) => self.fields(Source::Dot, fields, mark, args, piped),
            What::Variable { name, fields } => {
                let Some(slot) = self.draft().slot(name) else {
                    return self.fail(&format!("undefined variable: {name}"), mark);
                };
                if fields.is_empty() {
                    if self.refuse_args(first, args, piped, mark) {
                        return;
                    }
                    return self.load(Source::Variable(slot), &[], mark);
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
        if let Some(method) = method {
            let name = self.name(method);
            let path = self.path(from, plain);
            let receiver = self.draft().body.ops.len();
            let to = NONE;
            self.emit(Op::Receiver { name, path, to }, mark);
            let places: Vec<Index> = args.iter().map(|arg| self.mark(arg)).collect();
            for arg in args {
                self.argument(arg, Type::Any, false);
            }
            let first = index(self.program.arguments.len());
            self.program.arguments.extend(places);
            self.emit(
                Op::Method {
                    name,
                    first,
                    given: count16(args.len()),
                    piped,
                    place: mark,
                },
                NONE,
            );
            // A piped value is on the stack already, for the call to take.
            if !piped {
                self.draft().patch(receiver);
            }
        } else {
            self.load(from, plain, mark);
        }
    }

    fn load(&mut self, from: Source, fields: &[&'t str], mark: Index) {
        if from != Source::Stack {
            let path = self.path(from, fields);
            self.emit(Op::Load(path), mark);
        } else if !fields.is_empty() {
            let path = self.path(from, fields);
            self.emit(Op::Follow(path), mark);
        }
    }

    fn path(&mut self, from: Source, fields: &[&'t str]) -> Index {
        let first = index(self.program.fields.len());
        let names = fields.iter().map(|name| Box::from(*name));
        self.program.fields.extend(names);
        let count = index(fields.len());
        let path = index(self.program.paths.len());
        self.program.paths.push(Path {
            from,
            first,
            count,
            action: NONE,
            settles: false,
            same: NONE,
        });
        path
    }

    /// Prints what the last instruction leaves on the stack.
    pub(super) fn emit_print(&mut self, place: Index) {
        match self.draft().take_load() {
            Some((path, mark)) => {
                self.emit(Op::PrintPath(path), mark);
                if let Some(path) = self.program.paths.get_mut(path as usize) {
                    path.action = place;
                }
            }
            None => self.emit(Op::Print, place),
        }
    }

    fn call(
        &mut self,
        name: &'t str,
        function: &Arc<Function>,
        first: &Operand<'t>,
        args: &[Operand<'t>],
        command: &Command<'t>,
        piped: bool,
    ) {
        let mark = self.mark(first);
        if let Some(message) = function.signature().mismatch(name, args.len(), piped) {
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
        let function = self.function(name, function);
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

    /// Where a function is in the program's table, which has no more than the table of all.
    fn function(&mut self, name: &str, function: &Arc<Function>) -> Index {
        let functions = &mut self.program.functions;
        let known = functions.iter().position(|(known, _)| **known == *name);
        index(known.unwrap_or_else(|| {
            functions.push((name.into(), function.clone()));
            functions.len() - 1
        }))
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
            What::Dot => self.load(Source::Dot, &[], mark),
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
            What::Function(name, function) => {
                let command = Command {
                    at: operand.start,
                    end: operand.end,
                    args: Vec::new(),
                };
                self.call(name, function, operand, &[], &command, false);
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
}

/// Where there are no arguments, errors about a call name the function itself.
fn mark_if(args: &[Operand<'_>], mark: Index) -> Index {
    if args.is_empty() { mark } else { NONE }
}
