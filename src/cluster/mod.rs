//! Everything that talks to the API server. No call waits for it: what is known of the cluster is there before.

mod bundle;
mod certificates;
mod client;
mod clock;
mod configuration;
mod controller;
mod events;
mod facts;
mod follow;
mod kubeconfig;
mod lease;
mod look;
mod missed;
mod moment;
mod pods;
mod reach;
mod tell;
mod watches;

pub use bundle::{Published, keep_bundle};
pub use certificates::{CertificateError, Certificates};
pub use client::{Connection, ConnectionError, client};
pub use configuration::Watched;
pub use events::Events;
pub use facts::{Gather, Install, NAMESPACES, PODS, as_selector, build, read_namespace};
pub use kubeconfig::KubeconfigError;
pub use look::{Look, Resource};
pub use missed::{MissedPods, Search};
pub use moment::{MomentError, Registered, injector, registered, sources};
pub use pods::{Budget, Pods, PodsError, budgets};
pub use reach::keep_asking;
pub use tell::tell_owners;
pub use watches::ConfigMaps;
