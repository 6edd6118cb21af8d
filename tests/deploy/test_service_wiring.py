"""Ports, probes, budgets and settings of the four Deployments point at each other rightly."""

from __future__ import annotations

import re

import pytest

from openjpki.config.parts import DatabasePart
from openjpki.rpc.identity.peer import parse_spiffe_id, server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.health import ALIVE
from openjpki.services.common import lease_keeper
from tests.deploy.manifests import (
    ROOT,
    SERVICES,
    Manifest,
    of_kind,
    pod_labels,
    pod_spec,
    service_container,
    settings,
)
from tests.deploy.network import selects

FOR_PEOPLE = 10
"""Connections to a cluster: three that PostgreSQL keeps for its superuser, auditors, commands."""


@pytest.fixture(params=SERVICES)
def deployment(request: pytest.FixtureRequest) -> Manifest:
    return of_kind("Deployment")[request.param]


def _port_of(listen: str) -> int:
    return int(listen.rpartition(":")[2])


def test_a_deployment_starts_its_own_service(deployment: Manifest) -> None:
    assert service_container(deployment)["args"] == ["serve", deployment["metadata"]["name"]]


def test_the_named_ports_are_those_the_settings_open(deployment: Manifest) -> None:
    declared = {p["name"]: p["containerPort"] for p in service_container(deployment)["ports"]}
    env = settings(deployment)
    opened = {
        "grpc": env["OPENJPKI_SERVICE__LISTEN"],
        "health": env["OPENJPKI_SERVICE__HEALTH_LISTEN"],
        "metrics": env["OPENJPKI_SERVICE__METRICS_LISTEN"],
    }
    if deployment["metadata"]["name"] == "ocsp":
        opened["ocsp-http"] = env["OPENJPKI_OCSP__HTTP_LISTEN"]
    assert declared == {name: _port_of(entry["value"]) for name, entry in opened.items()}


def test_the_three_probes_ask_the_health_port(deployment: Manifest) -> None:
    container = service_container(deployment)
    (health,) = (p["containerPort"] for p in container["ports"] if p["name"] == "health")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["grpc"]["port"] == health, probe
        # Who waits for others must not be started anew for that.
        name = container[probe]["grpc"].get("service", "")
        assert name == ("" if probe == "readinessProbe" else ALIVE)
    readiness, liveness = container["readinessProbe"], container["livenessProbe"]

    def patience(probe: dict[str, int]) -> int:
        return probe["periodSeconds"] * probe["failureThreshold"]

    # First out of service, only much later restarted; and time to start.
    assert patience(readiness) <= 15 < 60 <= patience(liveness)
    assert patience(container["startupProbe"]) >= 300


def test_a_pod_has_time_to_finish_its_calls(deployment: Manifest) -> None:
    pause = service_container(deployment)["lifecycle"]["preStop"]["sleep"]["seconds"]
    given = settings(deployment)["OPENJPKI_SERVICE__LIMITS__DRAIN"]["value"]
    # As long as a usual call takes; leases are given away before.
    assert float(given) >= 30
    leases = 2 * lease_keeper._DRAIN
    assert pod_spec(deployment)["terminationGracePeriodSeconds"] >= pause + leases + float(given)


def test_replicas_and_how_they_are_replaced(deployment: Manifest) -> None:
    spec = deployment["spec"]
    assert spec["replicas"] >= 2
    assert spec["strategy"].get("type", "RollingUpdate") == "RollingUpdate"
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_each_cluster_has_connections_for_all_its_pods(deployment: Manifest) -> None:
    """Also while they are replaced; docs/operations.md has the sums and what to set."""
    name, spec = deployment["metadata"]["name"], deployment["spec"]
    assert not [one for one in settings(deployment) if one.endswith("__CONNECTIONS")]
    beside = {"ca": 3, "bridge": 2}.get(name, 0)
    each = DatabasePart.model_fields["connections"].default + beside
    pods = spec["replicas"] + spec["strategy"]["rollingUpdate"]["maxSurge"] + 1
    wanted = pods * each + FOR_PEOPLE
    paper = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    said = re.search(
        r"\*\*(\d+) for the cluster of registration, of ocsp and of the register, (\d+) for that"
        r" of ca, (\d+) for that of bridge\*\*.*set it to (\d+)",
        paper,
    )
    assert said
    others, ca, bridge, set_to = map(int, said.groups())
    assert wanted == {"ca": ca, "bridge": bridge}.get(name, others)
    assert wanted <= set_to


@pytest.mark.parametrize("name", ["ca", "bridge"])
def test_pods_that_share_authorities_are_told_apart_and_reached_one_by_one(name: str) -> None:
    deployment = of_kind("Deployment")[name]
    env = settings(deployment)
    assert env["OPENJPKI_LEASE__INSTANCE"]["valueFrom"] == {
        "fieldRef": {"fieldPath": "metadata.name"}
    }
    # The port is the one it listens on; the family the one that the cluster gives first.
    assert env["OPENJPKI_LEASE__HOST"]["valueFrom"] == {"fieldRef": {"fieldPath": "status.podIP"}}
    assert "OPENJPKI_LEASE__ADDRESS" not in env


def test_replicas_spread_over_zones_and_machines(deployment: Manifest) -> None:
    spread = {c["topologyKey"]: c for c in pod_spec(deployment)["topologySpreadConstraints"]}
    assert spread.keys() == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    assert spread["kubernetes.io/hostname"]["whenUnsatisfiable"] == "DoNotSchedule"
    for constraint in spread.values():
        assert selects(constraint["labelSelector"], pod_labels(deployment))
        # Without these two, pods of another service or of the last release would count.
        assert {"app.kubernetes.io/name", "pod-template-hash"} <= set(constraint["matchLabelKeys"])


def test_service_and_budget_select_this_deployment_alone(deployment: Manifest) -> None:
    name = deployment["metadata"]["name"]
    service, budget = of_kind("Service")[name], of_kind("PodDisruptionBudget")[name]
    for other_name, other in of_kind("Deployment").items():
        labels = pod_labels(other)
        assert selects({"matchLabels": service["spec"]["selector"]}, labels) == (other_name == name)
        assert selects(budget["spec"]["selector"], labels) == (other_name == name)
    assert budget["spec"]["maxUnavailable"] == 1


def test_outsiders_reach_neither_health_nor_metrics_nor_ca() -> None:
    for name, service in of_kind("Service").items():
        if name == "metrics":
            assert service["spec"]["clusterIP"] == "None"
            continue
        ports = {port["targetPort"] for port in service["spec"]["ports"]}
        assert ports == ({"grpc", "ocsp-http"} if name == "ocsp" else {"grpc"})
        kind = service["spec"].get("type", "ClusterIP")
        assert kind == ("ClusterIP" if name == "ca" else "LoadBalancer")
        if kind == "LoadBalancer":
            # A verifier may be known by its address, which the default policy would hide.
            assert service["spec"]["externalTrafficPolicy"] == "Local"


def test_only_the_callers_of_ca_are_told_where_it_is(deployment: Manifest) -> None:
    peers = {k: e["value"] for k, e in settings(deployment).items() if k.endswith("__CA")}
    if deployment["metadata"]["name"] == "ca":
        assert peers == {}
        return
    assert list(peers.values()) == ["ca:8443"]
    (port,) = of_kind("Service")["ca"]["spec"]["ports"]
    assert port["port"] == 8443


def test_the_mesh_certificate_names_the_service(deployment: Manifest) -> None:
    name = deployment["metadata"]["name"]
    certificate = of_kind("Certificate")[name]["spec"]
    (uri,) = certificate["uris"]
    identity = parse_spiffe_id(uri, "openjpki.example")
    assert identity.role.value == name
    assert identity.reach is None or identity.reach.everything
    assert name in certificate["dnsNames"]
    # Whatever address was called, a pod's own among them, this is the name that clients check.
    trust_domain = settings(deployment)["OPENJPKI_TLS__TRUST_DOMAIN"]["value"]
    assert server_name(PeerRole(name), trust_domain) in certificate["dnsNames"]
    assert {"server auth", "client auth"} <= set(certificate["usages"])
    assert certificate["issuerRef"]["name"] in of_kind("Issuer")
    (volume,) = (v for v in pod_spec(deployment)["volumes"] if v["name"] == "tls")
    assert volume["secret"]["secretName"] == certificate["secretName"]
    (mount,) = (m for m in service_container(deployment)["volumeMounts"] if m["name"] == "tls")
    env = settings(deployment)
    for variable, file in {"CERTIFICATE": "tls.crt", "PRIVATE_KEY": "tls.key"}.items():
        assert env[f"OPENJPKI_TLS__{variable}"]["value"] == f"{mount['mountPath']}/{file}"


def test_only_ca_and_bridge_hold_keys_on_the_device(deployment: Manifest) -> None:
    name = deployment["metadata"]["name"]
    kind = settings(deployment).get("OPENJPKI_KEYS__KIND", {}).get("value")
    assert (kind == "pkcs11") == (name in {"ca", "bridge"})


def test_prometheus_finds_every_service_by_its_job() -> None:
    (monitor,) = of_kind("ServiceMonitor").values()
    service = of_kind("Service")["metrics"]
    assert selects(monitor["spec"]["selector"], service["metadata"]["labels"])
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    for deployment in of_kind("Deployment").values():
        assert selects({"matchLabels": service["spec"]["selector"]}, pod_labels(deployment))
    job, drop = endpoint["relabelings"]
    assert (job["targetLabel"], job["replacement"]) == ("job", "openjpki-$1")
    assert (drop["action"], drop["regex"]) == ("labeldrop", "service")
