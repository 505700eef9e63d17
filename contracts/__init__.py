"""What the parts of WattStream agree on, each thing in one place.

`jobs`, `simulators`, `consumers`, `infra` and `verification` import from here and not from each
other; this package imports none of them. `contracts/README.md` says the same in prose, for someone
who writes a producer or a reader in another language.
"""
