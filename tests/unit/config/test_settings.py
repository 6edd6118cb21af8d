"""Settings from a file and the environment; what is wrong is named, never shown."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.config.address import Address
from openjpki.config.base import PARTS
from openjpki.config.bridge import BridgeSettings
from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import InvalidSettingsError, load_settings
from openjpki.config.ocsp import OcspSettings
from openjpki.config.parts import Pkcs11KeysPart, SoftwareKeysPart
from openjpki.config.registration import RegistrationSettings
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.running import instance_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openjpki.config.base import ServiceSettings

    Write = Callable[[str], Path]
    """Writes a file of settings and says where."""

SECRET = "hunter2-geheim"  # noqa: S105
COMMON = f"""
[tls]
certificate = "tls.crt"
private_key = "tls.key"
trust_bundle = "ca.crt"
trust_domain = "openjpki.example"
[database]
url = "postgresql+psycopg://ca:{SECRET}@db/ca"
"""
KEYS = """
[keys]
kind = "software"
directory = "keys"
passphrase_file = "passphrase"
"""
REGISTRATION = """
[registration]
person_key_file = "person.key"
receipt_keys = "receipt-keys"
resident_register = { url = "sqlite:///register.db" }
"""
LEAST: dict[type[ServiceSettings], str] = {
    RegistrationSettings: COMMON + REGISTRATION,
    CaSettings: COMMON + KEYS,
    OcspSettings: COMMON + KEYS,
    BridgeSettings: COMMON + KEYS,
}


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("OPENJPKI_"):
            monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(text: str) -> Path:
        path = tmp_path / "settings.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def problems(kind: type[ServiceSettings], file: Path | None = None) -> dict[str, str]:
    with pytest.raises(InvalidSettingsError) as refused:
        load_settings(kind, file)
    shown = f"{refused.value!r} {refused.value} {refused.value.__cause__!r}"
    shown += repr(refused.value.__context__) if not refused.value.__suppress_context__ else ""
    assert SECRET not in shown
    assert refused.value.reason is Reason.SETTINGS_REFUSED
    # Which of several services' files it is, when a command reads more than one.
    named = file is not None and "in the environment" not in str(refused.value)
    assert refused.value.metadata == ({"file": str(file)} if named else {})
    return dict(refused.value.problems)


@pytest.mark.parametrize("kind", LEAST, ids=lambda kind: kind.__name__)
def test_the_least_is_enough_and_stays_on_loopback(
    kind: type[ServiceSettings], write: Write
) -> None:
    settings = load_settings(kind, write(LEAST[kind]))
    service = settings.service
    ports = {one.port for one in (service.listen, service.health_listen, service.metrics_listen)}
    assert len(ports) == 3
    for one in (service.listen, service.health_listen, service.metrics_listen):
        assert one.host == "127.0.0.1"
    assert SECRET not in repr(settings) + str(settings.model_dump())


def test_services_do_not_share_ports_by_default(write: Write) -> None:
    ports = [load_settings(kind, write(text)).service.listen.port for kind, text in LEAST.items()]
    assert len(set(ports)) == len(ports)


def test_environment_goes_before_the_file_field_by_field(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENJPKI_TLS__CERTIFICATE", "/run/tls.crt")
    monkeypatch.setenv("OPENJPKI_SERVICE__LISTEN", "0.0.0.0:7000")
    monkeypatch.setenv("OPENJPKI_SERVICE__LIMITS__THREADS", "3")
    monkeypatch.setenv("OPENJPKI_CA__CRL_PERIOD", "60")
    file = write(LEAST[CaSettings] + "[ca]\ncrl_period = 50\ncrl_next_update = 500\n")
    settings = load_settings(CaSettings, file)
    assert str(settings.tls.certificate) == "/run/tls.crt"
    assert str(settings.tls.private_key) == "tls.key"
    assert settings.service.listen == "0.0.0.0:7000"
    assert settings.service.health_listen.port == 7111
    assert settings.service.limits.threads == 3
    assert (settings.ca.crl_period, settings.ca.crl_next_update) == (60, 500)


def test_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TLS__CERTIFICATE": "a",
        "TLS__PRIVATE_KEY": "b",
        "TLS__TRUST_BUNDLE": "c",
        "TLS__TRUST_DOMAIN": "openjpki.example",
        "DATABASE__URL": "sqlite:///x.db",
        "KEYS__KIND": "pkcs11",
        "KEYS__MODULE_PATH": "/usr/lib/softhsm.so",
        "KEYS__TOKEN_LABEL": "ca",
        "KEYS__PIN_FILE": "/run/pin",
        "OCSP__CA": "ca.svc:7000",
        "OCSP__HTTPS_LISTEN": "[::]:443",
    }.items():
        monkeypatch.setenv(f"OPENJPKI_{name}", value)
    settings = load_settings(OcspSettings)
    assert isinstance(settings.keys, Pkcs11KeysPart)
    assert settings.keys.sessions == 8
    assert settings.ocsp.ca == "ca.svc:7000"
    assert settings.ocsp.https_listen == "[::]:443"
    assert settings.database.read_url() == "sqlite:///x.db"


def test_defaults_of_the_authority(write: Write) -> None:
    settings = load_settings(CaSettings, write(LEAST[CaSettings]))
    assert (settings.ca.crl_period, settings.ca.crl_next_update) == (86_400, 172_800)
    assert isinstance(settings.keys, SoftwareKeysPart)
    assert settings.log.level == "info"


def test_nothing_set_names_everything_that_must_be() -> None:
    found = problems(CaSettings)
    assert found == {"tls": "must be set", "database": "must be set", "keys": "must be set"}


@pytest.mark.parametrize(
    ("name", "value", "setting"),
    [
        ("SERVICE__LISTEN", SECRET, "service.listen"),
        ("SERVICE__LIMITS__THREADS", SECRET, "service.limits.threads"),
        ("SERVICE__LIMITS__THREADS", "0", "service.limits.threads"),
        ("TLS__TRUST_DOMAIN", f"{SECRET} {SECRET}", "tls.trust_domain"),
        ("TLS__PRIVATE_KY", SECRET, "tls.private_ky"),
        ("DATABASE__URL", SECRET, "database.url"),
        ("DATABASE__URL", f"postgresql://u:{SECRET}@h/d", "database.url"),
        ("DATABASE__URL_FILE", SECRET, "database"),
        ("KEYS__KIND", SECRET, "keys"),
        ("CA__CRL_PERIOD", "172800", "ca"),
        ("LOG__LEVEL", SECRET, "log.level"),
        ("TLS", f'{{"certificate": {SECRET}', "tls"),
    ],
)
def test_what_is_wrong_is_named_and_not_shown(
    write: Write, monkeypatch: pytest.MonkeyPatch, name: str, value: str, setting: str
) -> None:
    monkeypatch.setenv(f"OPENJPKI_{name}", value)
    assert list(problems(CaSettings, write(LEAST[CaSettings]))) == [setting]


def test_file_that_is_none_of_ours(write: Write, tmp_path: Path) -> None:
    assert problems(CaSettings, tmp_path / "absent.toml")["file"].startswith("can't be read")
    assert "line 2" in problems(CaSettings, write(f"[tls]\nkey = {SECRET}\n"))["file"]
    assert "is no TOML" in problems(CaSettings, write("a = " + "[" * 100_000))["file"]
    (tmp_path / "settings.toml").write_bytes(b"\xff\xfe")
    assert problems(CaSettings, tmp_path / "settings.toml") == {"file": "is not UTF-8"}


def test_a_mark_of_windows_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(LEAST[CaSettings], encoding="utf-8-sig")
    assert load_settings(CaSettings, file) == load_settings(CaSettings, _same(file))


def _same(file: Path) -> Path:
    """Without the mark."""
    file.write_bytes(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    return file


def test_unknown_table_is_refused(write: Write) -> None:
    assert problems(CaSettings, write(LEAST[CaSettings] + "[extra]\nx = 1\n")) == {
        "extra": "is no setting"
    }


def test_a_variable_that_is_no_setting_is_refused(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passed over it would leave a default in its place. Others' settings may be around."""
    monkeypatch.setenv("OPENJPKI_OCSP__CA", "ca:8443")
    monkeypatch.setenv("OPENJPKI_HOME", "/srv/openjpki")
    load_settings(CaSettings, write(LEAST[CaSettings]))
    monkeypatch.setenv("OPENJPKI_DATABSE__CONNECTIONS", "4")
    refused = problems(CaSettings)
    assert refused == {"OPENJPKI_DATABSE__CONNECTIONS": "is no setting"}
    monkeypatch.delenv("OPENJPKI_DATABSE__CONNECTIONS")
    monkeypatch.setenv("OPENJPKI_DATABASE__CONECTIONS", "4")
    assert "database.conections" in problems(CaSettings, write(LEAST[CaSettings]))


def test_the_parts_are_those_of_all_services() -> None:
    assert {name for kind in LEAST for name in kind.model_fields} == PARTS


def test_keys_of_one_kind_do_not_take_the_others_settings(write: Write) -> None:
    text = COMMON + KEYS + 'pin_file = "pin"\n'
    assert problems(CaSettings, write(text)) == {"keys.pin_file": "is no setting"}


def test_url_may_come_from_a_file(write: Write, tmp_path: Path) -> None:
    url = tmp_path / "url"
    url.write_text(f"sqlite:///{SECRET}.db\n\n", encoding="utf-8")
    url.chmod(0o600)
    text = LEAST[CaSettings].replace("[database]\nurl", f'[database]\nurl_file = "{url}"\n#')
    database = load_settings(CaSettings, write(text)).database
    assert database.read_url() == f"sqlite:///{SECRET}.db"
    url.write_text(SECRET, encoding="utf-8")
    with pytest.raises(OpenJpkiError, match="must begin with") as refused:
        database.read_url()
    assert refused.value.reason is Reason.SETTINGS_REFUSED
    assert SECRET not in str(refused.value)
    url.write_bytes(b"\xff\xfe")
    with pytest.raises(OpenJpkiError, match="is no text"):
        database.read_url()


def test_a_file_with_the_url_is_closed_to_other_users(write: Write, tmp_path: Path) -> None:
    """It may hold a password. A group may read it: so a pod finds it mounted (fsGroup)."""
    url = tmp_path / "url"
    url.write_text("sqlite:///ca.db\n", encoding="utf-8")
    text = LEAST[CaSettings].replace("[database]\nurl", f'[database]\nurl_file = "{url}"\n#')
    database = load_settings(CaSettings, write(text)).database
    url.chmod(0o440)
    assert database.read_url() == "sqlite:///ca.db"
    for mode in (0o644, 0o604, 0o602, 0o601):
        url.chmod(mode)
        with pytest.raises(OpenJpkiError, match="open to others") as refused:
            database.read_url()
        assert refused.value.reason is Reason.SETTINGS_REFUSED


def test_where_an_instance_is_reached_may_be_said_by_its_host_alone(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a pod is told its address: of either family, without a port, without brackets."""
    file = write(LEAST[CaSettings])
    for host, address in (
        ("192.0.2.7", "192.0.2.7:8443"),
        ("2001:db8::7", "[2001:db8::7]:8443"),
        ("ca-0", "ca-0:8443"),
    ):
        monkeypatch.setenv("OPENJPKI_LEASE__HOST", host)
        settings = load_settings(CaSettings, file)
        everywhere = Address("[::]:8443")
        assert instance_of(settings.lease, everywhere, 8443).address == address
    monkeypatch.setenv("OPENJPKI_LEASE__ADDRESS", "ca-0:8443")
    assert problems(CaSettings, file) == {"lease": "address and host must not both be set"}
    monkeypatch.delenv("OPENJPKI_LEASE__ADDRESS")
    monkeypatch.setenv("OPENJPKI_LEASE__HOST", "[2001:db8::7]:8443")
    assert problems(CaSettings, file).keys() == {"lease.host"}


def test_settings_do_not_change(write: Write) -> None:
    settings: Any = load_settings(CaSettings, write(LEAST[CaSettings]))
    with pytest.raises(ValueError, match="frozen"):
        settings.ca.crl_period = 5
    with pytest.raises(ValueError, match="frozen"):
        settings.ca = None


def test_system_clock_is_aware_and_moves() -> None:
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    offset = first.utcoffset()
    assert offset is not None
    assert not offset
    assert second >= first
