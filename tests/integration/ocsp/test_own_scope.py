"""A status service of some authorities follows these and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.rpc.identity.roles import PeerRole
from tests.support.ca_service import KAGAWA, TOYAMA, running_ca
from tests.support.ocsp_service import running_ocsp, until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_only_what_its_certificate_names_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ca", "ocsp"):
        (tmp_path / name).mkdir()
    with running_ca(
        tmp_path / "ca", f"sqlite:///{tmp_path / 'ca.db'}", authorities=(TOYAMA, KAGAWA)
    ) as ca:
        # As the mesh's authority would have issued it.
        issue = ca.mesh.issue

        def of_toyama(role: PeerRole, scope: str = "", *rest: str, **names: object) -> object:
            return issue(role, TOYAMA if role is PeerRole.OCSP else scope, *rest, **names)  # type: ignore[arg-type]

        monkeypatch.setattr(ca.mesh, "issue", of_toyama)
        target = f"127.0.0.1:{ca.service.server.port}"
        with running_ocsp(
            tmp_path / "ocsp",
            f"sqlite:///{tmp_path / 'ocsp.db'}",
            ca.mesh,
            target,
            ca_url=f"sqlite:///{tmp_path / 'ca.db'}",
        ) as ocsp:
            until(lambda: ocsp.ready)
            followed = [str(one.authority_id) for one in ocsp.service.ocsp.statuses.all()]
    assert followed == [TOYAMA]
