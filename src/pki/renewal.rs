//! When an authority and a serving certificate are renewed, and what replicas that share them make of what they find.
//!
//! All of this is decided from what is stored, what was served, and the time: the caller reads and writes, and on a
//! lost race reads and decides again. An authority that is renewed signs one last certificate, so that its successor is
//! known to every client days before anything it has signed is shown.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use super::{
    Authority, Issued, Name, Pair,
    bundle::{certificates, is_valid, merged, trusts, validity},
};

/// How long a serving certificate is valid.
pub const LEAF_VALIDITY: Duration = Duration::from_secs(7 * 24 * 3600);

/// The common name of authorities.
const COMMON_NAME: &str = "outrigger CA";

/// How much earlier than at two thirds of its life a certificate may be renewed, as a part of its life.
const JITTER: f64 = 0.05;

/// What replicas share: the texts of a Secret, each as PEM, empty where there is none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// The authorities that clients are to trust; the first is the one that signs.
    pub bundle: String,
    /// The key of the authority that signs.
    pub authority_key: String,
    /// The serving certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

impl fmt::Debug for Stored {
    /// Leaves out the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("bundle", &self.bundle)
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

/// Why something else is stored from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There was nothing yet.
    First,
    /// What was stored is gone or damaged; what was served is put back.
    Restored,
    /// What was stored is damaged, and nothing was served: all is made anew.
    Replaced,
    /// The authority has come to two thirds of its life.
    AuthorityDue,
    /// The authority is not valid at this time: it was not renewed for long, or a clock has jumped.
    AuthorityInvalid,
    /// The serving certificate has come to two thirds of its life.
    LeafDue,
    /// The serving certificate is damaged, is not valid at this time, or lacks a name.
    LeafInvalid,
    /// The bundle lacked an authority that a replica may still show a certificate of.
    BundleMerged,
}

/// What is to be served, and stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What holds from now on.
    pub stored: Stored,
    /// Why that is to be stored; `None`: it is.
    pub change: Option<Change>,
}

/// The names a certificate is for, and by how much this replica renews it earlier than others, from 0 to 1.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The names that clients call the server by.
    pub names: Vec<Name>,
    /// This replica's share of the jitter.
    pub jitter: f64,
}

impl Policy {
    /// Decides what holds from `now` on, from what is `stored`, if anything, and what this replica last took for good.
    ///
    /// # Errors
    /// A name is not ASCII, or the machine has no randomness to give.
    pub fn step(
        &self,
        stored: Option<&Stored>,
        known: Option<&Stored>,
        now: SystemTime,
    ) -> Result<Step, rcgen::Error> {
        let usable = |stored: &Stored| {
            Authority::from_pem(&stored.bundle, &stored.authority_key)
                .ok()
                .filter(|authority| is_valid(&authority.certificate(), now))
        };
        let found = stored.filter(|stored| **stored != Stored::default());
        let [(bundle, found_leaf), (more, known_leaf)] =
            [found, known].map(|s| s.map_or(("", ""), |s| (&*s.bundle, &*s.certificate)));
        // Others may show the one, this replica shows the other.
        let shown = [found_leaf, known_leaf];
        let bundle = merged(bundle, more, &shown, now);
        let authority = found
            .and_then(|f| Authority::from_pem(&f.bundle, &f.authority_key).ok())
            .zip(found);
        let Some((authority, found)) = authority else {
            return match (found, known.filter(|known| usable(known).is_some())) {
                (_, Some(known)) => Ok(Step {
                    change: Some(Change::Restored),
                    ..self.step(Some(known), found, now)?
                }),
                (None, None) => self.anew(&bundle, &shown, Change::First, now),
                (Some(_), None) => self.anew(&bundle, &shown, Change::Replaced, now),
            };
        };

        if !is_valid(&authority.certificate(), now) {
            return self.anew(&bundle, &shown, Change::AuthorityInvalid, now);
        }
        let leaf = |authority: &Authority, bundle: String, change| {
            let Issued { certificate, key } =
                authority.issue_at(&self.names, now, LEAF_VALIDITY)?;
            Ok(Step {
                stored: Stored {
                    bundle,
                    authority_key: authority.key(),
                    certificate,
                    key,
                },
                change: Some(change),
            })
        };
        if self.is_due(&authority.certificate(), now) {
            let next = Authority::at(COMMON_NAME, now)?;
            let mut step = leaf(&authority, bundle, Change::AuthorityDue)?;
            let shown = [&step.stored.certificate, found_leaf, known_leaf];
            step.stored.bundle = merged(&next.certificate(), &step.stored.bundle, &shown, now);
            step.stored.authority_key = next.key();
            return Ok(step);
        }
        if !self.serves(found, now) {
            return leaf(&authority, bundle, Change::LeafInvalid);
        }
        if self.is_due(&found.certificate, now) {
            return leaf(&authority, bundle, Change::LeafDue);
        }
        let lacks = certificates(&bundle)
            .iter()
            .any(|c| !certificates(&found.bundle).contains(c));
        Ok(Step {
            stored: Stored {
                bundle: if lacks { bundle } else { found.bundle.clone() },
                ..found.clone()
            },
            change: lacks.then_some(Change::BundleMerged),
        })
    }

    /// A new authority and a certificate of it; clients go on trusting those of `bundle`, above all what is `shown`.
    fn anew(
        &self,
        bundle: &str,
        shown: &[&str],
        change: Change,
        now: SystemTime,
    ) -> Result<Step, rcgen::Error> {
        let authority = Authority::at(COMMON_NAME, now)?;
        let Issued { certificate, key } = authority.issue_at(&self.names, now, LEAF_VALIDITY)?;
        Ok(Step {
            stored: Stored {
                bundle: merged(&authority.certificate(), bundle, shown, now),
                authority_key: authority.key(),
                certificate,
                key,
            },
            change: Some(change),
        })
    }

    /// Whether clients that trust the bundle take the certificate for all names at this time.
    fn serves(&self, stored: &Stored, now: SystemTime) -> bool {
        Pair::from_pem(stored.certificate.as_bytes(), stored.key.as_bytes()).is_ok()
            && self
                .names
                .iter()
                .all(|name| trusts(&stored.bundle, &stored.certificate, name, now))
    }

    fn is_due(&self, certificate: &str, now: SystemTime) -> bool {
        let Some((from, to)) = validity(certificate) else {
            return true;
        };
        let life = to.duration_since(from).unwrap_or_default();
        let share = 2.0 / 3.0 - JITTER * self.jitter.clamp(0.0, 1.0);
        now >= from + life.mul_f64(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::bundle::split;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn policy() -> Policy {
        Policy {
            names: vec![
                Name::Dns("outrigger.ns.svc".into()),
                Name::Ip([127, 0, 0, 1].into()),
            ],
            jitter: 0.0,
        }
    }

    fn start() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn first() -> Stored {
        policy().step(None, None, start()).unwrap().stored
    }

    #[test]
    fn nothing_changes_until_a_certificate_is_due() {
        let stored = first();
        for (day, change) in [
            (0.0, None),
            (4.5, None),
            (4.7, Some(Change::LeafDue)),
            (6.9, Some(Change::LeafDue)),
            (7.1, Some(Change::LeafInvalid)),
            (243.0, Some(Change::LeafInvalid)),
            (244.0, Some(Change::AuthorityDue)),
            (364.0, Some(Change::AuthorityDue)),
            (366.0, Some(Change::AuthorityInvalid)),
            (-0.01, None),
            (-1.0, Some(Change::AuthorityInvalid)),
        ] {
            let now = if day < 0.0 {
                start() - DAY.mul_f64(-day)
            } else {
                start() + DAY.mul_f64(day)
            };
            let step = policy().step(Some(&stored), Some(&stored), now).unwrap();
            assert_eq!(step.change, change, "day {day}");
            assert!(policy().serves(&step.stored, now), "day {day}");
            let again = policy()
                .step(Some(&step.stored), Some(&stored), now)
                .unwrap();
            assert_eq!(again.change, None, "day {day}: it is done");
            assert_eq!(again.stored, step.stored);
        }
    }

    #[test]
    fn jitter_renews_earlier_and_never_later() {
        let stored = first();
        let early = Policy {
            jitter: 1.0,
            ..policy()
        };
        let now = start() + DAY.mul_f64(4.5);
        let change = |policy: &Policy| policy.step(Some(&stored), None, now).unwrap().change;
        assert_eq!(change(&policy()), None);
        assert_eq!(change(&early), Some(Change::LeafDue));
    }

    #[test]
    fn clients_trust_what_is_shown_through_years_of_renewals() {
        let policy = policy();
        let mut stored = first();
        let mut authorities = 0;
        let mut now = start();
        while now < start() + 1000 * DAY {
            let before = stored.clone();
            let step = policy.step(Some(&stored), Some(&stored), now).unwrap();
            if step.change == Some(Change::AuthorityDue) {
                authorities += 1;
            }
            stored = step.stored;
            for name in &policy.names {
                let late = trusts(&before.bundle, &stored.certificate, name, now);
                assert!(
                    late,
                    "a client with the bundle before takes the new certificate"
                );
                let early = trusts(&stored.bundle, &before.certificate, name, now);
                assert!(
                    early,
                    "a client with the new bundle takes the certificate before"
                );
            }
            assert!(split(&stored.bundle).len() <= 2, "what expires is dropped");
            now += DAY / 2;
        }
        assert_eq!(authorities, 4);
    }

    #[test]
    fn clients_trust_what_replicas_show_while_one_authority_after_the_other_takes_over() {
        let policy = policy();
        let takes = |bundle: &str, shown: &Stored| {
            let mut names = policy.names.iter();
            names.all(|name| trusts(bundle, &shown.certificate, name, start()))
        };
        let oldest = first();
        let mut before = oldest.clone();
        for turn in 0..6 {
            // One that nobody knows and that is due signs once more, and another one follows it.
            let other = policy.step(None, None, start() - 250 * DAY).unwrap();
            let taken = policy.step(Some(&other.stored), Some(&before), start());
            let Step { stored, change } = taken.unwrap();
            assert_eq!(change, Some(Change::AuthorityDue));
            for shown in [&before, &stored] {
                assert!(takes(&stored.bundle, shown), "turn {turn}");
            }
            // The certificate of the one that follows.
            let next = Authority::from_pem(&stored.bundle, &stored.authority_key).unwrap();
            let due = next.issue_at(&policy.names, start() - 5 * DAY, LEAF_VALIDITY);
            let Issued { certificate, key } = due.unwrap();
            let due = Stored {
                certificate,
                key,
                ..stored.clone()
            };
            let renewed = policy.step(Some(&due), Some(&stored), start()).unwrap();
            assert_eq!(renewed.change, Some(Change::LeafDue));
            for shown in [&before, &stored, &renewed.stored] {
                assert!(takes(&renewed.stored.bundle, shown), "turn {turn}");
            }
            // A replica that was away for all of it sees to what it still shows.
            let late = policy.step(Some(&renewed.stored), Some(&oldest), start());
            for shown in [&oldest, &renewed.stored] {
                assert!(takes(&late.as_ref().unwrap().stored.bundle, shown));
            }
            before = renewed.stored;
        }
    }

    #[test]
    fn what_is_gone_or_damaged_is_put_back() {
        let good = first();
        let damaged = |change: fn(&mut Stored)| {
            let mut stored = good.clone();
            change(&mut stored);
            Some(stored)
        };
        let other = first();
        for (what, stored, change) in [
            ("deleted", None, Change::Restored),
            ("emptied", Some(Stored::default()), Change::Restored),
            ("no bundle", damaged(|s| s.bundle.clear()), Change::Restored),
            (
                "no key of the authority",
                damaged(|s| s.authority_key.clear()),
                Change::Restored,
            ),
            (
                "a word for a key",
                damaged(|s| s.authority_key = "x".into()),
                Change::Restored,
            ),
            (
                "no certificate",
                damaged(|s| s.certificate.clear()),
                Change::LeafInvalid,
            ),
            (
                "half a key",
                damaged(|s| s.key.truncate(40)),
                Change::LeafInvalid,
            ),
            (
                "another authority's certificate",
                Some(Stored {
                    certificate: other.certificate,
                    key: other.key,
                    ..good.clone()
                }),
                Change::LeafInvalid,
            ),
        ] {
            let step = policy()
                .step(stored.as_ref(), Some(&good), start())
                .unwrap();
            assert_eq!(step.change, Some(change), "{what}");
            assert_eq!(
                step.stored.bundle, good.bundle,
                "{what}: clients need nothing new"
            );
            if change == Change::Restored {
                assert_eq!(step.stored, good, "{what}");
            }
        }
        let found = damaged(|s| s.authority_key.clear());
        let nothing_served = policy().step(found.as_ref(), None, start()).unwrap();
        assert_eq!(nothing_served.change, Some(Change::Replaced));
        assert!(
            nothing_served.stored.bundle.ends_with(&good.bundle),
            "others may still show what was stored"
        );
    }

    #[test]
    fn who_loses_a_race_takes_the_winners_and_clients_trust_both() {
        let (mine, theirs) = (first(), first());
        let step = policy().step(Some(&theirs), Some(&mine), start()).unwrap();
        assert_eq!(step.change, Some(Change::BundleMerged));
        assert_eq!(step.stored.certificate, theirs.certificate);
        assert_eq!(
            step.stored.bundle,
            format!("{}{}", theirs.bundle, mine.bundle)
        );
        let again = policy()
            .step(Some(&step.stored), Some(&mine), start())
            .unwrap();
        assert_eq!(again.change, None);
    }

    #[test]
    fn a_further_name_makes_a_new_certificate() {
        let mut wider = policy();
        wider.names.push(Name::Dns("further".into()));
        let step = wider.step(Some(&first()), None, start()).unwrap();
        assert_eq!(step.change, Some(Change::LeafInvalid));
    }
}
