//! Times one call in processor time, and counts its allocations.

use std::fs;
use std::hint::black_box;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

/// How often each is measured, and how much processor time it takes at least; the fastest round counts, as in the oracle.
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(50);

/// What one call takes.
pub(crate) struct Measured {
    pub(crate) seconds: f64,
    pub(crate) allocations: u64,
}

/// Measures a call, the freeing of what it gives included.
pub(crate) fn measure<T>(run: impl Fn() -> T) -> Measured {
    let counted = allocation_counter::measure(|| drop(black_box(run())));
    let batch = |runs: u32| {
        let start = processor_time();
        for _ in 0..runs {
            drop(black_box(run()));
        }
        processor_time().saturating_sub(start)
    };
    // So many that asking for the time does not count.
    let mut runs = 1;
    while batch(runs) < ROUND {
        runs *= 2;
    }
    let fastest = (0..ROUNDS).map(|_| batch(runs)).min().unwrap_or_default();
    Measured {
        seconds: fastest.as_secs_f64() / f64::from(runs),
        allocations: counted.count_total,
    }
}

/// What this thread has used, so that other work on the machine does not count; where that cannot be told, the clock.
fn processor_time() -> Duration {
    // The system brings the figure up to date when a thread gives way, else only now and then.
    thread::yield_now();
    let schedule = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = schedule
        .split(' ')
        .next()
        .and_then(|nanos| nanos.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
