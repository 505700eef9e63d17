"""What runs the parts: set-up of a machine, namespaces in the services, submission of jobs, and the
services themselves as plain processes on loopback (`infra.local`).
"""
