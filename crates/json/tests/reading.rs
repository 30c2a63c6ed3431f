//! Texts that are JSON, those that nearly are, and `serde_json` beside this crate.

use proptest::{collection::vec, prelude::*, sample::select};

use outrigger_json::{Reader, Value};
use serde_json::value::RawValue;

/// Texts that are JSON, and those that nearly are.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\"",
        "\"\\u00e9\\n\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\x\"",
        "\"long text of several words\"",
        "\"tab\t\"",
        "1",
        "-0",
        "01",
        "-",
        "1.50",
        "2e+7",
        "1e999",
        "1.",
        "3E",
        "12345678901234567890123",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\n",
        "\"open",
        "{\"a\":",
        "[1,",
        "{\"a\":{}}",
        "[[],{}]",
        "\u{e9}",
    ];
    let piece = select(PIECES).prop_map(|piece| piece.as_bytes().to_vec());
    let pieces = vec(piece, 0..9).prop_map(|pieces| pieces.concat());
    let tree = Just(serde_json::Value::Null).prop_recursive(4, 30, 4, |inner| {
        prop_oneof![
            any::<i32>().prop_map(Into::into),
            "[a-c\\\\\"\n\u{7f}é]{0,12}".prop_map(Into::into),
            vec(inner.clone(), 0..4).prop_map(Into::into),
            vec(("[ab]{0,2}", inner), 0..4)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    });
    let cut = (tree, any::<prop::sample::Index>(), any::<u8>(), 0..4).prop_map(
        |(tree, at, byte, how)| {
            let mut text = tree.to_string().into_bytes();
            let at = at.index(text.len());
            match how {
                0 => text[at] = byte,
                1 => drop(text.remove(at)),
                _ => {}
            }
            text
        },
    );
    prop_oneof![pieces, cut]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn what_serde_json_reads_is_read_alike(text in texts()) {
        let wanted = serde_json::from_slice::<serde_json::Value>(&text).ok();

        let read = Value::parse(&text);
        let shown = String::from_utf8_lossy(&text);
        prop_assert_eq!(read.is_ok(), wanted.is_some(), "{}: {:?}", shown, read);
        let mut reader = Reader::new(&text);
        let raw = reader.as_mut().ok().and_then(|reader| {
            let raw = reader.raw().ok()?;
            reader.end().ok().map(|()| raw)
        });
        let wanted_raw = serde_json::from_slice::<&RawValue>(&text).ok();
        prop_assert_eq!(raw, wanted_raw.map(RawValue::get), "{}", shown);
        if let Ok(read) = read {
            let again: serde_json::Value = serde_json::from_str(&read.to_string()).unwrap();
            prop_assert_eq!(Some(again), wanted);
        }
    }
}

#[test]
fn faults_are_named_where_they_are() {
    for (text, want) in [
        ("", "the text ends too early at line 1 column 0"),
        (
            "{\"a\":\n [1,\n",
            "the text ends too early at line 3 column 0",
        ),
        ("{\n  \"a\" 1}", "want a colon at line 2 column 7"),
        ("[1 2]", "want a comma or ] at line 1 column 4"),
        ("{\"a\":1,}", "want a key at line 1 column 8"),
        ("1 2", "want nothing more at line 1 column 3"),
        ("\"\\ud800\"", "half of a surrogate pair at line 1 column 8"),
        ("-x", "want a digit at line 1 column 2"),
        ("[1e999]", "a number that is too large at line 1 column 2"),
    ] {
        assert_eq!(
            Value::parse(text.as_bytes()).unwrap_err().to_string(),
            want,
            "{text}"
        );
    }
}
