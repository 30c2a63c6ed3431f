//! Renders templates given as JSON lines, to compare the engine with others.
//!
//! Reads `{"template": text, "data": any, "missingkey": "default|zero|error"}` a line and writes
//! `{"ok": bool, "out": text, "error": text, "stage": "parse|exec"}` a line, in order. The template's name is `t`; sprig is there; a JSON number
//! without fraction and exponent is an `int`, any other a `float64`.
//!
//! ```console
//! $ echo '{"template": "{{.a | quote}}", "data": {"a": 1}}' | cargo run -q --release --example render
//! {"error":"","ok":true,"out":"\"1\"","stage":""}
//! ```

#[path = "../tests/shared/engine.rs"]
mod engine;

use std::io::{self, BufRead, Write};

use serde_json::json;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = match serde_json::from_str(&line) {
            Ok(request) => engine::answer(&request, |_| None),
            Err(error) => engine::failed("request", error.to_string()),
        };
        let answer = json!({"ok": answer.ok, "out": answer.out, "error": answer.error, "stage": answer.stage});
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
