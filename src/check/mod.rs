//! Whether a configuration may be used: its texts, its templates, and the Pods that it makes of samples.
//!
//! The same check stands before the start of the server, before a new configuration replaces the old one, and behind
//! `outrigger config lint`. It reads no file; what is wrong comes back as [`Finding`]s. What is built in is checked by a test.

mod finding;
mod place;
mod pod;
mod samples;
mod trial;

pub use finding::{Finding, Severity};
pub use pod::{Violation, pod};

use crate::{
    config::{Settings, Snapshot, Sources},
    inject::Injector,
};

/// Builds an injector from sources, and says what is doubtful in them.
///
/// # Errors
/// All findings, where at least one is an error: the configuration is not to be used.
pub fn load(
    sources: &Sources,
    settings: Settings,
) -> Result<(Injector, Vec<Finding>), Vec<Finding>> {
    let injector = read(sources, settings)?;
    if *sources == Sources::default() {
        // What is built in is tried by a test, and not at every start, of which it would be nine tenths.
        return Ok((injector, Vec::new()));
    }
    let findings = configuration(&injector);
    if findings.iter().any(|f| f.severity == Severity::Error) {
        return Err(findings);
    }
    Ok((injector, findings))
}

/// Builds an injector without trying it.
fn read(sources: &Sources, settings: Settings) -> Result<Injector, Vec<Finding>> {
    let snapshot = Snapshot::build(sources, settings).map_err(|_| {
        sources
            .faults()
            .iter()
            .map(Finding::from)
            .collect::<Vec<_>>()
    })?;
    let templates = snapshot.injector.clone();
    Injector::new(snapshot).map_err(|error| {
        let fault = |e| Finding::of_template(Severity::Error, "template-syntax", e, &templates);
        error.faults().iter().map(fault).collect()
    })
}

/// What is wrong or doubtful in a configuration that was read and whose templates parse; errors first.
pub fn configuration(injector: &Injector) -> Vec<Finding> {
    let config = injector.config();
    let mut findings: Vec<Finding> = config.warnings.iter().map(Finding::from).collect();
    for place in injector.pasting() {
        let mut finding =
            Finding::of_template(Severity::Warning, "template-raw", &place, &config.injector);
        finding.message =
            "rawYaml pastes text as YAML: a value of the Pod may add containers and fields".into();
        finding.help = Some(
            "print the value in its place, or give toYaml, toJson or fromJSON a structure".into(),
        );
        findings.push(finding);
    }
    findings.extend(trial::run(injector));
    findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    findings
}

#[cfg(test)]
mod tests;
