//! The closed list of reasons: why a Pod was injected, skipped or refused.

use std::fmt;

/// Why a Pod is refused, and the particulars.
pub(crate) type Refusal = (Reason, String);

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $sentence:literal, $remedy:literal;)*) => {
        /// Why a Pod was injected, skipped or refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $variant,)*
        }

        impl Reason {
            /// Every reason, in the order of the decision.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable code: `injected`, `skipped:…` or `failed:…`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// What happened, in one sentence for people.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }

            /// What to do about it, in one sentence.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),* }
            }
        }
    };
}

reasons! {
    /// The Pod was injected.
    Injected = "injected",
        "the sidecar was injected",
        "nothing is to be done";
    /// `spec.hostNetwork` is true.
    HostNetwork = "skipped:host-network",
        "the Pod uses the host's network, where capturing its traffic would capture the node's",
        "remove hostNetwork from the Pod if it needs a sidecar";
    /// The Pod is for Windows nodes.
    Windows = "skipped:windows",
        "the Pod runs on Windows, for which there is no sidecar",
        "run the Pod on Linux nodes if it needs a sidecar";
    /// The namespace is one of the system's own.
    SystemNamespace = "skipped:system-namespace",
        "Pods of the system's namespaces are never injected",
        "move the workload to a namespace of its own";
    /// The namespace's label `istio-injection` has another value than `enabled`.
    NamespaceDisabled = "skipped:namespace-disabled",
        "the namespace's label istio-injection is not \"enabled\", which outweighs every other label",
        "label the namespace istio-injection=enabled, or remove the label";
    /// The namespace or the Pod asks for another revision.
    OtherRevision = "skipped:other-revision",
        "the label istio.io/rev asks for an injector of another revision",
        "set istio.io/rev to this injector's revision, or install the revision that it names";
    /// Neither the namespace nor the Pod asks for a sidecar.
    NotSelected = "skipped:not-selected",
        "neither the namespace nor the Pod asks for a sidecar",
        "label the namespace istio-injection=enabled, or the Pod sidecar.istio.io/inject=\"true\"";
    /// The Pod's label `sidecar.istio.io/inject` is `false`.
    LabelFalse = "skipped:label-false",
        "the Pod's label sidecar.istio.io/inject is \"false\"",
        "remove the label from the Pod template";
    /// The Pod's annotation `sidecar.istio.io/inject` is `false`.
    AnnotationFalse = "skipped:annotation-false",
        "the Pod's annotation sidecar.istio.io/inject is \"false\"",
        "remove the annotation from the Pod template";
    /// A selector of `neverInjectSelector` matches the Pod.
    NeverSelector = "skipped:never-inject-selector",
        "a neverInjectSelector of the injector's configuration matches the Pod's labels",
        "label the Pod sidecar.istio.io/inject=\"true\", or change the selector";
    /// The policy is `disabled` and the Pod says nothing.
    PolicyDisabled = "skipped:policy-disabled",
        "the injector's policy is \"disabled\" and the Pod does not ask for a sidecar",
        "label the Pod sidecar.istio.io/inject=\"true\", or set the policy to enabled";
    /// The policy is no policy.
    PolicyUnknown = "skipped:policy-unknown",
        "the injector's policy is neither \"enabled\" nor \"disabled\", so nothing is injected",
        "set policy in the injector's configuration to enabled or disabled";
    /// The object in the review is no Pod, or the request is for a sub-resource.
    NotAPod = "skipped:not-a-pod",
        "the object is not a Pod",
        "register the webhook for Pods only";
    /// The review or the Pod in it cannot be read.
    Unreadable = "failed:unreadable",
        "the object cannot be read as a Pod",
        "mend the object that the message names";
    /// An annotation's value is not acceptable.
    AnnotationInvalid = "failed:annotation-invalid",
        "an annotation of the Pod has a value that is not accepted",
        "correct the annotation that the message names";
    /// The Pod asks for a template that does not exist.
    TemplateUnknown = "failed:template-unknown",
        "the Pod asks for a template that the configuration does not have",
        "correct the annotation inject.istio.io/templates";
    /// A template does not render.
    TemplateFailed = "failed:template",
        "a template cannot be rendered for this Pod",
        "check the annotation that the message names, or the template with config lint";
    /// What the template gave cannot be merged with the Pod.
    MergeFailed = "failed:merge",
        "the template's result cannot be merged with the Pod",
        "check the Pod's lists for items without their key, or the template";
    /// The Prometheus annotations contradict the mesh's ports.
    PrometheusInvalid = "failed:prometheus-invalid",
        "the Pod's Prometheus annotations name a port that cannot be scraped",
        "correct the prometheus.io annotations of the Pod";
}

impl Reason {
    /// Whether the Pod is let through without a sidecar.
    pub fn is_skip(self) -> bool {
        self.code().starts_with("skipped:")
    }

    /// Whether the Pod is refused.
    pub fn is_failure(self) -> bool {
        self.code().starts_with("failed:")
    }

    /// Whether more people are told than those who ask: the owner of the Pod by an Event, and whoever creates a Pod that
    /// is let through by a warning. That is so where a sidecar was asked for and nobody has decided against it.
    pub fn is_told(self) -> bool {
        match self {
            Self::HostNetwork | Self::Windows | Self::SystemNamespace | Self::PolicyUnknown => true,
            _ => self.is_failure(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_sentences_fit_a_warning() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|r| r.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert!(reason.sentence().len() <= 108, "{}", reason.code());
            assert_eq!(
                1,
                usize::from(*reason == Reason::Injected)
                    + usize::from(reason.is_skip())
                    + usize::from(reason.is_failure())
            );
        }
    }
}
