"""The commands, a module a task; `wattstream --help` lists them in the order of `wattstream.main`.

They import what they need themselves: polars, pyarrow and the clients of the services take seconds
to load, and no command should wait for what it does not use.
"""
