"""nginx with one worker, which gives small files that it keeps open."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.bench.peers.process import said
from openjpki_devkit.embedded.layout import Ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.rpc.identity.credentials import TlsFiles

PROGRAM = "nginx"
NEEDS = "nginx"
_READY_SECONDS = 30.0
# Debian has it where only root's PATH looks.
_ELSEWHERE = "/usr/sbin/nginx"
# What could slow it down is off, sendfile too: for so few octets it is a second call and a second
# segment. Files are opened once and kept open, but read each time.
_CONFIGURATION = """\
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  sendfile off;
  tcp_nodelay on;
  keepalive_timeout 3600;
  keepalive_requests 1000000000;
  open_file_cache max=100000 inactive=3600;
  open_file_cache_valid 3600;
  types {{ application/ocsp-response ocsp; }}
  ssl_protocols TLSv1.3;
  ssl_certificate {tls.certificate};
  ssl_certificate_key {tls.private_key};
  ssl_client_certificate {tls.trust_bundle};
  ssl_verify_client on;
  ssl_verify_depth 3;
  ssl_session_cache off;
  ssl_session_tickets off;
  server {{
    listen 127.0.0.1:{ports.http} backlog=1024;
    listen 127.0.0.1:{ports.https} ssl backlog=1024;
    root {folder}/files;
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running one."""

    http: int
    https: int
    files: Path
    """What it gives, by the names there."""


@contextmanager
def serving(folder: Path, tls: TlsFiles) -> Iterator[Nginx]:
    """Starts it, on the processors of whoever asks, with the credentials of a service.

    Raises ``SERVICE_UNAVAILABLE`` with the end of its log when it does not come up.
    """
    ports = Ports.free()
    running = Nginx(ports.http, ports.https, folder / "files")
    running.files.mkdir(parents=True)
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, tls=tls, ports=ports))
    process = subprocess.Popen(  # noqa: S603
        [program() or PROGRAM, "-p", str(folder), "-c", str(configuration)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, ports.http, folder / "error.log")
        yield running
    finally:
        process.terminate()
        process.wait()


def program() -> str | None:
    """Where it is; nothing where it is missing."""
    return shutil.which(PROGRAM) or shutil.which(_ELSEWHERE)


def version() -> str | None:
    """What is installed; nothing where it is missing."""
    return said(program() or PROGRAM, "-v")


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    told = log.read_text(errors="replace") if log.exists() else ""
    raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, f"nginx did not come up: {told[-500:]}")
