"""What the stores hold, read back in full; one module per store."""
