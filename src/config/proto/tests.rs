//! Messages against what Istio's own reader makes of the same values.

use outrigger_json::Value;

use super::{Message, message_type};

#[test]
fn values_are_read_and_written_as_the_reference_does() {
    let lines = include_str!("reference.txt").lines();
    let mut wrong = Vec::new();
    for line in lines.filter(|line| !line.starts_with('#')) {
        let parts: Vec<_> = line.split('\t').collect();
        let [ty, field, value, wanted] = parts[..] else {
            panic!("not four columns: {line}");
        };
        let text = format!("{{\"{field}\":{value}}}");
        let mut message = Message::new(message_type(ty));
        let tree = Value::parse(text.as_bytes()).unwrap();
        let got = match message.apply(&tree) {
            Ok(()) => message.to_json(),
            Err(_) => "error".into(),
        };
        if let Ok(tree) = Value::parse(got.as_bytes()) {
            let mut again = Message::new(message_type(ty));
            again.apply(&tree).unwrap();
            assert_eq!(again.to_json(), got, "what is written is read as the same");
        }
        if got != wanted {
            wrong.push(format!("{ty} {field}: {value}: want {wanted}, got {got}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
