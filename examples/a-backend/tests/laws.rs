//! The whole suite.

use gap_stream::GapStream;

anystream_tests::conformance!(gap, GapStream);
anystream_tests::resident!(gap_in_memory, GapStream);
