"""What Kafka things are: frozen dataclasses and arithmetic. Standard library only, no I/O."""
