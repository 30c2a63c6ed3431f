//! How often an injection asks for memory.

use outrigger::admission;

#[path = "../benches/cases/mod.rs"]
mod cases;

/// For each review so many allocations at most, once everything is there that is kept between injections. Numbers that
/// an injection stays well below are to be lowered.
const LIMITS: [(&str, u64); 4] = [
    ("typical", 399),
    ("skipped", 60),
    ("injected", 570),
    ("env-2000", 2_420),
];

#[test]
fn allocations_stay_few() {
    let injector = cases::injector();
    for (name, limit) in LIMITS {
        let case = cases::all().into_iter().find(|case| case.name == name);
        let review = case.unwrap().review;
        let answer = || admission::handle(&review, "/inject", &injector);
        drop(answer());
        let counted = allocation_counter::measure(|| drop(answer())).count_total;
        assert!(counted <= limit, "{name}: {counted} allocations");
    }
}
