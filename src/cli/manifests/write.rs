//! From documents to standard output or a file.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::document::Piece;

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

    /// Writes a piece.
    pub(super) fn put(&mut self, piece: &Piece<'_>) -> io::Result<()> {
        if let Some(separator) = piece.separator {
            self.separate(separator)?;
        }
        self.write(&piece.text)
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
