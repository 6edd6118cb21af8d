"""The NetworkPolicies let through the design's arrows and nothing else."""

from __future__ import annotations

from tests.deploy.manifests import BASE, NAMESPACE, PRODUCTION, SERVICES, of_kind, pod_labels
from tests.deploy.network import Flow, Node, flows

GRPC, HEALTH, METRICS, OCSP_HTTP, POSTGRES, DEVICE = 8443, 8081, 9090, 8080, 5432, 1792
PORTS = [
    *((port, "TCP") for port in (GRPC, HEALTH, METRICS, OCSP_HTTP, POSTGRES, DEVICE, 53, 80, 443)),
    (53, "UDP"),
]
PODS = {
    name: Node(name, f"10.0.0.{number}", NAMESPACE, pod_labels(deployment))
    for number, (name, deployment) in enumerate(of_kind("Deployment").items(), start=1)
}
DATABASES = [
    Node(f"postgres-{name}", f"10.0.1.{n}", "postgres", {"cnpg.io/cluster": name})
    for n, name in enumerate(SERVICES, start=1)
]
DNS = Node("dns", "10.0.2.1", "kube-system", {"k8s-app": "kube-dns"})
# NodeLocal DNSCache: on the node's own network, which is no pod's.
NODE_DNS = Node("node-dns", "169.254.20.10")
PROMETHEUS = Node("prometheus", "10.0.2.2", "monitoring", {"app.kubernetes.io/name": "prometheus"})
# Same labels as a service of ours, in a namespace of somebody else's.
IMPOSTOR = Node("impostor", "10.0.3.1", "elsewhere", PODS["registration"].labels)
NEIGHBOUR = Node("neighbour", "10.0.3.2", "kube-system", {"app": "something"})
OUTSIDE = [
    Node("window", "198.51.100.10"),
    Node("verifier", "198.51.100.200"),
    Node("internet", "203.0.113.5"),
    Node("device", "192.0.2.10"),
    Node("second-device", "192.0.2.11"),
]
OTHERS = [*DATABASES, DNS, NODE_DNS, PROMETHEUS, IMPOSTOR, NEIGHBOUR, *OUTSIDE]


def _flows_of_ours() -> set[Flow]:
    policies = of_kind("NetworkPolicy").values()
    return {
        flow
        for flow in flows(policies, [*PODS.values(), *OTHERS], PORTS)
        if flow.sender in PODS or flow.receiver in PODS
    }


def _designed() -> set[Flow]:
    arrows = {Flow(caller, "ca", GRPC) for caller in ("registration", "ocsp", "bridge")}
    arrows |= {Flow("window", "registration", GRPC)}
    arrows |= {Flow("verifier", "ocsp", GRPC), Flow("verifier", "ocsp", OCSP_HTTP)}
    # Whoever has a certificate of the mesh may ask the bridge, from anywhere.
    arrows |= {Flow(other.name, "bridge", GRPC) for other in OTHERS}
    for name in SERVICES:
        arrows |= {
            Flow(name, dns, 53, how) for dns in ("dns", "node-dns") for how in ("UDP", "TCP")
        }
        arrows |= {Flow(name, f"postgres-{name}", POSTGRES), Flow("prometheus", name, METRICS)}
    for holder in ("ca", "bridge"):
        arrows |= {Flow(holder, "device", DEVICE), Flow(holder, "second-device", DEVICE)}
    return arrows


def test_the_four_services_are_there() -> None:
    assert PODS.keys() == set(SERVICES)


def test_what_passes_is_exactly_what_is_designed() -> None:
    passing, designed = _flows_of_ours(), _designed()
    assert sorted(passing - designed) == []
    assert sorted(designed - passing) == []


def test_the_base_alone_lets_nobody_in_from_outside() -> None:
    policies = of_kind("NetworkPolicy", BASE).values()
    passing = flows(policies, [*PODS.values(), *OTHERS], PORTS)
    entering = {f for f in passing if f.receiver in PODS and f.sender not in PODS}
    assert entering == set()


def test_the_default_policy_holds_any_pod_of_the_namespace() -> None:
    stranger = Node("stranger", "10.0.0.99", NAMESPACE, {"app": "forgotten"})
    policies = of_kind("NetworkPolicy", PRODUCTION).values()
    passing = flows(policies, [stranger, *PODS.values(), *OTHERS], PORTS)
    assert {f for f in passing if "stranger" in (f.sender, f.receiver)} == set()
