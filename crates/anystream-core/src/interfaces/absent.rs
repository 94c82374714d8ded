//! In place of the interfaces whose feature is off: nothing.

#[cfg(not(feature = "tokio"))]
#[doc(hidden)]
#[macro_export]
macro_rules! tokio_interface {
    ($($tokens:tt)*) => {};
}

#[cfg(not(feature = "futures-io"))]
#[doc(hidden)]
#[macro_export]
macro_rules! futures_io_interface {
    ($($tokens:tt)*) => {};
}

#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! serde_interface {
    ($($tokens:tt)*) => {};
}

#[cfg(not(feature = "arbitrary"))]
#[doc(hidden)]
#[macro_export]
macro_rules! arbitrary_interface {
    ($($tokens:tt)*) => {};
}
