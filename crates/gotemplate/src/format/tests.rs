use super::*;
use crate::function::Context;
use crate::types::Type;
use crate::value::Number;

fn formatted(format: &str, values: &[Value<'_>]) -> String {
    let limits = Limits::default();
    super::format(&Context::new(&limits), format, values).unwrap()
}

#[test]
fn verbs_print_as_in_go() {
    let list = || Value::list([Value::Int(1), Value::from("a"), Value::Nil]);
    let map = || Value::map([("b", Value::Int(2)), ("a", list())]);
    let cases: Vec<(&str, Vec<Value<'_>>, &str)> = vec![
        (
            "%v|%+d|%05d|%-5d|%x|%#o|%b",
            vec![5.into(); 7],
            "5|+5|00005|5    |5|05|101",
        ),
        (
            "%c|%q|%U|%#U",
            vec![233.into(); 4],
            "é|'é'|U+00E9|U+00E9 'é'",
        ),
        (
            "%v|%8.3f|%e|%g|%x",
            vec![1.5.into(); 5],
            "1.5|   1.500|1.500000e+00|1.5|0x1.8p+00",
        ),
        ("%v %v", vec![1e6.into(), 1e20.into()], "1e+06 1e+20"),
        (
            "%s|%q|%x|%5s|%.1s",
            vec!["hé".into(); 5],
            "hé|\"hé\"|68c3a9|   hé|h",
        ),
        (
            "%v|%d|%#v",
            vec![list(), list(), list()],
            "[1 a <nil>]|[1 %!d(string=a) <nil>]|[]interface {}{1, \"a\", interface {}(nil)}",
        ),
        ("%v", vec![map()], "map[a:[1 a <nil>] b:2]"),
        (
            "%T %T %T %T",
            vec![1.into(), list(), map(), Value::int64(1)],
            "int []interface {} map[string]interface {} int64",
        ),
        (
            "%v %#v",
            vec![Value::NilOf(Type::STRINGS), Value::NilOf(Type::STRING_MAP)],
            "[] map[string]string(nil)",
        ),
        (
            "%v %.1f",
            vec![Value::Number(Number::Complex128(0.0, 1.0)); 2],
            "(0+1i) (0.0+1.0i)",
        ),
        ("%[2]d %[1]d", vec![1.into(), 2.into()], "2 1"),
        (
            "%*d|%.*f",
            vec![4.into(), 1.into(), 2.into(), 1.5.into()],
            "   1|1.50",
        ),
    ];
    for (format, values, want) in cases {
        assert_eq!(formatted(format, &values), want, "{format}");
    }
}

#[test]
fn wrong_formats_show_in_the_text() {
    let cases: Vec<(&str, Vec<Value<'_>>, &str)> = vec![
        ("%d", vec!["hi".into()], "%!d(string=hi)"),
        ("%z", vec![1.into()], "%!z(int=1)"),
        ("%d", vec![], "%!d(MISSING)"),
        ("x", vec![1.into(), Value::Nil], "x%!(EXTRA int=1, <nil>)"),
        ("%", vec![], "%!(NOVERB)"),
        ("%[3]d", vec![1.into()], "%!d(BADINDEX)"),
        ("%*d", vec!["a".into(), 1.into()], "%!(BADWIDTH)1"),
        ("%.*d", vec!["a".into(), 1.into()], "%!(BADPREC)1"),
        ("%s", vec![Value::Nil], "%!s(<nil>)"),
    ];
    for (format, values, want) in cases {
        assert_eq!(formatted(format, &values), want, "{format}");
    }
}

#[test]
fn print_puts_spaces_between_operands_that_are_no_strings() {
    let values = [
        1.into(),
        2.into(),
        "a".into(),
        3.into(),
        "b".into(),
        "c".into(),
        4.into(),
        5.into(),
    ];
    assert_eq!(sprint(&values), "1 2a3bc4 5");
}

#[test]
fn too_long_and_too_deep_values_are_refused() {
    let limits = Limits::default().with_output_bytes(1000);
    let context = Context::new(&limits);
    assert!(format(&context, "%2000d", &[1.into()]).is_err());
    assert!(format(&context, "%999d", &[1.into()]).is_ok());
    let mut deep = Value::list([]);
    for _ in 0..100_000 {
        deep = Value::list([deep]);
    }
    assert!(print(&context, &[deep]).is_err());
}
