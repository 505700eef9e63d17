"""Files into the log: what is new of them, once, and what became of the rest."""
