"""What may be the matter, found in readings offline: models and how good they are, and how good
alerts were."""
