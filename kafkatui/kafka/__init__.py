"""How to talk to Kafka: the only package that sees aiokafka and kio. It gives and takes model objects only."""
