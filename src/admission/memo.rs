//! What was answered before: of the Pods of one workload the first is injected, the others are recognised.
//!
//! The core is a pure function: what it says of a Pod depends on the configuration, the path, the namespace and the
//! Pod's text but for its managed fields, which are not read, and but for the name of the [token](crate::inject::token)'s
//! volume, where the core says so. A memo stands before the core of one configuration and compares all the rest, byte by
//! byte. It ends with that configuration, and has a bounded size.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use memchr::memmem;

use super::{AdmissionRequest, Answer, Core, Part, Review, Version, answer, write};
use crate::inject::{Outcome, Reason, Request, Stage, token};

/// How many bytes of Pods and answers are kept, twice: those of late, and those before them.
const ROOM: usize = 1 << 20;

/// A core that recognises what it was asked before.
#[derive(Debug, Default)]
pub struct Remembering<C> {
    core: C,
    hasher: RandomState,
    known: Mutex<Known>,
}

/// What an answer depends on.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key<'a> {
    path: &'a str,
    namespace: &'a str,
    name: &'a str,
    pod: &'a str,
}

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
    path: Box<str>,
    namespace: Box<str>,
    name: Box<str>,
    pod: Box<str>,
    /// The name of the token's volume, where it counts.
    token: Option<Box<str>>,
    /// What the Pod is called in the answer.
    called: String,
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
    fn run(&self, request: &Request<'_>, ended: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>> {
        self.core.run(request, ended)
    }

    fn answer(&self, body: &[u8], path: &str, ended: &mut dyn FnMut(Part)) -> Answer {
        let review = match Review::read(body) {
            Ok(review) => review,
            Err(error) => return Answer::to_no_review(&error),
        };
        let request = review.request.as_ref().filter(|r| r.is_for_pods());
        let Some((request, object)) = request.and_then(|r| Some((r, r.object.as_ref()?))) else {
            return answer(&review, path, &self.core, ended);
        };
        let [before, after] = object.parts();
        let token = token_in(after);
        let mut pod = String::with_capacity(before.len() + after.len() + 1);
        let places = push_without(&mut pod, before, token) + {
            pod.push(HOLE);
            push_without(&mut pod, after, token)
        };
        let key = Key {
            path,
            namespace: &request.namespace,
            name: &request.name,
            pod: &pod,
        };
        let hash = self.hasher.hash_one(&key);
        let known = || {
            // A panic elsewhere leaves at worst a size that is too large.
            self.known.lock().unwrap_or_else(PoisonError::into_inner)
        };
        let found = known().get(hash, &key, token);
        if let Some(found) = found {
            ended(Part::Read);
            let answer = found.answer(review.version, request);
            ended(Part::Write);
            return answer;
        }
        let core = OfAny {
            core: &self.core,
            token: token.unwrap_or_default(),
            places,
            token_counts: AtomicBool::new(true),
        };
        let answer = answer(&review, path, &core, ended);
        let token = token.filter(|_| core.token_counts.into_inner());
        let remembered = Remembered::new(&key, token, &answer, review.version);
        known().put(hash, Arc::new(remembered));
        answer
    }
}

/// Stands in a Pod's text for what is not compared: JSON has no such character.
const HOLE: char = '\0';

/// The first name in a Pod's text that the API server made up.
fn token_in(pod: &str) -> Option<&str> {
    let at = memmem::find(pod.as_bytes(), token::PREFIX.as_bytes())?;
    let end = at + token::PREFIX.len() + 5;
    let is_whole = at > 0 && pod.as_bytes().get(at - 1) == Some(&b'"');
    let name = pod.get(at..end).filter(|_| is_whole)?;
    (pod.as_bytes().get(end) == Some(&b'"')).then_some(name)
}

/// Appends a text with holes in the place of the token, and counts them.
fn push_without(pod: &mut String, text: &str, token: Option<&str>) -> usize {
    let mut copied = 0;
    let mut holes = 0;
    if let Some(token) = token {
        for at in memmem::find_iter(text.as_bytes(), token.as_bytes()) {
            pod.push_str(text.get(copied..at).unwrap_or_default());
            pod.push(HOLE);
            copied = at + token.len();
            holes += 1;
        }
    }
    pod.push_str(text.get(copied..).unwrap_or_default());
    holes
}

/// A core that is asked, and says afterwards, whether the token's name counts.
struct OfAny<'c, C> {
    core: &'c C,
    token: &'c str,
    /// How often the Pod's text has the name.
    places: usize,
    token_counts: AtomicBool,
}

impl<C: Core> Core for OfAny<'_, C> {
    fn run(&self, request: &Request<'_>, ended: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>> {
        if self.places == 0 {
            return self.core.run(request, ended);
        }
        let (outcome, places) = self.core.run_of_any(request, self.token, ended);
        let tells = |text: &[u8]| memmem::find(text, token::PREFIX.as_bytes()).is_some();
        let counts = places != self.places
            || tells(outcome.detail.as_bytes())
            || outcome.warnings.iter().any(|w| tells(w.as_bytes()))
            || outcome.result.as_deref().is_some_and(tells);
        self.token_counts.store(counts, Ordering::Relaxed);
        outcome
    }
}

impl Known {
    fn get(&mut self, hash: u64, key: &Key<'_>, token: Option<&str>) -> Option<Arc<Remembered>> {
        if let Some(old) = self.before.remove(&hash) {
            self.put(hash, old);
        }
        let found = self.late.get(&hash)?;
        let is_same =
            found.key() == *key && (found.token.is_none() || found.token.as_deref() == token);
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
    fn new(key: &Key<'_>, token: Option<&str>, answer: &Answer, version: Version) -> Self {
        let head = write::head(Some(version), &answer.uid, 0).len();
        Self {
            path: key.path.into(),
            namespace: key.namespace.into(),
            name: key.name.into(),
            pod: key.pod.into(),
            token: token.map(Into::into),
            called: answer.name.clone(),
            reason: answer.reason,
            detail: answer.detail.clone(),
            rest: answer.body.get(head..).unwrap_or_default().into(),
        }
    }

    fn key(&self) -> Key<'_> {
        Key {
            path: &self.path,
            namespace: &self.namespace,
            name: &self.name,
            pod: &self.pod,
        }
    }

    fn size(&self) -> usize {
        let texts = [&self.path, &self.namespace, &self.name, &self.pod];
        let key: usize = texts.iter().map(|text| text.len()).sum();
        size_of::<Self>() + key + self.called.len() + self.detail.len() + self.rest.len()
    }

    fn answer(&self, version: Version, request: &AdmissionRequest<'_>) -> Answer {
        let mut body = write::head(Some(version), &request.uid, 256 + self.rest.len());
        body.extend_from_slice(&self.rest);
        Answer {
            uid: request.uid.to_string(),
            namespace: request.namespace.to_string(),
            name: self.called.clone(),
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
        fn run(&self, request: &Request<'_>, _: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>> {
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
            &mut |_| {},
        );
        for (version, uid, managed) in [
            ("v1", "2", "[1]"),
            ("v1", "3", "[{},2.50]"),
            ("v1beta1", "4", "[]"),
        ] {
            let asked = review(version, uid, "a", "", &pod(managed, ""));
            let answer = memo.answer(asked.as_bytes(), "/inject", &mut |_| {});
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
            let body = review("v1", "u", "a", "", &object);
            drop(memo.answer(body.as_bytes(), "/inject", &mut |_| {}));
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
                prop_assert_eq!(memo.answer(body.as_bytes(), path, &mut |_| {}), wanted, "{}", body);
            }
        }
    }
}
