"""What a session has seen, kept small: snapshots as bytes, a ring of them in memory, recordings in files."""
