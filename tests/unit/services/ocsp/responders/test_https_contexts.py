"""TLS for OCSP over HTTPS: whose certificates are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.responders.https_contexts import HttpsContexts
from tests.support.mesh import Mesh

if TYPE_CHECKING:
    from pathlib import Path

BAD = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("bad_first", [True, False])
def test_an_authority_that_cannot_be_read_ends_no_other_s_being_trusted(
    tmp_path: Path, bad_first: bool
) -> None:
    mesh, other = Mesh(tmp_path / "mesh"), Mesh(tmp_path / "other")
    files = mesh.files(PeerRole.OCSP)
    good = mesh.authority.trust_bundle + other.authority.trust_bundle
    files.trust_bundle.write_bytes(BAD + good if bad_first else good + BAD)
    assert len(HttpsContexts(files).listening.get_ca_certs()) == 2
