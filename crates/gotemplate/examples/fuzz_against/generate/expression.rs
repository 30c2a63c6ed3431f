//! Random pipelines, calls and operands.

use std::fmt::Write;

use super::Generator;
use super::literal::quoted;
use crate::functions::{FUNCTIONS, Signature, Want};

impl Generator<'_> {
    pub(super) fn pipeline(&mut self, want: Want, depth: usize) -> String {
        if depth > 0 && self.random.chance(30) {
            // The last function takes the piped value as its last argument.
            let function = self.function(want);
            if let Some((last, others)) = function.takes.split_last() {
                let kind = match last {
                    Want::Rest(kind) => **kind,
                    kind => *kind,
                };
                let first = self.pipeline(kind, depth - 1);
                let arguments = self.arguments(others, depth - 1);
                return format!("{first} | {}{arguments}", function.name);
            }
        }
        if depth > 0 && self.random.chance(65) {
            return self.call(want, depth);
        }
        self.operand(want, depth)
    }

    fn call(&mut self, want: Want, depth: usize) -> String {
        let function = self.function(want);
        let mut arguments = self.arguments(function.takes, depth - 1);
        if self.random.chance(2) {
            let operand = self.operand(Want::Any, 0);
            let _ = write!(arguments, " {operand}");
        }
        format!("{}{arguments}", function.name)
    }

    fn function(&mut self, want: Want) -> &'static Signature {
        for _ in 0..40 {
            let function = self.random.pick(FUNCTIONS);
            if want == Want::Any || function.gives == want || self.random.chance(2) {
                // A failing template tests nothing that comes after it.
                if !matches!(function.name, "fail" | "call") || self.random.chance(10) {
                    return function;
                }
            }
        }
        &FUNCTIONS[0]
    }

    pub(super) fn arguments(&mut self, takes: &[Want], depth: usize) -> String {
        let mut text = String::new();
        for want in takes {
            match want {
                Want::Rest(kind) => {
                    for _ in 0..self.random.below(4) {
                        let operand = self.operand(**kind, depth);
                        let _ = write!(text, " {operand}");
                    }
                }
                Want::Printf => text += &self.printf(depth),
                kind => {
                    let operand = self.operand(*kind, depth);
                    let _ = write!(text, " {operand}");
                }
            }
        }
        text
    }

    fn printf(&mut self, depth: usize) -> String {
        let mut format = String::new();
        let mut values = String::new();
        for _ in 0..=self.random.below(3) {
            format += *self.random.pick(&["", "", "a", "%%", " é "]);
            format.push('%');
            for _ in 0..self.random.below(3) {
                format += *self.random.pick(&["+", "-", "#", " ", "0"]);
            }
            format += *self.random.pick(&["", "", "", "5", "12", "*", "[1]"]);
            format += *self.random.pick(&["", "", "", ".2", ".0", ".", ".*"]);
            format += *self.random.pick(&[
                "v", "v", "d", "s", "s", "q", "x", "X", "o", "b", "e", "f", "g", "G", "t", "c",
                "U", "T", "z", "!", "",
            ]);
            if self.random.chance(92) {
                let operand = self.operand(Want::Any, depth);
                let _ = write!(values, " {operand}");
            }
        }
        format!(" {}{values}", quoted(&format))
    }

    pub(super) fn operand(&mut self, want: Want, depth: usize) -> String {
        let want = if self.random.chance(4) {
            Want::Any
        } else {
            want
        };
        if depth > 0 && self.random.chance(30) {
            let pipeline = self.pipeline(want, depth - 1);
            let field = if self.random.chance(8) { ".a" } else { "" };
            return format!("({pipeline}){field}");
        }
        // What makes long texts and lists is asked for few, so that most templates end within their budgets.
        if want == Want::Size && self.random.chance(90) {
            return self.random.below(12).to_string();
        }
        match self.random.below(10) {
            0..=3 => self.path(want).unwrap_or_else(|| self.literal(want)),
            4 | 5 => self.variable(want).unwrap_or_else(|| self.literal(want)),
            6 if want == Want::Any => (*self
                .random
                .pick(&[".", "$", ".missing", ".a.b", "nil", ".x.y", "$.a"]))
            .to_owned(),
            _ => self.literal(want),
        }
    }

    fn path(&mut self, want: Want) -> Option<String> {
        let fits: Vec<_> = self
            .paths
            .iter()
            .filter(|(path, kind)| !path.is_empty() && (want == Want::Any || *kind == want))
            .map(|(path, _)| path.clone())
            .collect();
        if fits.is_empty() {
            return None;
        }
        let path = self.random.pick(&fits).clone();
        let from_root = self.dots > 0 && self.random.chance(85);
        Some(if from_root { format!("${path}") } else { path })
    }

    fn variable(&mut self, want: Want) -> Option<String> {
        let fits = |kind: Want| want == Want::Any || kind == want || kind == Want::Any;
        let names: Vec<_> = self
            .variables
            .iter()
            .filter(|(_, kind)| fits(*kind))
            .collect();
        if names.is_empty() {
            return None;
        }
        Some(self.random.pick(&names).0.clone())
    }
}
