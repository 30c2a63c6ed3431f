//! Manifests beside what injection makes of them.

use std::path::PathBuf;

use anyhow::Context as _;
use outrigger_json::Value;

use super::{
    super::{
        inject,
        manifests::{self, Chunk, Document, Format},
    },
    report::Report,
};
use crate::{
    inject::Injector,
    workload::{self, Form, Reference},
};

/// Compares every document of the files.
///
/// # Errors
/// A file cannot be read, or a Pod in it would be refused; the message names file, document and line.
pub(super) fn compare(
    injector: &Injector,
    paths: &[PathBuf],
    recursive: bool,
    report: &mut Report,
) -> anyhow::Result<()> {
    manifests::each_chunk(paths, recursive, &mut |item| {
        document(injector, &item.file, &item.chunk, report).with_context(|| item.to_string())
    })
}

fn document(
    injector: &Injector,
    file: &str,
    chunk: &Chunk,
    report: &mut Report,
) -> anyhow::Result<()> {
    let contents = chunk.contents()?;
    for object in &contents.objects {
        let document = Document {
            object,
            record: contents.record.as_ref(),
        };
        let mut notes = Vec::new();
        let changed = inject::inject(
            injector,
            &document,
            Format::Patch,
            &mut |object, outcome| inject::told(object, outcome, &mut notes),
        );
        for note in notes {
            note.tell()?;
        }
        let changed = changed?;
        let Some(changed) = changed.filter(|changed| changed.object != *object) else {
            continue;
        };
        let texts = if contents.is_yaml {
            let after =
                outrigger_yaml::edit_with(&contents.text, Some(object), &changed.object, "");
            (contents.text.to_string(), after)
        } else {
            (
                outrigger_yaml::to_string(object),
                outrigger_yaml::to_string(&changed.object),
            )
        };
        let pairs = workload::objects(object)
            .into_iter()
            .zip(workload::objects(&changed.object));
        let pairs = pairs.filter(|(before, after)| before != after);
        let objects = pairs.map(|(before, after)| {
            (
                Reference::of(before),
                pod(before),
                pod(after),
                before,
                after,
            )
        });
        report.document(file, texts, objects.collect());
    }
    Ok(())
}

/// The Pod that an object holds.
fn pod(object: &Value<'_>) -> Value<'static> {
    let mut object = object.clone().into_owned();
    let mut pod = Value::Null;
    let found = workload::each_pod::<workload::Error>(&mut object, Form::Kept, &mut |found| {
        pod = found.pod.clone();
        Ok(None)
    });
    // It was injected, so it is there.
    found.map_or(Value::Null, |_| pod)
}
