//! From paths to documents.

use std::{
    borrow::Cow,
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use outrigger_json::Value;
use outrigger_yaml::is_separator;
use serde_json::value::RawValue;

use super::comment;

/// One stream of documents.
pub(crate) struct Source {
    /// What messages call it.
    pub(crate) name: String,
    path: Option<PathBuf>,
}

impl Source {
    /// Opens the stream.
    pub(crate) fn chunks(self) -> anyhow::Result<Chunks<Box<dyn BufRead>>> {
        let reader: Box<dyn BufRead> = match &self.path {
            None => Box::new(io::stdin().lock()),
            Some(path) => Box::new(BufReader::new(
                File::open(path).with_context(|| format!("cannot read {}", self.name))?,
            )),
        };
        Ok(Chunks::new(reader))
    }
}

/// The streams that a path of the command line stands for, those of a folder sorted by name.
pub(crate) fn sources(path: &Path, recursive: bool) -> anyhow::Result<Vec<Source>> {
    if path == Path::new("-") {
        return Ok(vec![Source {
            name: "standard input".to_owned(),
            path: None,
        }]);
    }
    if let Some(url) = path
        .to_str()
        .filter(|p| p.starts_with("http://") || p.starts_with("https://"))
    {
        bail!(
            "URLs are not read: fetch it first, and give - for standard input: curl -sSfL {url} | …"
        );
    }
    let mut files = Vec::new();
    if path.is_dir() {
        collect(path, recursive, &mut files)?;
        if files.is_empty() {
            bail!("{} holds no .yaml, .yml or .json file", path.display());
        }
    } else {
        files.push(path.to_owned());
    }
    Ok(files
        .into_iter()
        .map(|path| Source {
            name: path.display().to_string(),
            path: Some(path),
        })
        .collect())
}

fn collect(folder: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let cannot_read = || format!("cannot read {}", folder.display());
    let mut entries = fs::read_dir(folder)
        .with_context(cannot_read)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()
        .with_context(cannot_read)?;
    entries.sort();
    for path in entries {
        let is_manifest = path.extension().is_some_and(|e| {
            ["yaml", "yml", "json"]
                .iter()
                .any(|known| e.eq_ignore_ascii_case(known))
        });
        // A link to a folder is not followed: it may lead back here.
        if path.is_dir() {
            if recursive && !path.is_symlink() {
                collect(&path, recursive, files)?;
            }
        } else if is_manifest {
            files.push(path);
        }
    }
    Ok(())
}

/// The text between two separators.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// The separator line before the text, empty if there is none.
    pub(super) separator: String,
    /// One YAML document, or JSON objects one after the other.
    pub(super) text: String,
    /// The line on which the text begins, from 1.
    pub(crate) line: usize,
}

impl Chunk {
    /// Reads the text.
    pub(crate) fn contents(&self) -> anyhow::Result<Contents<'_>> {
        let (text, record) = comment::take(&self.text, self.line)?;
        let json = text
            .trim_start()
            .starts_with('{')
            .then(|| json_objects(&text))
            .flatten();
        let is_yaml = json.is_none();
        let objects = match json {
            Some(objects) => objects,
            // Lines count as in the file.
            None => vec![outrigger_yaml::parse(&self.text).map_err(|e| e.below(self.line - 1))?],
        };
        Ok(Contents {
            text,
            record,
            objects,
            is_yaml,
        })
    }
}

/// What stands in a chunk.
pub(crate) struct Contents<'t> {
    /// The text without the comment.
    pub(crate) text: Cow<'t, str>,
    /// What the comment says.
    pub(crate) record: Option<Value<'t>>,
    /// The object of a YAML document, or any number of JSON objects.
    pub(crate) objects: Vec<Value<'static>>,
    pub(crate) is_yaml: bool,
}

fn json_objects(text: &str) -> Option<Vec<Value<'static>>> {
    serde_json::Deserializer::from_str(text)
        .into_iter::<&RawValue>()
        .map(|raw| Some(Value::parse(raw.ok()?.get().as_bytes()).ok()?.into_owned()))
        .collect()
}

/// Splits a stream at its separator lines.
pub(crate) struct Chunks<R> {
    reader: R,
    /// Lines read so far.
    line: usize,
    /// The separator that ended the chunk before.
    separator: String,
    done: bool,
}

impl<R: BufRead> Chunks<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self {
            reader,
            line: 0,
            separator: String::new(),
            done: false,
        }
    }

    fn read(&mut self) -> anyhow::Result<Option<Chunk>> {
        let mut chunk = Chunk {
            separator: std::mem::take(&mut self.separator),
            text: String::new(),
            line: self.line + 1,
        };
        loop {
            let start = chunk.text.len();
            if self.reader.read_line(&mut chunk.text)? == 0 {
                self.done = true;
                return Ok((!chunk.separator.is_empty() || !chunk.text.is_empty()).then_some(chunk));
            }
            self.line += 1;
            match is_separator(&chunk.text[start..]) {
                Some(false) => {}
                None => bail!(
                    "line {}: only blanks or a comment may follow --- on its line",
                    self.line
                ),
                Some(true) => {
                    self.separator = chunk.text.split_off(start);
                    if chunk.separator.is_empty() && chunk.text.is_empty() {
                        chunk.separator = std::mem::take(&mut self.separator);
                        chunk.line = self.line + 1;
                        continue;
                    }
                    return Ok(Some(chunk));
                }
            }
        }
    }
}

impl<R: BufRead> Iterator for Chunks<R> {
    type Item = anyhow::Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let chunk = self.read();
        self.done |= chunk.is_err();
        chunk.transpose()
    }
}
