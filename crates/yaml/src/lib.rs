//! YAML as Kubernetes reads it, to and from a JSON tree.
