//! What typed output is told of the strings that sprig's functions make.

use outrigger_gotemplate::{
    Functions, Limits, Options, Origin, Sink, Template, Text, Value, sprig,
};

/// Keeps the origin of the one value that a template prints.
struct LastOrigin(Option<Origin>);

impl<'a> Sink<'a> for LastOrigin {
    fn literal(&mut self, _: &'a str) {}

    fn value(&mut self, text: Text<'a>) {
        self.0 = Some(text.origin());
    }
}

#[test]
fn only_functions_that_write_yaml_or_json_give_structure() {
    let mut functions = Functions::builtins();
    sprig::add_to(&mut functions);
    for (template, want) in [
        ("{{.}}", Origin::Plain),
        ("{{quote .}}", Origin::Quoted),
        ("{{squote .}}", Origin::Quoted),
        ("{{quote . .}}", Origin::Plain),
        ("{{quote . | indent 2}}", Origin::Quoted),
        ("{{toJson .}}", Origin::Structured),
        ("{{toPrettyJson .}}", Origin::Structured),
        ("{{mustToRawJson .}}", Origin::Structured),
        ("{{toJson . | indent 2}}", Origin::Structured),
        ("{{toJson . | nindent 2}}", Origin::Structured),
        ("{{toJson . | trim}}", Origin::Structured),
        ("{{toJson . | trimSuffix \"x\"}}", Origin::Structured),
        ("{{. | indent 2}}", Origin::Plain),
        ("{{. | trim}}", Origin::Plain),
        ("{{toJson . | trimAll \" \"}}", Origin::Structured),
        // What changes a structure makes it data.
        ("{{toJson . | trimAll \"\\\"\"}}", Origin::Plain),
        ("{{toJson . | trimPrefix \"\\\"\"}}", Origin::Plain),
        ("{{toJson . | upper}}", Origin::Plain),
        ("{{toJson . | replace \"a\" \"b\"}}", Origin::Plain),
        ("{{toJson . | trunc 2}}", Origin::Plain),
        ("{{print (toJson .)}}", Origin::Plain),
        ("{{cat (toJson .)}}", Origin::Plain),
        ("{{join \",\" (list (toJson .))}}", Origin::Plain),
        // What only passes it on does not.
        ("{{toJson . | default \"x\"}}", Origin::Structured),
        ("{{ternary (toJson .) \"\" true}}", Origin::Structured),
        ("{{first (list (toJson .))}}", Origin::Structured),
        ("{{get (dict \"k\" (toJson .)) \"k\"}}", Origin::Structured),
    ] {
        let parsed = Template::parse("t", template, &functions, &Options::default()).unwrap();
        let mut sink = LastOrigin(None);
        let data = Value::from("text: {a: b}");
        parsed
            .render_skeleton(&data, &Limits::default(), &mut sink)
            .unwrap();
        assert_eq!(sink.0, Some(want), "{template}");
    }
}
