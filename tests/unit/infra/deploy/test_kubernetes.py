"""The overlays build, are what Kubernetes takes, and have every service of the local stack."""

import re
from collections.abc import Mapping
from typing import Any

import kubernetes_validate
import pytest

from contracts.jobs import JOBS, instances
from contracts.settings import PROJECT, Settings, host_and_port
from infra.deploy.crds import closed, problems
from infra.local.flink.service import flink_home
from infra.local.services import TABLE
from infra.settings import StackSettings
from tests.unit.infra.deploy.manifests import (
    OVERLAYS,
    Manifest,
    environment,
    flink_pods,
    of_kind,
    ours,
    overlay,
    pods,
    secrets,
    settings_of,
    title,
    unknown,
)

VERSION = "1.37"
OF_OPERATORS = {
    *("FlinkDeployment", "Kafka", "KafkaNodePool", "Issuer", "Certificate"),
    *("PodMonitor", "PrometheusRule"),
}
"""Kinds that Kubernetes itself does not have."""
KINDS = {
    "kafka": ("Kafka", "wattstream"),
    "cassandra": ("StatefulSet", "cassandra"),
    "redis": ("StatefulSet", "redis"),
    "postgresql": ("StatefulSet", "postgresql"),
    "mosquitto": ("StatefulSet", "mosquitto"),
    "bridge": ("StatefulSet", "bridge"),
}
"""What a service of the local stack is, if no Deployment of its name."""
INSTEAD = {
    "zookeeper": "Kubernetes itself keeps who leads and which checkpoint is the last",
    "flink-jobmanager": "a FlinkDeployment for each job",
    "flink-taskmanager": "a FlinkDeployment for each job",
    "supervisor": "Kubernetes starts again what ends",
    "hivemq": "of the brokers it is Mosquitto that is there",
    "prometheus": "a cluster has its own; the component `prometheus` tells it whom to ask",
}
REACHES = "reaches.wattstream.io/"

both = pytest.mark.parametrize("name", OVERLAYS)


@both
def test_kubernetes_takes_all_of_its_own_kinds(name: str) -> None:
    for manifest in overlay(name):
        if manifest["kind"] not in OF_OPERATORS:
            kubernetes_validate.validate(manifest, VERSION, strict=True)


@both
def test_what_flinks_operator_makes_pods_of_are_pods(name: str) -> None:
    made = flink_pods(name)
    assert len(made) == 2 * len(JOBS)
    for title_, template in made.items():
        pod = {"apiVersion": "v1", "kind": "Pod", **template}
        pod["metadata"] = {"name": "any", **template["metadata"]}
        kubernetes_validate.validate(pod, VERSION, strict=True)
        (container,) = template["spec"]["containers"]
        assert container["name"] == "flink-main-container", title_


def test_every_service_of_the_local_stack_is_there() -> None:
    there = {(each["kind"], each["metadata"]["name"]) for each in overlay("trial")}
    for service in set(TABLE) - set(INSTEAD):
        assert KINDS.get(service, ("Deployment", service)) in there, service
    assert {("FlinkDeployment", f"wattstream-{job}") for job in JOBS} <= there


def test_production_is_all_but_the_stores() -> None:
    trial, production = (
        {title(each) for each in overlay(name) if each["kind"] in ("Deployment", "FlinkDeployment")}
        for name in ("trial", "production")
    )
    assert trial == production
    assert {title(each) for each in of_kind("production", "StatefulSet")} == {"StatefulSet bridge"}


@both
def test_programs_are_all_that_there_are(name: str) -> None:
    programs = {path.parent.name for path in PROJECT.glob("services/*/__main__.py")}
    run = {
        container["command"][2].removeprefix("services.")
        for pod in pods(name).values()
        for container in pod["spec"]["containers"]
        if container.get("command", ())[:2] == ["python", "-m"]
    }
    assert run - {"infra.deploy.connect"} == programs
    jobs = {each["spec"]["job"]["args"][-1] for each in of_kind(name, "FlinkDeployment")}
    assert jobs == {f"/opt/wattstream/jobs/{job}.py" for job in JOBS}
    assert all((PROJECT / path.removeprefix("/opt/wattstream/")).is_file() for path in jobs)


@both
def test_variables_are_settings_that_there_are(name: str) -> None:
    assert unknown(list(settings_of(name))) == []
    for title_, pod in ours(name).items():
        assert unknown([variable for variable, _ in environment(pod)]) == [], title_


@both
def test_settings_are_accepted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in settings_of(name).items():
        monkeypatch.setenv(variable, value)
    for pod in ours(name).values():
        for variable, value in environment(pod):
            if isinstance(value, str):
                monkeypatch.setenv(variable, value)
    settings = Settings()
    assert settings.readings_partitions == 16
    assert settings.readings_timestamp_type == "LogAppendTime"


@both
def test_no_secret_is_written_down_and_none_is_a_setting_of_all(name: str) -> None:
    assert of_kind(name, "Secret") == []
    for variable, value in settings_of(name).items():
        assert not re.search(r"PASSWORD|SECRET|REDIS_URL|POSTGRES_URL", variable)
        assert "@" not in value


@both
def test_a_process_is_given_no_secret_that_the_local_stack_does_not_give(name: str) -> None:
    settings, stack = Settings.model_construct(), StackSettings.model_construct()
    optional = ("_USERNAME", "_PASSWORD", "_CLIENT_SECRET")
    for title_, pod in pods(name).items():
        _, service = title_.split()
        if (PROJECT / "services" / service).is_dir() and service in TABLE:
            needed = {each for each in secrets(pod) if not each.endswith(optional)}
            assert needed <= set(TABLE[service].make(settings, stack).environment), title_
    given = {title_: secrets(pod) for title_, pod in flink_pods(name).items()}
    s3 = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert {title_: found - s3 for title_, found in given.items() if found - s3} == {
        "FlinkDeployment wattstream-hot jobManager": {"WATTSTREAM_REDIS_URL"},
        "FlinkDeployment wattstream-watch jobManager": {"WATTSTREAM_REDIS_URL"},
        "FlinkDeployment wattstream-history jobManager": {
            "WATTSTREAM_CASSANDRA_USERNAME",
            "WATTSTREAM_CASSANDRA_PASSWORD",
        },
    }


@both
def test_nobody_is_root_and_everything_has_a_bound(name: str) -> None:
    for title_, pod in (pods(name) | flink_pods(name)).items():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, title_
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, title_
            assert own["capabilities"] == {"drop": ["ALL"]}
            if title_ not in flink_pods(name):
                assert "memory" in container["resources"]["limits"], title_
                assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    for pod in pods(name).values():
        assert pod["spec"]["automountServiceAccountToken"] is False


def _ports(policy: Manifest, direction: str) -> set[int]:
    rules = policy["spec"].get(direction, ())
    return {each["port"] for rule in rules for each in rule.get("ports", ())}


@both
def test_nobody_speaks_unless_a_policy_says_so(name: str) -> None:
    policies = {each["metadata"]["name"]: each for each in of_kind(name, "NetworkPolicy")}
    all_of_ours = policies["nobody"]["spec"]
    assert all_of_ours["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in all_of_ours
    (own,) = all_of_ours["podSelector"]["matchLabels"].items()
    for title_, pod in ours(name).items():
        assert own in pod["metadata"]["labels"].items(), title_


@both
def test_a_pod_may_reach_the_stores_that_it_is_told_of(name: str) -> None:
    policies = {each["metadata"]["name"]: each for each in of_kind(name, "NetworkPolicy")}
    told = settings_of(name)
    at = {
        "kafka": {
            host_and_port(f"//{each}")[1] for each in told["WATTSTREAM_KAFKA_BOOTSTRAP"].split(",")
        },
        "cassandra": {int(told["WATTSTREAM_CASSANDRA_PORT"])},
        "connect": {host_and_port(told["WATTSTREAM_CONNECT_URL"])[1]},
        "flink": {host_and_port(told["WATTSTREAM_FLINK_REST_URL"])[1]},
        "mqtt": {host_and_port(told["WATTSTREAM_MQTT_URL"])[1]},
    }
    for store, ports in at.items():
        assert _ports(policies[f"reaches-{store}"], "egress") == ports, store
    for title_, pod in ours(name).items():
        labels = {
            label.removeprefix(REACHES)
            for label in pod["metadata"]["labels"]
            if label.startswith(REACHES)
        }
        assert all(f"reaches-{each}" in policies for each in labels), title_
        for variable in secrets(pod):
            store = variable.removeprefix("WATTSTREAM_").split("_")[0].lower()
            if store in ("redis", "postgres", "cassandra", "mqtt"):
                assert store in labels, f"{title_} has {variable}"


@both
def test_probes_ask_ports_that_containers_have(name: str) -> None:
    for title_, pod in pods(name).items():
        for container in pod["spec"]["containers"]:
            named = {each["name"] for each in container.get("ports", ())}
            for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
                asked = container.get(kind, {})
                for way in ("httpGet", "tcpSocket"):
                    if way in asked:
                        assert asked[way]["port"] in named, title_
    for title_, pod in flink_pods(name).items():
        (container,) = pod["spec"]["containers"]
        port = 8081 if title_.endswith("jobManager") else 6122
        assert container["livenessProbe"]["tcpSocket"] == {"port": port}
        assert "startupProbe" in container


def test_the_api_listens_where_its_settings_say() -> None:
    usual = Settings.model_construct().api
    (container,) = pods("production")["Deployment api"]["spec"]["containers"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert ports == {"http": usual.port, "metrics": usual.metrics_port}
    told = dict(environment(pods("production")["Deployment api"]))
    assert told["WATTSTREAM_API_PORT"] == str(usual.port)
    assert told["WATTSTREAM_API_METRICS_PORT"] == str(usual.metrics_port)


@both
def test_what_runs_more_than_once_is_not_drained_at_once(name: str) -> None:
    budgets = [
        each["spec"]["selector"]["matchLabels"] for each in of_kind(name, "PodDisruptionBudget")
    ]
    scaled = {
        each["spec"]["scaleTargetRef"]["name"] for each in of_kind(name, "HorizontalPodAutoscaler")
    }
    several = [
        each["spec"]["template"]["metadata"]["labels"]
        for each in of_kind(name, "Deployment", "StatefulSet")
        if each["metadata"]["name"] in scaled or each["spec"].get("replicas", 1) > 1
    ]
    several += [pod["metadata"]["labels"] for pod in flink_pods(name).values()]
    assert len(several) == 2 + 2 * len(JOBS)
    for labels in several:
        assert any(wanted.items() <= labels.items() for wanted in budgets), labels


def test_widening_has_bounds() -> None:
    (api,) = of_kind("production", "HorizontalPodAutoscaler")
    assert 2 <= api["spec"]["minReplicas"] < api["spec"]["maxReplicas"]
    (deployment,) = (
        each for each in of_kind("production", "Deployment") if title(each) == "Deployment api"
    )
    assert "replicas" not in deployment["spec"], "applied again, it would undo the autoscaler"
    partitions = settings_of("production")["WATTSTREAM_READINGS_PARTITIONS"]
    scaled = {
        each["metadata"]["name"]: each["spec"]["flinkConfiguration"]
        for each in of_kind("production", "FlinkDeployment")
        if each["spec"]["flinkConfiguration"].get("job.autoscaler.enabled") == "true"
    }
    assert set(scaled) == {"wattstream-hot", "wattstream-cold"}
    for options in scaled.values():
        assert options["job.autoscaler.vertex.max-parallelism"] == partitions
        assert int(options["job.autoscaler.vertex.min-parallelism"]) >= 1


@both
def test_a_job_goes_on_from_its_last_state(name: str) -> None:
    for each in of_kind(name, "FlinkDeployment"):
        job, options = each["spec"]["job"], each["spec"]["flinkConfiguration"]
        assert job["upgradeMode"] == "last-state"
        assert job["allowNonRestoredState"] is False
        assert options["high-availability.type"] == "kubernetes"
        assert options["kubernetes.operator.job.savepoint-on-deletion"] == "true"
        assert each["spec"]["jobManager"]["replicas"] == 2
        for folder in ("high-availability.storageDir", "execution.checkpointing.dir"):
            begin = "s3://" if name == "production" else "file:///var/lib/wattstream/"
            assert options[folder].startswith(begin)
        jar = job["jarURI"].removeprefix("local:///opt/flink/opt/")
        assert (flink_home() / "opt" / jar).is_file()


def _mib(text: str) -> float:
    return float(text.removesuffix("m"))


@both
def test_the_memory_of_a_task_manager_counts_python(name: str) -> None:
    """By Flink's own sum: what is neither Java's, nor the network's, nor Python's is the heap."""
    for each in of_kind(name, "FlinkDeployment"):
        options = each["spec"]["flinkConfiguration"]
        process = _mib(each["spec"]["taskManager"]["resource"]["memory"])
        overhead = min(max(192.0, 0.1 * process), 1024.0)
        flink = process - overhead - _mib(options["taskmanager.memory.jvm-metaspace.size"])
        network = min(
            max(0.1 * flink, _mib(options["taskmanager.memory.network.min"])),
            _mib(options["taskmanager.memory.network.max"]),
        )
        managed = _mib(options["taskmanager.memory.managed.size"])
        off_heap = 128 + _mib(options["taskmanager.memory.task.off-heap.size"])
        heap = flink - network - managed - off_heap
        job = each["metadata"]["name"].removeprefix("wattstream-")
        slots = int(options["taskmanager.numberOfTaskSlots"])
        assert heap >= 512, f"{job}: {heap}"
        assert (managed >= 256 * slots) == has_python(job), job
        assert float(options["kubernetes.taskmanager.memory.limit-factor"]) > 1


def has_python(job: str) -> bool:
    """Whether the job's module names functions in Python, or is one that does all in it."""
    text = (PROJECT / "jobs" / f"{job}.py").read_text()
    return "jobs.functions" in text


@both
def test_partitions_are_enough_for_the_parallelism(name: str) -> None:
    settings = Settings.model_construct(
        readings_partitions=int(settings_of(name)["WATTSTREAM_READINGS_PARTITIONS"])
    )
    for each in of_kind(name, "FlinkDeployment"):
        parallelism = each["spec"]["job"]["parallelism"]
        job = each["metadata"]["name"].removeprefix("wattstream-")
        slots = int(each["spec"]["flinkConfiguration"]["taskmanager.numberOfTaskSlots"])
        assert parallelism <= settings.readings_partitions
        assert instances(job, parallelism, settings) % slots == 0, "a task manager half empty"


@both
def test_claims_maps_and_accounts_that_are_named_are_there(name: str) -> None:
    there = {(each["kind"], each["metadata"]["name"]) for each in overlay(name)}
    for title_, pod in (pods(name) | flink_pods(name)).items():
        volumes = {each["name"]: each for each in pod["spec"].get("volumes", ())}
        for volume in volumes.values():
            if claim := volume.get("persistentVolumeClaim"):
                assert ("PersistentVolumeClaim", claim["claimName"]) in there, title_
            if files := volume.get("configMap"):
                assert ("ConfigMap", files["name"]) in there, title_
        for container in pod["spec"]["containers"]:
            for origin in container.get("envFrom", ()):
                if files := origin.get("configMapRef"):
                    assert ("ConfigMap", files["name"]) in there, title_
    for each in of_kind(name, "FlinkDeployment"):
        assert ("ServiceAccount", each["spec"]["serviceAccount"]) in there


STORES = pods("trial")


def test_trial_stores_are_as_those_of_compose() -> None:
    from tests.unit.infra.deploy.test_compose import SERVICES

    (cassandra,) = STORES["StatefulSet cassandra"]["spec"]["containers"]
    options = dict(environment(STORES["StatefulSet cassandra"]))["JVM_EXTRA_OPTS"]
    assert options.split() == SERVICES["cassandra"]["environment"]["JVM_EXTRA_OPTS"].split()
    (redis,) = STORES["StatefulSet redis"]["spec"]["containers"]
    assert redis["command"][-1].replace("$", "$$") == SERVICES["redis"]["command"][-1]
    (postgres,) = STORES["StatefulSet postgresql"]["spec"]["containers"]
    assert postgres["args"] == SERVICES["postgresql"]["command"][1:]
    (kafka,) = of_kind("trial", "Kafka")
    given = SERVICES["kafka"]["environment"]
    config = kafka["spec"]["kafka"]["config"]
    for option in (
        *("auto.create.topics.enable", "message.max.bytes", "replica.fetch.max.bytes"),
        "transaction.max.timeout.ms",
    ):
        assert str(config[option]) == given[f"KAFKA_{option.upper().replace('.', '_')}"]
    assert config["min.insync.replicas"] == 2
    (listener,) = kafka["spec"]["kafka"]["listeners"]
    bootstrap = settings_of("trial")["WATTSTREAM_KAFKA_BOOTSTRAP"]
    assert bootstrap == f"wattstream-kafka-bootstrap:{listener['port']}"
    assert cassandra["ports"][0]["containerPort"] == 9042


CRD: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["image"],
            "properties": {
                "image": {"type": "string"},
                "port": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}]},
                "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            },
        }
    },
}


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"image": "x", "port": "http", "any": {"a": 1}}, []),
        ({"image": "x", "imgae": "y"}, ["Additional properties are not allowed"]),
        ({"port": 1}, ["'image' is a required property"]),
    ],
)
def test_a_definition_of_an_operator_is_taken_at_its_word(
    spec: dict[str, object], told: list[str]
) -> None:
    manifest = {"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "n"}, "spec": spec}

    found = list(problems([manifest], {("a/v1", "K"): closed(dict(CRD))}))

    assert len(found) == len(told)
    assert all(part in line for part, line in zip(told, found, strict=True))
