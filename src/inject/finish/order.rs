//! The order of containers: what must run first stands first.

use outrigger_json::Value;

use super::Finish;
use crate::inject::pod::{self, INIT, List, PROXY, VALIDATION};

/// An init container that writes core dumps of the proxy; older templates have it.
const CORE_DUMP: &str = "enable-core-dump";

pub(super) fn apply(finish: &Finish<'_>, pod: &mut Value<'_>) {
    if let Some(containers) = pod::items_mut(pod, List::Containers.key()) {
        if finish.hold {
            to_front(containers, PROXY);
        } else {
            to_end(containers, PROXY);
        }
    }
    if let Some(init) = pod::items_mut(pod, List::InitContainers.key()) {
        if init.iter().any(|c| pod::name(c) == PROXY) {
            // Rules first, then the proxy, then the author's: these find the network as the application does.
            for name in [CORE_DUMP, PROXY, VALIDATION, INIT] {
                to_front(init, name);
            }
        } else {
            // No proxy runs yet, so the author's init containers must come before the rules.
            to_front(init, VALIDATION);
            to_end(init, INIT);
            to_end(init, CORE_DUMP);
        }
    }
}

fn to_front(containers: &mut Vec<Value<'_>>, name: &str) {
    if let Some(container) = take(containers, name) {
        containers.insert(0, container);
    }
}

fn to_end(containers: &mut Vec<Value<'_>>, name: &str) {
    if let Some(container) = take(containers, name) {
        containers.push(container);
    }
}

/// Takes all containers of this name out and gives the last.
fn take<'a>(containers: &mut Vec<Value<'a>>, name: &str) -> Option<Value<'a>> {
    let mut taken = None;
    while let Some(at) = containers.iter().position(|c| pod::name(c) == name) {
        taken = Some(containers.remove(at));
    }
    taken
}
