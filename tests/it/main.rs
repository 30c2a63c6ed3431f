//! What holds across modules: the documents, and the program as a whole.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are not marked as tests"
)]

mod bad_input;
mod chart;
mod cli;
mod commands;
mod direction;
mod docs;
#[path = "../documents/mod.rs"]
mod documents;
mod explain;
mod http;
mod kept;
mod lint;
mod manifests;
mod memo;
mod oracle_templates;
mod pipelines;
mod restore;
mod rules;
mod security;
mod server;
mod standin;
mod structure;
mod template_docs;
mod templates;
mod webhook;
