//! Reading: what the injector needs of an `AdmissionReview`, borrowed from the body.
//!
//! User, options and the old object are not read, and the object is left as text until it is asked for.

use std::{borrow::Cow, ops::Range};

use outrigger_json::{Error, Reader, Value};

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

/// A review that is asked for.
#[derive(Debug)]
pub struct Review<'a> {
    /// The version to answer in.
    pub version: Version,
    /// What is to be reviewed; a malformed review may lack it.
    pub request: Option<AdmissionRequest<'a>>,
}

/// The request of a review, as far as it is read.
#[derive(Clone, Debug, Default)]
pub struct AdmissionRequest<'a> {
    /// Names the request; the answer must repeat it.
    pub uid: Cow<'a, str>,
    /// The type of the object.
    pub kind: GroupVersionKind<'a>,
    /// For example `status` or `exec`; empty for the object itself.
    pub sub_resource: Cow<'a, str>,
    /// The object's name; empty while the API server has not made one.
    pub name: Cow<'a, str>,
    /// The object's namespace, which the object itself may leave out.
    pub namespace: Cow<'a, str>,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: Cow<'a, str>,
    /// Whether nothing is stored, whatever is answered.
    pub dry_run: bool,
    /// The object; `None` for `null`.
    pub object: Option<Unread<'a>>,
}

/// An object that is left as text. Its managed fields are never read: who owns which field is half of a Pod's text, and of
/// no use to a template.
#[derive(Clone, Debug)]
pub struct Unread<'a> {
    text: &'a str,
    /// Where in the text the managed fields are; empty where there are none.
    managed: Range<usize>,
}

/// The type of an object.
#[derive(Clone, Debug, Default)]
pub struct GroupVersionKind<'a> {
    /// The API group; empty for the core group.
    pub group: Cow<'a, str>,
    /// The kind; empty where the review does not say.
    pub kind: Cow<'a, str>,
}

/// Why a body is no review.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The body is not JSON, or its fields have other types than a review's.
    #[error("the body is no AdmissionReview: {0}")]
    Json(#[source] Error),
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
        let Body {
            api_version,
            kind,
            request,
        } = Body::read(body).map_err(ReviewError::Json)?;
        let mut versions = Version::ALL.into_iter();
        match versions.find(|version| version.api_version() == api_version) {
            Some(version) if kind == "AdmissionReview" => Ok(Self { version, request }),
            _ => Err(ReviewError::Type {
                kind: kind.into_owned(),
                api_version: api_version.into_owned(),
            }),
        }
    }
}

#[derive(Default)]
struct Body<'a> {
    api_version: Cow<'a, str>,
    kind: Cow<'a, str>,
    request: Option<AdmissionRequest<'a>>,
}

impl<'a> Body<'a> {
    fn read(body: &'a [u8]) -> Result<Self, Error> {
        let mut read = Self::default();
        let mut reader = Reader::new(body)?;
        reader.object(|reader, key| {
            match &*key {
                "apiVersion" => read.api_version = text(reader)?,
                "kind" => read.kind = text(reader)?,
                "request" => read.request = unless_null(reader, request)?,
                _ => _ = reader.raw()?,
            }
            Ok(())
        })?;
        reader.end()?;
        Ok(read)
    }
}

fn request<'a>(reader: &mut Reader<'a>) -> Result<AdmissionRequest<'a>, Error> {
    let mut request = AdmissionRequest::default();
    reader.object(|reader, key| {
        match &*key {
            "uid" => request.uid = text(reader)?,
            "kind" => request.kind = unless_null(reader, kind)?.unwrap_or_default(),
            "subResource" => request.sub_resource = text(reader)?,
            "name" => request.name = text(reader)?,
            "namespace" => request.namespace = text(reader)?,
            "operation" => request.operation = text(reader)?,
            "dryRun" => request.dry_run = reader.raw()? == "true",
            "object" => request.object = unless_null(reader, Unread::pass)?,
            _ => _ = reader.raw()?,
        }
        Ok(())
    })?;
    Ok(request)
}

fn kind<'a>(reader: &mut Reader<'a>) -> Result<GroupVersionKind<'a>, Error> {
    let mut kind = GroupVersionKind::default();
    reader.object(|reader, key| {
        match &*key {
            "group" => kind.group = text(reader)?,
            "kind" => kind.kind = text(reader)?,
            _ => _ = reader.raw()?,
        }
        Ok(())
    })?;
    Ok(kind)
}

/// Reads a string; `null` is empty, as it is in Go.
fn text<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, Error> {
    Ok(unless_null(reader, Reader::string)?.unwrap_or_default())
}

fn unless_null<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    if reader.null()? {
        return Ok(None);
    }
    read(reader).map(Some)
}

impl<'a> Unread<'a> {
    /// Passes over an object, and looks for its managed fields on the way.
    fn pass(reader: &mut Reader<'a>) -> Result<Self, Error> {
        if !reader.is_object()? {
            let text = reader.raw()?;
            return Ok(Self {
                text,
                managed: 0..0,
            });
        }
        let start = reader.start();
        let mut managed = start..start;
        reader.object(|reader, key| {
            if key != "metadata" || !reader.is_object()? {
                reader.raw()?;
                return Ok(());
            }
            reader.object(|reader, key| {
                let text = reader.raw()?;
                if key == "managedFields" {
                    managed = reader.position() - text.len()..reader.position();
                }
                Ok(())
            })
        })?;
        Ok(Self {
            text: reader.since(start),
            managed: managed.start - start..managed.end - start,
        })
    }

    /// The text before and after what nobody reads.
    pub(super) fn parts(&self) -> [&'a str; 2] {
        let Range { start, end } = self.managed;
        let before = self.text.get(..start).unwrap_or_default();
        [before, self.text.get(end..).unwrap_or_default()]
    }

    /// Reads the object.
    ///
    /// # Errors
    /// It is nested too deeply: see [`outrigger_json::MAX_DEPTH`].
    pub fn read(&self) -> Result<Value<'a>, Error> {
        Reader::new(self.text.as_bytes())?.value_without(self.managed.clone())
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
                .map(|o| o.read().map_or(String::new(), |o| o.to_string()));
            assert_eq!((got.as_deref(), &*request.uid), (want, "u"), "{object}");
        }
    }
}
