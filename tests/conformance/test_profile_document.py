"""docs/profile.md, section by section: its examples read by parsers that did not make them, and
made again by the product."""

from __future__ import annotations

import math
import re
import subprocess
from datetime import timedelta
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from openjpki.domain.authority_revocation import CrossRevocationCause, ResponderRevocationCause
from openjpki.domain.characters import JIS_X_0208, JIS_X_0212, candidates, canonical
from openjpki.domain.policy.authority import AuthorityPolicy
from openjpki.domain.policy.revocation import CrlPolicy, RevocationCause
from openjpki.x509.ocsp import ErrorStatus
from scripts import generate_profile_examples as maker
from tests.support.der_reading import READERS, Read, nonce_octets, other_names, read_certificate
from tests.support.profile_document import DOCUMENT, EXAMPLES, ROOT, Section, example, sections

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = re.compile(
    r'name: "(?P<name>\w+)",\s+serial_bits: (?P<s0>\d+)..=(?P<s1>\d+),\s+(?://.*\n\s*)*'
    r"key_bits: (?P<k0>\d+)..=(?P<k1>\d+),\s+(?://.*\n\s*)*longest_days: (?P<days>[\w *]+),"
)
"""A profile in the engine's table."""

CERTIFICATES = sorted(path.name for path in EXAMPLES.glob("*.pem"))
GOVERNORS = [name for name in CERTIFICATES if not name.startswith("mesh-")]


def read(name: str) -> Read:
    kind = {".pem": "certificate", ".crl": "crl"}.get(name[-4:], name.removesuffix(".der"))
    return READERS[kind](example(name))


@cache
def certificate(name: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(example(name))


def value_of(name: str, kind: type[x509.ExtensionType]) -> Any:
    return certificate(name).extensions.get_extension_for_class(kind).value


def usages(name: str) -> set[str]:
    usage = value_of(name, x509.KeyUsage)
    bits = ("digital_signature", "content_commitment", "key_cert_sign", "crl_sign")
    others = ("key_encipherment", "data_encipherment", "key_agreement")
    assert not any(getattr(usage, bit) for bit in others)
    return {bit for bit in bits if getattr(usage, bit)}


def point_names(name: str) -> list[x509.GeneralName]:
    (point,) = value_of(name, x509.CRLDistributionPoints)
    assert point.reasons is None
    assert point.crl_issuer is None
    return list(point.full_name)


def assert_table(section: Section, name: str, *, table: int = 0) -> None:
    """The example's fields are the rows of the section's table, in order."""
    rows = section.tables("field")[table].rows
    wanted = [(row["field"], row["type"], row["in the example"]) for row in rows]
    found = [(one.path, one.type, one.value) for one in read(name).fields]
    found = [
        (path, kind, "…" if wanted_value == "…" else value)
        for (path, kind, value), (_, _, wanted_value) in zip(found, wanted, strict=True)
    ]
    assert found == wanted


def assert_extensions(section: Section, name: str, *, table: int = 0) -> None:
    """The example's extensions are rows of the table in its order, and every row that is for
    always is there."""
    rows = section.tables("extension")[table].rows
    found = [(one.oid, one.critical) for one in read(name).extensions]
    present = {oid for oid, _ in found}
    wanted = [
        (row["OID"], {"yes": True, "no": False}[row["critical"]])
        for row in rows
        if row["when"] == "always" or row["OID"] in present
    ]
    assert found == wanted


def test_section_1_names_and_common_fields() -> None:
    policy = AuthorityPolicy()
    rows = sections()[1].table("policy value").rows
    assert {row["policy value"]: row["default"] for row in rows} == {
        row["policy value"]: shown(attrgetter(row["policy value"])(policy)) for row in rows
    }
    for name in GOVERNORS:
        one = certificate(name)
        assert one.version is x509.Version.v3
        assert one.serial_number.bit_length() == 159  # 20 octets, the second bit set
        assert one.signature_algorithm_oid.dotted_string == "1.2.840.113549.1.1.11"
        public = one.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        assert (public.key_size, public.public_numbers().e) == (2048, 65537)
        stated = value_of(name, x509.SubjectKeyIdentifier)
        assert stated == x509.SubjectKeyIdentifier.from_public_key(public)
    serials = [certificate(name).serial_number for name in GOVERNORS]
    assert len(set(serials)) == len(serials)
    assert [one.rfc4514_string() for one in certificate("user.pem").issuer.rdns] == [
        "C=JP",
        "O=OpenJPKI",
        "OU=OpenJPKI for digital signature",
        "OU=Governor of Tokyo",
    ]


def test_every_value_of_the_policy_is_named_in_section_1() -> None:
    rows = sections()[1].table("policy value").rows
    named = {row["policy value"] for row in rows}
    policy = AuthorityPolicy()
    # The CP/CPS version marks a policy; reasons and partitions are section 7's.
    elsewhere = {"version", "crl.reasons", "partitions.counts"}
    assert named | elsewhere == set(leaves(policy))


def test_section_1_has_the_engines_bounds() -> None:
    kinds = (ROOT / "signer_core/formats/src/certificate/kinds.rs").read_text("utf-8")
    ten_years = re.search(r"const TEN_YEARS: i64 = (\d+);", kinds)
    assert ten_years
    stated = {}
    for one in PROFILE.finditer(kinds):
        days = one["days"].replace("TEN_YEARS", ten_years[1])
        longest = math.prod(map(int, days.split(" * ")))
        bounds = f"{one['s0']} to {one['s1']}", f"{one['k0']} to {one['k1']}"
        stated[one["name"]] = (*bounds, longest)
    rows = sections()[1].table("profile").rows
    assert stated == {
        row["profile"]: (row["serial, bits"], row["key, bits"], int(row["longest, days"]))
        for row in rows
    }
    for row in rows:
        assert int(row["section"]) in sections()


def test_section_2_user_certificate(openssl_program: str, tmp_path: Path) -> None:
    section, name = sections()[2], "user.pem"
    assert section.examples == [name]
    assert_table(section, name)
    assert_extensions(section, name)
    assert len(section.table("extension").rows) == len(read(name).extensions)
    assert usages(name) == {"digital_signature", "content_commitment"}
    alternative = value_of(name, x509.SubjectAlternativeName).public_bytes()
    rows = section.table("otherName").rows
    assert [(one.path, one.type, one.value) for one in other_names(alternative)] == [
        (row["otherName"], row["type"], row["in the example"]) for row in rows
    ]
    (policy,) = value_of(name, x509.CertificatePolicies)
    assert policy.policy_identifier.dotted_string == AuthorityPolicy().certificate_policy_oid
    assert policy.policy_qualifiers == [AuthorityPolicy().cps_uri]
    (japanese,) = value_of(name, x509.IssuerAlternativeName)
    (of_authority,) = value_of("authority.pem", x509.SubjectAlternativeName)
    assert japanese == of_authority
    directory, uri = point_names(name)
    assert directory.value.rfc4514_string().startswith("CN=13101 CRLDP,OU=CRL Distribution Points,")
    assert uri.value == "http://repository.openjpki.example/13/1/13101.crl"
    (access,) = value_of(name, x509.AuthorityInformationAccess)
    assert access.access_method == AuthorityInformationAccessOID.OCSP
    assert_issued(openssl_program, tmp_path, name, "authority.pem")


def test_section_2_without_what_only_policy_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "POLICY", AuthorityPolicy())
    made = read_certificate(maker.user_certificate(maker.authority_certificate(1)))
    always = [
        row["OID"] for row in sections()[2].table("extension").rows if row["when"] == "always"
    ]
    assert [one.oid for one in made.extensions] == always


def test_section_3_authority_certificate(openssl_program: str, tmp_path: Path) -> None:
    section = sections()[3]
    assert section.examples == ["authority.pem", "authority-next.pem"]
    assert_table(section, "authority.pem")
    for name in (*section.examples, "bridge.pem"):
        assert_extensions(section, name)
        assert usages(name) == {"key_cert_sign", "crl_sign"}
        assert value_of(name, x509.BasicConstraints).path_length is None
        assert point_names(name) == [x509.DirectoryName(certificate(name).subject)]
        assert_issued(openssl_program, tmp_path, name, name)
    first, second = map(certificate, section.examples)
    assert first.subject.public_bytes() == second.subject.public_bytes()
    assert first.public_key() != second.public_key()


def test_section_4_link_certificates(openssl_program: str, tmp_path: Path) -> None:
    section = sections()[4]
    assert section.examples == ["new-with-old.pem", "old-with-new.pem"]
    assert_table(section, "new-with-old.pem")
    old, new = "authority.pem", "authority-next.pem"
    for name, issuer, subject in (
        ("new-with-old.pem", old, new),
        ("old-with-new.pem", new, old),
    ):
        assert_extensions(section, name)
        assert usages(name) == {"key_cert_sign", "crl_sign"}
        (policy,) = value_of(name, x509.CertificatePolicies)
        assert policy.policy_identifier.dotted_string == "2.5.29.32.0"
        link = certificate(name)
        assert link.subject.public_bytes() == link.issuer.public_bytes()
        assert link.public_key() == certificate(subject).public_key()
        assert_issued(openssl_program, tmp_path, name, issuer)
        assert link.not_valid_after_utc == certificate(old).not_valid_after_utc


def test_section_5_cross_certificates(openssl_program: str, tmp_path: Path) -> None:
    section, name = sections()[5], "cross.pem"
    assert section.examples == [name, "bridge.pem"]
    assert_table(section, name)
    assert_extensions(section, name)
    assert usages(name) == {"key_cert_sign", "crl_sign"}
    assert value_of(name, x509.BasicConstraints).path_length is None
    constraints = value_of(name, x509.PolicyConstraints)
    assert constraints == x509.PolicyConstraints(0, None)
    mappings = asn1_x509.Certificate.load(example(name), strict=True)
    (mapping,) = next(
        one["extn_value"].parsed
        for one in mappings["tbs_certificate"]["extensions"]
        if one["extn_id"].native == "policy_mappings"
    )
    assert mapping["issuer_domain_policy"].dotted == AuthorityPolicy().certificate_policy_oid
    assert mapping["subject_domain_policy"].dotted == maker.BRIDGE_POLICY
    assert certificate(name).public_key() == certificate("bridge.pem").public_key()
    assert_issued(openssl_program, tmp_path, name, "authority.pem")


def test_section_6_ocsp_responder_certificate(openssl_program: str, tmp_path: Path) -> None:
    section, name = sections()[6], "responder.pem"
    assert section.examples == [name]
    assert_table(section, name)
    assert_extensions(section, name)
    assert usages(name) == {"digital_signature"}
    assert list(value_of(name, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    lifetime = certificate(name).not_valid_after_utc - certificate(name).not_valid_before_utc
    assert lifetime == AuthorityPolicy().ocsp.responder_lifetime
    assert_issued(openssl_program, tmp_path, name, "authority.pem")


def test_section_7_certificate_revocation_lists(openssl_program: str, tmp_path: Path) -> None:
    section = sections()[7]
    users, authorities, delta = section.examples
    assert_table(section, users)
    assert [one.path for one in read(authorities).fields] == [
        row["field"]
        for row in section.table("field").rows
        if not row["field"].startswith("revokedCertificates")
    ]
    for name in (users, authorities, delta):
        assert_extensions(section, name)
        loaded = x509.load_der_x509_crl(example(name))
        key = certificate("authority.pem").public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        assert loaded.is_signature_valid(key)
        shown_by = run(openssl_program, tmp_path, example(name), "crl -inform DER -noout -text")
        assert "X509v3 Issuing Distribution Point: critical" in shown_by
    point = x509.load_der_x509_crl(example(users)).extensions.get_extension_for_class(
        x509.IssuingDistributionPoint
    )
    assert point.value.only_contains_user_certs
    assert point.value.full_name == point_names("user.pem")
    lists = [x509.load_der_x509_crl(example(name)).extensions for name in (users, delta)]
    assert lists[1].get_extension_for_class(x509.IssuingDistributionPoint) == point
    base = lists[0].get_extension_for_class(x509.CRLNumber).value.crl_number
    indicator = lists[1].get_extension_for_class(x509.DeltaCRLIndicator)
    assert (indicator.critical, indicator.value.crl_number) == (True, base)
    assert lists[1].get_extension_for_class(x509.CRLNumber).value.crl_number == base + 1
    (freshest,) = lists[0].get_extension_for_class(x509.FreshestCRL).value
    assert freshest.full_name == [
        point_names("user.pem")[0],
        x509.UniformResourceIdentifier("http://repository.openjpki.example/13/1/13101.delta.crl"),
    ]
    for_authorities = x509.load_der_x509_crl(example(authorities)).extensions
    point = for_authorities.get_extension_for_class(x509.IssuingDistributionPoint)
    assert point.value.only_contains_ca_certs
    assert point.value.full_name == point_names("authority.pem")
    entries = asn1_crl.CertificateList.load(example(users), strict=True)["tbs_cert_list"]
    assert {len(one.dump()) for one in entries["revoked_certificates"]} == {53}
    assert "takes 53 octets" in section.text


def test_section_7_gives_every_cause_its_reason() -> None:
    rows = sections()[7].table("cause").rows
    stated = {RevocationCause[row["cause"]]: int(row["reasonCode"][0]) for row in rows}
    assert stated == CrlPolicy().reasons
    others = {
        (of, row["what ended it"].strip("`")): int(row["reasonCode"][0])
        for row in sections()[7].table("what ended it").rows
        if row["reasonCode"] != "absent"
        for of in (("cross", "responders") if row["of"] == "both" else (row["of"].split()[0],))
    }
    assert others == {
        (of, cause.name): int(cause.reason)
        for of, causes in (
            ("cross", CrossRevocationCause),
            ("responders", ResponderRevocationCause),
        )
        for cause in causes
        if cause.reason
    }


def test_section_8_ocsp_requests_and_answers(openssl_program: str, tmp_path: Path) -> None:
    section = sections()[8]
    request, response = section.examples
    for table, name in enumerate((request, response)):
        assert_table(section, name, table=table)
        (nonce,) = read(name).extensions
        row = section.tables("extension")[table].rows[0]
        assert (nonce.oid, nonce.critical) == (row["OID"], row["critical"] == "yes")
        assert nonce_octets(nonce.value) == 32
        option = "-reqin" if name == request else "-respin"
        said = run(openssl_program, tmp_path, example(name), f"ocsp -noverify -text {option}")
        assert "OCSP Nonce" in said
    answer = ocsp.load_der_ocsp_response(example(response))
    (along,) = answer.certificates
    assert along == certificate("responder.pem")
    assert answer.responder_key_hash == value_of("responder.pem", x509.SubjectKeyIdentifier).digest
    key = along.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA256())
    lifetime = AuthorityPolicy().ocsp.response_lifetime
    assert answer.next_update_utc is not None
    assert answer.next_update_utc - answer.this_update_utc == lifetime
    asn1_ocsp.OCSPRequest.load(example(request), strict=True)
    asn1_ocsp.OCSPResponse.load(example(response), strict=True)


def test_section_8_has_every_reason_for_no_answer() -> None:
    rows = sections()[8].table("no answer").rows
    stated = {int(row["no answer"][0]): row["no answer"][2:].upper() for row in rows}
    assert stated == {int(one): one.name.replace("_", "") for one in ErrorStatus}


def test_section_9_service_mesh_certificates() -> None:
    section = sections()[9]
    service, officer, authority = section.examples
    for name in (service, officer):
        assert_table(section, name)
        assert_extensions(section, name)
        assert not value_of(name, x509.BasicConstraints).ca
        assert usages(name) == {"digital_signature"}
        certificate(name).verify_directly_issued_by(certificate(authority))
    names = value_of(service, x509.SubjectAlternativeName)
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    assert uris == ["spiffe://openjpki.example/ca"]
    assert names.get_values_for_type(x509.DNSName) == ["ca.openjpki.example"]
    (uri,) = value_of(officer, x509.SubjectAlternativeName)
    assert uri.value == "spiffe://openjpki.example/window-officer/13101/sato"
    assert list(value_of(officer, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert set(value_of(service, x509.ExtendedKeyUsage)) == {
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.SERVER_AUTH,
    }


def test_section_9_is_what_the_mesh_authority_makes_today() -> None:
    for name, pem in maker.mesh_certificates().items():
        made = READERS["certificate"](
            x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
        )
        kept = read(name)
        assert [(one.path, one.type) for one in made.fields] == [
            (one.path, one.type) for one in kept.fields
        ]
        assert [(one.oid, one.critical) for one in made.extensions] == [
            (one.oid, one.critical) for one in kept.extensions
        ]


def test_section_10_characters() -> None:
    section = sections()[10]
    for row in section.table("character").rows:
        character = row["character"]
        assert row["code point"] == f"U+{ord(character):04X}"
        assert (character in JIS_X_0208, character in JIS_X_0212) == {
            "JIS X 0208": (True, False),
            "JIS X 0212": (False, True),
            "neither": (False, False),
        }[row["in"]]
        assert canonical(character) == row["becomes"]
        if row["in"] == "neither" and canonical(character) == character:
            assert "".join(candidates(character)) == row["substitutes"]
    assert f"{len(JIS_X_0208):,}" in section.text
    assert f"{len(JIS_X_0212):,}" in section.text


def test_the_product_makes_the_same_octets_today() -> None:
    made = maker.signed_objects()
    assert made == {name: (EXAMPLES / name).read_bytes() for name in made}


def test_every_example_is_named_in_a_section() -> None:
    linked = {name for section in sections().values() for name in section.examples}
    assert linked == {path.name for path in EXAMPLES.iterdir()}


def test_the_sections_are_numbered_from_one_without_a_gap() -> None:
    assert list(sections()) == list(range(1, 11))


@pytest.mark.parametrize("name", CERTIFICATES)
def test_openssl_and_asn1crypto_read_every_certificate(
    openssl_program: str, tmp_path: Path, name: str
) -> None:
    run(openssl_program, tmp_path, example(name), "x509 -inform DER -noout -text")
    assert asn1_x509.Certificate.load(example(name), strict=True).dump(force=True) == example(name)


def assert_issued(program: str, directory: Path, name: str, issuer: str) -> None:
    """openssl finds the issuer's signature, and the identifiers name the issuer's key."""
    done = subprocess.run(
        [program, "verify", "-x509_strict", "-partial_chain", "-no_check_time", "-trusted",
         str(EXAMPLES / issuer), str(EXAMPLES / name)],
        cwd=directory, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if name != issuer:
        identifier = value_of(name, x509.AuthorityKeyIdentifier)
        assert identifier.key_identifier == value_of(issuer, x509.SubjectKeyIdentifier).digest
        assert identifier.authority_cert_issuer is None
    assert certificate(name).issuer.public_bytes() == certificate(issuer).subject.public_bytes()


def run(program: str, directory: Path, der: bytes, command: str) -> str:
    (directory / "object.der").write_bytes(der)
    words = command.split()
    place = ["object.der"] if words[-1].endswith("in") else ["-in", "object.der"]
    done = subprocess.run(
        [program, *words, *place],
        cwd=directory, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def shown(value: object) -> str:
    """A policy's value as the document writes it."""
    if value is None:
        return "none"
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value)))
    if isinstance(value, timedelta):
        units = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)))
        name, unit = next(
            (one for one in units if value >= one[1]), ("minute", timedelta(minutes=1))
        )
        count, rest = divmod(value, unit)
        assert not rest
        return f"{count} {name}{'' if count == 1 else 's'}"
    return str(value)


def leaves(policy: object, prefix: str = "") -> list[str]:
    """Dotted paths of every value of a policy."""
    found = []
    for field in getattr(policy, "__dataclass_fields__", {}):
        value = getattr(policy, field)
        if hasattr(value, "__dataclass_fields__"):
            found += leaves(value, f"{prefix}{field}.")
        else:
            found.append(prefix + field)
    return found


CITATION = re.compile(r"docs/profile\.md[\s/*!]+sections?[\s/*!]+((?:\d+|,| |and)+)")
BY_WORDS = re.compile(r"(?<![.\w])PROFILE(?:[:,)]| \")")


def test_every_citation_is_of_a_section_that_exists() -> None:
    sources = [
        path
        for folder in ("python", "signer_core", "protos", "devkit")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".rs", ".proto"} and "target" not in path.parts
    ]
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in sources}
    assert [name for name, text in texts.items() if BY_WORDS.search(text)] == []
    cited = [
        (name, int(number))
        for name, text in texts.items()
        for citation in CITATION.findall(text)
        for number in re.findall(r"\d+", citation)
    ]
    assert len(cited) > 10
    unknown = [one for one in cited if one[1] not in sections()]
    assert not unknown, f"{DOCUMENT.name} has no such section"
