"""Change capture goes on: what failed of Kafka Connect's connectors is started again.

Connect leaves a task for failed whose database, or broker, was away when it began.
"""
