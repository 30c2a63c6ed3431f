//! The comment in which an injected document keeps what restoring it will have to know.
//!
//! The values of a manifest are compared with those that other injectors write, and belong to the cluster; a comment is
//! neither. It is lost where programs rewrite the manifest: then what it told is listed as not known.

use std::borrow::Cow;

use anyhow::Context as _;
use outrigger_json::Value;

const MARK: &str = "# outrigger.dev/restore: ";

/// The text of a document that begins on `line`, without the comment, and what the comment says; of several the last
/// counts.
///
/// # Errors
/// What the comment says is no record.
pub(super) fn take(text: &str, line: usize) -> anyhow::Result<(Cow<'_, str>, Option<Value<'_>>)> {
    if !text.contains(MARK) {
        return Ok((text.into(), None));
    }
    let mut rest = String::with_capacity(text.len());
    let mut record = None;
    for (number, text) in (line..).zip(text.split_inclusive('\n')) {
        let Some(json) = text.strip_prefix(MARK) else {
            rest.push_str(text);
            continue;
        };
        let read = Value::parse(json.trim().as_bytes()).map_err(anyhow::Error::from);
        let read = read.and_then(|value| match value {
            Value::Object(_) => Ok(value),
            other => Err(anyhow::anyhow!("it is of type {}", other.kind())),
        });
        record = Some(read.with_context(|| {
            format!(
                "line {number}: what follows {:?} is no JSON object; without the line the document is restored as far as it tells itself",
                MARK.trim()
            )
        })?);
    }
    Ok((rest.into(), record))
}

/// The comment, in ASCII: some characters end a line for some readers of YAML.
pub(super) fn line(record: &Value<'_>) -> String {
    use std::fmt::Write as _;
    let mut line = MARK.to_owned();
    for c in record.to_string().chars() {
        if c == ' ' || c.is_ascii_graphic() {
            line.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_taken() {
        for text in [
            "a: 1\n",
            "a: |+\n  x\n\n\n",
            "# x\na: 1",
            "a: 1\n...\n",
            "{a: 1}\n",
        ] {
            let record = Value::parse("{\"a\":\"\u{2028}\u{85}\u{7f}é🦀\\n\"}".as_bytes()).unwrap();
            let object = outrigger_yaml::parse(text).unwrap();
            let with = outrigger_yaml::edit_with(text, None, &object, &line(&record));
            assert!(with.is_ascii(), "{with}");
            assert_eq!(outrigger_yaml::parse(&with).as_ref(), Ok(&object));
            let (without, taken) = take(&with, 1).unwrap();
            assert_eq!(without.trim_end_matches('\n'), text.trim_end_matches('\n'));
            assert_eq!(taken, Some(record));
        }
    }

    #[test]
    fn what_is_no_record_is_placed() {
        for json in ["{", "1", ""] {
            let text = format!("a: 1\n{MARK}{json}\n");
            let error = format!("{:#}", take(&text, 1).unwrap_err());
            assert!(error.starts_with("line 2: "), "{error}");
        }
    }
}
