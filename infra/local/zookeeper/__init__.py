"""ZooKeeper: one server, which remembers for Flink which jobs run and from where they go on."""
