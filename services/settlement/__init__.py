"""Bills of a month: what the archive has, made into the curve of registers and settled."""
