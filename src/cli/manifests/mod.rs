//! Manifests in and out, for the subcommands that change the Pods in them.
//!
//! Files are read one document at a time. A document none of whose Pods changes is written byte for byte, comments and
//! separators included. What cannot be told from an injected document stands in a comment at its end, see [`comment`].

mod comment;
mod read;
mod write;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use outrigger_json::Value;

use crate::workload::{Reference, objects};
use read::Source;
pub(super) use read::{Chunk, sources};
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

/// One document of the input.
pub(crate) struct Document<'d> {
    /// Its object, which may be a List.
    pub(crate) object: &'d Value<'d>,
    /// What the comment in it says: see [`crate::workload::remember`].
    pub(crate) record: Option<&'d Value<'d>>,
}

/// What becomes of a document.
pub(crate) struct Changed {
    pub(crate) object: Value<'static>,
    /// What the comment in it shall say.
    pub(crate) record: Option<Value<'static>>,
}

/// Changes a document; `None` leaves it as it is. What is around a Pod has the form that the output wants.
pub(crate) type Job<'j> = dyn FnMut(&Document<'_>, Format) -> anyhow::Result<Option<Changed>> + 'j;

impl Manifests {
    /// Does the job on every document and writes what comes of it.
    ///
    /// # Errors
    /// A file cannot be read or written, is not YAML or JSON, or the job fails; the message begins with the file, the
    /// document and its line.
    pub(crate) fn run(&self, job: &mut Job<'_>) -> anyhow::Result<()> {
        let mut writer = Writer::new(self.output.as_deref())?;
        for path in &self.paths {
            for source in sources(path, self.recursive)? {
                self.source(source, &mut writer, job)?;
            }
        }
        writer.finish()
    }

    fn source(&self, source: Source, writer: &mut Writer, job: &mut Job<'_>) -> anyhow::Result<()> {
        let name = source.name.clone();
        for (number, chunk) in (1..).zip(source.chunks()?) {
            let chunk = chunk.with_context(|| format!("cannot read {name}"))?;
            let line = chunk.line;
            self.chunk(&chunk, writer, job)
                .with_context(|| format!("{name}, document {number} (line {line})"))?;
        }
        Ok(())
    }

    fn chunk(&self, chunk: &Chunk, writer: &mut Writer, job: &mut Job<'_>) -> anyhow::Result<()> {
        let contents = chunk.contents()?;
        let record = contents.record.as_ref();
        let mut results = Vec::with_capacity(contents.objects.len());
        for object in &contents.objects {
            let changed = job(&Document { object, record }, self.format)?;
            results.push(changed.filter(|c| c.object != *object || c.record.as_ref() != record));
        }
        let pairs = || contents.objects.iter().zip(&results);
        match self.format {
            Format::Yaml if results.iter().all(Option::is_none) => writer.as_it_is(chunk)?,
            Format::Yaml => writer.yaml(chunk, &contents, &results)?,
            Format::Json => {
                for (object, result) in pairs().filter(|(o, _)| !o.is_null()) {
                    writer.json(result.as_ref().map_or(object, |changed| &changed.object))?;
                }
            }
            Format::Patch | Format::Name => {
                for (object, result) in pairs() {
                    for (old, new) in changes(object, result.as_ref()) {
                        match self.format {
                            Format::Patch => writer.patch(old, new)?,
                            _ => writer.name(&Reference::of(new))?,
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// Shows every object of the files to `visit`, in order; one may be a List.
///
/// # Errors
/// As [`Manifests::run`].
pub(super) fn each_object(
    path: &Path,
    recursive: bool,
    visit: &mut dyn FnMut(&Value<'static>),
) -> anyhow::Result<()> {
    for source in sources(path, recursive)? {
        let name = source.name.clone();
        for (number, chunk) in (1..).zip(source.chunks()?) {
            let chunk = chunk.with_context(|| format!("cannot read {name}"))?;
            let contents = chunk.contents();
            let contents = contents
                .with_context(|| format!("{name}, document {number} (line {})", chunk.line))?;
            contents.objects.iter().for_each(&mut *visit);
        }
    }
    Ok(())
}

/// The objects of a document that changed, as they were and as they are.
fn changes<'o, 'v>(
    old: &'o Value<'v>,
    new: Option<&'o Changed>,
) -> Vec<(&'o Value<'v>, &'o Value<'static>)> {
    let new = new.map(|changed| objects(&changed.object));
    let pairs = objects(old).into_iter().zip(new.unwrap_or_default());
    pairs.filter(|(old, new)| old != new).collect()
}

#[cfg(test)]
mod tests;
