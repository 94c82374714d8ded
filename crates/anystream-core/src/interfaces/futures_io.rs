//! The four traits of `futures-io`.

#[doc(hidden)]
#[macro_export]
macro_rules! futures_io_interface {
    ([$($generics:tt)*] $type:ty) => {
        const _: () = {
            use $crate::reexports::futures_io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};
            use $crate::reexports::std::io::{BufRead, IoSlice, IoSliceMut, Read, Result, Seek, SeekFrom, Write};
            use $crate::reexports::std::pin::Pin;
            use $crate::reexports::std::task::{Context, Poll};

            /// With the feature `futures-io`. Always ready: nothing waits.
            impl<$($generics)*> AsyncRead for $type {
                fn poll_read(
                    self: Pin<&mut Self>,
                    _: &mut Context<'_>,
                    buf: &mut [u8],
                ) -> Poll<Result<usize>> {
                    Poll::Ready(Read::read(self.get_mut(), buf))
                }
                fn poll_read_vectored(
                    self: Pin<&mut Self>,
                    _: &mut Context<'_>,
                    bufs: &mut [IoSliceMut<'_>],
                ) -> Poll<Result<usize>> {
                    Poll::Ready(Read::read_vectored(self.get_mut(), bufs))
                }
            }

            /// With the feature `futures-io`. Always ready: nothing waits.
            impl<$($generics)*> AsyncBufRead for $type {
                fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<&[u8]>> {
                    Poll::Ready(BufRead::fill_buf(self.get_mut()))
                }
                fn consume(self: Pin<&mut Self>, n: usize) {
                    BufRead::consume(self.get_mut(), n);
                }
            }

            /// With the feature `futures-io`. Always ready: nothing waits. `flush` and `close` have nothing to do.
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
                fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
                    Poll::Ready(Write::flush(self.get_mut()))
                }
                fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
                    Poll::Ready(Write::flush(self.get_mut()))
                }
            }

            /// With the feature `futures-io`. Always ready. After an error the position is as it was.
            impl<$($generics)*> AsyncSeek for $type {
                fn poll_seek(self: Pin<&mut Self>, _: &mut Context<'_>, to: SeekFrom) -> Poll<Result<u64>> {
                    Poll::Ready(Seek::seek(self.get_mut(), to))
                }
            }
        };
    };
}
