//! Random templates and data over the whole grammar.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::functions::{FUNCTIONS, Signature, Want};
use crate::random::Random;

/// A template with the data it is to run on.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) template: String,
    pub(crate) data: Json,
    pub(crate) missing_key: &'static str,
}

impl Sample {
    pub(crate) fn request(&self) -> Json {
        json!({"template": self.template, "data": self.data, "missingkey": self.missing_key})
    }
}

pub(crate) fn sample(random: &mut Random) -> Sample {
    let data = data(random, 3, true);
    let mut paths = Vec::new();
    collect_paths(&data, String::new(), &mut paths);
    let missing_key = *random.pick(&["default", "default", "zero", "error"]);
    let mut generator = Generator {
        random,
        paths,
        variables: Vec::new(),
        templates: Vec::new(),
        loops: 0,
        dots: 0,
    };
    let blocks = 1 + generator.random.below(4);
    let mut template = generator.statements(blocks, 3);
    if generator.random.chance(12) {
        template = damaged(generator.random, &template);
    }
    Sample {
        template,
        data,
        missing_key,
    }
}

const KEYS: [&str; 8] = ["a", "b", "c", "d", "list", "name", "x", "y"];
const STRINGS: [&str; 30] = [
    "",
    "a",
    "b",
    "abc",
    "hello world",
    "A-b_C d",
    "  pad ",
    "1",
    "-5",
    "0x1f",
    "010",
    "1.5",
    "1e3",
    "true",
    "null",
    "a,b,,c",
    "line\nline2\n",
    "tab\there",
    "<b>&'\"</b>",
    "{\"k\":[1,2.5,null]}",
    "/p/q.txt",
    "http://u:p@h:80/p?q=1#f",
    "2024-02-29",
    "aGVsbG8=",
    "%d%s%",
    "é日本",
    "$1",
    "HTTPServer2xx",
    "1h30m",
    "v1.2.3-rc.1",
];

fn data(random: &mut Random, depth: usize, map: bool) -> Json {
    let kinds = if depth == 0 { 6 } else { 8 };
    match if map { 7 } else { random.below(kinds) } {
        0 => Json::Null,
        1 => random.chance(50).into(),
        2 | 3 => int(random).into(),
        4 => float(random).into(),
        5 => (*random.pick(&STRINGS)).into(),
        6 => {
            let len = random.below(4);
            (0..len).map(|_| data(random, depth - 1, false)).collect()
        }
        _ => {
            let len = random.below(5) + usize::from(map);
            let pairs = (0..len).map(|_| {
                let key = *random.pick(&KEYS);
                (key.to_owned(), data(random, depth.saturating_sub(1), false))
            });
            Json::Object(pairs.collect())
        }
    }
}

fn int(random: &mut Random) -> i64 {
    // Large numbers make long lists, which take their time.
    match random.below(60) {
        0 => i64::MAX,
        1 => i64::MIN,
        2 => 1_700_000_000,
        3 => 1_000_000,
        n if n < 12 => -i64::try_from(n).unwrap_or(0),
        n => i64::try_from(n % 12).unwrap_or(0),
    }
}

fn float(random: &mut Random) -> f64 {
    *random.pick(&[
        0.0,
        0.5,
        1.5,
        -2.25,
        3.0,
        100.0,
        1e6,
        2_097_152.0,
        1e20,
        1e21,
        1e-5,
        123.456,
        0.1,
        1e100,
        -1.0,
    ])
}

/// The paths from the dot to everything in the data, with the kinds of what is there.
fn collect_paths(data: &Json, path: String, paths: &mut Vec<(String, Want)>) {
    let kind = match data {
        Json::Bool(_) => Want::Bool,
        Json::Number(number) if number.is_i64() => Want::Int,
        Json::Number(_) => Want::Float,
        Json::String(_) => Want::Str,
        Json::Array(_) => Want::List,
        Json::Object(pairs) => {
            for (key, value) in pairs {
                collect_paths(value, format!("{path}.{key}"), paths);
            }
            Want::Map
        }
        Json::Null => Want::Any,
    };
    paths.push((path, kind));
}

struct Generator<'r> {
    random: &'r mut Random,
    paths: Vec<(String, Want)>,
    variables: Vec<(String, Want)>,
    templates: Vec<String>,
    loops: usize,
    /// How many `with` and `range` have moved the dot away from the data.
    dots: usize,
}

impl Generator<'_> {
    fn statements(&mut self, count: usize, depth: usize) -> String {
        let scope = self.variables.len();
        let text = (0..count).map(|_| self.statement(depth)).collect();
        self.variables.truncate(scope);
        text
    }

    fn body(&mut self, depth: usize) -> String {
        let count = 1 + self.random.below(2);
        self.statements(count, depth.saturating_sub(1))
    }

    fn statement(&mut self, depth: usize) -> String {
        let choice = if depth == 0 {
            self.random.below(55)
        } else {
            self.random.below(100)
        };
        match choice {
            0..=9 => (*self.random.pick(&[
                "text",
                " ",
                "\n",
                " a b ",
                "\n  - x: ",
                "{",
                "}}",
                "é",
                "\t",
            ]))
            .to_owned(),
            10..=12 => {
                let comment = *self.random.pick(&["/* c */", "/**/", "/* }} */", "/*\n*/"]);
                match self.random.below(3) {
                    0 => format!("{{{{{comment}}}}}"),
                    1 => format!("{{{{- {comment} -}}}}"),
                    _ => format!("{{{{- {comment}}}}}"),
                }
            }
            13..=44 => {
                let pipeline = self.pipeline(Want::Any, 3);
                self.action(&pipeline)
            }
            45..=52 => self.assignment(),
            53 if self.loops > 0 || self.random.chance(5) => {
                let word = *self.random.pick(&["break", "continue"]);
                self.action(word)
            }
            53 | 54 => self.call_template(),
            55..=69 => self.conditional("if", depth),
            70..=79 => self.conditional("with", depth),
            80..=91 => self.range(depth),
            92..=95 => self.define(depth),
            _ => self.block(depth),
        }
    }

    fn action(&mut self, inside: &str) -> String {
        let open = if self.random.chance(15) { "{{- " } else { "{{" };
        let close = if self.random.chance(15) { " -}}" } else { "}}" };
        format!("{open}{inside}{close}")
    }

    fn assignment(&mut self) -> String {
        let kind = *self
            .random
            .pick(&[Want::Any, Want::Int, Want::Str, Want::List, Want::Map]);
        let pipeline = self.pipeline(kind, 2);
        if !self.variables.is_empty() && self.random.chance(40) {
            let name = self.random.pick(&self.variables).0.clone();
            return self.action(&format!("{name} = {pipeline}"));
        }
        let name = self.declare(kind);
        self.action(&format!("{name} := {pipeline}"))
    }

    fn declare(&mut self, kind: Want) -> String {
        let name = (*self.random.pick(&["$x", "$y", "$z", "$v1", "$_"])).to_owned();
        self.variables.push((name.clone(), kind));
        name
    }

    fn conditional(&mut self, word: &str, depth: usize) -> String {
        let scope = self.variables.len();
        let moves = usize::from(word == "with");
        let mut text = self.head(word);
        self.dots += moves;
        text += &self.body(depth);
        self.dots -= moves;
        while self.random.chance(25) {
            let head = self.head(word);
            text += &head.replacen(word, &format!("else {word}"), 1);
            self.dots += moves;
            text += &self.body(depth);
            self.dots -= moves;
        }
        if self.random.chance(40) {
            text += &self.action("else");
            text += &self.body(depth);
        }
        text += &self.action("end");
        self.variables.truncate(scope);
        text
    }

    fn head(&mut self, word: &str) -> String {
        let pipeline = self.pipeline(Want::Any, 2);
        if self.random.chance(20) {
            let name = self.declare(Want::Any);
            return self.action(&format!("{word} {name} := {pipeline}"));
        }
        self.action(&format!("{word} {pipeline}"))
    }

    fn range(&mut self, depth: usize) -> String {
        let scope = self.variables.len();
        let kind = match self.random.below(10) {
            0..=5 => Want::List,
            6..=8 => Want::Map,
            _ => Want::Any,
        };
        let over = match self.random.below(10) {
            0 => self.random.below(5).to_string(),
            _ => self.pipeline(kind, 2),
        };
        let head = match self.random.below(4) {
            0 => {
                let element = self.declare(Want::Any);
                format!("range {element} := {over}")
            }
            1 => {
                let (key, element) = (self.declare(Want::Int), self.declare(Want::Any));
                format!("range {key}, {element} := {over}")
            }
            _ => format!("range {over}"),
        };
        let mut text = self.action(&head);
        self.loops += 1;
        self.dots += 1;
        text += &self.body(depth);
        self.loops -= 1;
        self.dots -= 1;
        if self.random.chance(25) {
            text += &self.action("else");
            text += &self.body(depth);
        }
        text += &self.action("end");
        self.variables.truncate(scope);
        text
    }

    fn define(&mut self, depth: usize) -> String {
        let name = (*self.random.pick(&["one", "two", "t"])).to_owned();
        let body = self.separate_body(depth);
        self.templates.push(name.clone());
        format!("{{{{define \"{name}\"}}}}{body}{{{{end}}}}")
    }

    fn block(&mut self, depth: usize) -> String {
        let name = *self.random.pick(&["one", "blk"]);
        let argument = self.operand(Want::Any, 1);
        let body = self.separate_body(depth);
        self.templates.push(name.to_owned());
        format!("{{{{block \"{name}\" {argument}}}}}{body}{{{{end}}}}")
    }

    /// A body that knows neither the variables nor the loops around it.
    fn separate_body(&mut self, depth: usize) -> String {
        let variables = std::mem::take(&mut self.variables);
        // A template that calls itself runs long until it fails, so few do.
        let mut templates = self.templates.clone();
        if self.random.chance(98) {
            self.templates.clear();
        }
        let loops = std::mem::take(&mut self.loops);
        self.dots += 1;
        let body = self.body(depth);
        self.dots -= 1;
        templates.append(&mut self.templates);
        self.templates = templates;
        self.variables = variables;
        self.loops = loops;
        body
    }

    fn call_template(&mut self) -> String {
        let name = match self.templates.last() {
            Some(name) if self.random.chance(90) => name.clone(),
            _ if self.random.chance(30) => "none".to_owned(),
            _ => return String::new(),
        };
        let argument = match self.random.below(3) {
            0 => String::new(),
            1 => " .".to_owned(),
            _ => format!(" {}", self.operand(Want::Any, 1)),
        };
        self.action(&format!("template \"{name}\"{argument}"))
    }

    fn pipeline(&mut self, want: Want, depth: usize) -> String {
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

    fn arguments(&mut self, takes: &[Want], depth: usize) -> String {
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

    fn operand(&mut self, want: Want, depth: usize) -> String {
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

    #[expect(clippy::too_many_lines, reason = "a table")]
    fn literal(&mut self, want: Want) -> String {
        match want {
            Want::Bool => (*self.random.pick(&["true", "false"])).to_owned(),
            Want::Int => match self.random.below(8) {
                0 => (*self.random.pick(&[
                    "0x1F", "0b101", "017", "1_000", "'a'", "'\\n'", "0o7", "-3", "1e3",
                ]))
                .to_owned(),
                _ => self.random.below(12).to_string(),
            },
            Want::Float => (*self.random.pick(&[
                "1.5",
                "2.0",
                "1e3",
                "-0.25",
                ".5",
                "1e21",
                "0x1p4",
                "1000000.0",
            ]))
            .to_owned(),
            Want::List => {
                let items = self.arguments(&[Want::Rest(&Want::Any)], 0);
                format!("(list{items})")
            }
            Want::Map => {
                let value = self.operand(Want::Any, 0);
                let key = quoted(self.random.word(&KEYS));
                format!("(dict {key} {value})")
            }
            Want::Regex => quoted(self.random.word(&[
                "a",
                "[a-z]+",
                "^a",
                "b$",
                "(a)(b)?",
                "",
                "a*",
                "\\d+",
                "\\s",
                "[^a]",
                "(?i)A",
                "(",
                "a{2}",
                "x|y",
                "\\bw",
                ".",
                "(?P<n>l+)o",
                "[[:alpha:]]",
                "\\pL+",
                "a**",
                "[z-a]",
                "(?s).",
            ])),
            Want::Constraint => quoted(self.random.word(&[
                ">=1.0",
                "^1.2",
                "~1.2.3",
                "1.x",
                "*",
                "<2 || >3",
                "1.0 - 2.0",
                "!=1.2.3",
                ">=1.2.3-0",
                "bad",
                "",
                ">1, <2",
                "=1.2",
            ])),
            Want::Version => quoted(self.random.word(&[
                "1.2.3",
                "v1.2",
                "2",
                "1.2.3-rc.1",
                "1.2.3+meta",
                "bad",
                "0.0.1",
                "10.20.30",
                "1.2.3-0a.1",
            ])),
            Want::Layout => quoted(self.random.word(&[
                "2006-01-02",
                "15:04:05",
                "Jan 2, 2006 at 3:04pm (MST)",
                "Monday",
                "2006-01-02T15:04:05.000Z07:00",
                "_2 002",
                "",
                "06/1/2",
            ])),
            Want::Str => {
                let text = *self.random.pick(&STRINGS);
                if self.random.chance(15) && !text.contains('`') {
                    format!("`{text}`")
                } else {
                    quoted(text)
                }
            }
            _ => {
                let kind = *self.random.pick(&[
                    Want::Int,
                    Want::Str,
                    Want::Bool,
                    Want::Float,
                    Want::Str,
                    Want::Int,
                    Want::List,
                    Want::Map,
                ]);
                self.literal(kind)
            }
        }
    }
}

/// A Go string literal.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Takes something out of the template or puts something in, so that most often it does not parse.
fn damaged(random: &mut Random, template: &str) -> String {
    let mut chars: Vec<char> = template.chars().collect();
    for _ in 0..=random.below(2) {
        let at = random.below(chars.len() + 1);
        if random.chance(50) && at < chars.len() {
            let end = (at + 1 + random.below(4)).min(chars.len());
            chars.drain(at..end);
        } else {
            let inserted = *random.pick(&[
                "{{", "}}", "|", "(", ")", "\"", "`", "'", ".", "$", ":=", "=", ",", " ",
                "{{end}}", "{{else}}", "nil", "-", "\\", "/*", "*/", "1", "x", "\n", "{{if}}", "@",
                "é", "0x", "{{- ", " -}}",
            ]);
            chars.splice(at..at, inserted.chars());
        }
    }
    chars.into_iter().collect()
}
