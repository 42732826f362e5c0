"""One screen a file. A screen shows what it is given and sends messages up; it does no I/O."""
