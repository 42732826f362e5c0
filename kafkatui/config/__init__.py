"""Which cluster, and how to get in: files, environment and property names become a `Connection`. Nothing is dialled."""
