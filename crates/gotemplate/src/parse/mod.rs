//! Reads a template: control structures are handed to the compiler as they come, pipelines as trees.
//!
//! Control structures are kept on a stack of our own, so any nesting of them is fine; only parentheses recurse, and
//! their depth is bounded.

mod hint;
mod pipeline;

use std::borrow::Cow;

use crate::compile::{Block, Compiler};
use crate::error::{Error, ErrorKind, Span};
use crate::function::Functions;
use crate::lex::{Kind, LexError, Lexer, Token};
use crate::number;
use crate::template::Options;

/// Stands among the variables where a template's body begins, which sees none from outside; no variable has this name.
const BORDER: &str = "";

/// The result of a step of parsing.
type Parsed<T> = Result<T, Problem>;

/// What is wrong with a template, before it is dressed as an [`Error`]; boxed, as it is passed up through every step.
#[derive(Debug)]
struct Problem(Box<Report>);

#[derive(Debug)]
struct Report {
    message: String,
    line: usize,
    span: Span,
    hint: Option<String>,
}

pub(crate) struct Parser<'t> {
    source: &'t str,
    name: &'t str,
    functions: &'t Functions,
    lexer: Lexer<'t>,
    /// Tokens read ahead, the next one last.
    ahead: Vec<Token>,
    /// Why the token of kind [`Kind::Error`] is one. It only counts when the token is used.
    lex_error: Option<LexError>,
    /// The last token that was read: where the line is that messages name, and its place.
    last: (usize, Span),
    /// Where the action starts that is being read.
    action: Option<usize>,
    /// The variables known at this point, innermost last, a [`BORDER`] before those of each body.
    variables: Vec<&'t str>,
    compiler: Compiler<'t>,
    parens: usize,
}

/// A control structure that is open.
struct Open {
    block: Block,
    /// Number of variables known outside.
    variables: usize,
    /// Whether this is the `if` of an `else if`, whose `end` also closes the structure around it.
    chained: bool,
    had_else: bool,
    /// Where its head ends.
    at: usize,
}

/// Reads a template and gives its compiler, which has seen all of it.
pub(crate) fn parse<'t>(
    name: &'t str,
    source: &'t str,
    functions: &'t Functions,
    options: &'t Options,
) -> Result<Compiler<'t>, Error> {
    let loop_words = (
        functions.get("break").is_none(),
        functions.get("continue").is_none(),
    );
    let lexer = Lexer::new(
        source,
        &options.left_delimiter,
        &options.right_delimiter,
        loop_words,
    );
    let mut parser = Parser {
        source,
        name,
        functions,
        lexer,
        ahead: Vec::with_capacity(3),
        lex_error: None,
        last: (0, Span { start: 0, end: 0 }),
        action: None,
        variables: vec![BORDER],
        compiler: Compiler::new(name, source),
        parens: 0,
    };
    match parser.template() {
        Ok(()) => Ok(parser.compiler),
        Err(Problem(problem)) => {
            let message = format!("template: {name}:{}: {}", problem.line, problem.message);
            Err(Error::new(ErrorKind::Parse, name, message)
                .at(source, problem.span)
                .with_hint(problem.hint))
        }
    }
}

impl<'t> Parser<'t> {
    // === tokens ===

    fn next(&mut self) -> Token {
        if let Some(token) = self.ahead.pop() {
            return token;
        }
        match self.lexer.next() {
            Ok(token) => {
                self.last = (token.span.start, token.span);
                token
            }
            Err(error) => {
                let span = error.span;
                self.last = (error.at, span);
                self.lex_error = Some(error);
                Token {
                    kind: Kind::Error,
                    span,
                    spaced: true,
                }
            }
        }
    }

    fn peek(&mut self) -> Token {
        let token = self.next();
        self.ahead.push(token);
        token
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token> {
        let token = self.next();
        if token.kind == kind {
            Ok(token)
        } else {
            Err(self.unexpected(token, context))
        }
    }

    // === problems ===

    fn problem(&self, message: impl Into<String>) -> Problem {
        let (at, span) = self.last;
        Problem(Box::new(Report {
            message: message.into(),
            line: self.line(at),
            span,
            hint: None,
        }))
    }

    fn problem_at(&self, span: Span, message: impl Into<String>) -> Problem {
        let mut problem = self.problem(message);
        problem.0.span = span;
        problem
    }

    /// The line that a place is on, from 1.
    fn line(&self, at: usize) -> usize {
        self.source[..at].matches('\n').count() + 1
    }

    fn unexpected(&self, token: Token, context: &str) -> Problem {
        if let (Kind::Error, Some(error)) = (token.kind, &self.lex_error) {
            return self.lex_problem(error);
        }
        let message = format!("unexpected {} in {context}", token.show(self.source));
        self.problem_at(token.span, message)
    }

    fn lex_problem(&self, error: &LexError) -> Problem {
        let mut message = error.message.clone();
        let line = self.line(error.at);
        if let Some(started) = self.action.map(|at| self.line(at))
            && started != line
        {
            let place = format!("started at {}:{started}", self.name);
            let is_action = message.ends_with(" action");
            message.push_str(if is_action { " " } else { " in action " });
            message.push_str(&place);
        }
        Problem(Box::new(Report {
            message,
            line,
            span: error.span,
            hint: None,
        }))
    }

    // === control structures ===

    fn template(&mut self) -> Parsed<()> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let token = self.next();
            match token.kind {
                Kind::Eof if open.is_empty() => break,
                Kind::Text => self.compiler.text(token.span),
                Kind::LeftDelim => self.action(token, &mut open)?,
                Kind::Eof => return Err(self.problem_at(token.span, "unexpected EOF")),
                _ => return Err(self.unexpected(token, "input")),
            }
        }
        match self.compiler.finish() {
            Some(name) => Err(self.redefined(&name)),
            None => Ok(()),
        }
    }

    fn redefined(&self, name: &str) -> Problem {
        let name = crate::format::quote(name);
        self.problem(format!("template: multiple definition of template {name}"))
    }

    fn action(&mut self, delim: Token, open: &mut Vec<Open>) -> Parsed<()> {
        self.action = Some(delim.span.start);
        let token = self.peek();
        match token.kind {
            // What stands next in their bodies is to Go still part of the action.
            Kind::If => return self.control(Block::If, "if", open),
            Kind::With => return self.control(Block::With, "with", open),
            Kind::Range => return self.control(Block::Range, "range", open),
            Kind::Else => self.else_clause(open)?,
            Kind::End => self.end(open)?,
            Kind::Break | Kind::Continue => self.jump(open)?,
            Kind::Template => self.template_call()?,
            Kind::Block => self.block(open)?,
            Kind::Define if open.is_empty() => {
                // To Go the head of a definition is no action.
                self.action = None;
                self.define(open)?;
            }
            _ => {
                let pipe = self.pipeline("command", Kind::RightDelim)?;
                self.compiler.print(&pipe);
            }
        }
        self.action = None;
        Ok(())
    }

    /// `if`, `with` or `range` up to the end of its first action.
    fn control(&mut self, block: Block, context: &str, open: &mut Vec<Open>) -> Parsed<()> {
        self.next();
        let variables = self.variables.len();
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        self.compiler.open(block, &pipe);
        open.push(Open {
            block,
            variables,
            chained: false,
            had_else: false,
            at: self.last.0,
        });
        Ok(())
    }

    fn else_clause(&mut self, open: &mut Vec<Open>) -> Parsed<()> {
        let token = self.next();
        let inner = self.peek();
        // What `else` belongs to is only looked at when the whole action was read, as Go has it.
        let chains = matches!(inner.kind, Kind::If | Kind::With);
        if !chains {
            self.expect(Kind::RightDelim, "else")?;
        }
        let Some(top) = open.last_mut() else {
            return Err(self.problem_at(token.span, "unexpected {{else}}"));
        };
        let (block, had_else, at) = (top.block, top.had_else, top.at);
        if matches!(block, Block::Define | Block::Inline) {
            let message = format!("unexpected {{{{else}}}} in {}", block.clause());
            let mut problem = self.problem_at(token.span, message);
            if block == Block::Inline {
                problem.0.line = self.line(at);
            }
            return Err(problem);
        }
        if had_else {
            return Err(self.problem_at(token.span, "expected end; found {{else}}"));
        }
        let fits = match block {
            Block::If => inner.kind == Kind::If,
            Block::With => inner.kind == Kind::With,
            _ => false,
        };
        if chains && !fits {
            return Err(self.unexpected(inner, "input"));
        }
        top.had_else = true;
        self.compiler.otherwise();
        if chains {
            let context = if block == Block::If { "if" } else { "with" };
            self.action = None;
            self.control(block, context, open)?;
            if let Some(top) = open.last_mut() {
                top.chained = true;
            }
        }
        Ok(())
    }

    fn end(&mut self, open: &mut Vec<Open>) -> Parsed<()> {
        let token = self.next();
        self.expect(Kind::RightDelim, "end")?;
        loop {
            let Some(top) = open.pop() else {
                return Err(self.problem_at(token.span, "unexpected {{end}}"));
            };
            self.variables.truncate(top.variables);
            if let Some(name) = self.compiler.close() {
                return Err(self.redefined(&name));
            }
            if !top.chained {
                return Ok(());
            }
        }
    }

    fn jump(&mut self, open: &[Open]) -> Parsed<()> {
        let word = self.next();
        let name = word.text(self.source).to_owned();
        let token = self.next();
        if token.kind != Kind::RightDelim {
            return Err(self.unexpected(token, &format!("{{{{{name}}}}}")));
        }
        let inside = open
            .iter()
            .rev()
            .take_while(|open| !matches!(open.block, Block::Define | Block::Inline))
            .any(|open| open.block == Block::Range && !open.had_else);
        if !inside {
            return Err(self.problem_at(word.span, format!("{{{{{name}}}}} outside {{{{range}}}}")));
        }
        self.compiler.jump(word.kind == Kind::Break);
        Ok(())
    }

    fn template_call(&mut self) -> Parsed<()> {
        self.next();
        let (name, token) = self.template_name("template clause")?;
        let pipe = if self.peek().kind == Kind::RightDelim {
            self.next();
            None
        } else {
            Some(self.pipeline("template clause", Kind::RightDelim)?)
        };
        self.compiler
            .call_template(&name, token.span, pipe.as_ref());
        Ok(())
    }

    fn block(&mut self, open: &mut Vec<Open>) -> Parsed<()> {
        self.next();
        let (name, token) = self.template_name("block clause")?;
        let pipe = self.pipeline("block clause", Kind::RightDelim)?;
        self.compiler.call_template(&name, token.span, Some(&pipe));
        self.begin_definition(Block::Inline, &name, open);
        Ok(())
    }

    fn define(&mut self, open: &mut Vec<Open>) -> Parsed<()> {
        self.next();
        let (name, _) = self.template_name("define clause")?;
        self.expect(Kind::RightDelim, "define clause")?;
        self.begin_definition(Block::Define, &name, open);
        Ok(())
    }

    /// Starts the body of a template, which knows no variables but `$`.
    fn begin_definition(&mut self, block: Block, name: &str, open: &mut Vec<Open>) {
        open.push(Open {
            block,
            variables: self.variables.len(),
            chained: false,
            had_else: false,
            at: self.last.0,
        });
        // Variables before this mark are out of sight until the definition ends.
        self.variables.push(BORDER);
        self.compiler.define(name);
    }

    fn template_name(&mut self, context: &str) -> Parsed<(Cow<'t, str>, Token)> {
        let token = self.next();
        if !matches!(token.kind, Kind::Str | Kind::RawStr) {
            return Err(self.unexpected(token, context));
        }
        match number::unquote(token.text(self.source)) {
            Some(name) => Ok((name, token)),
            None => Err(self.problem_at(token.span, "invalid syntax")),
        }
    }
}
