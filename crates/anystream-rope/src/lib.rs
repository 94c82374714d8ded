//! placeholder
use anystream_core::{Storage, memory, stream_type};
use bytes::Bytes;
use std::io;
use std::ops::Range;
stream_type! {
    /// placeholder
    pub struct RopeStream(RopeStorage);
}
/// placeholder
#[derive(Default, Clone)]
pub struct RopeStorage(Vec<u8>);
impl Storage for RopeStorage {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Ok(memory::copy_from(memory::tail(&self.0, offset), buf))
    }
    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        Ok(memory::tail(&self.0, offset))
    }
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        self.0.try_reserve(with.len())?;
        self.0.splice(range.start as usize..range.end as usize, with.iter().copied());
        Ok(())
    }
}
impl From<Vec<u8>> for RopeStorage {
    fn from(b: Vec<u8>) -> Self {
        RopeStorage(b)
    }
}
impl From<&[u8]> for RopeStorage {
    fn from(b: &[u8]) -> Self {
        RopeStorage(b.to_vec())
    }
}
impl From<Bytes> for RopeStorage {
    fn from(b: Bytes) -> Self {
        RopeStorage(b.into())
    }
}
