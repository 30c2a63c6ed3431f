//! From documents to standard output or a file.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use outrigger_json::{Object, Value};

use super::{
    Changed, Reference, comment,
    read::{Chunk, Contents},
};
use crate::inject;

/// Writes documents so that together they are one stream.
pub(super) struct Writer {
    out: Box<dyn Write>,
    /// The file being written and what it is to replace.
    file: Option<(PathBuf, PathBuf)>,
    /// The last byte written, if any.
    last: Option<u8>,
}

impl Writer {
    /// A writer to `path`, or to standard output.
    pub(super) fn new(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self {
                out: Box::new(BufWriter::new(io::stdout().lock())),
                file: None,
                last: None,
            });
        };
        // The result may go into a file that is being read, and half a result is of no use to anyone: a file is
        // written beside its place and moved there at the end. A device or a pipe has no beside.
        let replace = !path.exists() || path.is_file();
        let target = if replace {
            beside(path)
        } else {
            path.to_owned()
        };
        let file =
            File::create(&target).with_context(|| format!("cannot write {}", target.display()))?;
        Ok(Self {
            out: Box::new(BufWriter::new(file)),
            file: replace.then(|| (target, path.to_owned())),
            last: None,
        })
    }

    /// Writes out what is buffered and puts the file in its place.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.out.flush()?;
        if let Some((written, place)) = self.file.take() {
            if let Ok(old) = fs::metadata(&place) {
                fs::set_permissions(&written, old.permissions())?;
            }
            fs::rename(&written, &place)
                .with_context(|| format!("cannot write {}", place.display()))?;
        }
        Ok(())
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.last = text.bytes().last().or(self.last);
        self.out.write_all(text.as_bytes())
    }

    /// Writes what separates a chunk from what was written before it.
    fn separate(&mut self, separator: &str) -> io::Result<()> {
        match (self.last, separator.is_empty()) {
            (None, _) | (Some(b'\n'), false) => {}
            (Some(b'\n'), true) => self.write("---\n")?,
            (Some(_), true) => self.write("\n---\n")?,
            (Some(_), false) => self.write("\n")?,
        }
        self.write(separator)
    }

    /// Writes a chunk byte for byte.
    pub(super) fn as_it_is(&mut self, chunk: &Chunk) -> io::Result<()> {
        self.separate(&chunk.separator)?;
        self.write(&chunk.text)
    }

    /// Writes a chunk some of whose objects changed: over its text if that is YAML, else anew.
    pub(super) fn yaml(
        &mut self,
        chunk: &Chunk,
        contents: &Contents<'_>,
        results: &[Option<Changed>],
    ) -> io::Result<()> {
        let separators = std::iter::once(&*chunk.separator).chain(std::iter::repeat(""));
        for ((object, result), separator) in contents.objects.iter().zip(results).zip(separators) {
            let new = result.as_ref().map_or(object, |changed| &changed.object);
            let record = result.as_ref().and_then(|changed| changed.record.as_ref());
            let comment = record.map(comment::line).unwrap_or_default();
            let old = if contents.is_yaml {
                &*contents.text
            } else {
                ""
            };
            let text = outrigger_yaml::edit_with(old, new, &comment);
            self.separate(separator)?;
            self.write(&text)?;
        }
        Ok(())
    }

    /// Writes one value as indented JSON.
    pub(super) fn json(&mut self, object: &Value<'_>) -> io::Result<()> {
        let text = serde_json::to_string_pretty(object)?;
        self.write(&text)?;
        self.write("\n")
    }

    /// Writes the patch from one object to another and which object it is for, on one line.
    pub(super) fn patch(&mut self, old: &Value<'_>, new: &Value<'_>) -> anyhow::Result<()> {
        let object = Reference::of(new);
        let patch = inject::diff(old, new);
        let mut line = Object::new();
        for (key, text) in [
            ("apiVersion", &object.api_version),
            ("kind", &object.kind),
            ("namespace", &object.namespace),
            ("name", &object.name),
        ] {
            if !text.is_empty() {
                line.push(key, text.as_str());
            }
        }
        line.push("patch", Value::parse(&patch)?);
        self.write(&Value::from(line).to_string())?;
        self.write("\n")?;
        Ok(())
    }

    /// Writes an object's name on a line.
    pub(super) fn name(&mut self, object: &Reference) -> io::Result<()> {
        self.write(&object.resource_name())?;
        self.write("\n")
    }
}

impl Drop for Writer {
    /// Takes away what was written so far if it did not come to its end.
    fn drop(&mut self) {
        if let Some((written, _)) = &self.file {
            // Nobody is left to be told if it fails.
            let _ = fs::remove_file(written);
        }
    }
}

/// A name in the same folder, so that moving from it to `path` is one step.
fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    path.with_file_name(name)
}
