//! The program `anystream` as a library, so that a backend of your own can take part in its lab.
//!
//! The program replays what real programs did to a byte stream on every backend, and says which backend to take. With
//! this as the whole `main.rs` of your own crate, it includes your backend:
//!
//! ```no_run
//! # mod main_rs {
//! # type DequeStream = anystream::VecStream;
//! anystream_cli::lab!("deque": DequeStream, "a double-ended queue: cheap at both ends");
//! # }
//! ```
//!
//! `cargo run --release -- choose` then measures it, `-- backends` lists it, and the commands treat it like the
//! built-in backends. Build with optimisation to measure true costs.
//!
//! The crate has no other use: to have streams, take the crate `anystream`; to replay scripts in a program of your
//! own, `anystream-workload`.

// Each command has a file in `commands`. `measure` and its modules do the measuring; only `report` prints.
mod advice;
mod bench;
mod bounded;
mod catalogue;
mod choice;
mod commands;
mod comparison;
mod contender;
mod contestant;
mod goal;
mod heap;
mod interrupt;
mod lab;
mod listed;
mod machine;
mod measure;
mod mind;
mod output;
mod overall;
mod own;
mod profile;
mod program;
mod report;
mod results;
mod saved;
mod scaling;
mod script_file;
mod selection;
mod shape;
mod size;
mod visible;
mod worker;

use std::process::ExitCode;

pub use heap::CountingAllocator;
pub use own::OwnBackend;

/// Makes the whole `main.rs` of a lab: its `main`, and the allocator that counts what a replay holds.
///
/// Each backend of your own is a name, the type of its stream, and what it costs in a line. The stream is a
/// `ByteStream` with `Default` and `From<Vec<u8>>`, as `anystream::stream_type!` makes it. Without any, it is the program
/// `anystream` itself.
///
/// ```no_run
/// mod main_rs {
///     # type DequeStream = anystream::VecStream;
///     # type MappedStream = anystream::RopeStream;
///     anystream_cli::lab! {
///         "deque": DequeStream, "a double-ended queue: cheap at both ends";
///         "mapped": MappedStream, "a file in memory: nothing to load, every insert moves the rest";
///     }
/// }
/// ```
#[macro_export]
macro_rules! lab {
    ($($name:literal: $stream:ty, $cost:literal);* $(;)?) => {
        #[global_allocator]
        static ALLOCATOR: $crate::CountingAllocator = $crate::CountingAllocator;

        fn main() -> ::std::process::ExitCode {
            $crate::main_with(&[$($crate::OwnBackend::of::<$stream>($name, $cost)),*])
        }
    };
}

/// The program `anystream`, with backends of your own among those that it compares: reads the program's arguments,
/// does what they say, and returns its exit code. [`lab!`] is the short way to call it.
///
/// Help, the version and bad usage are printed and end the process, as programs do. It returns 2, with a sentence on
/// standard error, if two backends have one name, if a name is no one word, if [`CountingAllocator`] is not the
/// program's allocator, and if it is called a second time.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use anystream_cli::{CountingAllocator, OwnBackend, main_with};
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator = CountingAllocator;
///
/// fn main() -> ExitCode {
///     main_with(&[OwnBackend::of::<anystream::SmallStream<256>>("roomy", "256 bytes inline, then a vector")])
/// }
/// ```
#[must_use]
pub fn main_with(own: &[OwnBackend]) -> ExitCode {
    let entered = own::enter(own).map_err(commands::Error::Own);
    let mut arguments = std::env::args_os().skip(1);
    if entered.is_ok() && arguments.next().is_some_and(|first| first == worker::FLAG) {
        return worker::main(arguments);
    }
    let ran = entered.and_then(|()| commands::Program::of_arguments().run());
    ran.unwrap_or_else(|error| report::error(&error))
}

#[cfg(test)]
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;
