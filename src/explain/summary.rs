//! Many explanations as a table: by workload and reason, the worst first.

use std::{cmp::Reverse, collections::BTreeMap};

use serde::Serialize;

use super::{Explanation, Verdict};

/// Counts explanations; memory does not grow with the number of Pods, but with that of workloads and reasons.
#[derive(Debug, Default)]
pub struct Summary {
    rows: BTreeMap<(String, String, String, &'static str), Row>,
}

/// What holds for so many Pods of a workload.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What becomes of them.
    pub verdict: Verdict,
    /// The stable code of the reason.
    pub reason: &'static str,
    /// The workload's namespace.
    pub namespace: String,
    /// The workload's kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How many Pods; none of a workload that has none.
    pub pods: usize,
    /// The cause, that of the first Pod.
    pub cause: String,
    /// What mends it, for the first Pod.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mend: Vec<String>,
}

impl Summary {
    /// Adds what was found of a workload's Pods, of which there are `pods`.
    pub fn add(&mut self, explanation: &Explanation, pods: usize) {
        let Explanation {
            object,
            verdict,
            reason,
            cause,
            ..
        } = explanation;
        let key = (
            object.namespace.clone(),
            object.kind.clone(),
            object.name.clone(),
            *reason,
        );
        let row = self.rows.entry(key).or_insert_with(|| Row {
            verdict: *verdict,
            reason,
            namespace: object.namespace.clone(),
            kind: object.kind.clone(),
            name: object.name.clone(),
            pods: 0,
            cause: cause.clone(),
            mend: explanation
                .decisive()
                .map(|step| step.mend.clone())
                .unwrap_or_default(),
        });
        row.pods += pods;
    }

    /// The worst verdict; [`Verdict::Injected`] where nothing was found.
    pub fn worst(&self) -> Verdict {
        let verdicts = self.rows.values().map(|row| row.verdict);
        verdicts.max().unwrap_or(Verdict::Injected)
    }

    /// The rows: first those without a sidecar, of these the reasons with the most Pods; those of a reason together.
    pub fn rows(self) -> Vec<Row> {
        let mut by_reason: BTreeMap<(Verdict, &str), usize> = BTreeMap::new();
        for row in self.rows.values() {
            *by_reason.entry((row.verdict, row.reason)).or_default() += row.pods;
        }
        let mut rows: Vec<_> = self.rows.into_values().collect();
        rows.sort_by_key(|row| {
            let all = by_reason.get(&(row.verdict, row.reason)).copied();
            (
                Reverse(row.verdict),
                Reverse(all),
                row.reason,
                Reverse(row.pods),
            )
        });
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Reference;

    fn explanation(name: &str, verdict: Verdict, reason: &'static str) -> Explanation {
        Explanation {
            object: Reference {
                name: name.into(),
                ..Reference::default()
            },
            verdict,
            reason,
            cause: String::new(),
            steps: Vec::new(),
        }
    }

    #[test]
    fn the_worst_comes_first_and_equal_reasons_together() {
        use Verdict::{CannotTell, Injected, NotInjected};
        let mut summary = Summary::default();
        for (name, verdict, reason, pods) in [
            ("a", Injected, "injected", 9),
            ("b", NotInjected, "x", 1),
            ("c", NotInjected, "y", 2),
            ("d", NotInjected, "y", 3),
            ("e", CannotTell, "cannot-tell", 7),
            ("b", NotInjected, "x", 1),
        ] {
            summary.add(&explanation(name, verdict, reason), pods);
        }
        assert_eq!(summary.worst(), NotInjected);
        let rows = summary.rows();
        let rows: Vec<_> = rows.iter().map(|r| (&*r.name, r.pods)).collect();
        assert_eq!(rows, [("d", 3), ("c", 2), ("b", 2), ("e", 7), ("a", 9)]);
        assert_eq!(Summary::default().worst(), Injected);
    }
}
