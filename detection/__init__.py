"""What may be the matter, found in readings: models and how good they are, without a stack."""
