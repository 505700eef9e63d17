"""What goes into feeders, and what supply meters make of it.

`losses` says what is lost between a transformer and its homes, `errors` how supply meters are
wrong, `dark` when a feeder has no power; `supplied` puts them together with what homes draw.
"""
