"""Kafka: one KRaft process that is broker and controller."""
