//! Manifests that were injected, back to what their authors wrote.
//!
//! The Pods are restored each by itself and the fields around them as a whole. A record of what that gets wrong is of
//! the whole manifest: it tells what the Pods cannot tell, and what Kubernetes' types left out.

use outrigger_json::Value;

use super::{Error, Form, Found, Reference, each_pod, objects};
use crate::inject::{self, Doubt, Was, record};

/// A manifest as its author wrote it.
#[derive(Debug)]
pub struct Author {
    /// The object, or the List of objects.
    pub object: Value<'static>,
    /// What may have been different, and of which object; empty if this is what the author wrote to the letter.
    pub doubts: Vec<(Reference, Doubt)>,
    /// Whether all is known; there may be no doubt of any one place where it is not.
    pub is_certain: bool,
}

/// Restores the Pods of a manifest, with the record that [`remember`] made of it, if there is one; `None` if no Pod in
/// it was injected.
///
/// # Errors
/// As [`each_pod`], and a Pod says that it was injected, but cannot be restored.
pub fn restore(injected: &Value<'_>, record: Option<&Value<'_>>) -> Result<Option<Author>, Error> {
    let mut author = Author {
        object: injected.clone().into_owned(),
        doubts: Vec::new(),
        is_certain: true,
    };
    let (doubts, is_certain) = (&mut author.doubts, &mut author.is_certain);
    let any = each_pod(&mut author.object, Form::Reduced, &mut |found| {
        let Some(restored) = restored(found)? else {
            return Ok(None);
        };
        *is_certain &= restored.is_certain;
        let of_pod = inject::doubts(found.pod, &restored).into_iter();
        doubts.extend(of_pod.map(|doubt| {
            let place = found.locate(&doubt.place);
            (found.object.clone(), Doubt { place, ..doubt })
        }));
        Ok(Some(restored.pod.into_owned()))
    })?;
    if !any {
        return Ok(None);
    }
    if let Some(record) = record {
        record::apply(&mut author.object, record);
        author.is_certain = record::is_certain(record);
        if author.is_certain {
            author.doubts.clear();
        }
    } else if !author.is_certain {
        for object in objects(&author.object) {
            let doubts = around(object).into_iter();
            let reference = Reference::of(object);
            author
                .doubts
                .extend(doubts.map(|doubt| (reference.clone(), doubt)));
        }
    }
    Ok(Some(author))
}

fn restored<'p>(found: &'p Found<'_, '_>) -> Result<Option<inject::Restored<'p>>, Error> {
    let owner = found
        .owner()
        .unwrap_or_else(|| inject::owner_of(found.pod, &found.object.namespace));
    inject::restore(found.pod, &owner).map_err(|(reason, detail)| Error::Unrestorable {
        object: found.object.clone(),
        reason,
        detail,
    })
}

/// What is not known of the fields around a Pod, which Kubernetes' types leave out where they are zero.
fn around(author: &Value<'_>) -> Vec<Doubt> {
    let is_config = author.get("kind").and_then(Value::as_str) == Some("DeploymentConfig");
    let zeros = ["paused", "minReadySeconds", "test"].into_iter();
    let lost = zeros.filter(|key| is_config && author.at(&["spec", key]).is_none());
    let doubt = |key| Doubt {
        place: format!("spec.{key}"),
        was: Was::OtherForm,
    };
    lost.map(doubt).collect()
}

/// What must stand beside the injected manifest so that it can be restored to its author's, which may itself not be
/// known for certain. `None`: there is nothing to be said.
///
/// # Errors
/// As [`restore`].
pub fn remember(
    injected: &Value<'_>,
    author: &Value<'_>,
    is_certain: bool,
) -> Result<Option<Value<'static>>, Error> {
    let by_rule = restore(injected, None)?;
    let difference = by_rule.map_or_else(Value::default, |r| record::difference(&r.object, author));
    Ok(record::marked(difference, is_certain).filter(|record| !record.is_null()))
}
