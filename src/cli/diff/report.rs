//! The changes, as lines, as a summary, or as JSON.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use outrigger_json::{Object, Value};
use similar::{
    ChangeTag, DiffOp,
    algorithms::{Capture, Compact, Replace, myers},
    group_diff_ops,
    udiff::UnifiedHunkHeader,
};

use super::{super::live::Compared, Output};
use crate::{
    drift::{self, Comparison, Difference, Kind, Workload},
    inject,
    workload::Reference,
};

/// How many lines stand around a changed one.
const AROUND: usize = 3;

/// An object of a document: what it is, its Pod before and after, and itself before and after.
pub(super) type Changed<'o> = (
    Reference,
    Value<'static>,
    Value<'static>,
    &'o Value<'o>,
    &'o Value<'o>,
);

/// What changes, collected until it is written.
pub(super) struct Report {
    output: Output,
    changes: Vec<Change>,
    /// Those of live Pods, by workload.
    of_workloads: BTreeMap<Workload, Vec<Change>>,
}

/// One change of an object, or of several Pods alike.
struct Change {
    /// What of: `Deployment shop/web`, or a file.
    what: String,
    /// A line of the summary for each object.
    summary: Vec<String>,
    /// The objects for JSON.
    json: Vec<Object<'static>>,
    /// The lines before and after; `None`: it would be refused.
    texts: Option<(String, String)>,
    /// What makes Pods of one workload alike.
    differences: Vec<Difference>,
    /// How many Pods; 0 for an object of a file.
    pods: usize,
}

impl Report {
    pub(super) const fn new(output: Output) -> Self {
        Self {
            output,
            changes: Vec::new(),
            of_workloads: BTreeMap::new(),
        }
    }

    /// Takes up a live Pod.
    pub(super) fn pod(&mut self, compared: Compared<'_>) {
        let Compared {
            workload,
            comparison,
            ..
        } = compared;
        if comparison.differences.is_empty() {
            return;
        }
        let what = workload.to_string();
        let changes = self.of_workloads.entry(workload.clone()).or_default();
        let alike = |change: &&mut Change| change.differences == comparison.differences;
        if let Some(change) = changes.iter_mut().find(alike) {
            change.pods += 1;
            return;
        }
        let Comparison {
            detail,
            differences,
            mut before,
            after,
            ..
        } = comparison;
        let is_refused = after.is_null();
        let mut object = Object::new();
        object.push("namespace", workload.namespace);
        object.push("kind", workload.kind);
        object.push("name", workload.name);
        object.push("pods", Value::Null);
        let kinds = drift::kinds(&differences);
        let codes = kinds.iter().map(|kind| kind.code().into());
        object.push("differs", codes.collect::<Vec<Value<'_>>>());
        if is_refused {
            object.push("refused", detail.clone());
        } else {
            object.push("patch", patch(&before, &after));
        }
        let summary = if is_refused {
            format!("{what}: would be refused: {detail}")
        } else {
            format!("{what}: {}", summary(&differences))
        };
        drift::align(&mut before, &after);
        let text = outrigger_yaml::to_string_sorted;
        changes.push(Change {
            what,
            summary: vec![summary],
            json: vec![object],
            texts: (!is_refused).then(|| (text(&before), text(&after))),
            differences,
            pods: 1,
        });
    }

    /// Takes up a document of a file, with its text before and after.
    pub(super) fn document(
        &mut self,
        file: &str,
        texts: (String, String),
        objects: Vec<Changed<'_>>,
    ) {
        let mut change = Change {
            what: file.to_owned(),
            summary: Vec::new(),
            json: Vec::new(),
            texts: Some(texts),
            differences: Vec::new(),
            pods: 0,
        };
        for (reference, before, after, whole, new) in objects {
            let differences = drift::between(&before, &after);
            change
                .summary
                .push(format!("{reference}: {}", summary(&differences)));
            let mut object = Object::new();
            object.push("file", file.to_owned());
            object.push("namespace", reference.namespace);
            object.push("kind", reference.kind);
            object.push("name", reference.name);
            let codes = drift::kinds(&differences);
            let codes = codes.iter().map(|kind| kind.code().into());
            object.push("differs", codes.collect::<Vec<Value<'_>>>());
            object.push("patch", patch(whole, new));
            change.json.push(object);
        }
        self.changes.push(change);
    }

    /// Writes all; whether there was anything.
    pub(super) fn finish(self) -> io::Result<bool> {
        let Self {
            output,
            mut changes,
            of_workloads,
        } = self;
        changes.extend(of_workloads.into_values().flatten());
        let differs = !changes.is_empty();
        let mut out = anstream::stdout().lock();
        if output == Output::Json {
            let objects = changes.into_iter().flat_map(Change::into_json);
            writeln!(out, "{}", Value::from(objects.collect::<Vec<_>>()))?;
            return Ok(differs);
        }
        for change in &changes {
            if let (Output::Diff, Some((before, after))) = (output, &change.texts) {
                change.lines(before, after, &mut out)?;
                continue;
            }
            let pods = change.pods();
            for line in &change.summary {
                writeln!(out, "{line}{pods}")?;
            }
        }
        Ok(differs)
    }
}

impl Change {
    fn pods(&self) -> String {
        match self.pods {
            0 => String::new(),
            1 => " (1 Pod)".to_owned(),
            pods => format!(" ({pods} Pods)"),
        }
    }

    fn into_json(self) -> Vec<Value<'static>> {
        let pods = i64::try_from(self.pods).unwrap_or(i64::MAX);
        let with_pods = |mut object: Object<'static>| {
            if object.contains_key("pods") {
                object.insert("pods", pods);
            }
            Value::from(object)
        };
        self.json.into_iter().map(with_pods).collect()
    }

    /// The changed lines, in the form that `patch` reads.
    fn lines(&self, before: &str, after: &str, out: &mut impl Write) -> io::Result<()> {
        const BOLD: Style = Style::new().bold();
        const HUNK: Style = AnsiColor::Cyan.on_default();
        const GONE: Style = AnsiColor::Red.on_default();
        const NEW: Style = AnsiColor::Green.on_default();
        let (what, pods) = (&self.what, self.pods());
        writeln!(out, "{BOLD}--- {what}{pods}{BOLD:#}")?;
        writeln!(out, "{BOLD}+++ {what}, injected now{BOLD:#}")?;
        let (before, after) = (split(before), split(after));
        for hunk in hunks(&before, &after) {
            let header = UnifiedHunkHeader::new(&hunk);
            writeln!(out, "{HUNK}{header}{HUNK:#}")?;
            let changes = hunk
                .iter()
                .flat_map(|op| op.iter_changes(&*before, &*after));
            for change in changes {
                let (sign, style) = match change.tag() {
                    ChangeTag::Delete => ('-', GONE),
                    ChangeTag::Insert => ('+', NEW),
                    ChangeTag::Equal => (' ', Style::new()),
                };
                let line = change.value().trim_end_matches('\n');
                writeln!(out, "{style}{sign}{line}{style:#}")?;
                if !change.value().ends_with('\n') {
                    writeln!(out, "\\ No newline at end of file")?;
                }
            }
        }
        Ok(())
    }
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The changes, with the lines around them. One algorithm is called by its name: the library's general way in builds all
/// that it has into the program, which is half a megabyte.
fn hunks(before: &[&str], after: &[&str]) -> Vec<Vec<DiffOp>> {
    let mut changes = Compact::new(Replace::new(Capture::new()), before, after);
    let Ok(()) = myers::diff(&mut changes, before, 0..before.len(), after, 0..after.len());
    group_diff_ops(changes.into_inner().into_inner().into_ops(), AROUND)
}

/// What differs, in a few words.
fn summary(differences: &[Difference]) -> String {
    let kinds = drift::kinds(differences);
    let words = kinds.iter().map(|kind| {
        let places = differences.iter().filter(|d| d.kind == *kind).count();
        match kind {
            Kind::Missing | Kind::Unwanted | Kind::Refused => kind.sentence().to_owned(),
            _ if places == 1 => kind.code().to_owned(),
            _ => format!("{} ({places} places)", kind.code()),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

fn patch(before: &Value<'_>, after: &Value<'_>) -> Value<'static> {
    let patch = inject::diff(before, after);
    Value::parse(&patch).map_or(Value::Null, Value::into_owned)
}
