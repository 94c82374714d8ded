//! What a rope is a sequence of.

use bytes::Bytes;
use triomphe::Arc;

use crate::chunk::{Chunk, FULL, SMALL};

/// A stretch of the contents, never empty while it is in the tree.
#[derive(Clone)]
pub(crate) enum Piece {
    /// Up to a few kilobytes that can be edited.
    Chunk(Chunk),
    /// Bytes kept as they were given. Behind an `Arc` so that a piece stays small.
    Shared(Arc<Bytes>),
    /// This many zeros, which take no memory.
    Hole(u64),
}

/// What a hole shows of itself: as long as is still fast to copy from.
static ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];

impl Piece {
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        match self {
            Piece::Chunk(chunk) => chunk.len() as u64,
            Piece::Shared(bytes) => bytes.len() as u64,
            Piece::Hole(len) => *len,
        }
    }

    /// The contiguous bytes from `at`, which is less than `len`, on.
    #[inline]
    pub(crate) fn run_from(&self, at: u64) -> &[u8] {
        match self {
            Piece::Chunk(chunk) => chunk.run_from(at as usize),
            Piece::Shared(bytes) => &bytes[at as usize..],
            Piece::Hole(len) => {
                let left = len - at;
                &ZEROS[..usize::try_from(left).map_or(ZEROS.len(), |left| left.min(ZEROS.len()))]
            }
        }
    }

    /// The bytes before `at` and those from it on; `0 < at < len`.
    pub(crate) fn split(self, at: u64) -> (Piece, Piece) {
        match self {
            Piece::Chunk(chunk) => {
                let (left, right) = chunk.split(at as usize);
                (Piece::Chunk(left), Piece::Chunk(right))
            }
            Piece::Shared(bytes) => {
                let at = at as usize;
                (Piece::shared(bytes.slice(..at)), Piece::shared(bytes.slice(at..)))
            }
            Piece::Hole(len) => (Piece::Hole(at), Piece::Hole(len - at)),
        }
    }

    /// Bytes of any length as they are.
    pub(crate) fn shared(bytes: Bytes) -> Piece {
        Piece::Shared(Arc::new(bytes))
    }

    /// Whether two neighbours should be one piece: two holes; or if one is small and both fit into a
    /// chunk. So no two neighbours are both mostly empty, and a rope of tiny pieces cannot arise.
    pub(crate) fn should_merge(&self, next: &Piece) -> bool {
        if let (Piece::Hole(_), Piece::Hole(_)) = (self, next) {
            return true;
        }
        let (a, b) = (self.len(), next.len());
        a.min(b) < SMALL as u64 && a.saturating_add(b) <= FULL as u64
    }

    /// One piece of the two; see [`should_merge`](Self::should_merge).
    pub(crate) fn merge(self, next: Piece) -> Piece {
        match (self, next) {
            (Piece::Hole(a), Piece::Hole(b)) => Piece::Hole(a + b),
            (Piece::Chunk(mut chunk), next) => {
                let len = chunk.len();
                for part in next.short_runs() {
                    chunk.splice(chunk.len()..chunk.len(), part);
                }
                debug_assert_eq!(chunk.len() as u64, len as u64 + next.len());
                Piece::Chunk(chunk)
            }
            (piece, next) => {
                let parts = piece.short_runs().into_iter().chain(next.short_runs());
                Piece::Chunk(Chunk::concatenated(parts))
            }
        }
    }

    /// All bytes of a piece that is no longer than a chunk.
    fn short_runs(&self) -> [&[u8]; 2] {
        match self {
            Piece::Chunk(chunk) => chunk.runs(),
            Piece::Shared(bytes) => [bytes, &[]],
            Piece::Hole(len) => [&ZEROS[..*len as usize], &[]],
        }
    }
}
