//! What the targets share: the functions, one configuration, and the way in.

use std::collections::BTreeMap;

use outrigger::{
    config::{NativeSidecars, Settings, Snapshot, Sources},
    inject::{Injector, Owner, Request, Way},
};
use outrigger_gotemplate::{Functions, sprig};
use outrigger_json::Value;

/// The built-in functions and sprig's.
pub fn functions() -> Functions {
    let mut functions = Functions::builtins();
    sprig::add_to(&mut functions);
    functions
}

/// An injector with the shipped templates.
pub fn injector(native_sidecars: NativeSidecars) -> Injector {
    let settings = Settings {
        native_sidecars,
        ..Settings::default()
    };
    let snapshot =
        Snapshot::build(&Sources::default(), settings).expect("what is built in can be read");
    Injector::new(snapshot).expect("the shipped templates parse")
}

/// An injector whose one template is this text; none if it does not parse.
pub fn injector_of(template: &str) -> Option<Injector> {
    let mut snapshot = Snapshot::build(&Sources::default(), Settings::default()).ok()?;
    snapshot.injector.templates = BTreeMap::from([("fuzz".to_owned(), template.to_owned())]);
    snapshot.injector.default_templates = vec!["fuzz".to_owned()];
    Injector::new(snapshot).ok()
}

/// Who owns every Pod.
pub const OWNER: Owner<'_> = Owner {
    api_version: "v1",
    kind: "Pod",
    name: "p",
    namespace: "shop",
};

/// Asks for a Pod to be injected.
pub fn request<'a>(pod: &'a Value<'a>) -> Request<'a> {
    Request {
        pod,
        namespace: OWNER.namespace,
        owner: Some(OWNER),
        variables: &[],
        way: Way::Webhook,
    }
}
