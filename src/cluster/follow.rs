//! A table of objects, kept in step with the API server, with nothing kept of an object but what is needed.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    hash::{BuildHasher as _, RandomState},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{Stream, StreamExt as _};
use kube::{
    ResourceExt,
    runtime::watcher::{self, Event},
};
use tokio::{sync::Notify, time};

/// How many objects the API server sends at a time when all are read. Only these are in memory as they came.
pub(super) const PAGE: u32 = 100;

/// How long a watch is, in seconds; a connection that is dead without a sign is noticed a little later. The API server
/// tells a watch where it stands before it ends, so that the next one begins there.
pub(super) const WATCH_SECONDS: u32 = 20;

/// The first pause after a fault, which doubles with each further one.
const PAUSE: Duration = Duration::from_millis(500);

/// The longest pause after a fault.
const LONGEST_PAUSE: Duration = Duration::from_secs(16);

/// How often a kind that the API server does not know is asked for: its definition may be installed later.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(30);

/// Objects by name, those of a namespace by `NAMESPACE/NAME`.
pub(super) type Items<T> = Arc<BTreeMap<String, T>>;

/// Objects of one kind, as far as they are known.
pub(super) struct Table<T> {
    state: Mutex<State<T>>,
    changed: Arc<Notify>,
}

/// What is known of a kind at a moment.
#[derive(Clone, Debug)]
pub(super) struct State<T> {
    /// The objects; the last ones that were known where the standing says that they cannot be read.
    pub(super) items: Items<T>,
    pub(super) standing: Standing,
}

/// How an attempt to follow a kind stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The API server has not answered yet.
    Waiting,
    /// The objects are known.
    Known,
    /// The API server has no such kind.
    Absent,
    /// The API server refuses.
    Refused(String),
}

impl<T: PartialEq + Clone> Table<T> {
    /// An empty table, which says through `changed` when it is another.
    pub(super) fn new(changed: Arc<Notify>) -> Self {
        Self {
            state: Mutex::new(State {
                items: Items::default(),
                standing: Standing::Waiting,
            }),
            changed,
        }
    }

    /// What is known now.
    pub(super) fn state(&self) -> State<T> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stand(&self, standing: Standing) {
        let mut state = self.lock();
        if state.standing != standing {
            state.standing = standing;
            self.changed.notify_one();
        }
    }

    fn replace(&self, items: BTreeMap<String, T>) {
        let mut state = self.lock();
        if *state.items != items || state.standing != Standing::Known {
            state.items = Arc::new(items);
            state.standing = Standing::Known;
            self.changed.notify_one();
        }
    }

    fn set(&self, name: String, item: Option<T>) {
        let mut state = self.lock();
        if state.items.get(&name) == item.as_ref() {
            return;
        }
        let items = Arc::make_mut(&mut state.items);
        match item {
            Some(item) => items.insert(name, item),
            None => items.remove(&name),
        };
        self.changed.notify_one();
    }
}

/// Keeps a table in step for ever. `watch` starts a watch; `keep` says what of an object is kept, if anything.
pub(super) async fn follow<K, T, S>(
    table: &Table<T>,
    watch: impl Fn() -> S,
    keep: impl Fn(&K) -> Option<T>,
) where
    K: ResourceExt + Debug,
    T: PartialEq + Clone,
    S: Stream<Item = watcher::Result<Event<K>>>,
{
    let mut faults = 0;
    loop {
        let mut events = pin!(watch());
        let mut read = BTreeMap::new();
        while let Some(event) = events.next().await {
            let event = match event {
                Ok(event) => event,
                Err(error) => {
                    let answer = answer(&error);
                    tracing::debug!(%error, "watch");
                    let absent = answer == Some(Standing::Absent);
                    let again = answer.is_some();
                    if let Some(standing) = answer {
                        table.stand(standing);
                    }
                    let pause = if absent { UNKNOWN_PAUSE } else { pause(faults) };
                    faults = faults.saturating_add(1);
                    time::sleep(pause.mul_f64(0.5 + random())).await;
                    if again {
                        // A new watch says when it is well again, which one that goes on does not.
                        break;
                    }
                    continue;
                }
            };
            faults = 0;
            match event {
                Event::Init => read.clear(),
                Event::InitApply(object) => {
                    if let Some(item) = keep(&object) {
                        read.insert(name(&object), item);
                    }
                }
                Event::InitDone => table.replace(std::mem::take(&mut read)),
                Event::Apply(object) => table.set(name(&object), keep(&object)),
                Event::Delete(object) => table.set(name(&object), None),
            }
        }
    }
}

fn name<K: ResourceExt>(object: &K) -> String {
    match object.namespace() {
        Some(namespace) => format!("{namespace}/{}", object.name_any()),
        None => object.name_any(),
    }
}

/// What the API server has said to a watch, if it has said anything that waiting does not mend.
fn answer(error: &watcher::Error) -> Option<Standing> {
    let (watcher::Error::InitialListFailed(kube::Error::Api(status))
    | watcher::Error::WatchStartFailed(kube::Error::Api(status))) = error
    else {
        return None;
    };
    match status.code {
        404 => Some(Standing::Absent),
        code if is_refusal(code) => Some(Standing::Refused(status.message.clone())),
        _ => None,
    }
}

/// Whether a status says no for good: waiting does not mend it.
pub(super) fn is_refusal(code: u16) -> bool {
    matches!(code, 400 | 401 | 403 | 404 | 405 | 422)
}

/// The pause after this many faults before it, without the share of chance.
fn pause(faults: u32) -> Duration {
    PAUSE.saturating_mul(1 << faults.min(16)).min(LONGEST_PAUSE)
}

/// A number from 0 to 1, so that replicas do not all ask at once.
pub(super) fn random() -> f64 {
    let bits = RandomState::new().hash_one(0) >> 32;
    f64::from(u32::try_from(bits).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, stream};
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::core::Status;

    use super::*;

    fn object(name: &str, namespace: Option<&str>, value: &str) -> ConfigMap {
        let mut object = ConfigMap::default();
        object.metadata.name = Some(name.into());
        object.metadata.namespace = namespace.map(Into::into);
        object.data = Some([("key".into(), value.into())].into());
        object
    }

    fn kept(object: &ConfigMap) -> Option<String> {
        let value = object.data.as_ref()?.get("key")?;
        (value != "unwanted").then(|| value.clone())
    }

    fn refusal(code: u16) -> watcher::Error {
        let status = Status::failure("no", "No").with_code(code).boxed();
        watcher::Error::InitialListFailed(kube::Error::Api(status))
    }

    /// Follows these events until they end.
    fn after(events: Vec<watcher::Result<Event<ConfigMap>>>) -> (Table<String>, bool) {
        let table = Table::new(Arc::new(Notify::new()));
        let events = Mutex::new(Some(events));
        let watch =
            || stream::iter(events.lock().unwrap().take().unwrap()).chain(stream::pending());
        assert!(follow(&table, watch, kept).now_or_never().is_none());
        let told = table.changed.notified().now_or_never().is_some();
        (table, told)
    }

    #[test]
    fn a_table_holds_what_is_kept_of_the_objects() {
        let (table, told) = after(vec![
            Ok(Event::Init),
            Ok(Event::InitApply(object("a", None, "1"))),
            Ok(Event::InitApply(object("b", Some("ns"), "2"))),
            Ok(Event::InitApply(object("c", None, "unwanted"))),
            Ok(Event::InitDone),
            Ok(Event::Apply(object("a", None, "3"))),
            Ok(Event::Apply(object("d", None, "4"))),
            Ok(Event::Delete(object("d", None, "4"))),
        ]);
        let state = table.state();
        assert!(told && state.standing == Standing::Known);
        let items: Vec<_> = state.items.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(items, [("a", "3"), ("ns/b", "2")]);
    }

    #[test]
    fn nothing_is_known_before_all_is_read() {
        let (table, told) = after(vec![
            Ok(Event::Init),
            Ok(Event::InitApply(object("a", None, "1"))),
        ]);
        let state = table.state();
        assert!(!told && state.standing == Standing::Waiting && state.items.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_api_server_refuses_is_told() {
        for (code, expected) in [
            (404, Standing::Absent),
            (403, Standing::Refused("no".into())),
            (503, Standing::Waiting),
        ] {
            let (table, _) = after(vec![Err(refusal(code))]);
            assert_eq!(table.state().standing, expected, "{code}");
        }
    }

    #[test]
    fn pauses_grow_to_a_limit() {
        let millis = [0, 1, 5, 6, 40].map(|faults| pause(faults).as_millis());
        assert_eq!(millis, [500, 1000, 16_000, 16_000, 16_000]);
    }
}
