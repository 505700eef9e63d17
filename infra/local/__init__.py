"""The local stack as plain processes on loopback.

A service is described beside its configuration templates and its pom (`kafka/service.py` and so
on); `stack` starts, shows and stops all of them, `supervisor` starts again what died.
"""
