//! What values can and cannot do to the structure of an overlay.

use outrigger_gotemplate::{Origin, Sink, Text};

use super::*;

/// Fills a skeleton whose values are written `«…»`: `«x»` plain, `«q:x»` quoted, `«s:x»` structured.
fn filled(template: &str) -> Result<String, String> {
    let mut pieces = Pieces::default();
    for (i, piece) in template.split(['«', '»']).enumerate() {
        if i % 2 == 0 {
            pieces.literal(piece);
        } else {
            let (origin, text) = match piece.split_at_checked(2) {
                Some(("q:", rest)) => (Origin::Quoted, rest),
                Some(("s:", rest)) => (Origin::Structured, rest),
                Some(("l:", rest)) => (Origin::Literal, rest),
                _ => (Origin::Plain, piece),
            };
            pieces.value(Text::new(text.to_owned(), origin));
        }
    }
    let renderer = Renderer::new(&BTreeMap::new(), &Functions::none()).unwrap();
    let rendered = renderer.finish("t", pieces).map_err(|e| e.to_string())?;
    rendered
        .overlay()
        .map(|o| o.to_string())
        .map_err(|e| e.to_string())
}

#[test]
fn values_take_their_place() {
    for (template, want) in [
        // A lone plain value takes the type of its text, but no structure.
        ("a: «5»", r#"{"a":5}"#),
        ("a: «true»", r#"{"a":true}"#),
        ("a: «»", r#"{"a":null}"#),
        ("a: «1.50»", r#"{"a":1.50}"#),
        ("a: «{b: c}»", r#"{"a":"{b: c}"}"#),
        ("a: «b: c»", r#"{"a":"b: c"}"#),
        ("a: «x\n- y»", r#"{"a":"x\n- y"}"#),
        ("a: «&x y»", r#"{"a":"&x y"}"#),
        ("a: «\"x\"»", r#"{"a":"\"x\""}"#),
        // Inside quotes and beside other text it is contents.
        ("a: \"«5»\"", r#"{"a":"5"}"#),
        ("a: \"«x\", b: \"y»\"", r#"{"a":"x\", b: \"y"}"#),
        ("a: '«it's»'", r#"{"a":"it's"}"#),
        ("a: --level=«5»", r#"{"a":"--level=5"}"#),
        ("a: «x» # «c»\nb: 1", r#"{"a":"x","b":1}"#),
        ("a: |\n  «x\ny»\n  z\n", r#"{"a":"x\ny\nz\n"}"#),
        ("a: >-\n  «x»\n  y\n", r#"{"a":"x y"}"#),
        ("a: [«1», «x, y»]", r#"{"a":[1,"x, y"]}"#),
        ("a: {b: «}»}", r#"{"a":{"b":"}"}}"#),
        // Quoted scalars.
        ("a: «q:\"5\"»", r#"{"a":"5"}"#),
        ("a: «q:\"x\\n\\\"y\"»", r#"{"a":"x\n\"y"}"#),
        ("a: «q:'it's'»", r#"{"a":"it's"}"#),
        // Constants of the template are its own text.
        ("a: «l:{b: c}»", r#"{"a":{"b":"c"}}"#),
        // Keys.
        ("«k»: v", r#"{"k":"v"}"#),
        ("x-«k: y»: v", r#"{"x-k: y":"v"}"#),
        ("a: 1\n«a»: 2", r#"{"a":1}"#),
        ("«a»: 2\na: 1", r#"{"a":1}"#),
        // What is YAML by construction takes its structure along.
        ("a: «s:{\"b\": [1]}»", r#"{"a":{"b":[1]}}"#),
        ("a:«s:\n  b: 1\n  c: 2»", r#"{"a":{"b":1,"c":2}}"#),
        (
            "a:\n  x: 0«s:\n  b: 1\n  c:\n    d: 2»\n  e: 3",
            r#"{"a":{"x":0,"b":1,"c":{"d":2},"e":3}}"#,
        ),
        ("a:«s:\n- 1\n- b: 2\n  c: 3»", r#"{"a":[1,{"b":2,"c":3}]}"#),
        ("a:\n- 0«s:\n- 1\n- 2»\n- 3", r#"{"a":[0,1,2,3]}"#),
        (
            "a:\n- «s:b: 1\n  c: 2»\n  d: 3",
            r#"{"a":[{"b":1,"c":2,"d":3}]}"#,
        ),
        ("a: \"«s:{\"b\": 1}»\"", r#"{"a":"{\"b\": 1}"}"#),
        (
            "a: |\n  «s:{\"b\": \"x\"}»\n",
            r#"{"a":"{\"b\": \"x\"}\n"}"#,
        ),
        ("a: |«s:\n  b: 1\n  c: 2\n»", r#"{"a":"b: 1\nc: 2\n"}"#),
        ("a: \"«s:b: 1\nc: 2»\"", r#"{"a":"b: 1\nc: 2"}"#),
        ("a: 1«s:»", r#"{"a":1}"#),
        ("", "{}"),
    ] {
        assert_eq!(filled(template).as_deref(), Ok(want), "{template}");
    }
}

#[test]
fn what_is_not_an_overlay_is_refused_with_the_line() {
    for (template, want) in [
        ("a: b\n c: d: «x»", "not YAML"),
        ("- a", "gives a YAML array"),
        ("«x»", "gives a YAML string"),
        ("a: x\n«s:b: [»", "not YAML"),
    ] {
        let error = filled(template).unwrap_err();
        assert!(error.contains(want), "{template}: {error}");
    }
    assert!(
        filled("a: b\n c: d: «secret value»")
            .unwrap_err()
            .contains("secret value")
    );
}

#[test]
fn skeletons_and_structures_are_parsed_once() {
    let renderer = Renderer::new(&BTreeMap::new(), &Functions::none()).unwrap();
    let render = |value: &str| {
        let mut pieces = Pieces::default();
        pieces.literal("a: ");
        pieces.value(Text::plain(value.to_owned()));
        renderer.finish("t", pieces).unwrap().skeleton
    };
    assert!(Arc::ptr_eq(&render("1"), &render("two: {}")));
}
