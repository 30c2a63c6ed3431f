//! What Kubernetes makes of the same Pods and patches: `tests/data/cases.jsonl`, made by `go run ./cases` in the
//! folder `tests/schema` of the repository with k8s.io/apimachinery v0.34.4.

use outrigger_json::Value;
use outrigger_strategic_merge::{merge, pod};

#[test]
fn merges_are_those_of_kubernetes() {
    let cases = include_str!("data/cases.jsonl");
    let mut faults = Vec::new();
    for line in cases.lines() {
        let case = Value::parse(line.as_bytes()).unwrap();
        let part = |key: &str| case.get(key).unwrap();
        let mut ours = part("original").clone();
        let outcome = merge(&mut ours, part("patch").clone(), &pod::POD);
        let same = match &outcome {
            Ok(()) => ours == *part("result"),
            Err(_) => part("result").is_null(),
        };
        if !same {
            faults.push(format!("{case}\nours: {ours}, {outcome:?}"));
        }
    }
    let tried = cases.lines().count();
    assert!(
        tried >= 400 && faults.is_empty(),
        "{} of {tried} differ:\n{}",
        faults.len(),
        faults.join("\n\n")
    );
}
