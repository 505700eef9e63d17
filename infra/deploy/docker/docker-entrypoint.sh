#!/bin/sh
# A process of Flink by one word, as with Flink's own image; whatever else is asked for, such as what
# Flink itself starts in Kubernetes, is run as it stands.
set -eu
case "${1:-}" in
    jobmanager | taskmanager)
        python -m infra.deploy.flink container /opt/flink/conf
        exec "/opt/flink/bin/$1.sh" start-foreground
        ;;
    wattstream)
        python -m infra.deploy.flink container /opt/flink/conf
        ;;
esac
exec "$@"
