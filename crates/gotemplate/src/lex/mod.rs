//! Cuts a template's text into the pieces of text and the tokens of actions.
//!
//! Truth: the lexical rules in the documentation of Go's `text/template`, and what Go 1.26 answers.

mod scan;
mod token;

use crate::error::Span;
use scan::{find, is_space, is_trim_end, is_trim_start, is_word, number_len, quoted_len, word_len};
pub(crate) use token::{Kind, LexError, Token};

/// The lexer: gives one token at a time.
pub(crate) struct Lexer<'t> {
    source: &'t str,
    left: &'t str,
    right: &'t str,
    /// Whether `break` and `continue` are keywords, which they are unless functions have these names.
    loop_words: (bool, bool),
    at: usize,
    in_action: bool,
    /// The white space that a right trim marker takes away is skipped before the next text.
    trim_next: bool,
    depth: usize,
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
                self.at += rest.len() - rest.trim_start_matches(is_space).len();
            }
            let rest = self.rest();
            let Some(offset) = find(rest, self.left) else {
                let kind = if rest.is_empty() {
                    Kind::Eof
                } else {
                    Kind::Text
                };
                return Ok(self.take(kind, rest.len(), false));
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
                let token = self.take(Kind::Text, kept.len(), false);
                self.at += offset - kept.len();
                return Ok(token);
            }
            self.at += offset;
            let marker = if trims { 2 } else { 0 };
            if after[marker..].starts_with("/*") {
                self.comment(marker)?;
                continue;
            }
            let token = self.take(Kind::LeftDelim, self.left.len(), false);
            self.at += marker;
            self.in_action = true;
            self.depth = 0;
            return Ok(token);
        }
    }

    /// Skips a comment; the position is before its left delimiter.
    fn comment(&mut self, marker: usize) -> Result<(), LexError> {
        let delimiter = self.at;
        let start = delimiter + self.left.len() + marker;
        self.at = start + 2;
        let Some(end) = self.rest().find("*/") else {
            return Err(Self::error("unclosed comment", delimiter, start, start + 2));
        };
        self.at += end + 2;
        let after = self.rest();
        if after.starts_with(self.right) {
            self.at += self.right.len();
        } else if is_trim_end(after) && after[2..].starts_with(self.right) {
            self.at += 2 + self.right.len();
            self.trim_next = true;
        } else {
            return Err(Self::error(
                "comment ends before closing delimiter",
                delimiter,
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
            let Some(first) = rest.chars().next() else {
                return Err(Self::error("unclosed action", self.at, self.at, self.at));
            };
            if is_trim_end(rest) && self.is_right(&rest[2..]) {
                self.check_parens()?;
                self.at += 2;
                self.trim_next = true;
                return Ok(self.end_of_action(spaced));
            }
            if self.is_right(rest) {
                self.check_parens()?;
                return Ok(self.end_of_action(spaced));
            }
            if !is_space(first) {
                return self.word(first, spaced);
            }
            self.at += 1;
            spaced = true;
        }
    }

    /// Whether a text starts with the right delimiter.
    fn is_right(&self, text: &str) -> bool {
        text.as_bytes().first() == self.right.as_bytes().first() && text.starts_with(self.right)
    }

    fn check_parens(&self) -> Result<(), LexError> {
        if self.depth == 0 {
            return Ok(());
        }
        Err(Self::error(
            "unclosed left paren",
            self.at,
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
        match rest.chars().next() {
            Some('.' | ',' | '|' | ':' | ')' | '(') | None => true,
            Some(c) => is_space(c) || self.is_right(rest),
        }
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

    fn take(&mut self, kind: Kind, len: usize, spaced: bool) -> Token {
        let start = self.at;
        self.at += len;
        Token {
            kind,
            span: Span {
                start,
                end: self.at,
            },
            spaced,
        }
    }

    fn fail(&self, message: &str, len: usize) -> LexError {
        Self::error(message, self.at, self.at, self.at + len)
    }

    fn error(message: &str, at: usize, start: usize, end: usize) -> LexError {
        LexError {
            message: message.to_owned(),
            at,
            span: Span { start, end },
        }
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

/// A pipeline as Go writes it back: with single spaces, and only where they belong, and without a `|` that nothing follows.
pub(crate) fn normalized(source: &str) -> String {
    let mut lexer = Lexer::new(source, "", "\0", (false, false));
    lexer.in_action = true;
    let mut out = String::with_capacity(source.len());
    let mut before = Kind::LeftParen;
    while let Ok(token) = lexer.next() {
        let joins = match (before, token.kind) {
            (Kind::LeftParen, _) | (_, Kind::RightParen | Kind::Punctuation) => true,
            (Kind::Pipe | Kind::Declare | Kind::Assign | Kind::Punctuation, _) => false,
            (_, Kind::Field) => !token.spaced,
            _ => false,
        };
        if (before, token.kind) == (Kind::Pipe, Kind::RightParen) {
            out.truncate(out.trim_end_matches(" |").len());
        }
        if !joins {
            out.push(' ');
        }
        out.push_str(token.text(source));
        before = token.kind;
    }
    out
}
