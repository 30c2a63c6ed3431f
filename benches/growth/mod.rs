//! How the cost of an injection grows: its instructions against what there is more of, as rows of the table in
//! `docs/performance.md`, and against the size of the Pod as `docs/performance/growth.svg`.
//!
//! The times of a run say little about how something grows, unless the machine does nothing else; instructions do.

use std::{fmt::Write as _, fs};

use outrigger::config::{Sources, Text};

use crate::{
    Failure,
    cases::{self, Many},
    count,
    plot::{self, Axis, Line},
};

/// What there is more of.
struct Growth {
    name: &'static str,
    counts: &'static [usize],
    grown: Grown,
}

/// Where there is more.
enum Grown {
    Pod(Many),
    Namespaces,
    Template,
}

const ALL: [Growth; 5] = [
    Growth {
        name: "entries of env",
        counts: &[1, 10, 100, 1_000, 10_000],
        grown: Grown::Pod(Many::Env),
    },
    Growth {
        name: "annotations",
        counts: &[1, 10, 100, 1_000, 10_000],
        grown: Grown::Pod(Many::Annotations),
    },
    Growth {
        name: "containers",
        counts: &[1, 10, 100, 1_000],
        grown: Grown::Pod(Many::Containers),
    },
    Growth {
        name: "lines of template",
        counts: &[10, 100, 1_000, 10_000],
        grown: Grown::Template,
    },
    Growth {
        name: "namespaces",
        counts: &[1, 100, 10_000],
        grown: Grown::Namespaces,
    },
];

/// Injects for valgrind to count.
pub(crate) fn run(name: &str, count: usize) -> Result<(), Failure> {
    let growth = ALL.iter().find(|growth| growth.name == name);
    growth.ok_or("nothing grows by this name")?.run(count);
    Ok(())
}

/// Prints the table and writes the plot.
pub(crate) fn all() -> Result<(), Failure> {
    let mut lines = Vec::new();
    for growth in &ALL {
        let mut costs = Vec::new();
        for count in growth.counts {
            let cost = count::count(&["--grown", growth.name, &count.to_string()])?;
            costs.push((growth.size(*count), cost));
            println!("| {} | {count} | {} |", growth.name, cost / 1_000);
        }
        if matches!(growth.grown, Grown::Pod(_)) {
            lines.push(Line {
                name: growth.name.to_owned(),
                points: costs.into_iter().map(point).collect(),
            });
        }
    }
    let across = Axis {
        name: "size of the review",
        number: |bytes| {
            if bytes < 1e6 {
                format!("{} KB", bytes / 1e3)
            } else {
                format!("{} MB", bytes / 1e6)
            }
        },
    };
    let up = Axis {
        name: "instructions",
        number: |n| format!("{} million", n / 1e6),
    };
    let title = "Instructions of an injection against the size of the Pod";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/performance/growth.svg");
    Ok(fs::write(path, plot::svg(title, [across, up], &lines))?)
}

#[expect(clippy::cast_precision_loss, reason = "a point of a plot")]
fn point((size, cost): (usize, u64)) -> (f64, f64) {
    (size as f64, cost as f64)
}

impl Growth {
    /// Injects for valgrind to count.
    fn run(&self, count: usize) {
        let sources = match self.grown {
            Grown::Pod(_) => Sources::default(),
            Grown::Namespaces => namespaces(count),
            Grown::Template => template(count),
        };
        count::run(&cases::injector_of(&sources), &self.review(count));
    }

    fn review(&self, count: usize) -> Vec<u8> {
        match self.grown {
            Grown::Pod(of) => cases::many(of, count),
            Grown::Namespaces | Grown::Template => cases::REVIEW.to_owned(),
        }
    }

    fn size(&self, count: usize) -> usize {
        self.review(count).len()
    }
}

/// So many namespaces, the Pod's among them.
fn namespaces(count: usize) -> Sources {
    let mut text = String::new();
    let others = (1..count).map(|i| format!("team-{i}"));
    for name in others.chain(["shop".to_owned()]) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "---\n{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {{istio-injection: enabled}}}}}}"
        );
    }
    Sources {
        namespaces: Some(named(text)),
        ..Sources::default()
    }
}

/// The built-in template, and after it one of so many lines, half of which print a value of the Pod.
fn template(lines: usize) -> Sources {
    let mut text = String::from(
        "defaultTemplates: [sidecar, more]\ntemplates:\n  more: |\n    spec:\n      initContainers:\n      \
         - name: istio-proxy\n        env:\n",
    );
    for i in 0..lines / 2 {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "        - name: MORE_{i}\n          value: {{{{ index .ObjectMeta.Labels \"app\" | quote }}}}"
        );
    }
    Sources {
        injector: Some(named(text)),
        ..Sources::default()
    }
}

fn named(text: String) -> Text {
    let name = "growth".to_owned();
    Text { name, text }
}
