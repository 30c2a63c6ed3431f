//! Reading: what the injector needs of an `AdmissionReview`, borrowed from the body.
//!
//! User, options and the old object are not read.

use std::borrow::Cow;

use outrigger_json::Value;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A version of the API group `admission.k8s.io`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `admission.k8s.io/v1`
    V1,
    /// `admission.k8s.io/v1beta1`, which API servers before 1.22 send.
    V1Beta1,
}

impl Version {
    /// Every version.
    pub const ALL: [Self; 2] = [Self::V1, Self::V1Beta1];

    /// The `apiVersion` of reviews of this version.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::V1 => "admission.k8s.io/v1",
            Self::V1Beta1 => "admission.k8s.io/v1beta1",
        }
    }
}

/// What of a Pod is not read: who owns which field is half of its text, and is of no use to a template.
const UNREAD: [&str; 2] = ["metadata", "managedFields"];

/// A review that is asked for.
#[derive(Debug)]
pub struct Review<'a> {
    /// The version to answer in.
    pub version: Version,
    /// What is to be reviewed; a malformed review may lack it.
    pub request: Option<AdmissionRequest<'a>>,
}

/// The request of a review, as far as it is read.
#[derive(Debug, Deserialize)]
#[serde(
    rename_all = "camelCase",
    bound(deserialize = "O: Deserialize<'de> + Default")
)]
pub struct AdmissionRequest<'a, O = Option<Result<Value<'a>, outrigger_json::Error>>> {
    /// Names the request; the answer must repeat it.
    #[serde(borrow, default, deserialize_with = "text")]
    pub uid: Cow<'a, str>,
    /// The type of the object.
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub kind: GroupVersionKind<'a>,
    /// For example `status` or `exec`; empty for the object itself.
    #[serde(borrow, default, deserialize_with = "text")]
    pub sub_resource: Cow<'a, str>,
    /// The object's name; empty while the API server has not made one.
    #[serde(borrow, default, deserialize_with = "text")]
    pub name: Cow<'a, str>,
    /// The object's namespace, which the object itself may leave out.
    #[serde(borrow, default, deserialize_with = "text")]
    pub namespace: Cow<'a, str>,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    #[serde(borrow, default, deserialize_with = "text")]
    pub operation: Cow<'a, str>,
    /// The object, or why it cannot be read; `None` for `null`.
    #[serde(default)]
    pub object: O,
}

/// The type of an object.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct GroupVersionKind<'a> {
    /// The API group; empty for the core group.
    #[serde(borrow, default, deserialize_with = "text")]
    pub group: Cow<'a, str>,
    /// The kind; empty where the review does not say.
    #[serde(borrow, default, deserialize_with = "text")]
    pub kind: Cow<'a, str>,
}

/// Why a body is no review.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The body is not JSON, or its fields have other types than a review's.
    #[error("the body is no AdmissionReview: {0}")]
    Json(#[source] serde_json::Error),
    /// The body is an object of another type.
    #[error(
        "the body is of kind {kind:?} and version {api_version:?}, not an AdmissionReview of admission.k8s.io/v1 or admission.k8s.io/v1beta1"
    )]
    Type {
        /// The body's `kind`.
        kind: String,
        /// The body's `apiVersion`.
        api_version: String,
    },
}

impl<'a> Review<'a> {
    /// Reads the body of a call.
    pub fn read(body: &'a [u8]) -> Result<Self, ReviewError> {
        // One pass reads most reviews whole. What it cannot read may be the object's fault alone, and then the review
        // is answered all the same: in a second pass the object stays text, and is read by itself.
        let body = match str::from_utf8(body).map(serde_json::from_str::<Body<'a, Tree<'a>>>) {
            Ok(Ok(body)) => body.map(|Tree(object)| object.map(Ok)),
            _ => serde_json::from_slice::<Body<'a, Option<&RawValue>>>(body)
                .map_err(ReviewError::Json)?
                .map(|object| {
                    let text = object?.get().as_bytes();
                    Some(Value::parse_without(text, &UNREAD))
                }),
        };
        let version = Version::ALL
            .into_iter()
            .find(|version| version.api_version() == body.api_version);
        match version {
            Some(version) if body.kind == "AdmissionReview" => Ok(Self {
                version,
                request: body.request,
            }),
            _ => Err(ReviewError::Type {
                kind: body.kind.into_owned(),
                api_version: body.api_version.into_owned(),
            }),
        }
    }
}

/// The body of a call, its object read in some way.
#[derive(Deserialize)]
#[serde(
    rename_all = "camelCase",
    bound(deserialize = "O: Deserialize<'de> + Default")
)]
struct Body<'a, O> {
    #[serde(borrow, default, deserialize_with = "text")]
    api_version: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    kind: Cow<'a, str>,
    #[serde(default)]
    request: Option<AdmissionRequest<'a, O>>,
}

impl<'a, O> Body<'a, O> {
    fn map<P>(self, read: impl FnOnce(O) -> P) -> Body<'a, P> {
        let Self {
            api_version,
            kind,
            request,
        } = self;
        Body {
            api_version,
            kind,
            request: request.map(|request| AdmissionRequest {
                uid: request.uid,
                kind: request.kind,
                sub_resource: request.sub_resource,
                name: request.name,
                namespace: request.namespace,
                operation: request.operation,
                object: read(request.object),
            }),
        }
    }
}

/// An object that is read with the review around it.
#[derive(Default)]
struct Tree<'a>(Option<Value<'a>>);

impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize_without(deserializer, &UNREAD)?;
        Ok(Self((!value.is_null()).then_some(value)))
    }
}

impl AdmissionRequest<'_> {
    /// Whether the request is for a Pod itself. A request that names no kind counts, its object decides.
    pub fn is_for_pods(&self) -> bool {
        self.kind.group.is_empty()
            && matches!(&*self.kind.kind, "" | "Pod")
            && self.sub_resource.is_empty()
    }

    /// What the request is for, in words.
    pub(super) fn subject(&self) -> String {
        let GroupVersionKind { group, kind } = &self.kind;
        let dot = if group.is_empty() { "" } else { "." };
        if self.sub_resource.is_empty() {
            format!("{kind}{dot}{group}")
        } else {
            format!(
                "the sub-resource {} of {kind}{dot}{group}",
                self.sub_resource
            )
        }
    }
}

/// Reads a string, borrowed where it has no escapes; `null` is empty, as it is in Go.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    Ok(Option::<Text<'de>>::deserialize(deserializer)?.map_or(Cow::Borrowed(""), |text| text.0))
}

fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_is_read_whatever_its_object_is() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for (object, want) in [
            ("null", None),
            (r#"{"a":1}"#, Some(r#"{"a":1}"#)),
            (r#"{"a":1.50,"a":2.50}"#, Some(r#"{"a":2.50}"#)),
            (
                r#"{"metadata":{"managedFields":[1.5],"name":"n"}}"#,
                Some(r#"{"metadata":{"name":"n"}}"#),
            ),
            (&deep, Some("")),
        ] {
            let text = format!(
                r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"object":{object},"uid":"u"}}}}"#
            );
            let request = Review::read(text.as_bytes()).unwrap().request.unwrap();
            let got = request
                .object
                .map(|o| o.map_or(String::new(), |o| o.to_string()));
            assert_eq!((got.as_deref(), &*request.uid), (want, "u"), "{object}");
        }
    }
}
