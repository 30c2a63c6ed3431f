//! The workload that an injected Pod says it belongs to. Controllers create Pods
//! without a name, by `generateName`, and with an owner reference.

use anyhow::Result;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use outrigger_apiserver_tests::pod::{pod, proxy_env};

use crate::{ENABLED, installed};

struct Case {
    owner: (&'static str, &'static str, &'static str),
    labels: &'static [(&'static str, &'static str)],
    workload: &'static str,
    /// After `kubernetes://apis/`, with NS for the namespace.
    uri: &'static str,
}

const CASES: &[Case] = &[
    Case {
        owner: ("apps/v1", "ReplicaSet", "web-5d9f8c7b6d"),
        labels: &[("pod-template-hash", "5d9f8c7b6d")],
        workload: "web",
        uri: "apps/v1/namespaces/NS/deployments/web",
    },
    Case {
        owner: ("apps/v1", "ReplicaSet", "web-5d9f8c7b6d"),
        labels: &[],
        workload: "web-5d9f8c7b6d",
        uri: "apps/v1/namespaces/NS/replicasets/web-5d9f8c7b6d",
    },
    Case {
        owner: ("apps/v1", "StatefulSet", "db"),
        labels: &[],
        workload: "db",
        uri: "apps/v1/namespaces/NS/statefulsets/db",
    },
    Case {
        owner: ("batch/v1", "Job", "report-29384756"),
        labels: &[],
        workload: "report",
        uri: "batch/v1/namespaces/NS/cronjobs/report",
    },
];

#[tokio::test]
async fn workload_is_found_through_the_owner_reference() -> Result<()> {
    let (site, _outrigger) = installed(&[]).await?;
    let namespace = site.namespace(ENABLED).await?;
    for case in CASES {
        let (api_version, kind, name) = case.owner;
        let mut pod = pod(case.labels, &[]);
        pod.metadata.generate_name = Some(format!("{name}-"));
        pod.metadata.owner_references = Some(vec![OwnerReference {
            api_version: api_version.into(),
            kind: kind.into(),
            name: name.into(),
            uid: "6f1c1a0e-0d5c-4d3e-9c55-0c7b3f6a2d11".into(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }]);

        let stored = namespace.create(&pod).await?;

        let labels = stored.metadata.labels.as_ref();
        let canonical = labels.and_then(|labels| labels.get("service.istio.io/canonical-name"));
        assert_eq!(canonical.map(String::as_str), Some(case.workload));
        assert_eq!(
            proxy_env(&stored, "ISTIO_META_WORKLOAD_NAME"),
            Some(case.workload)
        );
        let uri = format!(
            "kubernetes://apis/{}",
            case.uri.replace("NS", &namespace.name)
        );
        assert_eq!(proxy_env(&stored, "ISTIO_META_OWNER"), Some(uri.as_str()));
    }
    Ok(())
}
