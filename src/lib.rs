//! Outrigger, a mutating admission webhook that fixes a sidecar beside every Pod that asks for one.
