//! Tables of descriptors. `fork` copies one in constant time: copies share what neither has changed.

use std::rc::Rc;

use super::description::Description;

/// What the descriptors of a process mean.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// In the order of the numbers; a chunk without entries may stay.
    chunks: Rc<Vec<(u32, Rc<Chunk>)>>,
}

const CHUNK: usize = 32;

type Chunk = [Option<Entry>; CHUNK];

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) description: Rc<Description>,
    pub(super) closes_on_exec: bool,
    /// The line that made it.
    pub(super) since: u64,
}

impl Table {
    pub(super) fn get(&self, descriptor: u32) -> Option<&Entry> {
        let (number, index) = place(descriptor);
        let at = self.find(number).ok()?;
        self.chunks.get(at)?.1.get(index)?.as_ref()
    }

    pub(super) fn put(&mut self, descriptor: u32, entry: Entry) {
        *self.slot(descriptor) = Some(entry);
    }

    pub(super) fn take(&mut self, descriptor: u32) -> Option<Entry> {
        // Nothing is copied if there is nothing to take.
        self.get(descriptor)?;
        self.slot(descriptor).take()
    }

    pub(super) fn set_close_on_exec(&mut self, descriptor: u32, closes: bool) {
        if self.get(descriptor).is_some_and(|entry| entry.closes_on_exec != closes)
            && let Some(entry) = self.slot(descriptor)
        {
            entry.closes_on_exec = closes;
        }
    }

    /// The descriptors between these two, both included, whose entries are as wanted.
    pub(super) fn matching(&self, first: u32, last: u32, mut wanted: impl FnMut(&Entry) -> bool) -> Vec<u32> {
        let mut found = Vec::new();
        for (number, chunk) in self.chunks.iter() {
            for (index, entry) in chunk.iter().enumerate() {
                let descriptor = number * CHUNK as u32 + index as u32;
                if (first..=last).contains(&descriptor) && entry.as_ref().is_some_and(&mut wanted) {
                    found.push(descriptor);
                }
            }
        }
        found
    }

    /// The lowest number from `from` on that means nothing.
    pub(super) fn lowest_free(&self, from: u32) -> u32 {
        let mut descriptor = from;
        while self.get(descriptor).is_some() {
            descriptor = descriptor.saturating_add(1);
        }
        descriptor
    }

    fn find(&self, number: u32) -> Result<usize, usize> {
        // Mostly all chunks from the first on are there.
        match self.chunks.get(number as usize) {
            Some((found, _)) if *found == number => Ok(number as usize),
            _ => self.chunks.binary_search_by_key(&number, |(number, _)| *number),
        }
    }

    fn slot(&mut self, descriptor: u32) -> &mut Option<Entry> {
        let (number, index) = place(descriptor);
        let found = self.find(number);
        let chunks = Rc::make_mut(&mut self.chunks);
        let at = found.unwrap_or_else(|at| {
            chunks.insert(at, (number, Rc::default()));
            at
        });
        &mut Rc::make_mut(&mut chunks[at].1)[index]
    }
}

fn place(descriptor: u32) -> (u32, usize) {
    (descriptor / CHUNK as u32, descriptor as usize % CHUNK)
}
