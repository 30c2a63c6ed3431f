//! What the text of a template is cut into.

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
    /// Where the line is that the message names.
    pub(crate) at: usize,
    pub(crate) span: Span,
}
