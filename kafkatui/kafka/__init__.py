"""How to talk to Kafka: the only package that sees aiokafka and kio. It gives and takes model objects only."""

from importlib import import_module

from kafkatui.kafka.bare_packages import hidden, make_bare

# Their beginnings load package metadata for a version, argparse for a command, producers and consumers where only a
# connection is needed: a seventh of what starting takes (measured).
make_bare("crc32c")
# kio gets ready for tests by hypothesis wherever that is installed, which takes 180 ms (measured).
with hidden("hypothesis"):
    import_module("kio.static.primitive")
make_bare("aiokafka", __version__="")  # its modules make a default client id of it, which is never used
make_bare("aiokafka.record")
