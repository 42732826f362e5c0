"""The parts screens are made of. Attributes come down, messages go up; nothing here knows Kafka's wire."""
