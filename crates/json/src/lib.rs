//! A JSON tree that borrows from its text, keeps key order and keeps numbers as written.
//!
//! Programs that patch other people's documents need what a generic tree loses: a key stays where its author put it,
//! `1.10` stays `1.10`, an integer of thirty digits stays whole, and a string that has no escapes is not copied. A tree
//! can lend what it holds to another ([`Value::borrowed`]), which copies only what is changed in it.
//!
//! ```
//! use outrigger_json::Value;
//!
//! let pod = Value::parse(br#"{"spec": {"hostNetwork": true, "weight": 1.10}}"#)?;
//! assert_eq!(pod.at(&["spec", "hostNetwork"]).and_then(Value::as_bool), Some(true));
//! assert_eq!(pod.to_string(), r#"{"spec":{"hostNetwork":true,"weight":1.10}}"#);
//! # Ok::<(), outrigger_json::Error>(())
//! ```

mod array;
mod error;
mod items;
mod number;
mod object;
mod read;
mod reader;
mod string;
mod value;
mod write;

pub use array::Array;
pub use error::Error;
pub use number::Number;
pub use object::Object;
pub use reader::{MAX_DEPTH, Reader};
pub use value::Value;
pub use write::{escape_html, write_text};
