"""How to talk to Kafka: the only package that sees aiokafka and kio. It gives and takes model objects only."""

from kafkatui.kafka.bare_packages import make_bare

# Its beginning loads package metadata for a version and argparse for a command: a tenth of what starting takes.
make_bare("crc32c")
