//! The text of an editing trace while it is edited.

/// A text in chunks. An edit near the one before costs the chunk that it changes, one far away also a walk along the
/// lengths of the chunks between: a line of a record, and so a text, has at most a few thousand.
pub(super) struct Text {
    /// None is empty.
    chunks: Vec<Vec<u8>>,
    len: usize,
    /// The chunk of the last edit, and where it begins.
    index: usize,
    start: usize,
}

/// A chunk longer than this is split.
const LONGEST: usize = 16 << 10;

/// Two neighbours that are together no longer than this are joined.
const JOINED: usize = LONGEST / 4;

impl Text {
    pub(super) fn new(text: &[u8]) -> Self {
        let chunks = text.chunks(LONGEST / 2).map(<[u8]>::to_vec).collect();
        Text { chunks, len: text.len(), index: 0, start: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Replaces the bytes from `start` to `end`, which is not past the end, by `with`.
    pub(super) fn splice(&mut self, start: usize, end: usize, with: &[u8]) {
        self.find(start);
        let at = start - self.start;
        let mut deleted = end - start;
        self.len = self.len - deleted + with.len();
        let Some(chunk) = self.chunks.get_mut(self.index) else {
            return self.insert_chunks(self.index, with);
        };
        let here = deleted.min(chunk.len() - at);
        deleted -= here;
        if chunk.len() - here + with.len() <= LONGEST {
            chunk.splice(at..at + here, with.iter().copied());
        } else {
            let mut rest = chunk.split_off(at);
            rest.drain(..here);
            let behind = self.index + 1;
            if !rest.is_empty() {
                self.chunks.insert(behind, rest);
            }
            self.insert_chunks(behind, with);
        }
        self.delete_behind(at + with.len(), deleted);
        self.join();
    }

    /// Moves to the chunk that the byte at `offset` is in, or that it would be appended to.
    fn find(&mut self, offset: usize) {
        while self.start > offset {
            self.index -= 1;
            self.start -= self.chunk_len(self.index);
        }
        while offset >= self.start + self.chunk_len(self.index) && self.index + 1 < self.chunks.len() {
            self.start += self.chunk_len(self.index);
            self.index += 1;
        }
    }

    fn chunk_len(&self, index: usize) -> usize {
        self.chunks.get(index).map_or(0, Vec::len)
    }

    fn insert_chunks(&mut self, index: usize, text: &[u8]) {
        self.chunks.splice(index..index, text.chunks(LONGEST / 2).map(<[u8]>::to_vec));
    }

    /// Deletes `len` bytes from the one at `offset` of the present chunk on, if any; none of these is in the chunk
    /// where an edit began, unless that was split.
    fn delete_behind(&mut self, offset: usize, mut len: usize) {
        if len == 0 {
            return;
        }
        let (mut index, mut at) = (self.index, offset);
        while at >= self.chunk_len(index) && index < self.chunks.len() {
            at -= self.chunk_len(index);
            index += 1;
        }
        let first_whole = index;
        while len > 0 && len >= self.chunk_len(index) && index < self.chunks.len() {
            len -= self.chunk_len(index);
            index += 1;
        }
        if let Some(chunk) = self.chunks.get_mut(index) {
            chunk.drain(..len);
        }
        self.chunks.drain(first_whole..index);
    }

    /// Joins the present chunk with its neighbours if they have become short, so that many deletions do not leave
    /// many chunks.
    fn join(&mut self) {
        if self.chunk_len(self.index) == 0 && self.index < self.chunks.len() {
            self.chunks.remove(self.index);
        }
        if self.index >= self.chunks.len() {
            (self.index, self.start) = (0, 0);
        }
        for index in [self.index + 1, self.index] {
            let Some(before) = index.checked_sub(1) else { continue };
            if index >= self.chunks.len() || self.chunk_len(before) + self.chunk_len(index) > JOINED {
                continue;
            }
            let behind = self.chunks.remove(index);
            if index == self.index {
                self.index = before;
                self.start -= self.chunk_len(before);
            }
            if let Some(chunk) = self.chunks.get_mut(before) {
                chunk.extend(behind);
            }
        }
    }

    /// Whether this is the text.
    pub(super) fn is(&self, mut text: &[u8]) -> bool {
        let same = self.chunks.iter().all(|chunk| match text.strip_prefix(&chunk[..]) {
            Some(rest) => {
                text = rest;
                true
            }
            None => false,
        });
        same && text.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use rand_pcg::Pcg64;
    use rand_pcg::rand_core::Rng;

    use super::*;

    #[test]
    fn edits_of_every_kind_lead_to_the_same_text_as_a_vector_and_leave_few_chunks() {
        let mut random = Pcg64::new(1, 1);
        let mut up_to = |n: usize| (random.next_u64() % (n as u64 + 1)) as usize;
        let longest = [3, 300, 3 * LONGEST];
        for start in [0, 5, 20 * LONGEST] {
            let mut vector = vec![b'x'; start];
            let mut text = Text::new(&vector);
            for n in 0..4000 {
                let at = up_to(vector.len());
                let size = longest[up_to(2)];
                let deleted = up_to(if n % 7 == 0 { size } else { 40 }).min(vector.len() - at);
                let with = vec![(n % 251) as u8; up_to(if n % 2 == 0 { size / 9 } else { 20 })];
                vector.splice(at..at + deleted, with.iter().copied());
                text.splice(at, at + deleted, &with);
                assert_eq!(text.len(), vector.len());
                if n % 100 == 0 {
                    assert!(text.is(&vector), "edit {n}");
                }
            }
            assert!(text.is(&vector) && !text.is(&vector[..vector.len() - 1]));
            assert!(text.chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= LONGEST));
            // All but a few bytes are deleted, here and there.
            while text.len() > 100 {
                let at = up_to(text.len() - 1);
                text.splice(at, text.len().min(at + 1000), b"");
            }
            assert!(text.chunks.len() < 40, "{} chunks", text.chunks.len());
        }
    }
}
