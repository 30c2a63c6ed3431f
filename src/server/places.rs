//! The places that connections have: when none is free, the connection that is needed least makes room.
//!
//! Whoever opens connections and does nothing with them must not keep an API server out, which comes with a new one.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{self, Instant},
};

/// How long a connection has to come to its first answer before it may have to make room.
const FIRST_CALL: Duration = Duration::from_secs(2);

/// How often it is looked again for a connection that can make room, where none could.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// All places. Safe to share.
pub(super) struct Places {
    free: Arc<Semaphore>,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    /// In the order in which they were taken.
    by: BTreeMap<u64, (Instant, Arc<Calls>)>,
}

/// The place of one connection. Dropped, it is free.
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    pub(super) calls: Arc<Calls>,
    _permit: OwnedSemaphorePermit,
}

/// The calls of one connection.
#[derive(Default)]
pub(super) struct Calls {
    begun: AtomicU64,
    ended: AtomicU64,
    /// When the last answer was given.
    answered: Mutex<Option<Instant>>,
    /// Whether the next answer is the connection's last.
    pub(super) retiring: AtomicBool,
    /// Told when the connection is to make room.
    room: Notify,
}

impl Places {
    pub(super) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(count)),
            taken: Mutex::default(),
        })
    }

    /// Takes a place, for which another connection makes room if it must.
    pub(super) async fn take(self: &Arc<Self>) -> Place {
        let permit = loop {
            if let Ok(permit) = self.free.clone().try_acquire_owned() {
                break permit;
            }
            self.make_room();
            let freed = time::timeout(LOOK_AGAIN, self.free.clone().acquire_owned());
            if let Ok(Ok(permit)) = freed.await {
                break permit;
            }
        };
        let calls = Arc::new(Calls::default());
        let mut taken = self.lock();
        let number = taken.next;
        taken.next += 1;
        taken.by.insert(number, (Instant::now(), calls.clone()));
        drop(taken);
        Place {
            places: self.clone(),
            number,
            calls,
            _permit: permit,
        }
    }

    /// Has a connection close: the oldest of those that never came to an answer, else the one that is idle for longest.
    fn make_room(&self) {
        let taken = self.lock();
        let connections = || taken.by.values();
        let silent = connections()
            .find(|(since, calls)| calls.answered().is_none() && since.elapsed() >= FIRST_CALL);
        let idle = || {
            let idle = connections().filter(|(_, calls)| calls.is_idle());
            let answered = idle.filter_map(|taken| Some((taken.1.answered()?, taken)));
            answered
                .min_by_key(|(last, _)| *last)
                .map(|(_, taken)| taken)
        };
        if let Some((_, calls)) = silent.or_else(idle) {
            calls.room.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().by.remove(&self.number);
    }
}

impl Calls {
    /// Notes that a call begins.
    pub(super) fn begin(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a call is answered.
    pub(super) fn end(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// When the last call was answered, if any was.
    pub(super) fn answered(&self) -> Option<Instant> {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no call is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.begun.load(Ordering::Relaxed) == self.ended.load(Ordering::Relaxed)
    }

    /// Ends when the connection has to make room for another.
    pub(super) async fn has_to_make_room(&self) {
        self.room.notified().await;
    }

    /// Ends when for `time` no call began and none was under way.
    pub(super) async fn idle(&self, time: Duration) {
        loop {
            let begun = self.begun.load(Ordering::Relaxed);
            time::sleep(time).await;
            if self.begun.load(Ordering::Relaxed) == begun && self.is_idle() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    /// Which of the places is asked to make room, by its number.
    async fn asked(places: &[Place]) -> Option<u64> {
        for place in places {
            let asked = place.calls.has_to_make_room();
            if time::timeout(Duration::ZERO, asked).await.is_ok() {
                return Some(place.number);
            }
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_needed_least_makes_room() {
        type Then = fn(&[Place]);
        let table: &[(&str, Then, Option<u64>)] = &[
            ("all are silent: the oldest", |_| {}, Some(0)),
            (
                "one has a first call under way",
                |places| places[0].calls.begin(),
                Some(0),
            ),
            (
                "two came to an answer: the third",
                |places| answered(&places[..2]),
                Some(2),
            ),
            (
                "all are busy: none",
                |places| {
                    answered(places);
                    for place in places {
                        place.calls.begin();
                    }
                },
                None,
            ),
        ];
        for (what, then, expected) in table {
            let all = Places::new(3);
            let places = [all.take().await, all.take().await, all.take().await];
            advance(FIRST_CALL).await;
            then(&places);
            let taken = time::timeout(LOOK_AGAIN, all.take()).await;
            assert!(taken.is_err(), "{what}: none is free yet");
            assert_eq!(asked(&places).await, *expected, "{what}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn of_all_that_came_to_an_answer_the_one_makes_room_that_is_idle_for_longest() {
        let all = Places::new(2);
        let places = [all.take().await, all.take().await];
        answered(&places[1..]);
        advance(LOOK_AGAIN).await;
        answered(&places[..1]);
        assert!(time::timeout(LOOK_AGAIN, all.take()).await.is_err());
        assert_eq!(asked(&places).await, Some(1));
    }

    fn answered(places: &[Place]) {
        for place in places {
            place.calls.begin();
            place.calls.end();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_has_time_for_its_first_call() {
        let all = Places::new(1);
        let places = [all.take().await];
        assert!(time::timeout(LOOK_AGAIN, all.take()).await.is_err());
        assert_eq!(asked(&places).await, None);
        assert!(time::timeout(FIRST_CALL, all.take()).await.is_err());
        assert_eq!(asked(&places).await, Some(0));
        drop(places);
        assert_eq!(all.take().await.number, 1);
    }
}
