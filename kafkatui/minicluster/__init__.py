"""A real Kafka on this machine: start, seed, trouble and stop it. Importing this package loads nothing else."""
