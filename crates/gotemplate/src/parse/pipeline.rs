//! Pipelines as trees.

use super::hint::closest;
use super::{BORDER, Parsed, Parser, Problem};
use crate::ast::{Command, Operand, Pipe, What};
use crate::error::Span;
use crate::lex::{Kind, Token};
use crate::number::{self, Constant};

/// How deep parentheses may be nested.
const MAX_PARENS: usize = 200;

impl<'t> Parser<'t> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipe<'t>> {
        let first = self.peek();
        let mut pipe = Pipe {
            at: first.span.start,
            end: first.span.end,
            variables: Vec::new(),
            assigns: false,
            commands: Vec::new(),
        };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next();
            if token.kind == end {
                break;
            }
            if !starts_operand(token.kind) {
                return Err(self.unexpected(token, context));
            }
            self.ahead.push(token);
            let command = self.command()?;
            pipe.end = command.end;
            pipe.commands.push(command);
        }
        self.check(&pipe, context)?;
        Ok(pipe)
    }

    /// The variables at the head of a pipeline.
    fn declarations(&mut self, pipe: &mut Pipe<'t>, context: &str) -> Parsed<()> {
        while self.peek().kind == Kind::Variable {
            let variable = self.next();
            let next = self.peek();
            let name = variable.text(self.source);
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    self.next();
                    pipe.assigns = next.kind == Kind::Assign;
                    self.variables.push(name);
                    pipe.variables.push(name);
                    return Ok(());
                }
                Kind::Punctuation if next.text(self.source) == "," => {
                    self.next();
                    self.variables.push(name);
                    pipe.variables.push(name);
                    if context != "range" || pipe.variables.len() > 1 {
                        return Err(self.problem(format!("too many declarations in {context}")));
                    }
                    let after = self.peek();
                    if !matches!(
                        after.kind,
                        Kind::Variable | Kind::RightDelim | Kind::RightParen
                    ) {
                        return Err(self.problem("range can only initialize variables"));
                    }
                }
                _ => {
                    self.ahead.push(variable);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Checks that there is a command, and that no constant stands where a value is piped into.
    fn check(&self, pipe: &Pipe<'_>, context: &str) -> Parsed<()> {
        if pipe.commands.is_empty() {
            return Err(self.problem(format!("missing value for {context}")));
        }
        for (i, command) in pipe.commands.iter().enumerate().skip(1) {
            let Some(first) = command.args.first() else {
                continue;
            };
            if matches!(
                first.what,
                What::Bool(_) | What::Dot | What::Nil | What::Number { .. } | What::Str { .. }
            ) {
                let span = Span {
                    start: command.at,
                    end: command.end,
                };
                let message = format!("non executable command in pipeline stage {}", i + 1);
                return Err(self.problem_at(span, message));
            }
        }
        Ok(())
    }

    /// Operands up to a `|` or the end of the pipeline, which is left.
    fn command(&mut self) -> Parsed<Command<'t>> {
        let at = self.peek().span.start;
        let mut command = Command {
            at,
            end: at,
            args: Vec::new(),
        };
        loop {
            if let Some(operand) = self.operand()? {
                command.end = operand.end;
                command.args.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::RightDelim | Kind::RightParen => {
                    self.ahead.push(token);
                    break;
                }
                Kind::Pipe => break,
                kind if token.spaced && starts_operand(kind) => self.ahead.push(token),
                _ => return Err(self.unexpected(token, "operand")),
            }
        }
        if command.args.is_empty() {
            return Err(self.problem("empty command"));
        }
        Ok(command)
    }

    /// A term and the fields that follow it.
    fn operand(&mut self) -> Parsed<Option<Operand<'t>>> {
        let Some(mut operand) = self.term()? else {
            return Ok(None);
        };
        let next = self.peek();
        if next.kind != Kind::Field || next.spaced {
            return Ok(Some(operand));
        }
        let mut more = Vec::new();
        let mut end = operand.end;
        loop {
            let token = self.peek();
            if token.kind != Kind::Field || token.spaced {
                break;
            }
            self.next();
            more.push(&token.text(self.source)[1..]);
            end = token.span.end;
        }
        let at = next.span.start;
        match &mut operand.what {
            What::Field(fields) | What::Variable { fields, .. } => fields.append(&mut more),
            What::Bool(_) | What::Str { .. } | What::Number { .. } | What::Nil | What::Dot => {
                let message = format!(
                    "unexpected . after term {}",
                    crate::format::quote(&operand.to_string())
                );
                return Err(self.problem_at(next.span, message));
            }
            _ => {
                let start = operand.start;
                let what = What::Chain {
                    of: Box::new(operand),
                    fields: more,
                };
                return Ok(Some(Operand {
                    at,
                    start,
                    end,
                    what,
                }));
            }
        }
        operand.at = at;
        operand.end = end;
        Ok(Some(operand))
    }

    fn term(&mut self) -> Parsed<Option<Operand<'t>>> {
        let token = self.next();
        let text = token.text(self.source);
        let what = match token.kind {
            Kind::Identifier => {
                let Some(function) = self.functions.get(text) else {
                    return Err(self.unknown_function(token));
                };
                What::Function(text, function)
            }
            Kind::Dot => What::Dot,
            Kind::Nil => What::Nil,
            Kind::Variable => {
                if !self.knows(text) {
                    let message = format!("undefined variable {}", crate::format::quote(text));
                    return Err(self.problem_at(token.span, message));
                }
                What::Variable {
                    name: text,
                    fields: Vec::new(),
                }
            }
            Kind::Field => What::Field(vec![&text[1..]]),
            Kind::Bool => What::Bool(text == "true"),
            Kind::Char | Kind::Complex | Kind::Number => {
                let constant = Constant::parse(text, token.kind)
                    .map_err(|message| self.problem_at(token.span, message))?;
                What::Number {
                    text,
                    constant: Box::new(constant),
                }
            }
            Kind::LeftParen => {
                if self.parens == MAX_PARENS {
                    return Err(self.problem_at(token.span, "max expression depth exceeded"));
                }
                self.parens += 1;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.parens -= 1;
                let end = self.last.1.end.max(pipe.end);
                let what = What::Pipe(Box::new(pipe));
                let start = token.span.start;
                return Ok(Some(Operand {
                    at: start,
                    start,
                    end,
                    what,
                }));
            }
            Kind::Str | Kind::RawStr => match number::unquote(text) {
                Some(value) => What::Str {
                    quoted: text,
                    value,
                },
                None => return Err(self.problem_at(token.span, "invalid syntax")),
            },
            _ => {
                self.ahead.push(token);
                return Ok(None);
            }
        };
        let Span { start, end } = token.span;
        Ok(Some(Operand {
            at: start,
            start,
            end,
            what,
        }))
    }

    /// Whether a variable is in sight: `$` of the innermost definition starts what is.
    fn knows(&self, name: &str) -> bool {
        name == "$"
            || self
                .variables
                .iter()
                .rev()
                .take_while(|known| **known != BORDER)
                .any(|known| *known == name)
    }

    fn unknown_function(&self, token: Token) -> Problem {
        let name = token.text(self.source);
        let message = format!("function {} not defined", crate::format::quote(name));
        let mut problem = self.problem_at(token.span, message);
        problem.0.hint = closest(name, &self.functions.names())
            .map(|known| format!("did you mean {}?", crate::format::quote(known)));
        problem
    }
}

fn starts_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::Char
            | Kind::Complex
            | Kind::Dot
            | Kind::Field
            | Kind::Identifier
            | Kind::Number
            | Kind::Nil
            | Kind::RawStr
            | Kind::Str
            | Kind::Variable
            | Kind::LeftParen
    )
}
