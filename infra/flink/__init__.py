"""Flink: a standalone session cluster, job manager and task manager as processes of their own."""
