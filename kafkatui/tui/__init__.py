"""The terminal interface and the only importer of textual. It shows snapshots; it never talks to Kafka itself."""
