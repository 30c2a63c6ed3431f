//! Reading a text that is one value.

use crate::{Error, Reader, Value};

impl<'a> Value<'a> {
    /// Reads one JSON value; strings without escapes are borrowed. Of entries with one key the last counts.
    ///
    /// # Errors
    /// The text is not one JSON value (RFC 8259), not UTF-8, or nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    pub fn parse(text: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(text)?;
        let value = reader.value()?;
        reader.end()?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::MAX_DEPTH;

    #[test]
    fn texts_come_back_as_written() {
        for text in [
            r#"{"b":1,"a":[null,true,false,"x"],"c":{}}"#,
            r"[1.10,1e3,-0,-1,18446744073709551615,18446744073709551616,-9223372036854775808,-9223372036854775809,0.1E-7]",
            r#"{"s":"4.5 is \"no\" number","n":4.50}"#,
            r#"["é","\\","\n"]"#,
            "123456789012345678901234567890",
        ] {
            let value = Value::parse(text.as_bytes()).unwrap();
            assert_eq!(value.to_string(), text);
        }
    }

    #[test]
    fn the_last_of_two_equal_keys_counts_and_numbers_stay_in_step() {
        let value = Value::parse(br#"{"a":1.5,"b":2.5,"a":3.5,"c":4.5}"#).unwrap();
        assert_eq!(value.to_string(), r#"{"a":3.5,"b":2.5,"c":4.5}"#);
        let many: Vec<String> = (0..100).map(|i| format!("\"k{}\":{i}", i % 50)).collect();
        let text = format!("{{{},\"z\":0}}", many.join(","));
        assert_eq!(
            Value::parse(text.as_bytes())
                .unwrap()
                .as_object()
                .unwrap()
                .len(),
            51
        );
    }

    #[test]
    fn a_part_is_left_out() {
        for (text, part, want) in [
            (
                r#"{"a":{"b":[1],"c":2},"b":3}"#,
                "[1]",
                r#"{"a":{"c":2},"b":3}"#,
            ),
            (r#"{"a":{"b": 1.5 ,"c":2.5}}"#, "1.5", r#"{"a":{"c":2.5}}"#),
            (r#"{"a":1,"a":2,"c":3}"#, "2", r#"{"a":1,"c":3}"#),
            (r#"{"a":[[1]]}"#, "[[1]]", "{}"),
            ("[1.0]", "", "[1.0]"),
        ] {
            let start = text.find(part).unwrap_or_default();
            let mut reader = Reader::new(text.as_bytes()).unwrap();
            let value = reader.value_without(start..start + part.len()).unwrap();
            assert_eq!(value.to_string(), want, "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\"}",
            "nul",
            "1 2",
            "\"\u{1}\"",
            "01",
            "NaN",
        ] {
            assert!(Value::parse(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(Value::parse(b"\"\xff\"").is_err(), "not UTF-8");
        let deep = "[".repeat(200_000);
        assert!(Value::parse(deep.as_bytes()).is_err(), "too deep");
        let fits = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(Value::parse(fits.as_bytes()).is_ok());
    }

    #[test]
    fn strings_without_escapes_are_borrowed() {
        let value = Value::parse(br#"{"plain":"text","escaped":"a\tb"}"#).unwrap();
        assert!(matches!(
            value.get("plain"),
            Some(Value::String(Cow::Borrowed("text")))
        ));
        assert!(matches!(
            value.get("escaped"),
            Some(Value::String(Cow::Owned(_)))
        ));
    }
}
