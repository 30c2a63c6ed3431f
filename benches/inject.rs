//! How long an injection takes inside the program, and each of its stages: see `benches/README.md`.

use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use outrigger::{
    admission::{self, Core, Review},
    inject::{Outcome, Reason, Request, Stage},
};

mod cases;

/// From the bytes of a review to those of the answer.
fn answers(c: &mut Criterion) {
    let injector = cases::injector();
    let mut group = c.benchmark_group("answer");
    for case in cases::all() {
        group.throughput(Throughput::Bytes(case.review.len() as u64));
        group.bench_function(case.name, |b| {
            b.iter(|| admission::handle(&case.review, "/inject", &injector));
        });
    }
    group.finish();
}

/// Gives a patch that is there already, so that only reading and writing are left.
struct Constant(Vec<u8>);

impl Core for Constant {
    fn run(&self, _: &Request<'_>, _: &mut dyn FnMut(Stage)) -> Outcome<Vec<u8>> {
        Outcome {
            reason: Reason::Injected,
            detail: String::new(),
            warnings: Vec::new(),
            result: Some(self.0.clone()),
        }
    }
}

/// The stages of the typical Pod's injection.
fn stages(c: &mut Criterion) {
    let injector = cases::injector();
    let review = Review::read(cases::REVIEW).expect("the review is one");
    let object = review.request.and_then(|request| request.object);
    let pod = object
        .and_then(|object| object.read().ok())
        .expect("the Pod is JSON");
    let request = cases::request(&pod);

    let mut group = c.benchmark_group("stage");
    group.bench_function("read", |b| {
        b.iter(|| {
            let review = Review::read(cases::REVIEW).ok()?;
            review.request?.object?.read().ok()
        });
    });
    for stage in Stage::ALL {
        group.bench_function(format!("{stage:?}").to_lowercase(), |b| {
            b.iter_custom(|times| {
                let mut total = Duration::ZERO;
                for _ in 0..times {
                    let mut last = Instant::now();
                    injector.observed(&request, |ended| {
                        let now = Instant::now();
                        if ended == stage {
                            total += now - last;
                        }
                        last = now;
                    });
                }
                total
            });
        });
    }
    let patch = injector.run(&request).result.unwrap_or_default();
    group.bench_function("read, and write", |b| {
        b.iter_batched(
            || Constant(patch.clone()),
            |core| admission::handle(cases::REVIEW, "/inject", &core),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, answers, stages);
criterion_main!(benches);
