//! The program in pipelines: as a function of kustomize, as a check of what injection would change, and what packages of
//! it bring along. The tests with a real API server call it from the real kustomize, Helm and kubectl.

use std::process::Command;

use clap::CommandFactory as _;
use outrigger_json::Value;

use crate::{documents::blocks, manifests::outrigger};

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n  annotations: {config.kubernetes.io/path: web.yaml}\nspec:\n  template:\n    metadata: {labels: {app: web}, annotations: {}}\n    spec:\n      containers: [{name: web, image: web}]\n";

/// A list with one item and a configuration.
fn list(item: &str, config: &str) -> String {
    let item = outrigger_yaml::parse(item).unwrap();
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {config}\nitems: [{item}]\n"
    )
}

/// The exit status, the list, and standard error.
fn krm(input: &str) -> (Option<i32>, Value<'static>, String) {
    let output = outrigger(&["krm"], input);
    let list = outrigger_yaml::parse(&String::from_utf8_lossy(&output.stdout)).unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), list, told)
}

fn at<'v>(list: &'v Value<'static>, pointer: &str) -> Option<&'v Value<'static>> {
    let mut steps = pointer.split('/').filter(|step| !step.is_empty());
    steps.try_fold(list, |value, step| match step.parse::<usize>() {
        Ok(index) => value.as_array()?.get(index),
        Err(_) => value.get(step),
    })
}

fn text<'v>(list: &'v Value<'static>, pointer: &str) -> Option<&'v str> {
    at(list, pointer).and_then(Value::as_str)
}

#[test]
fn a_function_injects_the_items_of_its_list() {
    for config in [
        "{kind: Inject, spec: {nativeSidecars: true, mesh: {trustDomain: example.org}}}",
        "{kind: ConfigMap, data: {nativeSidecars: 'true', mesh: 'trustDomain: example.org'}}",
    ] {
        let (status, list, told) = krm(&list(WEB, config));
        assert_eq!((status, &*told), (Some(0), ""));
        let pod = "items/0/spec/template/spec";
        assert_eq!(
            text(&list, &format!("{pod}/initContainers/1/name")),
            Some("istio-proxy")
        );
        assert!(list.to_string().contains("example.org"), "{config}");
        assert_eq!(at(&list, "results"), None);
        // Nothing is added around the Pod.
        assert_eq!(at(&list, "items/0/status"), None);
    }
    // What was injected is injected again, and is the same.
    let (_, once, _) = krm(&list(WEB, "null"));
    let (_, twice, _) = krm(&once.to_string());
    assert_eq!(once, twice);
}

#[test]
fn a_function_tells_by_results() {
    let skipped = WEB.replace(
        "labels: {app: web}",
        "labels: {sidecar.istio.io/inject: 'false'}",
    );
    let (status, skipped_list, _) = krm(&list(&skipped, "null"));
    assert_eq!(status, Some(0));
    for (pointer, expected) in [
        ("severity", "info"),
        ("tags/reason", "skipped:label-false"),
        ("resourceRef/kind", "Deployment"),
        ("resourceRef/name", "web"),
        ("resourceRef/namespace", "shop"),
        ("file/path", "web.yaml"),
    ] {
        assert_eq!(
            text(&skipped_list, &format!("results/0/{pointer}")),
            Some(expected)
        );
    }

    let refused = WEB.replace(
        "annotations: {}",
        "annotations: {sidecar.istio.io/proxyCPU: lots}",
    );
    let (status, refused_list, told) = krm(&list(&refused, "null"));
    assert_eq!(status, Some(1));
    assert_eq!(text(&refused_list, "results/0/severity"), Some("error"));
    assert_eq!(
        text(&refused_list, "results/0/tags/reason"),
        Some("failed:annotation-invalid")
    );
    assert!(told.contains("invalid value 'lots'"), "{told}");
    assert_eq!(
        at(&refused_list, "items/0"),
        Some(&outrigger_yaml::parse(&refused).unwrap())
    );

    let no_template = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {}\n";
    let (status, list, _) = krm(&list(no_template, "null"));
    assert_eq!(status, Some(1));
    assert_eq!(
        text(&list, "results/0/message"),
        Some("Deployment web: spec.template is required")
    );
}

#[test]
fn what_is_no_list_or_no_configuration_is_refused() {
    for (input, cause) in [
        ("", "is no ResourceList"),
        ("kind: Pod\n", "is no ResourceList"),
        ("kind: ResourceList\nitems: {}\n", "items must be a list"),
        ("kind: [\n", "standard input"),
        (
            &list(WEB, "{spec: []}"),
            "functionConfig: spec is of type array",
        ),
        (
            &list(WEB, "{spec: {nativeSidecar: true}}"),
            "spec.nativeSidecar: is not known; known are config",
        ),
        (
            &list(WEB, "{spec: {nativeSidecars: maybe}}"),
            "\"maybe\" is not accepted; one of auto, true, false",
        ),
        (
            &list(WEB, "{spec: {mesh: {proxyListenPort: many}}}"),
            "functionConfig spec.mesh",
        ),
    ] {
        let output = outrigger(&["krm"], input);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{input}: {told}");
        assert!(told.contains(cause), "{input}: {told}");
        assert!(output.stdout.is_empty(), "{input}");
    }
    // A list without items is none the worse.
    assert_eq!(krm("kind: ResourceList\n").0, Some(0));
}

#[test]
fn a_diff_says_what_injection_would_change() {
    let run = |args: &[&str], input: &str| {
        let output = outrigger(&[&["diff", "-f", "-"], args].concat(), input);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(told, "");
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (status, summary) = run(&["-o", "summary"], WEB);
    assert_eq!(status, Some(1));
    assert_eq!(
        summary,
        "Deployment shop/web: has no sidecar and would get one\n"
    );

    let injected = outrigger(&["inject", "-f", "-"], WEB);
    let injected = String::from_utf8(injected.stdout).unwrap();
    assert_eq!(run(&[], &injected), (Some(0), String::new()));

    let set = ["--set", "global.tag=1.20"];
    let (status, lines) = run(&set, &injected);
    assert_eq!(status, Some(1));
    let new: Vec<_> = lines
        .lines()
        .filter(|l| l.starts_with("+ "))
        .map(str::trim)
        .collect();
    let image = "+        image: registry.istio.io/testing/proxyv2:1.20";
    assert_eq!(new, [image, image]);
    let (_, summary) = run(&[&set[..], &["-o", "summary"]].concat(), &injected);
    assert_eq!(summary, "Deployment shop/web: image (2 places)\n");
    let (_, json) = run(&[&set[..], &["-o", "json"]].concat(), &injected);
    let json = Value::parse(json.as_bytes()).unwrap().into_owned();
    assert_eq!(text(&json, "0/name"), Some("web"));
    assert_eq!(text(&json, "0/differs/0"), Some("image"));
    assert_eq!(text(&json, "0/patch/0/op"), Some("replace"));
    // What another configuration changes is what it would be injected with.
    let (status, _) = run(&[], "kind: Service\nmetadata: {name: web}\n");
    assert_eq!(status, Some(0));
}

#[test]
fn a_diff_refuses_what_makes_no_sense() {
    for (args, cause) in [
        (&["diff", "-f", "/nowhere.yaml"][..], "/nowhere.yaml"),
        (
            &["diff", "-f", "-", "--set", "global"],
            "KEY=VALUE is wanted",
        ),
        (
            &["diff", "-f", "-", "--set", "global.tag.x=1"],
            "global.tag is of type string",
        ),
        (&["diff", "-f", "-", "-A"], "cannot be used with"),
        (&["diff", "-R"], "--filename"),
        (&["diff", "web"], "KIND/NAME is wanted"),
        (&["drift", "svc/web"], "the kind \"svc\" is not known"),
        (&["drift", "-A", "-n", "shop"], "cannot be used with"),
        (
            &["drift", "--kubeconfig", "/nowhere"],
            "cannot use the kubeconfig /nowhere",
        ),
    ] {
        let output = outrigger(args, "");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains(cause), "{args:?}: {told}");
    }
}

#[test]
fn completions_are_scripts_of_their_shells() {
    for (shell, contents) in [
        ("bash", "complete -F _outrigger"),
        ("zsh", "#compdef outrigger"),
        ("fish", "complete -c outrigger"),
    ] {
        let output = outrigger(&["completions", shell], "");
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains(contents), "{shell}");
        assert!(script.contains("drift"), "{shell}");
        // Whoever has the shell lets it read the script.
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), script).unwrap();
        let check = if shell == "fish" {
            "--no-execute"
        } else {
            "-n"
        };
        if let Ok(output) = Command::new(shell).arg(check).arg(file.path()).output() {
            assert!(output.status.success(), "{shell}: {output:?}");
        }
    }
}

/// The arguments of a command line that calls the program, as far as the program gets them.
fn arguments(line: &str) -> Option<Vec<&str>> {
    let (_, call) = line.split_once("outrigger ")?;
    let words = call.split_whitespace();
    let ends = |word: &&str| !["|", ">", "&", "&&"].contains(word) && !word.ends_with(';');
    Some(
        words
            .take_while(ends)
            .map(|word| word.trim_matches('\''))
            .collect(),
    )
}

/// Lines of examples: those that begin with the program, or hand something over to it.
fn is_call(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("outrigger ") || line.contains("| outrigger ")
}

#[test]
fn the_commands_of_help_and_documents_are_accepted() {
    fn helps(command: &clap::Command, texts: &mut Vec<String>) {
        texts.extend(command.get_after_help().map(ToString::to_string));
        command.get_subcommands().for_each(|sub| helps(sub, texts));
    }
    let command = outrigger::cli::Cli::command();
    let mut texts = Vec::new();
    helps(&command, &mut texts);
    let blocks = blocks(std::path::Path::new(env!("CARGO_MANIFEST_DIR")));
    let commands = blocks.into_iter().flat_map(|block| block.commands);
    texts.extend(commands.map(|command| command.text));
    let mut held = 0;
    for line in texts
        .iter()
        .flat_map(|text| text.lines())
        .filter(|l| is_call(l))
    {
        let arguments = arguments(line).unwrap();
        let line_arguments = std::iter::once("outrigger").chain(arguments);
        let accepted = command.clone().try_get_matches_from(line_arguments);
        assert!(accepted.is_ok(), "{line}: {}", accepted.unwrap_err());
        held += 1;
    }
    assert!(held > 30, "{held}");
}

#[test]
fn every_command_has_a_man_page() {
    let folder = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(outrigger::cli::Cli::command(), folder.path()).unwrap();
    for command in [
        "",
        "-config-lint",
        "-diff",
        "-drift",
        "-inject",
        "-krm",
        "-serve",
    ] {
        let path = folder.path().join(format!("outrigger{command}.1"));
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{command}");
        assert!(
            command.is_empty() || page.contains("Examples:"),
            "{command}"
        );
    }
}
