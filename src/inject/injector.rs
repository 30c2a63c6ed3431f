//! The pipeline: one Pod through decide, restore, context, render, merge, finish, patch.

use std::{borrow::Cow, cell::Cell, collections::BTreeMap, fmt, sync::Arc};

use outrigger_json::{Object, Value};

use super::{
    Outcome, Reason, Request, Stage, Way,
    context::Context,
    decision, finish,
    finish::Finish,
    functions,
    merge::Merging,
    owner, patch,
    pod::{self, List, PROXY},
    reason::Refusal,
    record,
    render::{self, Rendered, Renderer},
    restore::{Restored, restore, to_remember},
    status::Status,
    token,
};
use crate::{
    annotations::names,
    config::{Cluster, Snapshot, proxy_config::validate_annotations},
};

/// A configuration with its templates compiled, ready for any number of Pods from any number of threads.
#[derive(Debug)]
pub struct Injector {
    config: Arc<Snapshot>,
    renderer: Arc<Renderer>,
}

/// Templates that do not parse: each with name, line, column, and by `{:#}` an excerpt.
#[derive(Debug)]
pub struct TemplateError(Vec<outrigger_gotemplate::Error>);

impl TemplateError {
    /// What is wrong, one a template.
    pub fn faults(&self) -> &[outrigger_gotemplate::Error] {
        &self.0
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for TemplateError {}

impl Injector {
    /// Compiles the templates of a configuration.
    pub fn new(config: impl Into<Arc<Snapshot>>) -> Result<Self, TemplateError> {
        let config = config.into();
        let functions = functions::table(&config.settings.environment);
        let renderer =
            Renderer::new(&config.injector.templates, &functions).map_err(TemplateError)?;
        Ok(Self {
            config,
            renderer: Arc::new(renderer),
        })
    }

    /// The same configuration, and the same compiled templates, over another state of the cluster.
    #[must_use]
    pub fn with_cluster(&self, cluster: Cluster) -> Self {
        Self {
            config: Arc::new(self.config.with_cluster(cluster)),
            renderer: self.renderer.clone(),
        }
    }

    /// Where templates paste text as YAML, which [structure-safe](crate::inject) ones do not: the first place in each,
    /// as an error of the template.
    pub fn pasting(&self) -> Vec<outrigger_gotemplate::Error> {
        let mut functions = functions::table(&self.config.settings.environment);
        functions.remove(functions::RAW);
        match Renderer::new(&self.config.injector.templates, &functions) {
            Ok(_) => Vec::new(),
            Err(faults) => faults,
        }
    }

    /// The configuration.
    pub const fn config(&self) -> &Arc<Snapshot> {
        &self.config
    }

    /// Decides on a Pod and gives the patch that injects it, as JSON text (RFC 6902).
    pub fn run(&self, request: &Request<'_>) -> Outcome<Vec<u8>> {
        self.observed(request, |_| {})
    }

    /// Does the same, and calls `ended` at the end of each stage: the core has no clock, whoever measures it has.
    pub fn observed(
        &self,
        request: &Request<'_>,
        mut ended: impl FnMut(Stage),
    ) -> Outcome<Vec<u8>> {
        self.outcome(request, None, &mut ended, |pod| {
            patch::diff(request.pod, &pod)
        })
    }

    /// Does the same, and says in how many places of the Pod `name` could as well be another one that the API server
    /// makes up, and the outcome were the same: see [`token`]. None where the outcome depends on the name.
    pub fn run_of_any(
        &self,
        request: &Request<'_>,
        name: &str,
        mut ended: impl FnMut(Stage),
    ) -> (Outcome<Vec<u8>>, usize) {
        let counts = Cell::new(false);
        let outcome = self.outcome(request, Some(&counts), &mut ended, |pod| {
            patch::diff(request.pod, &pod)
        });
        let places = if counts.get() {
            0
        } else {
            token::places(request.pod, name)
        };
        (outcome, places)
    }

    /// Decides on a Pod and gives the injected Pod.
    pub fn apply(&self, request: &Request<'_>) -> Outcome<Value<'static>> {
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method is not general in the lifetime"
        )]
        self.outcome(request, None, &mut |_| {}, |pod| pod.into_owned())
    }

    /// `token_counts` becomes true where the name of the token's volume may make a difference.
    fn outcome<T>(
        &self,
        request: &Request<'_>,
        token_counts: Option<&Cell<bool>>,
        ended: &mut impl FnMut(Stage),
        result: impl FnOnce(Value<'_>) -> T,
    ) -> Outcome<T> {
        let decided = pod::check(request.pod).map(|()| decision::decide(request, &self.config));
        ended(Stage::Decide);
        let (reason, detail, result) = match decided {
            Err(malformed) => (Reason::Unreadable, malformed.to_string(), None),
            Ok(Reason::Injected) => match self.inject(request, token_counts, ended, result) {
                Ok(result) => (Reason::Injected, String::new(), Some(result)),
                Err((reason, detail)) => (reason, detail, None),
            },
            Ok(skipped) => (skipped, String::new(), None),
        };
        let warnings = if result.is_some() {
            warnings(request.pod)
        } else {
            Vec::new()
        };
        Outcome {
            reason,
            detail,
            warnings,
            result,
        }
    }

    /// Injects a Pod that is to be injected, and hands it to `result`.
    fn inject<T>(
        &self,
        request: &Request<'_>,
        token_counts: Option<&Cell<bool>>,
        ended: &mut impl FnMut(Stage),
        result: impl FnOnce(Value<'_>) -> T,
    ) -> Result<T, Refusal> {
        let config = &*self.config;
        let owner = request
            .owner
            .clone()
            .unwrap_or_else(|| owner::derive(request.pod, request.namespace));
        let (mut author, is_certain) = match restore(request.pod, &owner)? {
            Some(Restored { pod, is_certain }) => (Cow::Owned(pod), is_certain),
            None => (Cow::Borrowed(request.pod), true),
        };
        ended(Stage::Restore);
        let namespace_name = pod::namespace(request.pod, request.namespace);
        let namespace = config
            .namespace(namespace_name)
            .filter(|_| config.settings.openshift);
        let written = config.settings.openshift.then(|| author.clone());
        if config.settings.openshift {
            forget_assigned_ids(author.to_mut());
        }
        if let Some(annotations) = pod::annotations(&author) {
            validate_annotations(annotations)
                .map_err(|e| (Reason::AnnotationInvalid, e.to_string()))?;
        }

        let proxy_config = pod::annotation(&author, names::PROXY_CONFIG);
        let effective = match request.way {
            Way::Webhook => config.for_webhook(namespace_name, pod::labels(&author), proxy_config),
            Way::Offline => config.for_manifest(namespace_name, pod::labels(&author), proxy_config),
        };
        let node = author.at(&["spec", "nodeName"]).and_then(Value::as_str);
        let native = config.native_sidecars(node.unwrap_or_default());
        let named = metadata_with_namespace(request, &author);
        let context = Context {
            config,
            effective: &effective,
            pod: &author,
            metadata: named.as_ref().or_else(|| author.get("metadata")),
            owner,
            namespace,
            native,
            volumes_seen: token_counts,
        };
        let data = context.data();
        ended(Stage::Context);

        let rendered = self.render(&author, &data)?;
        ended(Stage::Render);
        let mut merging = Merging {
            author: &author,
            pod: author.borrowed(),
            contributed: Object::new().into(),
            native,
            tproxy: effective.proxy.interception_mode() == "TPROXY",
        };
        for rendered in &rendered {
            let overlay = rendered.overlay().map_err(template_failed)?;
            if let Some(counts) = token_counts.filter(|_| token::is_in(&overlay)) {
                counts.set(true);
            }
            merging.overlay(overlay)?;
        }
        merging.overrides()?;
        merging.drop_nulls();
        ended(Stage::Merge);

        let Merging {
            mut pod,
            contributed,
            ..
        } = merging;
        let variables = self.variables(request, &author);
        let finish = Finish {
            config,
            mesh: &effective.mesh,
            variables: &variables,
            hold: effective.hold_application || config.values.hold_application,
        };
        finish::run(&finish, &mut pod)?;

        let mut status = Status::new(&contributed);
        if request.way == Way::Webhook {
            let written = written.as_ref().unwrap_or(&author);
            let record = to_remember(&pod, written, &context.owner, &status)?;
            status.record = record::marked(record, is_certain);
        }
        if let Some(annotations) = pod::metadata_map(&mut pod, "annotations") {
            annotations.insert(
                names::STATUS,
                status.to_text(config.settings.revision_label()),
            );
        }
        ended(Stage::Finish);
        let result = result(pod);
        ended(Stage::Patch);
        Ok(result)
    }

    /// Renders the templates that the Pod asks for, all with the same data.
    fn render<'a>(
        &'a self,
        author: &Value<'_>,
        data: &outrigger_gotemplate::Value<'a>,
    ) -> Result<Vec<Rendered<'a>>, Refusal> {
        let config = &self.config.injector;
        let asked: Vec<&str> = match pod::annotation(author, names::TEMPLATES) {
            Some(list) => list.split(',').map(str::trim).collect(),
            None if config.default_templates.is_empty() => vec!["sidecar"],
            None => config
                .default_templates
                .iter()
                .map(String::as_str)
                .collect(),
        };
        let names = asked
            .iter()
            .flat_map(|name| match config.aliases.get(*name) {
                Some(names) => names.iter().map(String::as_str).collect(),
                None => vec![*name],
            });
        names
            .map(|name| {
                let template = self.renderer.template(name).ok_or_else(|| {
                    let have: Vec<&str> = self.renderer.names().collect();
                    let detail = format!(
                        "requested template {name:?} not found; have {}",
                        have.join(", ")
                    );
                    (Reason::TemplateUnknown, detail)
                })?;
                self.renderer
                    .render(template, data)
                    .map_err(template_failed)
            })
            .collect()
    }

    /// The variables of the request's path, and the cluster and network that hold for the Pod; sorted by name.
    fn variables<'v>(
        &'v self,
        request: &'v Request<'_>,
        author: &'v Value<'_>,
    ) -> Vec<(&'v str, &'v str)> {
        const CLUSTER: &str = "ISTIO_META_CLUSTER_ID";
        const NETWORK: &str = "ISTIO_META_NETWORK";
        let mut variables: BTreeMap<&'v str, &'v str> = request
            .variables
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let values = &self.config.values;
        let of_path = |name| variables.get(name).copied().filter(|v| !v.is_empty());
        let cluster = of_path(CLUSTER).unwrap_or(&values.cluster_name);
        // A label without a value takes the values' network away, and leaves the path's.
        let network = pod::label(author, names::NETWORK).or_else(|| of_path(NETWORK));
        let network = network.unwrap_or(&values.network);
        for (name, value) in [(CLUSTER, cluster), (NETWORK, network)] {
            if !value.is_empty() {
                variables.insert(name, value);
            }
        }
        variables.into_iter().collect()
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that it can stand in map_err"
)]
fn template_failed(error: render::Error) -> Refusal {
    (Reason::TemplateFailed, error.to_string())
}

/// The Pod's metadata as templates see it, where that is not what its author wrote: an admission review may name the
/// namespace for the Pod, and then the patch must not.
fn metadata_with_namespace<'a>(request: &Request<'_>, author: &'a Value<'a>) -> Option<Value<'a>> {
    let own = author
        .at(&["metadata", "namespace"])
        .and_then(Value::as_str);
    let is_named = own.is_some_and(|name| !name.is_empty());
    if request.way == Way::Offline || is_named || request.namespace.is_empty() {
        return None;
    }
    let written = author.get("metadata").and_then(Value::as_object);
    let mut metadata = written.map(Object::borrowed).unwrap_or_default();
    metadata.insert("namespace", request.namespace.to_owned());
    Some(metadata.into())
}

/// Takes the user and group off the author's proxy where they are the application's: OpenShift gives every container
/// the same, so nobody chose them for the proxy.
fn forget_assigned_ids(author: &mut Value<'_>) {
    let user = |c: &Value<'_>| {
        c.at(&["securityContext", "runAsUser"])
            .and_then(Value::as_i64)
    };
    let Some(own) = pod::proxy(author).and_then(user) else {
        return;
    };
    let applications = pod::containers(author, List::Containers)
        .iter()
        .filter(|c| pod::name(c) != PROXY);
    if own
        == applications
            .filter_map(user)
            .next_back()
            .unwrap_or_default()
        && let Some(context) =
            pod::proxy_mut(author).and_then(|p| p.get_mut("securityContext")?.as_object_mut())
    {
        context.remove("runAsUser");
        context.remove("runAsGroup");
    }
}

/// What the Pod's author should know although the Pod is injected.
fn warnings(pod: &Value<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    let dns = pod
        .at(&["spec", "dnsPolicy"])
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !["", "ClusterFirst"].contains(&dns) {
        warnings.push(format!("dnsPolicy {dns:?} may keep the proxy from finding the control plane; ClusterFirst is safe"));
    }
    for (what, word) in [
        ("label", pod::label(pod, names::INJECT)),
        ("annotation", pod::annotation(pod, names::INJECT)),
    ] {
        if let Some(word) = word.filter(|w| !["", "true", "false"].contains(w)) {
            let shown: String = word.chars().take(20).collect();
            warnings.push(format!(
                "the {what} {} is {shown:?}; only \"true\" and \"false\" count",
                names::INJECT
            ));
        }
    }
    warnings
}
