//! How many Pods a second the real API server creates with the webhook and without any, what a creation waits longer,
//! and whose time that is: `just bench-apiserver`. See `docs/performance.md`.
//!
//! The kinds of creations take turns, and of each figure the best turn is taken: what else the machine does can only make
//! it worse. Two kinds say what no injector can save: a webhook that is asked and has nothing to do, and a Pod that has
//! its sidecar before it is created.

#![expect(clippy::print_stdout, reason = "tables for people")]

use std::{
    fs, process,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::{api::core::v1::Pod, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Program, Site, pod,
    webhook::{FailurePolicy::Fail, default_install},
};

/// How often each is measured, and for how long.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(4);

#[tokio::main]
async fn main() -> Result<()> {
    let site = Site::new().await?;
    let outrigger = Outrigger::serve(&[]).await?;
    site.register("default", &outrigger, Fail, default_install())
        .await?;
    let processes = Processes([
        ("the API server", site.id(Program::ApiServer)?),
        ("etcd", site.id(Program::Etcd)?),
        ("Outrigger", outrigger.id()),
        ("the clients", process::id()),
    ]);
    let kinds = kinds(&site).await?;

    for (clients, goal) in [(1, "1.5 ms"), (4, "60 %")] {
        let mut best = [Turn::NONE; 4];
        for _ in 0..TURNS {
            for (best, kind) in best.iter_mut().zip(&kinds) {
                best.better(&turn(kind, clients, &processes).await?);
            }
        }
        let [none, .., injected] = &best;
        let how = "`just bench-apiserver`";
        if clients == 1 {
            println!(
                "| what a creation waits longer at 1 client, p50 | {goal} | {:.2} ms, {:.2} instead of {:.2} | {how} |",
                injected.p50 - none.p50,
                injected.p50,
                none.p50
            );
        } else {
            println!(
                "| Pods a second through the API server, {clients} clients | {goal} of the rate without a webhook | {:.0} %, {:.0} of {:.0} | {how} |",
                100.0 * injected.rate / none.rate,
                injected.rate,
                none.rate
            );
        }
        print_parts(clients, &kinds, &best, &processes);
    }
    Ok(())
}

fn print_parts(clients: usize, kinds: &[Kind; 4], best: &[Turn; 4], processes: &Processes) {
    let names = processes.0.map(|(name, _)| name).join(" | ");
    println!(
        "\n| with {clients} clients | Pods a second | p50, ms | CPU of a creation, ms: {names} |"
    );
    for (kind, turn) in kinds.iter().zip(best) {
        let cpu = turn.cpu.map(|cpu| format!("{cpu:.2}")).join(" | ");
        let (rate, p50) = (turn.rate, turn.p50);
        println!("| {} | {rate:.0} | {p50:.2} | {cpu} |", kind.name);
    }
    println!();
}

/// One kind of creations.
struct Kind {
    name: &'static str,
    namespace: Arc<Namespace>,
    pod: Pod,
}

async fn kinds(site: &Site) -> Result<[Kind; 4]> {
    let called = Arc::new(site.namespace(&[("istio-injection", "enabled")]).await?);
    let not_called = Arc::new(site.namespace(&[]).await?);
    let typical = pod::typical();

    let stored = called.create(&typical).await?;
    pod::injected_by(&stored).context("the Pods are not injected")?;
    let with_sidecar = Pod {
        metadata: ObjectMeta {
            generate_name: typical.metadata.generate_name.clone(),
            owner_references: typical.metadata.owner_references.clone(),
            labels: stored.metadata.labels,
            annotations: stored.metadata.annotations,
            ..ObjectMeta::default()
        },
        spec: stored.spec,
        status: None,
    };

    let mut skipped = typical.clone();
    let annotations = skipped.metadata.annotations.get_or_insert_default();
    // Which selectors do not see, so that the webhook is called.
    annotations.insert("sidecar.istio.io/inject".into(), "false".into());
    let stored = called.create(&skipped).await?;
    ensure!(pod::containers(&stored).len() == 1, "it is injected");

    let kind = |name, namespace: &Arc<Namespace>, pod| Kind {
        name,
        namespace: namespace.clone(),
        pod,
    };
    Ok([
        kind("no webhook", &not_called, typical.clone()),
        kind("a webhook with nothing to do", &called, skipped),
        kind(
            "no webhook, and a sidecar before",
            &not_called,
            with_sidecar,
        ),
        kind("injected", &called, typical),
    ])
}

/// The processes that share the machine, by name and number.
struct Processes([(&'static str, u32); 4]);

impl Processes {
    /// What each has taken of the processors since it began, in milliseconds.
    fn cpu(&self) -> Result<[f64; 4]> {
        let mut all = [0.0; 4];
        for (cpu, (_, id)) in all.iter_mut().zip(self.0) {
            // proc(5): user and system time are the 12th and 13th after the name, in hundredths of a second.
            let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
            let (_, fields) = stat.rsplit_once(')').context("no name")?;
            let times = fields.split_whitespace().skip(11).take(2);
            *cpu = 10.0 * times.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>();
        }
        Ok(all)
    }
}

/// What one turn gives.
#[derive(Clone, Copy)]
struct Turn {
    /// Pods a second.
    rate: f64,
    /// The time of half of the creations, in milliseconds.
    p50: f64,
    /// What a creation takes of the processors, by process, in milliseconds.
    cpu: [f64; 4],
}

impl Turn {
    const NONE: Self = Self {
        rate: 0.0,
        p50: f64::INFINITY,
        cpu: [f64::INFINITY; 4],
    };

    fn better(&mut self, other: &Self) {
        self.rate = self.rate.max(other.rate);
        self.p50 = self.p50.min(other.p50);
        for (cpu, other) in self.cpu.iter_mut().zip(other.cpu) {
            *cpu = cpu.min(other);
        }
    }
}

/// Creates Pods one after the other, in so many tasks at once.
async fn turn(kind: &Kind, clients: usize, processes: &Processes) -> Result<Turn> {
    let cpu_before = processes.cpu()?;
    let began = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (namespace, pod) = (kind.namespace.clone(), kind.pod.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while began.elapsed() < TURN {
                    let before = Instant::now();
                    namespace.add(&pod).await?;
                    times.push(before.elapsed());
                }
                anyhow::Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).context("no Pod was created")?;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let count = times.len() as f64;
    let mut cpu = processes.cpu()?;
    for (cpu, before) in cpu.iter_mut().zip(cpu_before) {
        *cpu = (*cpu - before) / count;
    }
    Ok(Turn {
        rate: count / began.elapsed().as_secs_f64(),
        p50: median.as_secs_f64() * 1e3,
        cpu,
    })
}
