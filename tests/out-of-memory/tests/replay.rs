//! A replay that has no memory for itself says so, and does not abort for want of memory to say it with.

use std::io::ErrorKind;

use anystream::VecStream;
use anystream_out_of_memory::{Refuse, refusing};
use anystream_workload::{NoReplayMemory, Op, Scratch};

#[test]
fn a_replay_without_memory_for_a_read_has_an_error_of_its_kind() {
    for op in [Op::Read(5), Op::ReadExact(5), Op::ReadVectored(vec![2, 3]), Op::ReadAt { offset: 0, len: 5 }]
    {
        let (mut stream, mut scratch) = (VecStream::from(b"hello"), Scratch::default());
        let (error, seen) =
            refusing(Refuse::Beyond(0), 0, || op.perform(&mut stream, &mut scratch).unwrap_err());
        assert_eq!((error.kind(), seen.refused > 0), (ErrorKind::OutOfMemory, true), "{op}");
        assert_eq!(NoReplayMemory::of(&error), None, "{op}: there was no memory for details");
        assert!(op.perform(&mut stream, &mut scratch).is_ok(), "{op}: with memory it goes on");
    }
}

#[test]
fn a_replay_without_memory_for_a_value_that_it_keeps_has_an_error_of_its_kind() {
    let mut scratch = Scratch::default();
    scratch.hold(1);
    let (error, seen) = refusing(Refuse::Beyond(0), 0, || scratch.keep("kept".into()).unwrap_err());
    assert_eq!((error.kind(), seen.refused > 0), (ErrorKind::OutOfMemory, true));
    assert!(scratch.keep("kept".into()).is_ok());
}
