//! A few documents at a time, which all processors work on.

use std::{
    fmt,
    num::NonZero,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::Context as _;

use super::{
    super::Note,
    Chunk, Format, Job,
    document::{Piece, document},
    write::Writer,
};

/// How many documents are taken at a time: enough that starting threads costs little beside them.
const DOCUMENTS: usize = 256;
/// How many bytes of documents, so that memory does not grow with the file; a larger document is taken by itself.
const BYTES: usize = 256 << 10;

/// A document and where it is from.
pub(crate) struct Item {
    pub(crate) file: Rc<str>,
    /// Its number in the file, from 1.
    pub(super) number: usize,
    pub(crate) chunk: Chunk,
}

impl fmt::Display for Item {
    /// Where the document is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            number,
            chunk: Chunk { line, .. },
        } = self;
        write!(f, "{file}, document {number} (line {line})")
    }
}

/// Documents that were read and are still to be worked on.
#[derive(Default)]
pub(super) struct Batch {
    items: Vec<Item>,
    bytes: usize,
}

/// What came of a document, and what is to be told of it.
type Done<'c> = (Vec<Note>, anyhow::Result<Vec<Piece<'c>>>);

impl Batch {
    pub(super) fn push(&mut self, item: Item) {
        self.bytes += item.chunk.text.len();
        self.items.push(item);
    }

    pub(super) const fn is_full(&self) -> bool {
        self.items.len() >= DOCUMENTS || self.bytes >= BYTES
    }

    /// Does the job on all documents and writes what comes of them, in their order, up to the first that fails.
    pub(super) fn work_off(
        &mut self,
        format: Format,
        job: &Job<'_>,
        writer: &mut Writer,
    ) -> anyhow::Result<()> {
        let Self { items, .. } = std::mem::take(self);
        let chunks: Vec<&Chunk> = items.iter().map(|item| &item.chunk).collect();
        let done = in_order(&chunks, |chunk| {
            let mut notes = Vec::new();
            let pieces = document(chunk, format, job, &mut notes);
            (notes, pieces)
        });
        for (item, (notes, pieces)) in items.iter().zip(done) {
            for note in notes {
                note.tell()?;
            }
            let pieces = pieces.with_context(|| item.to_string())?;
            for piece in pieces {
                writer.put(&piece)?;
            }
        }
        Ok(())
    }
}

/// What `work` makes of each chunk, in their order.
fn in_order<'c>(
    chunks: &[&'c Chunk],
    work: impl Fn(&'c Chunk) -> Done<'c> + Sync,
) -> Vec<Done<'c>> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let some = || -> Vec<(usize, Done<'c>)> {
        let places = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        places
            .map_while(|at| Some((at, work(chunks.get(at)?))))
            .collect()
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(chunks.len()))
            .map(|_| scope.spawn(some))
            .collect();
        let mut done = some();
        for other in others {
            match other.join() {
                Ok(theirs) => done.extend(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, done)| done).collect()
}
