//! Whole snapshots from several sources.

use super::*;

fn text(name: &str, text: &str) -> Text {
    Text {
        name: name.into(),
        text: text.into(),
    }
}

fn build(sources: &Sources) -> Result<Snapshot, String> {
    Snapshot::build(sources, Settings::default()).map_err(|e| e.to_string())
}

const CONFIG_MAP: &str = r#"apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector}
data:
  config: |-
    policy: disabled
    templates:
      mine: "spec: {}"
  values: '{"global": {"hub": "example.com", "tag": 1.30}}'
"#;

#[test]
fn nothing_given_is_all_built_in() {
    let snapshot = build(&Sources::default()).unwrap();
    assert_eq!(snapshot.injector.templates.len(), 4);
    assert_eq!(snapshot.values.tag, "latest");
    assert_eq!(snapshot.mesh.root_namespace(), "istio-system");
    assert!(snapshot.namespaces.is_none() && snapshot.proxy_configs.is_empty());
    assert!(snapshot.warnings.is_empty());
}

#[test]
fn a_config_map_holds_configuration_and_values() {
    let mut sources = Sources {
        injector: Some(text("map.yaml", CONFIG_MAP)),
        ..Sources::default()
    };
    let snapshot = build(&sources).unwrap();
    assert_eq!(snapshot.injector.policy, Policy::Disabled);
    assert_eq!(snapshot.injector.templates.len(), 5);
    assert_eq!(
        (&*snapshot.values.hub, &*snapshot.values.tag),
        ("example.com", "1.3")
    );

    sources.values = Some(text("values.yaml", "global: {hub: other}"));
    assert_eq!(build(&sources).unwrap().values.hub, "other");

    sources.values = Some(text("map.yaml", CONFIG_MAP));
    assert_eq!(build(&sources).unwrap().values.hub, "example.com");

    sources.mesh = Some(text("map.yaml", CONFIG_MAP));
    assert_eq!(
        build(&sources).unwrap_err(),
        "map.yaml: missing ConfigMap mesh key \"mesh\""
    );
}

#[test]
fn a_fault_in_a_config_map_has_its_place_in_the_file() {
    let sources = Sources {
        injector: Some(text("map.yaml", &CONFIG_MAP.replace("disabled", "[a]"))),
        ..Sources::default()
    };
    assert_eq!(
        build(&sources).unwrap_err(),
        "map.yaml:6:5: policy: want a string, found array"
    );
}

#[test]
fn namespaces_are_documents_or_a_list() {
    let sources = Sources {
        namespaces: Some(text(
            "ns.yaml",
            "kind: Namespace\nmetadata: {name: a, labels: {istio-injection: enabled}}\n---\n\
             kind: List\nitems:\n- kind: Namespace\n  metadata: {name: b, annotations: {k: v}}\n---\n",
        )),
        ..Sources::default()
    };
    let namespaces = build(&sources).unwrap().namespaces.unwrap();
    assert_eq!(namespaces.len(), 2);
    assert_eq!(namespaces["a"].labels["istio-injection"], "enabled");
    assert_eq!(namespaces["b"].annotations["k"], "v");
    for (given, wanted) in [
        ("kind: Pod", "ns.yaml:1:1: an object is no Namespace"),
        ("kind: Namespace", "ns.yaml:1:1: a Namespace has no name"),
        (
            "kind: Namespace\nmetadata: {name: a, labels: {x: 1}}",
            "ns.yaml:2:33: Namespace a: metadata.labels.x: want a string, found number 1",
        ),
    ] {
        let sources = Sources {
            namespaces: Some(text("ns.yaml", given)),
            ..Sources::default()
        };
        assert_eq!(build(&sources).unwrap_err(), wanted);
    }
}

#[test]
fn a_doubtful_mesh_is_a_warning() {
    let sources = Sources {
        mesh: Some(text("mesh.yaml", "defaultConfig: {statusPort: 0}")),
        ..Sources::default()
    };
    let warnings = build(&sources).unwrap().warnings;
    assert_eq!(
        warnings[0].to_string(),
        "mesh.yaml:1:29: defaultConfig: statusPort must be in the range 1..65535, not 0"
    );
}

#[test]
fn a_shared_mesh_at_fault_is_left_out_where_there_is_another() {
    let own = || Some(text("own", "rootNamespace: own"));
    for (shared, mesh, expected) in [
        ("trustDomain: shared", own(), Ok(("shared", ""))),
        (
            "trustDomain: [1]",
            own(),
            Ok(("cluster.local", "shared:1:1: left out: ")),
        ),
        ("{", own(), Ok(("cluster.local", "shared:"))),
        ("trustDomain: [1]", None, Err("shared:1:1: trustDomain")),
    ] {
        let sources = Sources {
            mesh,
            shared_mesh: Some(text("shared", shared)),
            ..Sources::default()
        };
        match (build(&sources), expected) {
            (Ok(snapshot), Ok((domain, warning))) => {
                assert_eq!(snapshot.mesh.trust_domain(), domain, "{shared}");
                let told = snapshot.warnings.first().map(ToString::to_string);
                assert!(
                    told.clone().unwrap_or_default().starts_with(warning),
                    "{told:?}"
                );
                assert_eq!(snapshot.warnings.is_empty(), warning.is_empty(), "{told:?}");
            }
            (Err(error), Err(beginning)) => assert!(error.starts_with(beginning), "{error}"),
            (built, _) => panic!("{shared}: {:?}", built.map(|_| ())),
        }
    }
}
