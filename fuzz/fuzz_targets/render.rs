//! A template of anybody's, rendered for a Pod of anybody's, gives an outcome.
//!
//! The first line of the input is the Pod, the rest is the template.

#![no_main]

use libfuzzer_sys::fuzz_target;
use outrigger::inject::Reason;
use outrigger_fuzz::{injector_of, request};
use outrigger_json::Value;

const POD: &str = r#"{"metadata":{"name":"p","labels":{"app":"a"},"annotations":{"example.com/v":"x: {y}"}},"spec":{"containers":[{"name":"app","image":"app:1","ports":[{"containerPort":80}]}]}}"#;

fuzz_target!(|text: &str| {
    let (first, template) = text.split_once('\n').unwrap_or(("", text));
    let Some(injector) = injector_of(template) else {
        return;
    };
    let own = Value::parse(first.as_bytes());
    let pod = own.unwrap_or_else(|_| Value::parse(POD.as_bytes()).expect("the Pod can be read"));
    let outcome = injector.apply(&request(&pod));
    assert_eq!(outcome.result.is_some(), outcome.reason == Reason::Injected);
    assert_eq!(
        injector.apply(&request(&pod)),
        outcome,
        "the second time gives something else"
    );
});
