//! YAML as Kubernetes reads it, to and from a JSON tree.
//!
//! Kubernetes turns YAML into JSON with Go's `sigs.k8s.io/yaml`, which reads YAML 1.1: `yes`, `on` and `y` are booleans,
//! `0777` is 511, `1_000` is a thousand, of two equal keys the last counts, `<<` merges. `saphyr-parser` finds the
//! structure of the text; what its scalars mean is decided here, and held against Go's results in the tests.
//!
//! ```
//! use outrigger_yaml::{parse, to_string};
//!
//! let value = parse("enabled: yes\nmode: 0600\nversion: 1.10\n")?;
//! assert_eq!(value.to_string(), r#"{"enabled":true,"mode":384,"version":1.10}"#);
//! assert_eq!(to_string(&value), "enabled: true\nmode: 384\nversion: 1.10\n");
//! # Ok::<(), outrigger_yaml::Error>(())
//! ```

mod documents;
mod edit;
mod error;
mod outline;
mod read;
mod resolve;
mod scalar;
mod tree;
mod write;

pub use documents::{Document, Documents, documents, is_separator};
pub use edit::{edit, edit_with};
pub use error::Error;
pub use read::{Build, MAX_DEPTH, parse_with};
pub use resolve::resolve;
pub use scalar::{Scalar, Style, Tag};
pub use tree::parse;
pub use write::{to_string, to_string_sorted};
