//! Where two Pods in bare form differ.

use std::{borrow::Cow, fmt::Write as _};

use outrigger_json::{Object, Value};
use outrigger_strategic_merge::{
    pod::POD,
    schema::{Strategy, Struct, Type},
};

use super::{Difference, Kind};
use crate::{
    annotations::names,
    inject::{
        pod::{self, List},
        status::Status,
    },
};

/// The differences of an injected Pod from one that `status` tells how it was injected.
pub(super) fn differences(
    before: &Value<'static>,
    after: &Value<'static>,
    status: Option<&Status<'_>>,
) -> Vec<Difference> {
    let mut walk = Walk {
        found: Vec::new(),
        place: String::new(),
    };
    walk.object(object(before), object(after), &POD, Kind::Template);
    let mut found = walk.found;
    if let Some(status) = status {
        for list in List::INIT_FIRST {
            found.extend(order(before, after, list, status));
        }
    }
    found
}

fn object<'v>(value: &'v Value<'static>) -> &'v Object<'static> {
    static EMPTY: Object<'static> = Object::new();
    value.as_object().unwrap_or(&EMPTY)
}

/// On the way through both Pods.
struct Walk {
    found: Vec<Difference>,
    place: String,
}

impl Walk {
    fn object(
        &mut self,
        before: &Object<'static>,
        after: &Object<'static>,
        declared: &'static Struct,
        kind: Kind,
    ) {
        let gone = before.keys().filter(|key| !after.contains_key(key));
        for key in after.keys().chain(gone) {
            let field = declared.json_field(key);
            let kind = match (declared.name, key) {
                ("v1.Container", "image" | "imagePullPolicy") => Kind::Image,
                ("v1.Container", "command" | "args") => Kind::Args,
                ("v1.Container", "env" | "envFrom") => Kind::Env,
                ("v1.Container", "resources") => Kind::Resources,
                _ => kind,
            };
            let of = field.map_or((&Type::Raw, Strategy::Plain), |f| (&f.of, f.strategy));
            let length = self.place.len();
            if length > 0 {
                self.place.push('.');
            }
            self.place.push_str(key);
            self.value(before.get(key), after.get(key), of, kind);
            self.place.truncate(length);
        }
    }

    fn value(
        &mut self,
        before: Option<&Value<'static>>,
        after: Option<&Value<'static>>,
        (of, strategy): (&Type, Strategy),
        kind: Kind,
    ) {
        if before == after {
            return;
        }
        match (of, before, after) {
            (Type::Pointer(inner), ..) => self.value(before, after, (inner, strategy), kind),
            (Type::Object(declared), Some(Value::Object(before)), Some(Value::Object(after))) => {
                self.object(before, after, declared, kind);
            }
            (Type::Map(_), _, _) => self.map(before, after, kind),
            (Type::List(inner), ..) => {
                if let Strategy::ByKey(key) = strategy
                    && let (Some(before), Some(after)) = (keyed(before, key), keyed(after, key))
                {
                    self.list(&before, &after, inner, kind);
                } else {
                    self.differs(before, after, kind);
                }
            }
            _ => self.differs(before, after, kind),
        }
    }

    fn map(&mut self, before: Option<&Value<'static>>, after: Option<&Value<'static>>, kind: Kind) {
        let empty = Value::Null;
        let (before, after) = (
            object(before.unwrap_or(&empty)),
            object(after.unwrap_or(&empty)),
        );
        let gone = before.keys().filter(|key| !after.contains_key(key));
        for key in after.keys().chain(gone) {
            let (before, after) = (before.get(key), after.get(key));
            let kind = match (&*self.place, key) {
                ("metadata.annotations", names::STATUS) => continue,
                ("metadata.annotations", names::OVERRIDES) if same_json(before, after) => continue,
                ("metadata.annotations", names::REVISION) => Kind::Revision,
                _ => kind,
            };
            if before != after {
                self.item(key, |walk| walk.differs(before, after, kind));
            }
        }
    }

    fn list(&mut self, before: &Keyed<'_>, after: &Keyed<'_>, of: &Type, kind: Kind) {
        let gone = before
            .iter()
            .filter(|(name, _)| find(after, name).is_none());
        for (name, _) in after.iter().chain(gone) {
            let (before, after) = (find(before, name), find(after, name));
            self.item(name, |walk| {
                walk.value(before, after, (of, Strategy::Plain), kind);
            });
        }
    }

    fn item(&mut self, name: &str, work: impl FnOnce(&mut Self)) {
        let length = self.place.len();
        let _ = write!(self.place, "[{name}]");
        work(self);
        self.place.truncate(length);
    }

    fn differs(
        &mut self,
        before: Option<&Value<'static>>,
        after: Option<&Value<'static>>,
        kind: Kind,
    ) {
        self.found.push(Difference {
            kind,
            place: self.place.clone(),
            before: before.cloned(),
            after: after.cloned(),
        });
    }
}

/// A list's items by what names them.
type Keyed<'v> = Vec<(Cow<'v, str>, &'v Value<'static>)>;

fn find<'v>(list: &Keyed<'v>, wanted: &str) -> Option<&'v Value<'static>> {
    let item = list.iter().find(|(name, _)| name == wanted);
    item.map(|(_, value)| *value)
}

/// The items by the value of `key`, if each has one of its own; of no list there are none.
fn keyed<'v>(list: Option<&'v Value<'static>>, key: &str) -> Option<Keyed<'v>> {
    let items = list.and_then(Value::as_array).unwrap_or_default();
    let mut named: Keyed<'v> = Vec::with_capacity(items.len());
    for item in items {
        let name = super::bare::text(item.get(key)?);
        if named.iter().any(|(other, _)| *other == name) {
            return None;
        }
        named.push((name, item));
    }
    Some(named)
}

fn same_json(before: Option<&Value<'_>>, after: Option<&Value<'_>>) -> bool {
    let read = |text: Option<&Value<'_>>| {
        let value = Value::parse(text?.as_str()?.as_bytes()).ok()?;
        Some(value.into_owned())
    };
    read(before) == read(after)
}

/// Whether injected containers stand in another order among each other, or behind the author's where they would lead
/// them. Where others have put their containers since does not matter.
fn order(
    before: &Value<'static>,
    after: &Value<'static>,
    list: List,
    status: &Status<'_>,
) -> Option<Difference> {
    let names = |pod| -> Vec<&str> { pod::containers(pod, list).iter().map(pod::name).collect() };
    let (before, after) = (names(before), names(after));
    let injected = |names: &[&'_ str], other: &[&'_ str]| -> Vec<(String, bool)> {
        let is_injected = |name: &str| status.has(list.key(), name);
        let leading = names.iter().take_while(|name| is_injected(name)).count();
        let places = names.iter().enumerate();
        places
            .filter(|(_, name)| is_injected(name) && other.contains(name))
            .map(|(place, name)| ((*name).to_owned(), place < leading))
            .collect()
    };
    let text = |names: &[&str]| -> Option<Value<'static>> {
        let names = names.iter().map(|name| Value::from((*name).to_owned()));
        Some(names.collect::<Vec<_>>().into())
    };
    (injected(&before, &after) != injected(&after, &before)).then(|| Difference {
        kind: Kind::Template,
        place: format!("spec.{} (order)", list.key()),
        before: text(&before),
        after: text(&after),
    })
}
