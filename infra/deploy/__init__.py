"""WattStream in containers: images, a Compose file for one machine, Kustomize for Kubernetes.

What the local stack found out and pinned is said there alone; here stands what differs in a
container. docs/deploy.md says how to use it.
"""
