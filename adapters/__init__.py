"""How to reach each outside system, a module each: the only code that opens a connection to it."""
