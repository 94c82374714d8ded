//! Choosing a backend while the program runs.

use std::error::Error;
use std::fmt;
use std::io::{self, Seek, SeekFrom};
use std::str::FromStr;

use anystream_core::{ByteStream, Bytes, forward_resident, forward_stream, memory, stream_interfaces};

/// The one list of backends: everything below is made from it. A new backend is one line.
macro_rules! backends {
    (
        $($feature:literal $name:ident $stream:ty, $cost:literal;)*
        with parameters: $($of:literal $spec:literal $special:ident $special_stream:ty, $special_cost:literal;)*
    ) => {
        /// The name of a backend, to choose one while the program runs. With a parameter, if it has one: `small:128` holds
        /// 128 bytes inline.
        ///
        #[cfg_attr(all(feature = "vec", feature = "rope"), doc = "```")]
        #[cfg_attr(not(all(feature = "vec", feature = "rope")), doc = "```ignore")]
        /// use anystream::{Backend, ByteStream};
        /// use std::io::Write;
        ///
        /// let backend: Backend = "rope".parse()?;
        /// let mut s = backend.stream();
        /// s.write_all(b"hello")?;
        /// s.convert(Backend::Vec)?; // contents and position go along
        /// assert_eq!((s.backend(), s.tell()), (Backend::Vec, 5));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Backend {
            $(
                #[cfg(feature = $feature)]
                #[doc = concat!("`\"", $feature, "\"`: ", $cost, ".")]
                $name,
            )*
            $(
                #[cfg(feature = $of)]
                #[doc = concat!("`\"", $spec, "\"`: ", $special_cost, ".")]
                $special,
            )*
        }

        impl Backend {
            /// Every backend that this build has, in the order of the docs.
            ///
            /// ```
            /// use anystream::Backend;
            /// for &backend in Backend::ALL {
            ///     assert_eq!(backend.to_string().parse(), Ok(backend));
            /// }
            /// ```
            pub const ALL: &'static [Backend] = &[$(#[cfg(feature = $feature)] Backend::$name,)*];

            /// The same backends with other parameters than they have in [`ALL`](Self::ALL).
            ///
            #[cfg_attr(feature = "small", doc = "```")]
            #[cfg_attr(not(feature = "small"), doc = "```ignore")]
            /// use anystream::Backend;
            /// assert_eq!("small:128".parse(), Ok(Backend::Small128)); // 128 bytes inline
            /// assert!(Backend::WITH_PARAMETERS.contains(&Backend::Small128));
            /// ```
            pub const WITH_PARAMETERS: &'static [Backend] =
                &[$(#[cfg(feature = $of)] Backend::$special,)*];

            /// The name that `FromStr` reads and `Display` writes: `vec`, `small:128`.
            ///
            /// ```
            /// use anystream::Backend;
            /// assert!(Backend::ALL.iter().all(|backend| !backend.name().is_empty()));
            /// ```
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(#[cfg(feature = $feature)] Backend::$name => $feature,)*
                    $(#[cfg(feature = $of)] Backend::$special => $spec,)*
                }
            }

            /// In a line, what it costs: for lists from which people choose.
            ///
            /// ```
            /// use anystream::Backend;
            /// for backend in Backend::ALL {
            ///     println!("{backend}: {}", backend.cost());
            /// }
            /// ```
            #[must_use]
            pub const fn cost(self) -> &'static str {
                match self {
                    $(#[cfg(feature = $feature)] Backend::$name => $cost,)*
                    $(#[cfg(feature = $of)] Backend::$special => $special_cost,)*
                }
            }

            /// An empty stream over this backend, at position 0.
            ///
            /// ```
            /// use anystream::{Backend, ByteStream};
            /// assert!(Backend::ALL[0].stream().is_empty());
            /// ```
            #[must_use]
            pub fn stream(self) -> AnyStream {
                match self {
                    $(#[cfg(feature = $feature)] Backend::$name => AnyStream::$name(<$stream>::new()),)*
                    $(#[cfg(feature = $of)] Backend::$special => AnyStream::$special(<$special_stream>::new()),)*
                }
            }

            /// A stream over this backend holding `bytes`, at position 0 (law N2), taken over without a
            /// copy where the storage can.
            ///
            /// ```
            /// use anystream::{Backend, ByteStream};
            /// let s = Backend::ALL[0].stream_from(vec![1, 2, 3].into());
            /// assert_eq!((s.tell(), s.len()), (0, 3));
            /// ```
            #[must_use]
            pub fn stream_from(self, bytes: Bytes) -> AnyStream {
                match self {
                    $(#[cfg(feature = $feature)] Backend::$name => AnyStream::$name(<$stream>::from(bytes)),)*
                    $(
                        #[cfg(feature = $of)]
                        Backend::$special => AnyStream::$special(<$special_stream>::from(bytes)),
                    )*
                }
            }
        }

        /// A stream over one of the backends, chosen while the program runs.
        ///
        /// One `match` a call is what it costs more than the stream inside; code that is generic over
        /// [`ByteStream`] can be given the stream itself and pays nothing.
        ///
        /// Memory: as the backend's own stream says.
        ///
        #[cfg_attr(all(feature = "vec", feature = "small"), doc = "```")]
        #[cfg_attr(not(all(feature = "vec", feature = "small")), doc = "```ignore")]
        /// use anystream::{AnyStream, Backend, ByteStream};
        ///
        /// let mut s = AnyStream::from(b"hello"); // the default backend: a vector
        /// s.convert(Backend::Small)?;
        /// assert_eq!(&s.getvalue()?[..], b"hello");
        /// # Ok::<(), std::io::Error>(())
        /// ```
        #[derive(Clone)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant)] // a box would cost the small stream its one virtue
        pub enum AnyStream {
            $(
                #[cfg(feature = $feature)]
                #[doc = concat!("`\"", $feature, "\"`: ", $cost, ".")]
                $name($stream),
            )*
            $(
                #[cfg(feature = $of)]
                #[doc = concat!("`\"", $spec, "\"`: ", $special_cost, ".")]
                $special($special_stream),
            )*
        }

        impl AnyStream {
            /// Which backend it is.
            ///
            /// ```
            /// use anystream::Backend;
            /// let backend = Backend::ALL[0];
            /// assert_eq!(backend.stream().backend(), backend);
            /// ```
            #[must_use]
            pub const fn backend(&self) -> Backend {
                match self {
                    $(#[cfg(feature = $feature)] AnyStream::$name(_) => Backend::$name,)*
                    $(#[cfg(feature = $of)] AnyStream::$special(_) => Backend::$special,)*
                }
            }
        }

        /// As the stream inside.
        impl fmt::Debug for AnyStream {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                each!(self, stream => stream.fmt(f))
            }
        }

        macro_rules! each {
            ($self:expr, $stream_name:ident => $call:expr) => {
                match $self {
                    $(#[cfg(feature = $feature)] AnyStream::$name($stream_name) => $call,)*
                    $(#[cfg(feature = $of)] AnyStream::$special($stream_name) => $call,)*
                }
            };
        }
        use each;

        /// A stream over the first backend that this build has, made of bytes as that makes it.
        macro_rules! first {
            ($bytes:expr) => {{
                $(
                    #[cfg(feature = $feature)]
                    #[allow(unreachable_code)] // all but the first of them
                    return AnyStream::$name(<$stream>::from($bytes));
                )*
            }};
        }

        $(
            #[cfg(feature = $feature)]
            impl From<$stream> for AnyStream {
                fn from(stream: $stream) -> Self {
                    AnyStream::$name(stream)
                }
            }
        )*

        $(
            #[cfg(feature = $of)]
            impl From<$special_stream> for AnyStream {
                fn from(stream: $special_stream) -> Self {
                    AnyStream::$special(stream)
                }
            }
        )*

        /// Every name there is, whether or not this build has it.
        const NAMES: &[&str] = &[$($feature),*];
    };
}

backends! {
    "vec" Vec crate::VecStream,
        "one contiguous vector: fastest to append, read and overwrite; inserts move the tail, far seeks take memory";
    "rope" Rope crate::RopeStream,
        "a tree of chunks: cheap inserts anywhere, O(1) clones, free holes; a little slower at plain reading";
    "small" Small crate::SmallStream,
        "64 bytes inline without an allocation, then a vector: fastest when tiny; getvalue copies";
    "ropey" Ropey crate::RopeyStream,
        "the ropey text rope: cheap inserts, slow bulk reads, two bytes of storage for each byte of 0x80 and above";
    // As large as fit into an `AnyStream` anyway, beside a rope.
    with parameters:
    "small" "small:16" Small16 crate::SmallStream<16>, "as `small`, but 16 bytes inline";
    "small" "small:32" Small32 crate::SmallStream<32>, "as `small`, but 32 bytes inline";
    "small" "small:128" Small128 crate::SmallStream<128>, "as `small`, but 128 bytes inline";
}

forward_stream!(impl for AnyStream, each);
forward_resident!(impl for AnyStream, each);
stream_interfaces!(impl for AnyStream);

/// The bytes that an empty stream may take and cannot be refused: the first node of `ropey`'s tree.
const EMPTY: usize = 1024;

impl AnyStream {
    /// An empty stream over the first backend of [`Backend::ALL`]: a vector, unless this build has none.
    ///
    /// ```
    /// use anystream::{AnyStream, Backend};
    /// assert_eq!(AnyStream::new().backend(), Backend::ALL[0]);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Backend::ALL[0].stream()
    }

    /// Moves the contents and the position to another storage. Does nothing if it is that already.
    ///
    /// O(L) at most; where both storages can share memory, nothing is copied.
    ///
    /// # Errors
    /// `OutOfMemory`, mostly: contents with holes may be more than any other storage can hold. Or as any
    /// write of the other storage.
    /// The stream is then as it was (law F1).
    ///
    /// ```
    /// use anystream::{Backend, ByteStream};
    /// use std::io::Write;
    /// for &to in Backend::ALL {
    ///     let mut s = Backend::ALL[0].stream();
    ///     s.write_all(b"hello")?;
    ///     s.convert(to)?;
    ///     assert_eq!((s.backend(), s.tell(), &s.getvalue()?[..]), (to, 5, &b"hello"[..]));
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn convert(&mut self, backend: Backend) -> io::Result<()> {
        if backend != self.backend() {
            memory::expect_room([EMPTY])?;
            let mut converted = backend.stream();
            converted.write_bytes(self.getvalue()?)?;
            converted.seek(SeekFrom::Start(self.tell()))?;
            *self = converted;
        }
        Ok(())
    }
}

impl Default for AnyStream {
    fn default() -> Self {
        AnyStream::new()
    }
}

impl From<Vec<u8>> for AnyStream {
    fn from(bytes: Vec<u8>) -> Self {
        first!(bytes)
    }
}

impl From<Bytes> for AnyStream {
    fn from(bytes: Bytes) -> Self {
        first!(bytes)
    }
}

impl From<&[u8]> for AnyStream {
    fn from(bytes: &[u8]) -> Self {
        first!(bytes)
    }
}

impl<const LEN: usize> From<&[u8; LEN]> for AnyStream {
    fn from(bytes: &[u8; LEN]) -> Self {
        AnyStream::from(bytes.as_slice())
    }
}

/// All that a name can mean.
fn every() -> impl Iterator<Item = Backend> {
    Backend::ALL.iter().chain(Backend::WITH_PARAMETERS).copied()
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Backend {
    type Err = UnknownBackend;

    fn from_str(name: &str) -> Result<Self, UnknownBackend> {
        let known = every().find(|backend| {
            backend.name()
                == match name {
                    "small:64" => "small",
                    name => name,
                }
        });
        known.ok_or_else(|| UnknownBackend { name: name.to_owned() })
    }
}

/// A name that is no backend of this build. The message lists those that are.
///
/// ```
/// use anystream::Backend;
/// let error = "cord".parse::<Backend>().unwrap_err().to_string();
/// assert!(error.starts_with("there is no backend `cord`; there are: "));
/// assert!(Backend::ALL.iter().all(|backend| error.contains(backend.name())));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownBackend {
    name: String,
}

impl fmt::Display for UnknownBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (backend, _) = self.name.split_once(':').unwrap_or((&self.name, ""));
        let has = |backend| Backend::ALL.iter().any(|one| one.name() == backend);
        if NAMES.contains(&backend) && !has(backend) {
            write!(
                f,
                "the backend `{backend}` is not part of this build (cargo feature `{backend}`); there are:"
            )?;
        } else {
            write!(f, "there is no backend `{}`; there are:", self.name)?;
        }
        for (i, backend) in every().enumerate() {
            write!(f, "{} {backend}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl Error for UnknownBackend {}
