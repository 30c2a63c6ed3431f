//! `outrigger drift`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use outrigger_json::{Object, Value};

use super::{
    live::{Live, block_on},
    options::ConfigOptions,
};
use crate::drift::{Group, Kind, Survey, Workload};

/// How many workloads of a group are named.
const NAMED: usize = 5;

/// How much of a value is shown.
const SHOWN: usize = 60;

/// List running Pods whose sidecar is not what would be injected now.
///
/// Each Pod is taken back to what its author wrote, injected afresh by the cluster's present configuration, and compared:
/// after an upgrade or a change of the configuration these are the Pods that still run with the old one. What the API
/// server and others fill in after injection does not count.
///
/// Below the list stands how to restart them in a safe order: one namespace after the other, that with the fewest Pods
/// first; in each Deployments before StatefulSets before DaemonSets, and last what a restart may harm: single Pods, those
/// with Pods that are not ready, and those whose PodDisruptionBudget allows no disruption. Nothing is restarted here.
///
/// Pods are read, nothing is written. It takes the right to list Pods, namespaces, nodes, ProxyConfig resources and
/// PodDisruptionBudgets and to read the ConfigMaps of the configuration.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  After an upgrade, see what still runs with the old sidecar, in the whole cluster:
    outrigger drift -A

  Restart one namespace, in order; each line waits for the one before:
    outrigger drift -n shop -o json |
      jq -r '.rollout[].command | select(.)' | sh -e

  Before a change of the configuration, see whom it would concern:
    outrigger drift -A --injector-config new.yaml

  Alert on it, in a pipeline or a CronJob:
    outrigger drift -A -o json | jq '{drifted, pods}'

Exit status: 0 no Pod differs, 1 some do, 2 an error.")]
pub(super) struct Args {
    #[command(flatten)]
    live: Live,

    /// How the list is written
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: Output,

    #[command(flatten)]
    config: ConfigOptions,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Output {
    /// For people: what differs, and how to restart
    #[default]
    Text,
    /// The same as JSON, with every workload
    Json,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self {
            live,
            output,
            config,
        } = self;
        let mut survey = Survey::default();
        block_on(live.compare(&config, Ok, |compared| {
            survey.add(compared.pod, &compared.comparison, compared.is_guarded);
        }))?;
        match output {
            Output::Text => text(&survey, &mut anstream::stdout().lock())?,
            Output::Json => writeln!(io::stdout(), "{}", json(&survey))?,
        }
        Ok(ExitCode::from(u8::from(survey.drifted > 0)))
    }
}

const BOLD: Style = Style::new().bold();
const FROM: Style = AnsiColor::Red.on_default();
const TO: Style = AnsiColor::Green.on_default();
const FAINT: Style = Style::new().dimmed();

fn text(survey: &Survey, out: &mut impl Write) -> io::Result<()> {
    let Survey {
        pods,
        drifted,
        groups,
        ..
    } = survey;
    if *drifted == 0 {
        return writeln!(out, "all of {pods} Pods are what would be created now");
    }
    writeln!(
        out,
        "{drifted} of {pods} Pods are not what would be created now"
    )?;
    let mut last = None;
    for ((kind, place), group) in groups {
        if last != Some(kind) {
            let sentence = kind.sentence();
            writeln!(out, "\n{BOLD}{}{BOLD:#}: {sentence}", kind.code())?;
            last = Some(kind);
        }
        write!(out, "  {}", count(group.pods))?;
        if !matches!(kind, Kind::Missing | Kind::Unwanted | Kind::Refused) {
            write!(out, "  {place}: ")?;
            match &group.change {
                Some((before, after)) => {
                    let (before, after) = (shown(before.as_ref()), shown(after.as_ref()));
                    write!(out, "{FROM}{before}{FROM:#} -> {TO}{after}{TO:#}")?;
                }
                None => write!(out, "{FAINT}(differs from Pod to Pod){FAINT:#}")?,
            }
        }
        writeln!(out, "\n    {FAINT}{}{FAINT:#}", named(group))?;
    }
    writeln!(
        out,
        "\n{BOLD}To restart them{BOLD:#}, what a restart harms least first; wait until each is done:"
    )?;
    let mut last = None;
    for step in survey.plan() {
        let namespace = &*step.workload.namespace;
        if last != Some(namespace) {
            writeln!(out, "  # namespace {namespace}")?;
            last = Some(namespace);
        }
        let why = step.why();
        match step.command() {
            Some(command) => writeln!(out, "  {command}  {FAINT}# {why}{FAINT:#}")?,
            None => writeln!(out, "  {FAINT}# {}: {why}{FAINT:#}", step.workload)?,
        }
    }
    Ok(())
}

fn count(pods: usize) -> String {
    let plural = if pods == 1 { "" } else { "s" };
    format!("{pods} Pod{plural}")
}

/// A value on one line, cut where it is long.
fn shown(value: Option<&Value<'_>>) -> String {
    let text = match value {
        None => return "nothing".to_owned(),
        Some(Value::String(text)) => text.to_string(),
        Some(other) => other.to_string(),
    };
    let text = text.replace('\n', "\\n");
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

/// The workloads of a group, as many as fit.
fn named(group: &Group) -> String {
    let names = group.workloads.iter().take(NAMED).map(ToString::to_string);
    let names = names.collect::<Vec<_>>().join(", ");
    match group.workloads.len().saturating_sub(NAMED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

fn json(survey: &Survey) -> Value<'static> {
    let number = |n: usize| Value::from(i64::try_from(n).unwrap_or(i64::MAX));
    let of = |workload: &Workload| {
        let Workload {
            namespace,
            kind,
            name,
        } = workload.clone();
        let mut object = Object::new();
        object.push("namespace", namespace);
        object.push("kind", kind);
        object.push("name", name);
        object
    };
    let groups = survey.groups.iter().map(|((kind, place), group)| {
        let mut object = Object::new();
        object.push("kind", kind.code());
        object.push("place", place.clone());
        object.push("pods", number(group.pods));
        if let Some((before, after)) = &group.change {
            object.push("before", before.clone().unwrap_or_default());
            object.push("after", after.clone().unwrap_or_default());
        }
        let workloads = group.workloads.iter().map(|w| of(w).into());
        object.push("workloads", workloads.collect::<Vec<Value<'_>>>());
        Value::from(object)
    });
    let rollout = survey.plan().into_iter().map(|step| {
        let mut object = of(step.workload);
        object.push("pods", number(step.standing.pods));
        object.push("drifted", number(step.standing.drifted));
        let kinds = step.standing.kinds.iter().map(|kind| kind.code().into());
        object.push("kinds", kinds.collect::<Vec<Value<'_>>>());
        let command = step.command().map_or(Value::Null, Value::from);
        object.push("command", command);
        object.push("why", step.why());
        Value::from(object)
    });
    let mut report = Object::new();
    report.push("pods", number(survey.pods));
    report.push("drifted", number(survey.drifted));
    report.push("groups", groups.collect::<Vec<_>>());
    report.push("rollout", rollout.collect::<Vec<_>>());
    report.into()
}
