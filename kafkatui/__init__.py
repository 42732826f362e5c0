"""The terminal tool for Apache Kafka. Importing this package loads nothing else."""
