"""The command line: words in, bytes out. Data goes to stdout, talk to stderr. Textual is never seen here."""
