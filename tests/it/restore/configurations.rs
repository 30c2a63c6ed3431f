//! Configurations that change what is injected, for Pods to be moved between.

use std::{fs, path::Path, sync::LazyLock};

use outrigger::{
    config::{NativeSidecars, Settings, Snapshot, Sources, Text},
    inject::Injector,
};
use outrigger_json::Value;

/// A configuration: what differs from the built-in values, the MeshConfig, the injector's configuration, settings.
pub(super) struct Config {
    values: &'static str,
    mesh: &'static str,
    pub(super) injector: &'static str,
    native: bool,
    openshift: bool,
}

pub(super) const CONFIGS: [Config; 9] = [
    Config {
        values: "{}",
        mesh: "{}",
        injector: "{}",
        native: true,
        openshift: false,
    },
    Config {
        values: "{global: {proxy: {holdApplicationUntilProxyStarts: true}, imagePullSecrets: [a, fresh]}}",
        mesh: "{}",
        injector: "{}",
        native: false,
        openshift: false,
    },
    Config {
        values: "{pilot: {cni: {enabled: true, provider: multus}}, global: {network: net-1, proxy: {includeIPRanges: 10.0.0.0/8, excludeInboundPorts: '81'}}}",
        mesh: "{}",
        injector: "{}",
        native: true,
        openshift: false,
    },
    Config {
        values: "{pilot: {cni: {enabled: true}}, sidecarInjectorWebhook: {rewriteAppHTTPProbe: false}}",
        mesh: "{}",
        injector: "{}",
        native: false,
        openshift: true,
    },
    Config {
        values: "{}",
        mesh: "{enablePrometheusMerge: false, defaultConfig: {interceptionMode: TPROXY, proxyMetadata: {ISTIO_META_ENABLE_HBONE: 'true'}}}",
        injector: "{}",
        native: true,
        openshift: false,
    },
    Config {
        values: "{}",
        mesh: "{}",
        injector: r#"
defaultTemplates: [sidecar, own]
injectedAnnotations: {example.com/injected: "yes", example.com/note: ours}
templates:
  own: |
    metadata:
      labels: {team: ours, app: other}
      annotations: {example.com/own: "1", prometheus.istio.io/merge-metrics: "false", sidecar.istio.io/rewriteAppHTTPProbers: "false"}
    spec:
      dnsConfig: {searches: [example.com]}
      terminationGracePeriodSeconds: 77
      initContainers:
      - {name: first, image: own}
      containers:
      - {name: extra, image: own, env: [{name: A, value: own}]}
      {{- range .Spec.Containers }}
      - name: {{ .Name }}
        env: [{name: OWN, value: "1"}]
        securityContext: {runAsUser: 7}
      {{- end }}
      volumes:
      - {name: scratch, emptyDir: {}}
      - {name: data, hostPath: null}
"#,
        native: false,
        openshift: false,
    },
    Config {
        values: "{}",
        mesh: "{}",
        injector: "{defaultTemplates: [gateway]}",
        native: true,
        openshift: false,
    },
    Config {
        values: "{}",
        mesh: "{}",
        injector: "{defaultTemplates: [grpc-agent]}",
        native: true,
        openshift: false,
    },
    Config {
        values: "{}",
        mesh: "{}",
        injector: "{defaultTemplates: [grpc-simple]}",
        native: false,
        openshift: false,
    },
];

impl Config {
    /// The built-in values with those that differ.
    fn values(&self) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/defaults/values.yaml");
        let mut values = outrigger_yaml::parse(&fs::read_to_string(path).unwrap()).unwrap();
        change(&mut values, outrigger_yaml::parse(self.values).unwrap());
        values.to_string()
    }

    fn injector(&self) -> Injector {
        let text = |text: String| {
            Some(Text {
                name: "a test".to_owned(),
                text,
            })
        };
        let sources = Sources {
            injector: text(self.injector.to_owned()),
            values: text(self.values()),
            mesh: text(self.mesh.to_owned()),
            ..Sources::default()
        };
        let settings = Settings {
            native_sidecars: if self.native {
                NativeSidecars::On
            } else {
                NativeSidecars::Off
            },
            openshift: self.openshift,
            ..Settings::default()
        };
        Injector::new(Snapshot::build(&sources, settings).unwrap()).unwrap()
    }

    /// The same for the program.
    pub(super) fn options(&self, folder: &Path, name: &str) -> Vec<String> {
        let mut options = Vec::new();
        for (option, text) in [
            ("--values", self.values()),
            ("--mesh-config", self.mesh.to_owned()),
            ("--injector-config", self.injector.to_owned()),
        ] {
            let path = folder.join(format!("{name}{option}"));
            fs::write(&path, text).unwrap();
            options.extend([option.to_owned(), path.display().to_string()]);
        }
        options.extend(["--native-sidecars".to_owned(), self.native.to_string()]);
        if self.openshift {
            options.extend(["--platform", "openshift"].map(str::to_owned));
        }
        options
    }
}

fn change(tree: &mut Value<'static>, changes: Value<'static>) {
    match changes {
        Value::Object(changes) if tree.as_object().is_some() => {
            for (key, value) in changes {
                change(
                    tree.as_object_mut().unwrap().entry(key, Value::default),
                    value,
                );
            }
        }
        value => *tree = value,
    }
}

pub(super) static INJECTORS: LazyLock<Vec<Injector>> =
    LazyLock::new(|| CONFIGS.iter().map(Config::injector).collect());
