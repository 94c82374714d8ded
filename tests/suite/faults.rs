//! What an error says: what was wrong, where, and that nothing has changed.

use std::io::{self, ErrorKind};

use anystream::Fault;
use rstest::rstest;

#[rstest]
#[case::before_the_start(
    Fault::SeekOutside { base: 3, by: -8 },
    ErrorKind::InvalidInput,
    "cannot seek by -8 from byte 3: that lies before the start"
)]
#[case::past_the_last_position(
    Fault::SeekOutside { base: u64::MAX, by: 8 },
    ErrorKind::InvalidInput,
    "cannot seek by 8 from byte 18446744073709551615: that lies past the last position"
)]
#[case::end_reached(
    Fault::EndReached { position: 3, wanted: 5, left: 2 },
    ErrorKind::UnexpectedEof,
    "wanted 5 bytes at position 3, but only 2 are left"
)]
#[case::too_large(
    Fault::TooLarge { len: Some(10), limit: 9 },
    ErrorKind::FileTooLarge,
    "the contents would be 10 bytes long, more than the 9 that this storage can address"
)]
#[case::past_u64(
    Fault::TooLarge { len: None, limit: 9 },
    ErrorKind::FileTooLarge,
    "the contents would end past the last position, 18446744073709551615, more than the 9 that"
)]
#[case::over_limit(
    Fault::OverLimit { at: 2, len: 3, wanted: 10, limit: 9 },
    ErrorKind::QuotaExceeded,
    "at byte 2 of 3: the contents would be 10 bytes long, past their limit of 9"
)]
#[case::no_memory(
    Fault::NoMemory { at: 2, len: 3, wanted: 10 },
    ErrorKind::OutOfMemory,
    "at byte 2 of 3: there is no memory for 10 bytes; nothing was changed"
)]
#[case::range_outside(
    Fault::RangeOutside { range: 4..9, len: 5 },
    ErrorKind::InvalidInput,
    "the range 4..9 does not lie within the 5 bytes of contents: it needs start <= end <= 5"
)]
#[case::not_utf8(
    Fault::NotUtf8 { offset: 7 },
    ErrorKind::InvalidData,
    "the byte at 7 is not valid UTF-8; nothing was consumed"
)]
#[case::formatting(
    Fault::Formatting,
    ErrorKind::Other,
    "a Display implementation reported an error; nothing was written"
)]
fn an_error_has_its_kind_and_says_what_was_wrong(
    #[case] fault: Fault,
    #[case] kind: ErrorKind,
    #[case] begins: &str,
) {
    let error = io::Error::from(fault.clone());
    assert_eq!((error.kind(), fault.kind()), (kind, kind));
    assert!(error.to_string().starts_with(begins), "{error}");
    assert_eq!(error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>()), Some(&fault));
}
