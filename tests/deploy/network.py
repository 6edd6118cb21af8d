"""What the rendered NetworkPolicies let through, worked out as the Kubernetes API defines them.

A pod is isolated in a direction once a policy of that direction selects it; then only what some
such policy names passes. A connection needs the sender's egress and the receiver's ingress. Only
the forms that the manifests use are understood; another form is an error, never a guess.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Policy = dict[str, Any]


@dataclass(frozen=True)
class Node:
    """A pod, or with `namespace` None something outside the cluster."""

    name: str
    address: str
    namespace: str | None = None
    labels: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, order=True)
class Flow:
    sender: str
    receiver: str
    port: int
    protocol: str = "TCP"


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    unknown = selector.keys() - {"matchLabels", "matchExpressions"}
    assert not unknown, f"selector form not understood: {unknown}"
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In", f"operator not understood: {expression}"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return all(labels.get(k) == v for k, v in selector.get("matchLabels", {}).items())


def _is_peer(peer: dict[str, Any], node: Node, home: str) -> bool:
    unknown = peer.keys() - {"ipBlock", "podSelector", "namespaceSelector"}
    assert not unknown, f"peer form not understood: {unknown}"
    if "ipBlock" in peer:
        assert peer["ipBlock"].keys() == {"cidr"}, f"ipBlock form not understood: {peer}"
        return ipaddress.ip_address(node.address) in ipaddress.ip_network(peer["ipBlock"]["cidr"])
    if node.namespace is None:
        return False
    if "namespaceSelector" in peer:
        own_labels = {"kubernetes.io/metadata.name": node.namespace}
        if not selects(peer["namespaceSelector"], own_labels):
            return False
    elif node.namespace != home:
        return False
    return selects(peer.get("podSelector", {}), node.labels)


def _passes(
    policies: Iterable[Policy], pod: Node, other: Node, port: int, protocol: str, direction: str
) -> bool:
    rules_key, peers_key = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}[direction]
    binding = [
        policy
        for policy in policies
        if policy["metadata"]["namespace"] == pod.namespace
        and direction in policy["spec"]["policyTypes"]
        and selects(policy["spec"]["podSelector"], pod.labels)
    ]
    if not binding:
        return True
    for policy in binding:
        for rule in policy["spec"].get(rules_key, []):
            ports = rule.get("ports")
            if ports is not None and not any(
                p["port"] == port and p.get("protocol", "TCP") == protocol for p in ports
            ):
                continue
            peers = rule.get(peers_key)
            home = policy["metadata"]["namespace"]
            if peers is None or any(_is_peer(peer, other, home) for peer in peers):
                return True
    return False


def flows(
    policies: Iterable[Policy], nodes: Iterable[Node], ports: Iterable[tuple[int, str]]
) -> set[Flow]:
    """Every connection between two of the nodes that the policies let through."""
    policies, nodes, ports = list(policies), list(nodes), list(ports)
    return {
        Flow(sender.name, receiver.name, port, protocol)
        for sender in nodes
        for receiver in nodes
        if sender is not receiver
        for port, protocol in ports
        if _passes(policies, sender, receiver, port, protocol, "Egress")
        and _passes(policies, receiver, sender, port, protocol, "Ingress")
    }
