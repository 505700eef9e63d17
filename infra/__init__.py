"""The local stack: Kafka, ZooKeeper, Cassandra, Redis and Flink as plain processes on loopback.

A service is described beside its configuration templates and its pom (`infra/kafka/service.py` and
so on); `infra.stack` starts, shows and stops all of them, `infra.supervisor` starts again what
died, `infra.provision` creates and erases what one namespace keeps in them.
"""
