"""A replica that listens on IPv6, alone or beside IPv4: each of its doors, asked over both."""

from __future__ import annotations

import urllib.request
from functools import partial
from typing import TYPE_CHECKING

import pytest
from cryptography.x509 import ocsp

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import StatusServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.config.address import Address
from openjpki.config.clock import SystemClock
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.service import OcspService
from openjpki_devkit.embedded.layout import Ports
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN
from tests.support.ipv6 import has_ipv6
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_service import VERIFIER, Pair, until
from tests.support.probing import is_serving

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize(
    ("listen", "hosts"), [("[::1]:0", ("::1",)), ("[::]:0", ("::1", "127.0.0.1"))]
)
def test_every_door_is_open_on_ipv6(
    pair: Pair, tmp_path: Path, listen: str, hosts: tuple[str, ...]
) -> None:
    """gRPC, health, metrics, OCSP over HTTP from a closed network of that family; the service finds
    its own door (it would not say SERVING)."""
    pair.ocsp.register(networks=["::1/128", "127.0.0.0/8"])
    issued = pair.issue()
    until(lambda: pair.check(issued.serial).status == revocation_pb2.CERTIFICATE_STATUS_GOOD)
    doors = dict.fromkeys(("listen", "health_listen"), Address(listen))
    # Its port is not told when it is left open.
    doors["metrics_listen"] = metrics = Address.of(Address(listen).host, Ports.free().metrics)
    settings = pair.ocsp.settings.model_copy(
        update={
            "service": pair.ocsp.settings.service.model_copy(update=doors),
            "ocsp": pair.ocsp.settings.ocsp.model_copy(
                update={"http_listen": Address(listen), "https_listen": None}
            ),
        }
    )
    service = OcspService(settings, SystemClock())
    service.start()
    try:
        for host in hosts:
            port = service.server.health_port
            until(partial(is_serving, port, host=host))
            with urllib.request.urlopen(
                f"http://{Address.of(host, metrics.port)}/metrics", timeout=60
            ) as scraped:
                assert b"openjpki_rpc" in scraped.read()
            verifier = pair.ocsp.mesh.issue(PeerRole.VERIFIER, VERIFIER).write(tmp_path / host)
            with open_channel(
                Address.of(host, service.server.port),
                verifier,
                expect_role=PeerRole.OCSP,
                trust_domain=TRUST_DOMAIN,
            ) as channel:
                asked = ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=issued.serial)
                status = StatusServiceStub(channel).Check(asked).status
            assert status == revocation_pb2.CERTIFICATE_STATUS_GOOD
            question = urllib.request.Request(
                f"http://{Address.of(host, service.http.port)}/",
                request_for(issued.serial, pair.ocsp.issuer_certificate(TOYAMA)),
                {"Content-Type": "application/ocsp-request"},
            )
            with urllib.request.urlopen(question, timeout=60) as answer:  # noqa: S310 - our own
                told = ocsp.load_der_ocsp_response(answer.read())
            assert told.certificate_status is ocsp.OCSPCertStatus.GOOD
    finally:
        service.stop()
