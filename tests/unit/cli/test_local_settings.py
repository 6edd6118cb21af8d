"""Settings of a service's own machine: named, embedded, or from variables alone."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import pytest

from openjpki.cli.local_settings import actor, settings_here
from openjpki.config.ca import CaSettings
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    from pathlib import Path

_ALONE = {
    "OPENJPKI_DATABASE__URL": "sqlite:////nowhere.sqlite",
    "OPENJPKI_KEYS__KIND": "software",
    "OPENJPKI_KEYS__DIRECTORY": "/keys",
    "OPENJPKI_KEYS__PASSPHRASE_FILE": "/passphrase",
    "OPENJPKI_TLS__CERTIFICATE": "/tls.crt",
    "OPENJPKI_TLS__PRIVATE_KEY": "/tls.key",
    "OPENJPKI_TLS__TRUST_BUNDLE": "/ca.crt",
    "OPENJPKI_TLS__TRUST_DOMAIN": "pod.example",
}


def test_nothing_to_read_names_every_way_to_go_on(tmp_path: Path) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        settings_here(CaSettings, PeerRole.CA, None, tmp_path)
    assert refused.value.reason is Reason.INVALID_FIELD
    assert refused.value.field == "--settings"
    for way in ("openjpki serve", "--home", str(tmp_path / "ca" / "settings.toml")):
        assert way in refused.value.message


def test_variables_alone_do_as_in_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in _ALONE.items():
        monkeypatch.setenv(name, value)
    settings = settings_here(CaSettings, PeerRole.CA, None, tmp_path, begun=False)
    assert settings.tls.trust_domain == "pod.example"


def test_the_embedded_file_goes_before_no_file_and_a_named_one_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in _ALONE.items():
        if not name.endswith("TRUST_DOMAIN"):
            monkeypatch.setenv(name, value)
    embedded, named = tmp_path / "ca" / "settings.toml", tmp_path / "named.toml"
    embedded.parent.mkdir()
    embedded.write_text('[tls]\ntrust_domain = "embedded.example"\n')
    named.write_text('[tls]\ntrust_domain = "named.example"\n')
    found = [
        settings_here(CaSettings, PeerRole.CA, file, tmp_path, begun=False)
        for file in (None, named)
    ]
    assert [one.tls.trust_domain for one in found] == ["embedded.example", "named.example"]


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the image, whose user stands in no password file."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert actor().removeprefix("console/").isdigit()
