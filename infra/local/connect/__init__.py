"""Kafka Connect: one worker, in which Debezium captures the changes of PostgreSQL."""
