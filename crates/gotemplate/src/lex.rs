//! Cuts a template's text into the pieces of text and the tokens of actions.
//!
//! Truth: the lexical rules in the documentation of Go's `text/template`, and what Go 1.26 answers.

use crate::error::Span;

/// What a token is. Keywords are kept apart, as messages show them in angle brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    LeftDelim,
    RightDelim,
    Dot,
    Field,
    Variable,
    Identifier,
    Bool,
    Nil,
    Number,
    Complex,
    Char,
    Str,
    RawStr,
    Declare,
    Assign,
    Pipe,
    LeftParen,
    RightParen,
    Punctuation,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
    Eof,
    /// The rest cannot be cut into tokens; the parser has the reason.
    Error,
}

impl Kind {
    /// Whether Go writes the token in angle brackets.
    fn is_keyword(self) -> bool {
        matches!(
            self,
            Self::Dot
                | Self::Nil
                | Self::Block
                | Self::Break
                | Self::Continue
                | Self::Define
                | Self::Else
                | Self::End
                | Self::If
                | Self::Range
                | Self::Template
                | Self::With
        )
    }
}

/// A token: what it is and which bytes of the text it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
    /// The line that the token starts on, from 1.
    pub(crate) line: usize,
    /// Whether white space stands before it in the action.
    pub(crate) spaced: bool,
}

impl Token {
    pub(crate) fn text<'t>(&self, source: &'t str) -> &'t str {
        &source[self.span.start..self.span.end]
    }

    /// The token as Go's messages show it.
    pub(crate) fn show(&self, source: &str) -> String {
        let text = self.text(source);
        if self.kind == Kind::Eof {
            "EOF".to_owned()
        } else if self.kind.is_keyword() {
            format!("<{text}>")
        } else if text.len() > 10 {
            let start: String = text.chars().take(10).collect();
            format!("{}...", crate::format::quote(&start))
        } else {
            crate::format::quote(text)
        }
    }
}

/// Why the text cannot be cut into tokens.
#[derive(Clone, Debug)]
pub(crate) struct LexError {
    pub(crate) message: String,
    pub(crate) line: usize,
    pub(crate) span: Span,
}

/// The lexer: gives one token at a time.
pub(crate) struct Lexer<'t> {
    source: &'t str,
    left: &'t str,
    right: &'t str,
    /// Whether `break` and `continue` are keywords, which they are unless functions have these names.
    loop_words: (bool, bool),
    at: usize,
    line: usize,
    in_action: bool,
    /// The white space that a right trim marker takes away is skipped before the next text.
    trim_next: bool,
    depth: usize,
}

/// Go's white space, as trim markers see it.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(
        source: &'t str,
        left: &'t str,
        right: &'t str,
        loop_words: (bool, bool),
    ) -> Self {
        Self {
            source,
            left: if left.is_empty() { "{{" } else { left },
            right: if right.is_empty() { "}}" } else { right },
            loop_words,
            at: 0,
            line: 1,
            in_action: false,
            trim_next: false,
            depth: 0,
        }
    }

    /// The next token. After an error or the end it must not be asked again.
    pub(crate) fn next(&mut self) -> Result<Token, LexError> {
        if self.in_action {
            self.action_token()
        } else {
            self.text_token()
        }
    }

    /// The first token of a text that is the inside of an action.
    pub(crate) fn first_in_action(mut self) -> Option<Token> {
        self.in_action = true;
        self.next().ok()
    }

    // === outside actions ===

    fn text_token(&mut self) -> Result<Token, LexError> {
        loop {
            if self.trim_next {
                self.trim_next = false;
                let rest = self.rest();
                let trimmed = rest.trim_start_matches(is_space);
                self.advance(rest.len() - trimmed.len());
            }
            let start = self.at;
            let rest = self.rest();
            let Some(offset) = find(rest, self.left) else {
                self.advance(rest.len());
                let kind = if rest.is_empty() {
                    Kind::Eof
                } else {
                    Kind::Text
                };
                return Ok(self.token(kind, start, self.line - newlines(rest), false));
            };
            let after = &rest[offset + self.left.len()..];
            let trims = is_trim_start(after);
            let text = &rest[..offset];
            let kept = if trims {
                text.trim_end_matches(is_space)
            } else {
                text
            };
            if !kept.is_empty() {
                let line = self.line;
                self.advance(offset);
                return Ok(Token {
                    kind: Kind::Text,
                    span: Span {
                        start,
                        end: start + kept.len(),
                    },
                    line,
                    spaced: false,
                });
            }
            self.advance(offset);
            let marker = if trims { 2 } else { 0 };
            if after[marker..].starts_with("/*") {
                self.comment(marker)?;
                continue;
            }
            let (start, line) = (self.at, self.line);
            self.advance(self.left.len());
            let token = self.token(Kind::LeftDelim, start, line, false);
            self.advance(marker);
            self.in_action = true;
            self.depth = 0;
            return Ok(token);
        }
    }

    /// Skips a comment; the position is before its left delimiter.
    fn comment(&mut self, marker: usize) -> Result<(), LexError> {
        let (start, line) = (self.at + self.left.len() + marker, self.line);
        self.advance(self.left.len() + marker);
        self.advance(2);
        let Some(end) = self.rest().find("*/") else {
            return Err(Self::error("unclosed comment", line, start, start + 2));
        };
        self.advance(end + 2);
        let after = self.rest();
        if after.starts_with(self.right) {
            self.advance(self.right.len());
        } else if is_trim_end(after) && after[2..].starts_with(self.right) {
            self.advance(2 + self.right.len());
            self.trim_next = true;
        } else {
            return Err(Self::error(
                "comment ends before closing delimiter",
                line,
                start,
                self.at,
            ));
        }
        Ok(())
    }

    // === inside actions ===

    fn action_token(&mut self) -> Result<Token, LexError> {
        let mut spaced = false;
        loop {
            let rest = self.rest();
            if is_trim_end(rest) && rest[2..].starts_with(self.right) {
                self.check_parens()?;
                self.advance(2);
                self.trim_next = true;
                return Ok(self.end_of_action(spaced));
            }
            if rest.starts_with(self.right) {
                self.check_parens()?;
                return Ok(self.end_of_action(spaced));
            }
            match rest.chars().next() {
                Some(c) if is_space(c) => {
                    self.advance(1);
                    spaced = true;
                }
                Some(c) => return self.word(c, spaced),
                None => {
                    return Err(Self::error("unclosed action", self.line, self.at, self.at));
                }
            }
        }
    }

    fn check_parens(&self) -> Result<(), LexError> {
        if self.depth == 0 {
            return Ok(());
        }
        Err(Self::error(
            "unclosed left paren",
            self.line,
            self.at,
            self.at + 1,
        ))
    }

    fn end_of_action(&mut self, spaced: bool) -> Token {
        self.in_action = false;
        self.take(Kind::RightDelim, self.right.len(), spaced)
    }

    fn word(&mut self, first: char, spaced: bool) -> Result<Token, LexError> {
        let rest = self.rest();
        match first {
            '|' => Ok(self.take(Kind::Pipe, 1, spaced)),
            '=' => Ok(self.take(Kind::Assign, 1, spaced)),
            ':' if rest.starts_with(":=") => Ok(self.take(Kind::Declare, 2, spaced)),
            ':' => Err(self.fail("expected :=", 1)),
            '"' => match quoted_len(rest) {
                Some(len) => Ok(self.take(Kind::Str, len, spaced)),
                None => Err(self.fail("unterminated quoted string", 1)),
            },
            '`' => match rest[1..].find('`') {
                Some(end) => Ok(self.take(Kind::RawStr, end + 2, spaced)),
                None => Err(self.fail("unterminated raw quoted string", 1)),
            },
            '\'' => match quoted_len(rest) {
                Some(len) => Ok(self.take(Kind::Char, len, spaced)),
                None => Err(self.fail("unterminated character constant", 1)),
            },
            '$' => self.name(Kind::Variable, spaced),
            '.' if rest.len() > 1 && !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                if self.at_terminator(1) {
                    return Ok(self.take(Kind::Dot, 1, spaced));
                }
                self.name(Kind::Field, spaced)
            }
            '+' | '-' | '.' | '0'..='9' => self.number(spaced),
            '(' => {
                self.depth += 1;
                Ok(self.take(Kind::LeftParen, 1, spaced))
            }
            ')' => {
                let Some(depth) = self.depth.checked_sub(1) else {
                    return Err(self.fail("unexpected right paren", 1));
                };
                self.depth = depth;
                Ok(self.take(Kind::RightParen, 1, spaced))
            }
            c if is_word(c) => self.identifier(spaced),
            ' '..='~' => Ok(self.take(Kind::Punctuation, 1, spaced)),
            c => {
                let message = format!("unrecognized character in action: {}", unicode(c));
                Err(self.fail(&message, c.len_utf8()))
            }
        }
    }

    /// A field or variable: a mark and a name.
    fn name(&mut self, kind: Kind, spaced: bool) -> Result<Token, LexError> {
        let len = 1 + word_len(&self.rest()[1..]);
        self.check_terminator(len)?;
        Ok(self.take(kind, len, spaced))
    }

    fn identifier(&mut self, spaced: bool) -> Result<Token, LexError> {
        let len = word_len(self.rest());
        self.check_terminator(len)?;
        let kind = match &self.rest()[..len] {
            "true" | "false" => Kind::Bool,
            "nil" => Kind::Nil,
            "block" => Kind::Block,
            "break" if self.loop_words.0 => Kind::Break,
            "continue" if self.loop_words.1 => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "range" => Kind::Range,
            "template" => Kind::Template,
            "with" => Kind::With,
            _ => Kind::Identifier,
        };
        Ok(self.take(kind, len, spaced))
    }

    fn number(&mut self, spaced: bool) -> Result<Token, LexError> {
        let rest = self.rest();
        let (len, ok) = number_len(rest);
        let mut kind = Kind::Number;
        let mut end = len;
        let mut good = ok;
        if good && rest[len..].starts_with(['+', '-']) {
            let (more, ok) = number_len(&rest[len..]);
            kind = Kind::Complex;
            end = len + more;
            good = ok && rest[..end].ends_with('i');
        }
        if good {
            return Ok(self.take(kind, end, spaced));
        }
        let message = format!("bad number syntax: {}", crate::format::quote(&rest[..end]));
        Err(self.fail(&message, end))
    }

    /// Whether a name may end `len` bytes on.
    fn at_terminator(&self, len: usize) -> bool {
        let rest = &self.rest()[len..];
        rest.starts_with(|c: char| is_space(c) || ".,|:)(".contains(c))
            || rest.is_empty()
            || rest.starts_with(self.right)
    }

    fn check_terminator(&self, len: usize) -> Result<(), LexError> {
        if self.at_terminator(len) {
            return Ok(());
        }
        let bad = self.rest()[len..].chars().next().unwrap_or_default();
        let message = format!("bad character {}", unicode(bad));
        let mut error = self.fail(&message, 0);
        error.span = Span {
            start: self.at + len,
            end: self.at + len + bad.len_utf8(),
        };
        Err(error)
    }

    // === bookkeeping ===

    fn rest(&self) -> &'t str {
        &self.source[self.at..]
    }

    fn advance(&mut self, len: usize) {
        self.line += newlines(&self.rest()[..len]);
        self.at += len;
    }

    fn take(&mut self, kind: Kind, len: usize, spaced: bool) -> Token {
        let (start, line) = (self.at, self.line);
        self.advance(len);
        self.token(kind, start, line, spaced)
    }

    fn token(&self, kind: Kind, start: usize, line: usize, spaced: bool) -> Token {
        Token {
            kind,
            span: Span {
                start,
                end: self.at,
            },
            line,
            spaced,
        }
    }

    fn fail(&self, message: &str, len: usize) -> LexError {
        Self::error(message, self.line, self.at, self.at + len)
    }

    fn error(message: &str, line: usize, start: usize, end: usize) -> LexError {
        LexError {
            message: message.to_owned(),
            line,
            span: Span { start, end },
        }
    }
}

/// Finds the left delimiter, fast for the usual one.
fn find(text: &str, delimiter: &str) -> Option<usize> {
    text.find(delimiter)
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

/// Whether text after a left delimiter starts with a trim marker.
fn is_trim_start(text: &str) -> bool {
    text.strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(is_space))
}

/// Whether text starts with the white space and minus of a right trim marker.
fn is_trim_end(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| is_space(b.into())) && bytes.next() == Some(b'-')
}

fn word_len(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

/// The length of a quoted string or character constant with its quotes; `None` if it does not end on its line.
fn quoted_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.first()?;
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\n' => return None,
            b'\\' => {
                if matches!(*bytes.get(at + 1)?, b'\n') {
                    return None;
                }
                at += 2;
            }
            b if b == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The bytes that look like one number, and whether a number may end there.
fn number_len(text: &str) -> (usize, bool) {
    let bytes = text.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut digits: fn(u8) -> bool = |b| b.is_ascii_digit() || b == b'_';
    let mut hex = false;
    let mut prefixed = false;
    if bytes.get(at) == Some(&b'0') {
        at += 1;
        let (base, is_prefix): (fn(u8) -> bool, bool) = match bytes.get(at) {
            Some(b'x' | b'X') => {
                hex = true;
                (|b| b.is_ascii_hexdigit() || b == b'_', true)
            }
            Some(b'o' | b'O') => (|b| matches!(b, b'0'..=b'7' | b'_'), true),
            Some(b'b' | b'B') => (|b| matches!(b, b'0' | b'1' | b'_'), true),
            _ => (digits, false),
        };
        digits = base;
        prefixed = is_prefix;
        at += usize::from(is_prefix);
    }
    let run = |at: &mut usize, digits: fn(u8) -> bool| {
        while bytes.get(*at).is_some_and(|b| digits(*b)) {
            *at += 1;
        }
    };
    run(&mut at, digits);
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        run(&mut at, digits);
    }
    let exponent = match bytes.get(at) {
        Some(b'e' | b'E') => !prefixed,
        Some(b'p' | b'P') => hex,
        _ => false,
    };
    if exponent {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        run(&mut at, |b| b.is_ascii_digit() || b == b'_');
    }
    at += usize::from(bytes.get(at) == Some(&b'i'));
    // A letter right behind is part of the mistake.
    match text[at..].chars().next() {
        Some(c) if is_word(c) => (at + c.len_utf8(), false),
        _ => (at, true),
    }
}

/// A character as Go's `%#U` writes it.
fn unicode(c: char) -> String {
    let number = format!("U+{:04X}", u32::from(c));
    if crate::format::is_printable(c) {
        format!("{number} '{c}'")
    } else {
        number
    }
}

/// A pipeline as Go writes it back: with single spaces, and only where they belong.
pub(crate) fn normalized(source: &str) -> String {
    let mut lexer = Lexer::new(source, "", "\0", (false, false));
    lexer.in_action = true;
    let mut out = String::with_capacity(source.len());
    while let Ok(token) = lexer.next() {
        let joins = match token.kind {
            Kind::RightParen | Kind::Punctuation => true,
            Kind::Field => !token.spaced,
            _ => false,
        };
        if !joins && !out.is_empty() && !out.ends_with('(') {
            out.push(' ');
        }
        out.push_str(token.text(source));
    }
    out
}
