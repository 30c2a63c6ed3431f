//! The same texts through Go's `sigs.k8s.io/yaml` 1.6.0 (`YAMLToJSON`): its results are `data/kubernetes.jsonl`.

use outrigger_json::Value;
use outrigger_yaml::{parse, to_string};

/// Texts that are read otherwise, and why that may be.
const DIFFERENT: &[&str] = &[
    // Bytes have no form in JSON; Go gives a string with replacement characters in it.
    "a: !!binary null\n",
    "a: !!binary ''\n",
    "a: !!binary 0x10\n",
    "a: !!binary \n",
    // JSON has the escape `\/`, which Go refuses.
    r#"a: "x\ny\t\x41\u00e9\U0001F600\/\_\N\L\P\e\0\a\b"
"#,
    // Go refuses directives that it does not know, and YAML 1.2.
    "%YAML 1.2\n---\na: yes\n",
    "%FOO bar\n---\na: 1\n",
    // Go drops what follows the mapping, without a word.
    " a: 1\nb: 2\n",
    // The parser follows YAML 1.2: tabs may separate tokens, but not follow a colon.
    "\ta: 1\n",
    "a: |\n \ttab\n",
    "- \ta\n",
    "-\ta\n",
    "-\t1\n-\t2\n",
    "a: 1\n\t\nb: 2\n",
    "a: 1\n\t# c\nb: 2\n",
    "a:\n \tb: 1\n",
    "a:\t1\n",
    "{\t\"a\"\t:\t1\t}\n",
    "a: \"\t\\\n\tb\"\n",
    // Likewise: line breaks are CR and LF alone, and quoted text is indented.
    "a: \u{85}b\n",
    "a: \u{2028}b\n",
    "a: 'x\n'\n",
    "a: \"x\n\"\n",
    "a: \u{feff}\n",
];

#[test]
fn texts_mean_what_kubernetes_reads() {
    let mut differences = Vec::new();
    for line in include_str!("data/kubernetes.jsonl").lines() {
        let case = Value::parse(line.as_bytes()).unwrap();
        let text = case.get("yaml").and_then(Value::as_str).unwrap();
        let (want, got) = (case.get("json"), parse(text));
        let same = match (want, &got) {
            (Some(want), Ok(got)) => same(want, got) && parse(&to_string(got)).as_ref() == Ok(got),
            (None, Err(_)) => true,
            _ => false,
        };
        if same == DIFFERENT.contains(&text) {
            differences.push(format!(
                "{text:?}\n  want {want:?} {:?}\n  got {got:?}",
                case.get("error")
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{}\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// Equal, numbers by their amount.
fn same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || a.as_f64().to_bits() == b.as_f64().to_bits()
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
