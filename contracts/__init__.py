"""What the parts of WattStream agree on, each thing in one place: shapes, without I/O.

Every part imports from here, and this package imports none of them. `contracts/README.md` says the
same in prose, for someone who writes a producer or a reader in another language.
"""
