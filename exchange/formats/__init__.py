"""What a file says, a module a format: lazy, typed, without Kafka and without a clock."""
