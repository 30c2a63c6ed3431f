//! Kubernetes strategic merge patch over JSON trees.
