"""Devices of a home that publish over MQTT, as real ones of their kind do."""
