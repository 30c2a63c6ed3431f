//! Labels and annotations.

use outrigger_json::Value;

use super::{
    Path, Report,
    names::{is_label_value, is_qualified},
};

/// The most bytes that all annotations of an object have together.
const MOST_ANNOTATIONS: usize = 256 * 1024;

pub(super) fn check(metadata: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    for (map, is_label) in [("labels", true), ("annotations", false)] {
        let Some(entries) = metadata.get(map).and_then(Value::as_object) else {
            continue;
        };
        let map = path.key(map);
        let mut size = 0;
        for (key, value) in entries.iter() {
            let path = map.entry(key);
            let good = if is_label {
                is_qualified(key)
            } else {
                is_qualified(&key.to_lowercase())
            };
            if !good {
                let message = format!("{key:?} is no key: want a name, or domain/name");
                report.error("pod-metadata-key", &path, message);
            }
            let Some(value) = value.as_str() else {
                continue;
            };
            size += key.len() + value.len();
            if is_label && !is_label_value(value) {
                let message = format!(
                    "{value:?} is no value of a label: at most 63 letters, digits, '-', '_' and '.', \
                     with a letter or digit at both ends"
                );
                report.error("pod-label-value", &path, message);
            }
        }
        if !is_label && size > MOST_ANNOTATIONS {
            let message = format!("{size} bytes are more than {MOST_ANNOTATIONS}");
            report.error("pod-annotations-size", &map, message);
        }
    }
}
