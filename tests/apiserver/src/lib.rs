//! What the tests of the built `outrigger` binary stand on: a real Kubernetes API
//! server with nothing behind it (no nodes, no controllers), the binary as a child
//! process, and webhook configurations like the ones that Istio installs.
//!
//! One API server serves all tests of a test binary. Each test works in a [`Site`]
//! of its own, whose webhooks see only the namespaces of that site.

mod assets;
pub mod chart;
mod cluster;
mod eventually;
mod explained;
mod length;
mod nodes;
mod outrigger;
mod pipelines;
pub mod pod;
mod ports;
mod printed;
mod process;
pub mod secret;
mod site;
pub mod webhook;

pub use self::{
    cluster::Program,
    eventually::eventually,
    explained::{Explained, explain},
    length::fault_length,
    nodes::{HOME, Nodes},
    outrigger::Outrigger,
    pipelines::Pipelines,
    printed::print,
    site::{Namespace, Posted, Site},
};
