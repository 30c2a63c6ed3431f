//! The answer for people and for machines.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use outrigger_json::Value;

use super::{Found, Output};
use crate::explain::{Explanation, Row, State, Step, Verdict};

/// Writes what was found.
pub(super) fn found(found: Found, output: Output) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match (found, output) {
        (Found::Each(all), Output::Text | Output::Wide) => {
            for (n, explanation) in all.iter().enumerate() {
                if n > 0 {
                    writeln!(out)?;
                }
                chain(&mut out, explanation, output == Output::Wide)?;
            }
        }
        (Found::Table(summary), Output::Text | Output::Wide) => {
            table(&mut out, &summary.rows(), output == Output::Wide)?;
        }
        (Found::Each(all), _) => match &all[..] {
            [one] => machine(&mut out, one, output)?,
            all => machine(&mut out, all, output)?,
        },
        (Found::Table(summary), _) => machine(&mut out, &summary.rows(), output)?,
    }
    Ok(())
}

fn machine<T: serde::Serialize + ?Sized>(
    out: &mut impl Write,
    what: &T,
    output: Output,
) -> anyhow::Result<()> {
    if output == Output::Yaml {
        let text = serde_json::to_vec(what)?;
        out.write_all(outrigger_yaml::to_string(&Value::parse(&text)?).as_bytes())?;
    } else {
        serde_json::to_writer_pretty(&mut *out, what)?;
        writeln!(out)?;
    }
    Ok(())
}

fn chain(out: &mut impl Write, explanation: &Explanation, is_wide: bool) -> io::Result<()> {
    let (word, style) = verdict(explanation.verdict);
    writeln!(out, "{}: {style}{word}{style:#}", explanation.object)?;
    let decisive = explanation.decisive();
    for step in &explanation.steps {
        let is_decisive = decisive.is_some_and(|d| std::ptr::eq(d, step));
        link(out, step, is_decisive, is_wide)?;
    }
    Ok(())
}

fn link(out: &mut impl Write, step: &Step, is_decisive: bool, is_wide: bool) -> io::Result<()> {
    let (mark, style) = match step.state {
        State::Good => ("✓", color(AnsiColor::Green)),
        State::Note => ("!", color(AnsiColor::Yellow)),
        State::CannotTell => ("?", color(AnsiColor::Yellow)),
        State::Broken => ("✗", color(AnsiColor::Red)),
    };
    // What decided stands out also where there is no colour.
    let text = if is_decisive {
        style.bold()
    } else {
        Style::new()
    };
    let arrow = if is_decisive { "→" } else { " " };
    writeln!(
        out,
        "{arrow} {style}{mark}{style:#} {:<13} {text}{}{text:#}",
        step.link.name(),
        step.text
    )?;
    if step.state != State::Good {
        for mend in &step.mend {
            writeln!(
                out,
                "                    {}{mend}",
                if is_command(mend) { "$ " } else { "" }
            )?;
        }
    }
    if is_wide {
        for detail in &step.details {
            writeln!(out, "                    · {detail}")?;
        }
    }
    Ok(())
}

/// Whether a shell understands it.
fn is_command(mend: &str) -> bool {
    ["kubectl ", "helm ", "outrigger "]
        .iter()
        .any(|program| mend.starts_with(program))
}

fn table(out: &mut impl Write, rows: &[Row], is_wide: bool) -> io::Result<()> {
    let mut heads = vec!["VERDICT", "PODS", "WORKLOAD", "REASON"];
    if is_wide {
        heads.extend(["CAUSE", "MEND"]);
    }
    let mut lines: Vec<Vec<String>> = vec![heads.iter().map(ToString::to_string).collect()];
    for row in rows {
        let mut line = vec![
            verdict(row.verdict).0.to_owned(),
            row.pods.to_string(),
            format!("{} {}/{}", row.kind, row.namespace, row.name),
            row.reason.to_owned(),
        ];
        if is_wide {
            line.push(row.cause.clone());
            line.push(row.mend.first().cloned().unwrap_or_default());
        }
        lines.push(line);
    }
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|l| l.get(column))
            .map(|t| t.chars().count())
            .max()
    };
    let widths: Vec<_> = (0..heads.len())
        .map(|c| width(c).unwrap_or_default())
        .collect();
    for (n, line) in lines.iter().enumerate() {
        for (column, text) in line.iter().enumerate() {
            let style = match (column, n.checked_sub(1).and_then(|n| rows.get(n))) {
                (0, Some(row)) => verdict(row.verdict).1,
                (_, None) => Style::new().bold(),
                _ => Style::new(),
            };
            if column + 1 == line.len() {
                writeln!(out, "{style}{text}{style:#}")?;
            } else {
                let width = widths.get(column).copied().unwrap_or_default();
                write!(out, "{style}{text:<width$}{style:#}  ")?;
            }
        }
    }
    counted(out, rows)
}

/// How many there are of each sort.
fn counted(out: &mut impl Write, rows: &[Row]) -> io::Result<()> {
    let pods = |verdict| -> usize {
        rows.iter()
            .filter(|r| r.verdict == verdict)
            .map(|r| r.pods)
            .sum()
    };
    writeln!(
        out,
        "{} Pods without a sidecar, {} with one, {} of which it cannot be told",
        pods(Verdict::NotInjected),
        pods(Verdict::Injected),
        pods(Verdict::CannotTell)
    )
}

fn verdict(verdict: Verdict) -> (&'static str, Style) {
    match verdict {
        Verdict::Injected => ("injected", color(AnsiColor::Green).bold()),
        Verdict::NotInjected => ("not injected", color(AnsiColor::Red).bold()),
        Verdict::CannotTell => ("cannot tell", color(AnsiColor::Yellow).bold()),
    }
}

const fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(color)))
}
