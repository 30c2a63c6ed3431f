//! A server recognises Pods that are alike, and answers what it would answer otherwise.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use outrigger::{
    admission::{Core, Remembering, handle},
    config::{Settings, Snapshot, Sources, Text},
    inject::{Injector, Outcome, Request, Stage},
};
use proptest::{prelude::*, sample::select};

/// A template for the rest of a container, and whether what it makes of a Pod depends on the name of the token's volume.
const TEMPLATES: &[(&str, bool)] = &[
    ("image: {{ .ObjectMeta.Name }}", false),
    (
        "env: [{name: A, value: {{ (index .Spec.Containers 0).Name }}}]",
        false,
    ),
    (
        "image: {{ (index .Spec.Volumes 0).Name | sha256sum | trunc 8 }}",
        true,
    ),
    ("image: {{ len .Spec.Volumes }}", true),
    (
        "image: {{ structToJSON .Spec | sha256sum | trunc 8 }}",
        true,
    ),
    (
        "image: {{ printf \"%v\" .Spec.Containers | sha256sum | trunc 8 }}",
        true,
    ),
    (
        "image: {{ range .Spec.Containers }}{{ range .VolumeMounts }}{{ .Name | trunc -5 }}{{ end }}{{ end }}",
        true,
    ),
    (
        "volumeMounts: [{name: kube-api-access-aaaaa, mountPath: /x}]",
        true,
    ),
];

fn injector(rest: &str) -> Injector {
    let template = format!("spec:\n  containers:\n  - name: added\n    {rest}\n");
    let indented = template.replace('\n', "\n    ");
    let configuration =
        format!("policy: enabled\ndefaultTemplates: [own]\ntemplates:\n  own: |\n    {indented}");
    let sources = Sources {
        injector: Some(Text {
            name: "config".to_owned(),
            text: configuration,
        }),
        ..Sources::default()
    };
    Injector::new(Snapshot::build(&sources, Settings::default()).unwrap()).unwrap()
}

/// A review of a Pod whose token's volume has a name that ends with `token`.
fn review(uid: u8, token: &str, label: &str, more: &str, managed: &str) -> String {
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"{uid}","namespace":"shop","object":
        {{"metadata":{{"generateName":"web-","labels":{{"app":"{label}"}},"managedFields":[{managed}]}},"spec":{{
        "volumes":[{{"name":"kube-api-access-{token}","projected":{{}}}},{{"name":"data"}}{more}],
        "containers":[{{"name":"web","image":"w","volumeMounts":[{{"name":"kube-api-access-{token}","mountPath":"/t"}}]}}]}}}}}}}}"#
    )
}

/// The core, and how often it was asked.
struct Counted {
    core: Injector,
    asked: AtomicUsize,
}

impl Core for Counted {
    fn run(&self, request: &Request<'_>, ended: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>> {
        self.run_of_any(request, "", ended).0
    }

    fn run_of_any(
        &self,
        request: &Request<'_>,
        name: &str,
        ended: &mut dyn FnMut(Stage),
    ) -> (Outcome<Vec<u8>>, usize) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.core.run_of_any(request, name, ended)
    }
}

#[test]
fn pods_of_one_workload_are_injected_once_unless_a_template_looks_at_volumes() {
    for (rest, depends) in TEMPLATES {
        let counted = Arc::new(Counted {
            core: injector(rest),
            asked: AtomicUsize::default(),
        });
        let memo = Remembering::new(counted.clone());
        for (uid, token) in (0..).zip(["x2v8k", "9bqwz", "x2v8k", "aaaaa"]) {
            let body = review(uid, token, "web", "", "{\"time\":1}");
            let answer = memo.answer(body.as_bytes(), "/inject", &mut |_| {});
            assert_eq!(
                answer.reason.code(),
                "injected",
                "{rest}: {}",
                answer.detail
            );
            assert_eq!(
                answer,
                handle(body.as_bytes(), "/inject", &counted.core),
                "{rest}"
            );
        }
        let asked = counted.asked.load(Ordering::Relaxed);
        assert_eq!(asked, if *depends { 4 } else { 1 }, "{rest}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_answer_depends_on_what_was_asked_before(
        template in 0..TEMPLATES.len(),
        asked in proptest::collection::vec(
            (
                any::<u8>(),
                select(&["x2v8k", "9bqwz", "aaaaa", "aaaaaa", "data"][..]),
                select(&["web", "kube-api-access-x2v8k", "x"][..]),
                select(&[
                    "",
                    ",{\"name\":\"kube-api-access-9bqwz\"}",
                    ",{\"name\":\"kube-api-access-x2v8k\"}",
                    ",{\"name\":\"d\",\"secret\":\"kube-api-access-x2v8k\"}",
                ][..]),
                select(&["", "1", "[1.50,\"x2v8k\"]"][..]),
            ),
            1..12,
        ),
    ) {
        let injector = Arc::new(injector(TEMPLATES[template].0));
        let memo = Remembering::new(injector.clone());
        for (uid, token, label, more, managed) in asked {
            let body = review(uid, token, label, more, managed);
            let wanted = handle(body.as_bytes(), "/inject", &injector);
            prop_assert_eq!(memo.answer(body.as_bytes(), "/inject", &mut |_| {}), wanted, "{}", body);
        }
    }
}
