//! `outrigger config`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use clap::{Subcommand, ValueEnum};

use super::options::ConfigOptions;
use crate::check::{self, Finding, Severity};

/// Look at configuration.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lint(Lint),
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Lint(lint) => lint.run(),
        }
    }
}

/// Say what is wrong with a configuration, before Pods are refused for it.
///
/// Reads the same files as 'serve', parses them, compiles the templates, injects a set of sample Pods (one of each kind
/// of workload, probes and ports of each kind, every annotation), and looks at each result as the API server would: a
/// mount without its volume, a port out of range, two containers of one name, text where a number belongs. What is
/// wrong is shown with file, line, column and an excerpt, also inside a ConfigMap. Without files it looks at what is
/// built in.
///
/// 'serve' does the same when it starts, and whenever a configuration changes: errors keep a configuration from being
/// used, warnings are logged. Templates that paste text as YAML with 'rawYaml' are named: what they paste may change
/// the structure of a Pod.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  Look at what a mesh runs with, as it is:
    kubectl -n istio-system get configmap istio-sidecar-injector -o yaml > injector.yaml
    kubectl -n istio-system get configmap istio -o yaml > mesh.yaml
    outrigger config lint --injector-config injector.yaml --mesh-config mesh.yaml

  Hold a pipeline when one's own templates would break Pods:
    outrigger config lint --injector-config templates.yaml --values values.yaml

  Only errors, one a line, for another program:
    outrigger config lint --injector-config templates.yaml -o json |
      jq -r '.[] | select(.severity == \"error\") | \"\\(.file):\\(.line): \\(.message)\"'

Exit status: 0 nothing to say, 1 there are findings, 2 a file cannot be read.")]
struct Lint {
    /// How findings are written
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: Output,

    #[command(flatten)]
    config: ConfigOptions,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Output {
    /// For people: with excerpts, in colour on a terminal
    #[default]
    Text,
    /// An array of objects with severity, code, message, file, line, column, excerpt, template, field and help
    Json,
}

impl Lint {
    fn run(self) -> anyhow::Result<ExitCode> {
        let Self { output, config } = self;
        let findings = match check::load(&config.read()?, config.settings()) {
            Ok((_, findings)) | Err(findings) => findings,
        };
        match output {
            Output::Text => write_text(&findings)?,
            Output::Json => {
                let mut out = io::stdout().lock();
                serde_json::to_writer_pretty(&mut out, &findings)?;
                writeln!(out)?;
            }
        }
        Ok(ExitCode::from(u8::from(!findings.is_empty())))
    }
}

fn write_text(findings: &[Finding]) -> io::Result<()> {
    let renderer = Renderer::styled();
    let mut out = anstream::stdout().lock();
    for finding in findings {
        writeln!(out, "{}\n", renderer.render(&[group(finding)]))?;
    }
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let plural = |count, what| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    writeln!(
        anstream::stderr(),
        "{}, {}",
        plural(count(Severity::Error), "error"),
        plural(count(Severity::Warning), "warning")
    )
}

/// A finding as it is drawn.
fn group(finding: &Finding) -> Group<'_> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = match &finding.template {
        Some(template) => format!("template {template:?}: {}", finding.message),
        None => finding.message.clone(),
    };
    let mut group = Group::with_title(level.primary_title(message).id(finding.code));
    let file = finding.file.as_deref().unwrap_or_default();
    if let (Some(line), Some(column), Some(excerpt)) =
        (finding.line, finding.column, finding.excerpt.as_deref())
    {
        let start = excerpt
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(excerpt.len(), |(at, _)| at);
        let snippet = Snippet::source(excerpt)
            .line_start(line)
            .path(file)
            .annotation(AnnotationKind::Primary.span(start..excerpt.len()));
        group = group.element(snippet);
    } else if !file.is_empty() {
        // A text that ends too early is at fault after its last line.
        let mut origin = Origin::path(file);
        if let (Some(line), Some(column)) = (finding.line, finding.column) {
            origin = origin.line(line).char_column(column);
        }
        group = group.element(origin);
    }
    match &finding.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}
