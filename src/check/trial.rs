//! Templates, tried with the samples.
//!
//! A template that Pods get by default has to give a good Pod of every sample. One that a Pod asks for may be made for
//! some Pods only, or to go with others: what it gives may be doubted, but keeps no configuration from being used. It is
//! tried alone and after the default ones, and is good if either is.

use std::collections::{BTreeMap, BTreeSet};

use outrigger_json::Value;

use super::{
    Finding, Severity,
    place::{locate, locate_in},
    pod::{self, Violation},
    samples::{self, Sample},
};
use crate::inject::{Injector, Reason, Request, Way};

/// The templates of Istio that are for its Gateway controller: their data is no Pod's.
const FOR_GATEWAYS: [&str; 4] = [
    "waypoint",
    "kube-gateway",
    "agentgateway",
    "agentgateway-waypoint",
];

/// What came of a sample.
type Trial = Result<(), Vec<Fault>>;

/// Something that is wrong with what came of a sample.
#[derive(Clone, Debug)]
struct Fault {
    code: &'static str,
    severity: Severity,
    message: String,
    /// Where in a template, if the fault says it.
    place: Option<Place>,
    field: Option<String>,
    help: Option<String>,
    /// The Pod that the field is of.
    pod: Value<'static>,
}

/// Tries all templates, and the aliases.
pub(super) fn run(injector: &Injector) -> Vec<Finding> {
    let samples = samples::all();
    let config = &injector.config().injector;
    let mut findings = Findings {
        injector,
        seen: BTreeSet::new(),
        all: Vec::new(),
    };
    let defaults = config.default_templates.join(",");
    findings.unknown_names();
    // A gateway's Pod asks for its template; without it there is no container that stays.
    for sample in samples.iter().filter(|sample| !sample.is_gateway()) {
        if let Err(faults) = attempt(injector, sample, &sample.pod) {
            findings.add(&faults, sample, None, Severity::Error);
        }
    }
    let by_default = |name: &String| config.default_templates.contains(name);
    let templates = config.templates.keys().filter(|name| !by_default(name));
    let is_known = |name: &String| config.templates.contains_key(name);
    let aliases = config.aliases.iter();
    let aliases = aliases.filter(|(_, names)| names.iter().all(is_known));
    for name in templates.chain(aliases.map(|(name, _)| name)) {
        findings.asked_for(name, &defaults, &samples);
    }
    findings.all
}

struct Findings<'i> {
    injector: &'i Injector,
    /// What was told already: many samples show the same fault.
    seen: BTreeSet<(String, &'static str, String)>,
    all: Vec<Finding>,
}

impl Findings<'_> {
    /// Names of templates that there are none of.
    fn unknown_names(&mut self) {
        let config = &self.injector.config().injector;
        let known = |name: &String| config.templates.contains_key(name);
        let have: Vec<&str> = config.templates.keys().map(String::as_str).collect();
        let mut tell = |severity, holder: &str, name: &String| {
            let message = format!("{holder} names the template {name:?}, which there is not");
            let mut finding = Finding::new(severity, "template-unknown", message);
            finding.help = Some(format!("there are {}", have.join(", ")));
            self.all.push(finding);
        };
        for name in &config.default_templates {
            if !known(name) && !config.aliases.contains_key(name) {
                tell(Severity::Error, "defaultTemplates", name);
            }
        }
        for (alias, names) in &config.aliases {
            for name in names.iter().filter(|name| !known(name)) {
                tell(Severity::Warning, &format!("the alias {alias:?}"), name);
            }
        }
    }

    /// A template that only Pods get which ask for it: alone, or after the default ones.
    fn asked_for(&mut self, name: &str, defaults: &str, samples: &[Sample]) {
        let together = format!("{defaults},{name}");
        let mut failed = Vec::new();
        for sample in samples {
            let alone = attempt(self.injector, sample, &sample.asking_for(name));
            if let Err(faults) = alone
                && attempt(self.injector, sample, &sample.asking_for(&together)).is_err()
            {
                failed.push((sample, faults));
            }
        }
        let never = failed.len() == samples.len();
        let fails = |faults: &[Fault]| faults.iter().any(|f| f.code == "template-failed");
        if never && failed.iter().all(|(_, faults)| fails(faults)) {
            if FOR_GATEWAYS.contains(&name) {
                return;
            }
            let first = failed.into_iter().next();
            let mut first = first.map(|(_, faults)| faults).unwrap_or_default();
            first.truncate(1);
            if let [fault] = &mut *first {
                fault.code = "template-not-for-pods";
                fault.message = format!("never renders for a Pod: {}", fault.message);
            }
            if let Some(sample) = samples.first() {
                self.add(&first, sample, Some(name), Severity::Warning);
            }
            return;
        }
        for (sample, faults) in failed {
            self.add(&faults, sample, Some(name), Severity::Warning);
        }
    }

    /// Tells faults that were not told yet, none of them as worse than `most`.
    fn add(&mut self, faults: &[Fault], sample: &Sample, name: Option<&str>, most: Severity) {
        let config = &self.injector.config().injector;
        for fault in faults {
            let named = fault.field.as_deref().map(|field| named(field, &fault.pod));
            let place = fault.place.clone().or_else(|| {
                let field = fault.field.as_deref()?;
                let templates: Vec<&str> = match name {
                    Some(name) => vec![name],
                    None => config
                        .default_templates
                        .iter()
                        .map(String::as_str)
                        .collect(),
                };
                let find = |locate: &dyn Fn(&str) -> Option<(usize, usize)>| {
                    templates.iter().find_map(|name| {
                        let (line, column) = locate(config.templates.get(*name)?)?;
                        Some(((*name).to_owned(), line, column))
                    })
                };
                let (_, rest) = named.as_deref()?.split_once('[').unwrap_or_default();
                let item = rest.split_once(']');
                item.and_then(|(item, _)| find(&|text| locate_in(text, item, field)))
                    .or_else(|| find(&|text| locate(text, field)))
            });
            let field = fault.field.as_deref().map(without_indexes);
            let about = match (&place, field) {
                (Some((name, line, _)), _) => format!("{name}:{line}"),
                (None, Some(field)) => field,
                (None, None) => String::new(),
            };
            if !self.seen.insert((about, fault.code, fault.message.clone())) {
                continue;
            }
            let field = named.map(|field| format!("{field}: ")).unwrap_or_default();
            let message = format!("{field}{} ({})", fault.message, sample.name);
            let mut finding = Finding::new(fault.severity.min(most), fault.code, message);
            finding.template = name.map(str::to_owned);
            if let Some((template, line, column)) = place {
                finding = finding.in_template(config, &template, (line, column));
            }
            finding.field.clone_from(&fault.field);
            finding.help.clone_from(&fault.help);
            self.all.push(finding);
        }
    }
}

/// A field's path without the numbers of items, which differ from sample to sample.
fn without_indexes(field: &str) -> String {
    field.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// Injects a sample and looks at what comes of it.
fn attempt(injector: &Injector, sample: &Sample, pod: &Value<'_>) -> Trial {
    let outcome = injector.apply(&Request {
        pod,
        namespace: "shop",
        owner: sample.owner(),
        variables: &[],
        way: Way::Offline,
    });
    if let Some(injected) = outcome.result {
        let violations = pod::pod(&injected);
        if violations.is_empty() {
            return Ok(());
        }
        let fault = |v| Fault::of(v, &injected);
        return Err(violations.into_iter().map(fault).collect());
    }
    let code = match outcome.reason {
        Reason::TemplateFailed => "template-failed",
        Reason::MergeFailed => "template-merge",
        // What is skipped, or refused for what the sample says, shows nothing of templates.
        _ => return Ok(()),
    };
    let (place, message) = place_of(&outcome.detail, &injector.config().injector.templates);
    Err(vec![Fault {
        code,
        severity: Severity::Error,
        message,
        place,
        field: None,
        help: None,
        pod: Value::Null,
    }])
}

impl Fault {
    fn of(violation: Violation, injected: &Value<'static>) -> Self {
        let Violation {
            severity,
            code,
            field,
            message,
            help,
        } = violation;
        let prints_nothing = ["<no value>", "<nil>"]
            .iter()
            .any(|no| message.contains(no));
        let missing = "a value that the template prints is missing: --values takes the place of all built-in values";
        Self {
            code,
            severity,
            message,
            place: None,
            field: Some(field),
            help: help.or_else(|| prints_nothing.then(|| missing.to_owned())),
            pod: injected.clone(),
        }
    }
}

/// A field with the names of items in the place of their numbers: `containers[istio-proxy]`.
fn named(field: &str, pod: &Value<'_>) -> String {
    let mut value = Some(pod);
    let mut out = String::new();
    for segment in field.split('.') {
        let (key, index) = match segment.split_once('[') {
            Some((key, index)) => (key, index.strip_suffix(']')),
            None => (segment, None),
        };
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(key);
        value = value.and_then(|v| v.get(key));
        let Some(index) = index else { continue };
        let item = index.parse::<usize>().ok();
        let item = item.and_then(|i| value?.as_array()?.get(i));
        let name = item
            .and_then(|item| item.get("name"))
            .and_then(Value::as_str);
        out.push('[');
        out.push_str(name.filter(|n| !n.is_empty()).unwrap_or(index));
        out.push(']');
        value = item;
    }
    out
}

/// The name of a template, a line and a column in it.
type Place = (String, usize, usize);

/// Where a template fails, and how: `detail` begins with the place as Go words it, `template: NAME:LINE:COLUMN: …`, or
/// closes with the line that is not YAML.
fn place_of(detail: &str, templates: &BTreeMap<String, String>) -> (Option<Place>, String) {
    let worded_by_go = || {
        let (place, message) = detail.strip_prefix("template: ")?.split_once(": ")?;
        let mut parts = place.rsplitn(3, ':');
        let column: usize = parts.next()?.parse().ok()?;
        let line: usize = parts.next()?.parse().ok()?;
        let name = parts.next()?.to_owned();
        Some(((name, line, column + 1), message))
    };
    let not_yaml = || {
        let (name, message) = detail.strip_prefix("template \"")?.split_once("\" ")?;
        let (_, line) = detail.rsplit_once(": \"")?;
        let line = line.strip_suffix('"').filter(|line| !line.is_empty())?;
        let mut lines = templates.get(name)?.lines().enumerate();
        let (at, found) = lines.find(|(_, text)| text.trim() == line)?;
        let column = found.len() - found.trim_start().len() + 1;
        Some(((name.to_owned(), at + 1, column), message))
    };
    match worded_by_go().or_else(not_yaml) {
        Some((place, message)) => (Some(place), message.to_owned()),
        None => (None, detail.to_owned()),
    }
}
