//! A stream that is not closed before the other side has read what it was sent.
//!
//! A socket that is closed with something unread in it, such as the word of a client over HTTP/2 that it has read an answer,
//! is reset, and a client whose connection is reset gives up the answers that it has not come to read.
//! Source of truth: <https://www.rfc-editor.org/rfc/rfc9112#section-9.6>.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{self, Sleep},
};

/// How long the other side has to close the connection, too.
const LINGER: Duration = Duration::from_secs(2);

/// A stream whose shutdown is over once the other side has closed it, or after a while.
pub(super) struct Lingering<S> {
    stream: S,
    /// Until when the other side is waited for, once nothing more is sent.
    until: Option<Pin<Box<Sleep>>>,
}

impl<S> Lingering<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self {
            stream,
            until: None,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, until } = &mut *self;
        if until.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
        }
        let until = until.get_or_insert_with(|| Box::pin(time::sleep(LINGER)));
        let mut unread = [0; 512];
        loop {
            if until.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut unread);
            let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
        time::timeout,
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stream_is_closed_when_the_other_side_has_closed_it() {
        let (ours, mut theirs) = duplex(64);
        let mut ours = Lingering::new(ours);
        ours.write_all(b"answer").await.unwrap();
        theirs.write_all(b"read").await.unwrap();
        let mut shutdown = Box::pin(ours.shutdown());
        assert!(timeout(LINGER / 2, shutdown.as_mut()).await.is_err());

        let mut read = String::new();
        theirs.read_to_string(&mut read).await.unwrap();
        assert_eq!(read, "answer");
        drop(theirs);
        timeout(LINGER / 4, shutdown).await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_closes_it_is_not_waited_for_long() {
        let (ours, _theirs) = duplex(64);
        let mut ours = Lingering::new(ours);
        timeout(LINGER * 2, ours.shutdown()).await.unwrap().unwrap();
    }
}
