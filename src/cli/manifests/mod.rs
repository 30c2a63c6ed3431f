//! Manifests in and out, for the subcommands that change the Pods in them.
//!
//! Files are read one document at a time. A document none of whose Pods changes is written byte for byte, comments and
//! separators included.

mod read;
mod write;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::ValueEnum;
use outrigger_json::Value;

use crate::workload::{self, Found, Reference};
use read::{Chunk, Source};
use write::Writer;

/// Which manifests are read, and how the result is written.
#[derive(Debug, clap::Args)]
pub(crate) struct Manifests {
    /// A manifest file, a folder of .yaml, .yml and .json files, or - for standard input; may be given several times
    #[arg(short = 'f', long = "filename", value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Read the folders in folders too
    #[arg(short = 'R', long)]
    recursive: bool,

    /// What is written; --output says where
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,

    /// Write to this file instead of standard output; it is replaced only if nothing fails
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// All documents, the changed ones as YAML
    #[default]
    Yaml,
    /// All documents as JSON, one after the other
    Json,
    /// A JSON patch (RFC 6902) for each changed object, one a line
    Patch,
    /// The names of the changed objects, as kubectl prints them
    Name,
}

/// What becomes of a Pod.
pub(crate) enum Change {
    /// It stays as it is.
    None,
    /// The changed Pod.
    Pod(Value<'static>),
    /// The RFC 6902 patch for the Pod; asked for by [`Format::Patch`].
    Patch(Value<'static>),
}

/// Gives the objects around changed Pods their form: see [`workload::complete`].
pub(crate) type Finish = fn(&mut Value<'_>, &dyn Fn(&Reference) -> bool) -> bool;

impl Manifests {
    /// Shows every Pod to `visit` and writes what comes of it, each changed object after `finish`.
    ///
    /// # Errors
    /// A file cannot be read or written, is not YAML or JSON, or `visit` refuses a Pod; the message begins with the
    /// file, the document and its line.
    pub(crate) fn run(
        &self,
        visit: &mut dyn FnMut(&Found<'_, '_>, Format) -> anyhow::Result<Change>,
        finish: Finish,
    ) -> anyhow::Result<ExitCode> {
        let mut writer = Writer::new(self.output.as_deref())?;
        for path in &self.paths {
            for source in read::sources(path, self.recursive)? {
                self.source(source, &mut writer, visit, finish)?;
            }
        }
        writer.finish()?;
        Ok(ExitCode::SUCCESS)
    }

    fn source(
        &self,
        source: Source,
        writer: &mut Writer,
        visit: &mut dyn FnMut(&Found<'_, '_>, Format) -> anyhow::Result<Change>,
        finish: Finish,
    ) -> anyhow::Result<()> {
        let name = source.name.clone();
        for (number, chunk) in (1..).zip(source.chunks()?) {
            let chunk = chunk.with_context(|| format!("cannot read {name}"))?;
            let (format, line) = (self.format, chunk.line);
            self.chunk(&chunk, writer, &mut |found| visit(found, format), finish)
                .with_context(|| format!("{name}, document {number} (line {line})"))?;
        }
        Ok(())
    }

    fn chunk(
        &self,
        chunk: &Chunk,
        writer: &mut Writer,
        visit: &mut dyn FnMut(&Found<'_, '_>) -> anyhow::Result<Change>,
        finish: Finish,
    ) -> anyhow::Result<()> {
        let mut objects = chunk.objects()?;
        let mut touched = Vec::new();
        for object in objects.all_mut() {
            workload::each_pod::<anyhow::Error>(object, &mut |found| {
                let (pod, patch) = match visit(found)? {
                    Change::None => return Ok(None),
                    Change::Pod(pod) => (Some(pod), None),
                    Change::Patch(patch) => (None, Some(relocate(&patch, found))),
                };
                touched.push((found.object.clone(), patch));
                Ok(pod)
            })?;
            if self.format != Format::Patch {
                finish(object, &|object| {
                    touched.iter().any(|(changed, _)| changed == object)
                });
            }
        }
        match self.format {
            Format::Yaml if touched.is_empty() => writer.as_it_is(chunk)?,
            Format::Yaml => writer.yaml(chunk, &objects)?,
            Format::Json => objects
                .all()
                .iter()
                .filter(|o| !o.is_null())
                .try_for_each(|o| writer.json(o))?,
            Format::Patch => touched.iter().try_for_each(|(object, patch)| match patch {
                Some(patch) => writer.patch(object, patch),
                None => Ok(()),
            })?,
            Format::Name => touched
                .iter()
                .try_for_each(|(object, _)| writer.name(object))?,
        }
        Ok(())
    }
}

/// The patch of a Pod as a patch of the object that holds it. What the object has no place for is left out.
fn relocate(patch: &Value<'_>, found: &Found<'_, '_>) -> Value<'static> {
    let operations = patch.as_array().unwrap_or_default().iter().cloned();
    let moved = operations.filter_map(|mut operation| {
        for key in ["path", "from"] {
            if let Some(pointer) = operation.get_mut(key) {
                *pointer = found.locate(pointer.as_str()?)?.into();
            }
        }
        Some(operation.into_owned())
    });
    Value::Array(moved.collect())
}

#[cfg(test)]
mod tests;
