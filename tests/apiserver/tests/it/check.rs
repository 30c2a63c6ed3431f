//! What `outrigger config lint` says of a Pod, held against what the API server says.

use anyhow::Result;
use outrigger_apiserver_tests::Site;
use serde_json::{Value, json};

const POD: &str = include_str!("../../../data/check/pod.yaml");
const VIOLATIONS: &str = include_str!("../../../data/check/violations.yaml");

/// Puts a value at a JSON pointer; objects on the way may be new.
fn put(tree: &mut Value, pointer: &str, value: Value) {
    let mut place = tree;
    for step in pointer.split('/').skip(1) {
        place = match step.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[step],
        };
    }
    *place = value;
}

fn read(yaml: &str) -> Result<Value> {
    Ok(serde_json::from_str(
        &outrigger_yaml::parse(yaml)?.to_string(),
    )?)
}

#[tokio::test]
async fn each_violation_is_refused() -> Result<()> {
    let namespace = Site::new().await?.namespace(&[]).await?;
    namespace.try_json(&read(POD)?).await?;

    let cases = read(VIOLATIONS)?;
    let mut taken = Vec::new();
    for case in cases.as_array().into_iter().flatten() {
        let mut pod = read(POD)?;
        put(
            &mut pod,
            case["at"].as_str().unwrap_or_default(),
            case["value"].clone(),
        );
        if namespace.try_json(&pod).await.is_ok() {
            taken.push(case.to_string());
        }
    }
    assert_eq!(json!(taken), json!([]), "{taken:#?}");
    Ok(())
}
