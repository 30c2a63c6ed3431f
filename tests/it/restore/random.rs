//! Random Pods and workloads, injected with one configuration, then with another.

use std::{fs, process::Command};

use outrigger::inject::{self, Injector, Owner, Request, Way};
use outrigger_json::Value;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{TestRng, TestRunner},
};

use super::{
    authors::{manifest, pod},
    configurations::{CONFIGS, INJECTORS},
    unlisted,
};

fn apply(injector: &Injector, pod: &Value<'_>, way: Way) -> Option<Value<'static>> {
    let request = Request {
        pod,
        namespace: "shop",
        owner: Some(OWNER),
        variables: &[],
        way,
    };
    injector.apply(&request).result
}

const OWNER: Owner<'_> = Owner {
    api_version: "apps/v1",
    kind: "Deployment",
    name: "web",
    namespace: "shop",
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn pods_come_back_whatever_the_configurations(
        pod in pod(),
        first in 0..CONFIGS.len(),
        second in 0..CONFIGS.len(),
    ) {
        let text = pod.to_string();
        let author = Value::parse(text.as_bytes()).unwrap();
        let (a, b) = (&INJECTORS[first], &INJECTORS[second]);
        let Some(injected) = apply(a, &author, Way::Webhook) else {
            return Ok(());
        };
        let restored = inject::restore(&injected, &OWNER).unwrap().unwrap();
        prop_assert!(restored.is_certain);
        prop_assert_eq!(&restored.pod, &author);
        let again = apply(a, &injected, Way::Webhook).unwrap();
        prop_assert_eq!(&again, &injected);
        if let Some(alone) = apply(b, &author, Way::Webhook) {
            prop_assert_eq!(apply(b, &injected, Way::Webhook), Some(alone));
        }

        // A manifest's Pod has no record in itself.
        let injected = apply(a, &author, Way::Offline).unwrap();
        let restored = inject::restore(&injected, &OWNER).unwrap().unwrap();
        prop_assert!(!restored.is_certain);
        // What templates and annotations of the configuration's own add is not known to be theirs; and an author's
        // proxy where the templates bring none, or among the init containers, is a thing of its own.
        let brings_proxy = |list| pod["spec"][list].to_string().contains("\"istio-proxy\"");
        let is_proxyless = CONFIGS[first].injector.contains("grpc-simple");
        if CONFIGS[first].injector.contains("templates:")
            || brings_proxy("initContainers")
            || brings_proxy("containers") && is_proxyless
        {
            return Ok(());
        }
        let doubts = inject::doubts(&injected, &restored);
        let unlisted = unlisted(&author, &restored.pod, &doubts.iter().collect::<Vec<_>>());
        prop_assert!(unlisted.is_empty(), "{:?}\n{:?}\n{}", unlisted, doubts, restored.pod);
    }
}

/// Runs the program and gives its standard output.
fn run(args: &[&[String]]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(args.concat())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    String::from_utf8(output.stdout).unwrap()
}

/// So many that all configurations together see 2,000.
const MANIFESTS: usize = 2000_usize.div_ceil(CONFIGS.len());

#[test]
fn manifests_come_back_whatever_the_configurations() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let mut runner = TestRunner::new_with_rng(
        ProptestConfig::default(),
        TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
    );
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let options: Vec<_> = (0..)
        .zip(&CONFIGS)
        .map(|(i, config)| config.options(folder.path(), &format!("config{i}")))
        .collect();
    let manifests: Vec<String> = (0..MANIFESTS)
        .map(|_| manifest().new_tree(&mut runner).unwrap().current())
        .map(|m| outrigger_yaml::to_string(&Value::parse(m.to_string().as_bytes()).unwrap()))
        .collect();
    let author = file("author.yaml", &manifests.join("---\n"));
    let injected: Vec<_> = (0..)
        .zip(&options)
        .map(|(i, options)| {
            let text = run(&[&words(&["inject", "-f", &author]), options]);
            (file(&format!("injected{i}.yaml"), &text), text)
        })
        .collect();
    for (i, (path, _)) in injected.iter().enumerate() {
        let back = run(&[&words(&["uninject", "-f", path])]);
        same(
            &back,
            &manifests.join("---\n"),
            &format!("configuration {i}"),
        );
        let next = (i + 1) % CONFIGS.len();
        let again = run(&[&words(&["inject", "-f", path]), &options[next]]);
        same(
            &again,
            &injected[next].1,
            &format!("configuration {i}, then {next}"),
        );
    }
}

/// Two streams of the same documents, up to the order of keys.
fn same(a: &str, b: &str, what: &str) {
    let parts = |stream| {
        outrigger_yaml::documents(stream)
            .map(Result::unwrap)
            .collect::<Vec<_>>()
    };
    let (a, b) = (parts(a), parts(b));
    assert_eq!(a.len(), b.len(), "{what}");
    for (a, b) in a.iter().zip(&b).filter(|(a, b)| a.text != b.text) {
        assert_eq!(a.parse(), b.parse(), "{what}:\n{}\n=>\n{}", b.text, a.text);
    }
}
