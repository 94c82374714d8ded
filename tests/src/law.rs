//! The numbered laws, as data.

use std::fmt;
use std::str::FromStr;

macro_rules! laws {
    ($($id:ident $statement:literal;)*) => {
        /// A law of the contract. Its full text is in the docs of `ByteStream`.
        ///
        /// ```
        /// use anystream_tests::Law;
        /// assert_eq!("W3".parse(), Ok(Law::W3));
        /// assert_eq!(Law::W3.statement(), "an empty write changes nothing, wherever the position is");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Law {
            $(#[doc = $statement] $id,)*
        }

        impl Law {
            /// Every law, in the order of the contract.
            ///
            /// ```
            /// assert_eq!(anystream_tests::Law::ALL.len(), 23);
            /// ```
            pub const ALL: &'static [Law] = &[$(Law::$id,)*];

            /// What it says, in a line.
            ///
            /// ```
            /// assert_eq!(anystream_tests::Law::N1.statement(), "a new stream is empty, at position 0");
            /// ```
            #[must_use]
            pub const fn statement(self) -> &'static str {
                match self {
                    $(Law::$id => $statement,)*
                }
            }
        }
    };
}

laws! {
    N1 "a new stream is empty, at position 0";
    N2 "a stream made from bytes holds those, at position 0";
    T1 "tell and len are the position and the length; the position may exceed the length";
    S1 "seek to any u64 succeeds and changes no contents";
    S2 "a relative seek below 0 or above u64::MAX is InvalidInput, and the position stays";
    R1 "read is short only at the end; at or past it, it reads nothing";
    R2 "read_exact of too much is UnexpectedEof, and the position stays";
    R3 "fill_buf is empty exactly at or past the end; consume moves by what is there";
    R4 "read_bytes reads as read does; later writes never show in its value";
    R5 "read_at reads at an offset, and the position stays";
    W1 "write takes all of it or fails: overwrites, then extends";
    W2 "a write past the end fills the gap with zeros";
    W3 "an empty write changes nothing, wherever the position is";
    W4 "write_vectored is one write of the concatenation";
    W5 "write_bytes writes as write does";
    F1 "a call that returns an error changes nothing";
    W6 "a write that fails says why: FileTooLarge, OutOfMemory or QuotaExceeded";
    V1 "getvalue is the whole contents; the position stays; later writes never show in it";
    C1 "truncate cuts and never grows; the position stays";
    C2 "set_len cuts, or grows with zeros; the position stays";
    E1 "splice replaces a range within the contents; the position stays";
    I1 "a clone has its own position and never sees another's later writes";
    P1 "no panic, no abort, no overflow, for any calls with any arguments";
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for Law {
    type Err = String;

    fn from_str(id: &str) -> Result<Self, String> {
        let law = Law::ALL.iter().copied().find(|law| law.to_string() == id);
        law.ok_or_else(|| format!("there is no law `{id}`; there are: {:?}", Law::ALL))
    }
}
