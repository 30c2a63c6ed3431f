//! Manifests in and out, for the subcommands that change the Pods in them.
//!
//! Files are read a few documents at a time, which all processors work on, and written in their order. A document none
//! of whose Pods changes is written byte for byte, comments and separators included. What cannot be told from an injected
//! document stands in a comment at its end, see [`comment`].

mod batch;
mod comment;
mod document;
mod read;
mod write;

use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

use anyhow::Context as _;
use clap::ValueEnum;
use outrigger_json::Value;

use super::Note;
use batch::Batch;
pub(super) use batch::Item;
pub(super) use read::Chunk;
use read::sources;
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

/// Changes a document; `None` leaves it as it is. What is around a Pod has the form that the output wants. Several
/// documents are changed at once; what is noted of one is told when its turn comes.
pub(crate) type Job<'j> =
    dyn Fn(&Document<'_>, Format, &mut Vec<Note>) -> anyhow::Result<Option<Changed>> + Sync + 'j;

impl Manifests {
    /// Does the job on every document and writes what comes of it.
    ///
    /// # Errors
    /// A file cannot be read or written, is not YAML or JSON, or the job fails; the message begins with the file, the
    /// document and its line.
    pub(crate) fn run(&self, job: &Job<'_>) -> anyhow::Result<()> {
        let mut writer = Writer::new(self.output.as_deref())?;
        let mut batch = Batch::default();
        let read = each_chunk(&self.paths, self.recursive, &mut |item| {
            batch.push(item);
            if batch.is_full() {
                batch.work_off(self.format, job, &mut writer)
            } else {
                Ok(())
            }
        });
        // What was read before something failed is written before that is told.
        batch.work_off(self.format, job, &mut writer)?;
        read?;
        writer.finish()
    }
}

/// Shows every document of the paths to `visit`, in order.
///
/// # Errors
/// A file cannot be read, or those of `visit`.
pub(super) fn each_chunk(
    paths: &[PathBuf],
    recursive: bool,
    visit: &mut dyn FnMut(Item) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for path in paths {
        for source in sources(path, recursive)? {
            let name: Rc<str> = source.name.as_str().into();
            for (number, chunk) in (1..).zip(source.chunks()?) {
                let chunk = chunk.with_context(|| format!("cannot read {name}"))?;
                visit(Item {
                    file: name.clone(),
                    number,
                    chunk,
                })?;
            }
        }
    }
    Ok(())
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
    each_chunk(&[path.to_owned()], recursive, &mut |item| {
        let contents = item.chunk.contents();
        let contents = contents.with_context(|| item.to_string())?;
        contents.objects.iter().for_each(&mut *visit);
        Ok(())
    })
}

#[cfg(test)]
mod tests;
