"""Which records are wanted: what a person asks for becomes required bytes and a test of one record. No I/O."""
