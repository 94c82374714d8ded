//! `tokio`'s four traits.

use std::io::{self, Read};
use std::task::Poll;

use ::tokio::io::ReadBuf;

/// Reads what `buf` has room for, or there is.
pub fn read<S: Read>(stream: &mut S, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
    let read = stream.read(buf.initialize_unfilled());
    Poll::Ready(read.map(|n| buf.advance(n)))
}

#[doc(hidden)]
#[macro_export]
macro_rules! tokio_interface {
    ([$($generics:tt)*] $type:ty) => {
        const _: () = {
            use $crate::reexports::std::io::{BufRead, IoSlice, Result, Seek, SeekFrom, Write};
            use $crate::reexports::std::pin::Pin;
            use $crate::reexports::std::task::{Context, Poll};
            use $crate::reexports::tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

            /// With the feature `tokio`. Always ready: nothing waits.
            impl<$($generics)*> AsyncRead for $type {
                fn poll_read(
                    self: Pin<&mut Self>,
                    _: &mut Context<'_>,
                    buf: &mut ReadBuf<'_>,
                ) -> Poll<Result<()>> {
                    $crate::reexports::read(self.get_mut(), buf)
                }
            }

            /// With the feature `tokio`. Always ready: nothing waits.
            impl<$($generics)*> AsyncBufRead for $type {
                fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<&[u8]>> {
                    Poll::Ready(BufRead::fill_buf(self.get_mut()))
                }
                fn consume(self: Pin<&mut Self>, n: usize) {
                    BufRead::consume(self.get_mut(), n);
                }
            }

            /// With the feature `tokio`. Always ready: nothing waits. `flush` and `shutdown` have nothing to do.
            impl<$($generics)*> AsyncWrite for $type {
                fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, data: &[u8]) -> Poll<Result<usize>> {
                    Poll::Ready(Write::write(self.get_mut(), data))
                }
                fn poll_write_vectored(
                    self: Pin<&mut Self>,
                    _: &mut Context<'_>,
                    pieces: &[IoSlice<'_>],
                ) -> Poll<Result<usize>> {
                    Poll::Ready(Write::write_vectored(self.get_mut(), pieces))
                }
                fn is_write_vectored(&self) -> bool {
                    true
                }
                fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
                    Poll::Ready(Write::flush(self.get_mut()))
                }
                fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
                    Poll::Ready(Write::flush(self.get_mut()))
                }
            }

            /// With the feature `tokio`. Always ready: the position has moved when `start_seek` returns, or stays after its error.
            impl<$($generics)*> AsyncSeek for $type {
                fn start_seek(self: Pin<&mut Self>, to: SeekFrom) -> Result<()> {
                    Seek::seek(self.get_mut(), to).map(drop)
                }
                fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<u64>> {
                    Poll::Ready(Ok($crate::ByteStream::tell(&*self)))
                }
            }
        };
    };
}
