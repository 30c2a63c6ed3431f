//! Kubernetes strategic merge patch over JSON trees.
//!
//! A strategic merge patch looks like the object that it changes. Objects are merged field by field, `null` takes a
//! field out, and a list is either replaced or, where the type says so, merged item by item: containers by `name`,
//! ports by `containerPort`, volume mounts by `mountPath`. This crate does what
//! `k8s.io/apimachinery/pkg/util/strategicpatch` does, in place and without a copy of either side, in time linear in
//! the size of both; the merge keys are data ([`schema`]), and those of a Pod come with it ([`pod`]).
//!
//! ```
//! use outrigger_json::Value;
//! use outrigger_strategic_merge::{merge, pod};
//!
//! let mut original = Value::parse(br#"{"spec": {
//!     "containers": [{"name": "app", "image": "app:1", "env": [{"name": "A", "value": "1"}]}],
//!     "tolerations": [{"operator": "Exists"}]
//! }}"#)?;
//! let patch = Value::parse(br#"{"spec": {
//!     "containers": [{"name": "proxy", "image": "envoy"}, {"name": "app", "env": [{"name": "B", "value": "2"}]}],
//!     "tolerations": null
//! }}"#)?;
//! merge(&mut original, patch, &pod::POD)?;
//! assert_eq!(original.to_string(), concat!(
//!     r#"{"spec":{"containers":[{"name":"proxy","image":"envoy"},"#,
//!     r#"{"name":"app","image":"app:1","env":[{"name":"B","value":"2"},{"name":"A","value":"1"}]}]}}"#,
//! ));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The order of a merged list
//!
//! Items of the patch stand in the patch's order, or in that of `$setElementOrder`, and the others in the original's.
//! The two sequences are merged: an item that only the original has comes before the next item of the patch if that
//! one was in the original too, and after it there. So a *new* item of the patch comes before what only the original
//! has, as `proxy` and `B` above, unless an item before it in the patch stood further back.
//!
//! # Directives
//!
//! | in a patch | does |
//! |---|---|
//! | `"$patch": "replace"` in an object | the patch's object takes the place of the original's |
//! | `"$patch": "delete"` in an object | empties the object; as an item of a merged list, takes the items with its key out |
//! | an item `{"$patch": "replace"}` of a merged list | the list becomes the patch's other items |
//! | `"$retainKeys": [...]` in an object | takes out every key that is not listed |
//! | `"$setElementOrder/list": [...]` | orders `list` |
//! | `"$deleteFromPrimitiveList/list": [...]` | takes scalars out of `list` |
//!
//! # What a merge leaves
//!
//! As in Go, nulls and directives *inside* an item that is new to a merged list, or inside a list that is replaced,
//! stay in the result; a typed reader drops them.
//!
//! # Differences from Go
//!
//! - A field that the table does not know is merged as one without a strategy; Go refuses it. A table that is older
//!   than the cluster so does no harm.
//! - A merge key whose value is `null`, a list or an object is a missing merge key. Where Go panics (lists that hold
//!   `null`, merge keys that cannot be compared) this crate gives an error, as for every directive whose value has
//!   the wrong type.
//! - Scalars that an original has twice are left once; Go's order then depends on the memory it has spare.
//! - An empty `$setElementOrder` is no order.

mod directives;
mod error;
mod identity;
mod list;
mod merge;
#[rustfmt::skip] // a field a line
pub mod pod;
pub mod schema;

pub use error::{Error, ErrorKind, Side};
pub use merge::merge;
