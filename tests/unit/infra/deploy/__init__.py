"""Images, Compose and Kubernetes."""
