//! Any text is parsed or refused.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use outrigger_gotemplate::{Functions, Options, Template};

static FUNCTIONS: LazyLock<Functions> = LazyLock::new(outrigger_fuzz::functions);

fuzz_target!(|text: &str| {
    let options = Options::default();
    match Template::parse("t", text, &FUNCTIONS, &options) {
        Ok(template) => assert_eq!(template.source(), text),
        Err(error) => {
            assert!(error.to_string().starts_with("template: t:"), "{error}");
            assert!(error.line() <= text.matches('\n').count() + 1, "{error:?}");
            let _ = format!("{error:#}");
        }
    }
});
