//! Configuration as Go templates see it: in place, under Go's names and types.

mod document;
mod message;

pub use document::document;
pub use message::{message, proxy_config};

#[cfg(test)]
mod tests;
