#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| anystream_fuzz::rope(bytes));
