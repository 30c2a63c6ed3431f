//! What was answered before: of the Pods of one workload the first is injected, the others are recognised.
//!
//! The core is a pure function: what it says of a Pod depends on the configuration, the path, the namespace and the
//! Pod's text but for its managed fields, which are not read. A memo stands before the core of one configuration and
//! compares all the rest, byte by byte. It ends with that configuration, and has a bounded size.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use super::{AdmissionRequest, Answer, Core, Review, Version, answer, write};
use crate::inject::{Outcome, Reason, Request};

/// How many bytes of Pods and answers are kept, twice: those of late, and those before them.
const ROOM: usize = 1 << 20;

/// A core that recognises what it was asked before.
#[derive(Debug, Default)]
pub struct Remembering<C> {
    core: C,
    hasher: RandomState,
    known: Mutex<Known>,
}

/// What an answer depends on: path, namespace and name of the request, and the Pod's text around its managed fields.
type Key<'a> = [&'a str; 5];

/// Two generations: what is not asked for again while one fills up is forgotten.
#[derive(Debug, Default)]
struct Known {
    late: HashMap<u64, Arc<Remembered>>,
    before: HashMap<u64, Arc<Remembered>>,
    /// How many bytes the late ones have.
    size: usize,
}

#[derive(Debug)]
struct Remembered {
    key: [Box<str>; 5],
    name: String,
    reason: Reason,
    detail: String,
    /// The answer from behind the request's uid on.
    rest: Box<[u8]>,
}

impl<C: Core> Remembering<C> {
    /// A memo that is empty yet, before the core of one configuration.
    pub fn new(core: C) -> Self {
        Self {
            core,
            hasher: RandomState::new(),
            known: Mutex::default(),
        }
    }
}

impl<C: Core> Core for Remembering<C> {
    fn run(&self, request: &Request<'_>) -> Outcome<Vec<u8>> {
        self.core.run(request)
    }

    fn answer(&self, body: &[u8], path: &str) -> Answer {
        let review = match Review::read(body) {
            Ok(review) => review,
            Err(error) => return Answer::to_no_review(&error),
        };
        let request = review.request.as_ref().filter(|r| r.is_for_pods());
        let Some((request, object)) = request.and_then(|r| Some((r, r.object.as_ref()?))) else {
            return answer(&review, path, &self.core);
        };
        let [before, after] = object.parts();
        let key = [path, &*request.namespace, &*request.name, before, after];
        let hash = self.hasher.hash_one(key);
        let known = || {
            // A panic elsewhere leaves at worst a size that is too large.
            self.known.lock().unwrap_or_else(PoisonError::into_inner)
        };
        let found = known().get(hash, key);
        if let Some(found) = found {
            return found.answer(review.version, request);
        }
        let answer = answer(&review, path, &self.core);
        known().put(hash, Remembered::new(key, &answer, review.version).into());
        answer
    }
}

impl Known {
    fn get(&mut self, hash: u64, key: Key<'_>) -> Option<Arc<Remembered>> {
        if let Some(old) = self.before.remove(&hash) {
            self.put(hash, old);
        }
        let found = self.late.get(&hash)?;
        let is_same = found.key.iter().map(|part| &**part).eq(key);
        is_same.then(|| Arc::clone(found))
    }

    fn put(&mut self, hash: u64, remembered: Arc<Remembered>) {
        let size = remembered.size();
        if size > ROOM / 4 {
            return; // It would take the place of many.
        }
        if self.size + size > ROOM {
            self.before = mem::take(&mut self.late);
            self.size = 0;
        }
        self.size += size;
        if let Some(old) = self.late.insert(hash, remembered) {
            self.size -= old.size();
        }
    }
}

impl Remembered {
    fn new(key: Key<'_>, answer: &Answer, version: Version) -> Self {
        let head = write::head(Some(version), &answer.uid, 0).len();
        Self {
            key: key.map(Into::into),
            name: answer.name.clone(),
            reason: answer.reason,
            detail: answer.detail.clone(),
            rest: answer.body.get(head..).unwrap_or_default().into(),
        }
    }

    fn size(&self) -> usize {
        let key: usize = self.key.iter().map(|part| part.len()).sum();
        size_of::<Self>() + key + self.name.len() + self.detail.len() + self.rest.len()
    }

    fn answer(&self, version: Version, request: &AdmissionRequest<'_>) -> Answer {
        let mut body = write::head(Some(version), &request.uid, 256 + self.rest.len());
        body.extend_from_slice(&self.rest);
        Answer {
            uid: request.uid.to_string(),
            namespace: request.namespace.to_string(),
            name: self.name.clone(),
            reason: self.reason,
            detail: self.detail.clone(),
            body,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;

    use super::*;

    /// Says of a Pod what it was asked, and counts how often.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Core for Counting {
        fn run(&self, request: &Request<'_>) -> Outcome<Vec<u8>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let asked = format!(
                "{} {:?} {}",
                request.namespace, request.variables, request.pod
            );
            let is_refused = request.pod.get("refused").is_some();
            Outcome {
                reason: if is_refused {
                    Reason::Unreadable
                } else {
                    Reason::Injected
                },
                detail: asked.clone(),
                warnings: Vec::new(),
                result: (!is_refused).then(|| asked.into_bytes()),
            }
        }
    }

    fn review(version: &str, uid: &str, namespace: &str, name: &str, object: &str) -> String {
        format!(
            r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/{version}","request":{{"uid":"{uid}",
            "namespace":"{namespace}","name":"{name}","object":{object}}}}}"#
        )
    }

    fn pod(managed: &str, rest: &str) -> String {
        format!(
            r#"{{"kind":"Pod", "metadata": {{"generateName":"web-","managedFields": {managed}}} {rest}}}"#
        )
    }

    #[test]
    fn a_pod_is_recognised_whoever_manages_it_and_whoever_asks() {
        let memo = Remembering::new(Counting::default());
        let first = memo.answer(
            review("v1", "1", "a", "", &pod("[1]", "")).as_bytes(),
            "/inject",
        );
        for (version, uid, managed) in [
            ("v1", "2", "[1]"),
            ("v1", "3", "[{},2.50]"),
            ("v1beta1", "4", "[]"),
        ] {
            let asked = review(version, uid, "a", "", &pod(managed, ""));
            let answer = memo.answer(asked.as_bytes(), "/inject");
            assert_eq!(
                answer,
                super::super::handle(asked.as_bytes(), "/inject", &Counting::default())
            );
            assert_eq!((&*answer.uid, &answer.detail), (uid, &first.detail));
        }
        assert_eq!(memo.core.0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_latest_is_kept() {
        let memo = Remembering::new(Counting::default());
        let ask = |i: usize, length: usize| {
            let object = pod(
                "[]",
                &format!(r#","n":{i},"text":"{}""#, "x".repeat(length)),
            );
            drop(memo.answer(review("v1", "u", "a", "", &object).as_bytes(), "/inject"));
        };
        let size =
            |known: &HashMap<u64, Arc<Remembered>>| known.values().map(|k| k.size()).sum::<usize>();
        for i in 0..4000 {
            ask(i, 1000);
            ask(0, 1000);
            let known = memo.known.lock().unwrap();
            assert_eq!(known.size, size(&known.late));
            assert!(known.size <= ROOM && size(&known.before) <= ROOM);
        }
        assert_eq!(
            memo.core.0.load(Ordering::Relaxed),
            4000,
            "the one that is asked for again stays"
        );
        for _ in 0..2 {
            ask(0, ROOM);
        }
        assert_eq!(
            memo.core.0.load(Ordering::Relaxed),
            4002,
            "what is too large is not kept"
        );
    }

    proptest! {
        #[test]
        fn a_memo_changes_no_answer(
            asked in proptest::collection::vec(
                (0..2_usize, 0..2_usize, "[ab]?", 0..4_usize, 0..6_usize, any::<u8>()), 1..40)
        ) {
            let memo = Remembering::new(Counting::default());
            for (version, namespace, name, managed, rest, uid) in asked {
                let object = match rest {
                    4 => "null".to_owned(),
                    5 => "[[]".to_owned(),
                    rest => pod(
                        ["[]", "[1]", "[]},\"metadata\":{}", "[],\"managedFields\":[2]"][managed],
                        ["", ",\"refused\":1", ",\"spec\":{\"a\":1}", ",\"kind\":\"Job\""][rest],
                    ),
                };
                let (version, namespace) = (["v1", "v1beta1"][version], ["a", "b"][namespace]);
                let body = review(version, &uid.to_string(), namespace, &name, &object);
                let path = ["/inject", "/inject/net/n"][usize::from(uid % 2)];
                let wanted = super::super::handle(body.as_bytes(), path, &memo.core);
                prop_assert_eq!(memo.answer(body.as_bytes(), path), wanted, "{}", body);
            }
        }
    }
}
