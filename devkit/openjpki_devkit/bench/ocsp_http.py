"""OCSP over HTTP and HTTPS from a real ocsp service, beside nginx with its answers as files.

Server and generator each have a processor. Both servers stand ready at once and are asked in turns.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki.signer_core import SoftwareKey
from openjpki_devkit.bench import cores, load, ocsp_requests
from openjpki_devkit.bench.cores import Cores, on
from openjpki_devkit.bench.load import CONNECTIONS, Load
from openjpki_devkit.bench.needs import is_left_out
from openjpki_devkit.bench.ocsp_requests import Question
from openjpki_devkit.bench.ocsp_signatures import verify_samples
from openjpki_devkit.bench.peers import nginx
from openjpki_devkit.bench.rate import per_second
from openjpki_devkit.bench.result import Result, Row, compared
from openjpki_devkit.bench.seeding import AUTHORITY, REVOKED_EVERY
from openjpki_devkit.bench.status import replica
from openjpki_devkit.embedded.authorities import authority_certificates
from openjpki_devkit.embedded.layout import TRUST_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_ASKED = 1_000
"""Certificates, one in twenty of them revoked."""
_TURNS = 7
_BATCH = 64
_MIX = {how: f"{how}-good=90,{how}-revoked=10" for how in ("post", "get", "nonce")}
_NGINX = "nginx, one worker, the same answers as files, each by GET of a short name"


@dataclass(frozen=True, slots=True)
class _Servers:
    """Ours and the peer."""

    ours: Load
    nginx: Load
    secure: Load
    nginx_secure: Load
    cores: Cores
    url: str
    """Of ours, over plain HTTP."""
    questions: Sequence[Question]

    def asking(self, how: str) -> Load:
        """Ours, asked in one way alone."""
        return replace(self.ours, mix=_MIX[how])


@contextmanager
def _servers(cores: Cores) -> Iterator[_Servers]:
    with tempfile.TemporaryDirectory(prefix="openjpki-load-") as place:
        folder = Path(place)
        with on(cores.server), replica() as running:
            layout, ports = running.installation.layout, running.installation.ports
            own = layout.credentials(PeerRole.OCSP)
            with nginx.serving(folder / "nginx", own) as peer:
                (issuer,) = authority_certificates(layout)[str(AUTHORITY)]
                questions = _questions(issuer, running.serials[:_ASKED])
                url = f"http://127.0.0.1:{ports[PeerRole.OCSP].http}"
                files = list(ocsp_requests.as_files(peer.files, url, questions))
                ways = (ocsp_requests.post, ocsp_requests.get, ocsp_requests.post_with_nonce)
                lines = [way(question) for way in ways for question in questions]
                asked = ocsp_requests.write(folder / "ours.jsonl", lines)
                asked_of_peer = ocsp_requests.write(folder / "nginx.jsonl", files)
                plain = Load(ports[PeerRole.OCSP].http, asked, cores, _MIX["post"])
                secure = replace(
                    plain,
                    port=ports[PeerRole.OCSP].https,
                    tls=running.tls,
                    server_name=server_name(PeerRole.OCSP, TRUST_DOMAIN),
                )
                yield _Servers(
                    plain,
                    replace(plain, port=peer.http, requests=asked_of_peer, mix=_MIX["get"]),
                    secure,
                    replace(secure, port=peer.https, requests=asked_of_peer, mix=_MIX["get"]),
                    cores,
                    url,
                    questions,
                )


def _questions(issuer: bytes, serials: list[bytes]) -> list[Question]:
    certificate = x509.load_der_x509_certificate(issuer)
    return [
        Question(certificate, serial, "good" if number % REVOKED_EVERY else "revoked")
        for number, serial in enumerate(serials)
    ]


def _with_servers(row: str, measure: Callable[[_Servers], list[Result]]) -> list[Result]:
    two = Cores.two()
    needed = {
        cores.NEEDS: two,
        nginx.NEEDS: nginx.program(),
        load.NEEDS: load.version(),
    }
    if is_left_out(row, needed):
        return []
    assert two is not None  # noqa: S101 - said above
    with _servers(two) as servers:
        measured = measure(servers)
        verify_samples(servers.url, servers.questions)
        return measured


def _cached(servers: _Servers) -> list[Result]:
    def row(how: str, suffix: str) -> Result:
        return compared(
            id=f"ocsp_cached{suffix}",
            what=f"OCSP by {how.upper()} without nonce, {CONNECTIONS} connections, one core",
            unit="answers/s",
            peer=_NGINX,
            ours=servers.asking(how).capacity,
            theirs=servers.nginx.capacity,
            command="make bench ONLY=ocsp_cached",
            turns=_TURNS,
        )

    return [row("post", ""), row("get", "_get")]


def _signed(servers: _Servers) -> list[Result]:
    key = SoftwareKey.generate(2048)
    messages = [number.to_bytes(64, "big") for number in range(_BATCH)]

    def signatures() -> float:
        with on(servers.cores.server):
            return per_second(lambda: len(key.sign_batch(messages, threads=1)))

    return [
        compared(
            id="ocsp_signed",
            what=f"OCSP by POST with nonce, {CONNECTIONS} connections, one core",
            unit="answers/s",
            peer=f"sign_batch of {_BATCH} of the same run, one core",
            ours=servers.asking("nonce").capacity,
            theirs=signatures,
            turns=_TURNS,
        )
    ]


def _p99(servers: _Servers) -> list[Result]:
    rate = servers.nginx.capacity() / 2
    return [
        compared(
            id="ocsp_p99",
            what=f"p99 of OCSP by POST without nonce, {rate:,.0f} requests/s (half of what nginx"
            " can), each from when it was to be sent",
            unit="ms",
            peer=f"{_NGINX}, at the same rate",
            ours=lambda: servers.ours.p99(rate),
            theirs=lambda: servers.nginx.p99(rate),
            turns=_TURNS,
            less_is_better=True,
        )
    ]


def _https(servers: _Servers) -> list[Result]:
    return [
        compared(
            id="ocsp_https",
            what=f"the same over mutual TLS 1.3, {CONNECTIONS} connections that are kept, one core",
            unit="answers/s",
            peer=f"{_NGINX}, the same certificates",
            ours=servers.secure.capacity,
            theirs=servers.nginx_secure.capacity,
            turns=_TURNS,
        )
    ]


def _handshakes(servers: _Servers) -> list[Result]:
    return [
        compared(
            id="ocsp_handshakes",
            what=f"the same, each on a new connection, {CONNECTIONS} at once, one core",
            unit="handshakes/s",
            peer=f"{_NGINX}, the same certificates, no tickets (ours gives two)",
            ours=lambda: servers.secure.capacity("--new-connections"),
            theirs=lambda: servers.nginx_secure.capacity("--new-connections"),
            turns=_TURNS,
        )
    ]


def _row(name: str, what: str, measure: Callable[[_Servers], list[Result]]) -> Row:
    return Row(name, what, partial(_with_servers, name, measure))


ROWS = (
    _row("ocsp_cached", "OCSP over HTTP, answers that are kept, beside nginx", _cached),
    _row("ocsp_signed", "OCSP over HTTP with nonce, beside sign_batch", _signed),
    _row("ocsp_p99", "the wait for OCSP over HTTP at half of nginx's rate", _p99),
    _row("ocsp_https", "OCSP over mutual TLS, beside nginx", _https),
    _row("ocsp_handshakes", "OCSP over new connections of mutual TLS, beside nginx", _handshakes),
)
