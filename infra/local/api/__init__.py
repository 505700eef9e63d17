"""The API as a service of the stack."""
