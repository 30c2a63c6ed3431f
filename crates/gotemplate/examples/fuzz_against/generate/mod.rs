//! Random templates and data over the whole grammar.

mod data;
mod expression;
mod literal;

use serde_json::{Value as Json, json};

use crate::functions::Want;
use crate::random::Random;
use data::{collect_paths, data};

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
