//! Every label and annotation that Outrigger reads or writes: its name, its parser, its documentation.

pub mod names;
mod table;
mod validate;
pub mod values;

pub use table::{Access, Entry, Rule, Site, TABLE, markdown};
pub use validate::{Invalid, InvalidAnnotations, validate};
