"""Validating over candidate paths: what the foreign judges of the conformance tests can't show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, TypedDict, Unpack

import pytest
from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from openjpki.catalogue.path_reason import PathReason
from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path.policy import PathPolicy
from openjpki.pki_path.validate import validate_certificate
from openjpki.signer_core import PathValidator
from openjpki.x509.foreign.reading import read_certificate
from openjpki_devkit.forge import der
from tests.support import der_tree
from tests.support.path_pool import pool_of
from tests.support.small_pki import NOW, POLICY, SmallPki
from tests.support.x509_samples import key_usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.pki_path.verdict import PathVerdict


@pytest.fixture(scope="module")
def pki() -> SmallPki:
    return SmallPki()


class Policy(TypedDict, total=False):
    """Fields of the policy that a test changes."""

    initial_policies: frozenset[str]
    delegated_lists: bool


class Middle(TypedDict, total=False):
    """What a test changes in the middle certificate."""

    not_after: datetime
    ca: bool
    basic_constraints: bool
    extra: tuple[tuple[x509.ExtensionType, bool], ...]


def validate(
    anchor: bytes,
    target: bytes,
    pool: Iterable[bytes],
    crls: Iterable[bytes],
    *,
    at: datetime = NOW,
    validator: PathValidator | None = None,
    **policy: Unpack[Policy],
) -> PathVerdict:
    return validate_certificate(
        anchors=[read_certificate(anchor, field="anchor")],
        target=target,
        pool=pool_of([*pool, *crls]),
        at=at,
        policy=PathPolicy(**policy),
        validator=validator or PathValidator(),
    )


class Line:
    """R -> A -> leaf, good unless told otherwise."""

    def __init__(self, pki: SmallPki, **middle: Unpack[Middle]) -> None:
        self.root = pki.certificate("R", "R")
        self.middle = pki.certificate("A", "R", serial=7, **middle)
        self.leaf = pki.certificate("leaf", "A", serial=8, ca=False)
        self.crls = [pki.crl("R"), pki.crl("A")]

    def validate(self, *, at: datetime = NOW, **options: Unpack[Policy]) -> PathVerdict:
        return validate(self.root, self.leaf, [self.middle], self.crls, at=at, **options)


def only_reason(verdict: PathVerdict) -> tuple[PathReason, int | None]:
    assert not verdict.valid
    assert verdict.refusal is not None
    return verdict.refusal.reason, verdict.refusal.place


def test_valid_path_and_its_policies(pki: SmallPki) -> None:
    line = Line(pki)
    verdict = line.validate(initial_policies=frozenset({POLICY}))
    assert verdict.valid
    assert verdict.path == (line.root, line.middle, line.leaf)
    assert verdict.user_policies == verdict.authority_policies == (POLICY,)
    assert verdict.refusal is None
    lists = [(sha256(one).digest(),) for one in line.crls]
    assert [one.lists for one in verdict.evidence] == lists
    assert [one.certificate for one in verdict.evidence] == [
        sha256(one).digest() for one in (line.middle, line.leaf)
    ]


def test_any_policy_is_written_as_its_oid(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    leaf = pki.certificate("leaf", "R", ca=False, policies=("2.5.29.32.0",))
    assert validate(root, leaf, [], [pki.crl("R")]).user_policies == ("2.5.29.32.0",)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_whoever_is_in_a_list_is_revoked_whatever_the_date(pki: SmallPki, seconds: int) -> None:
    line = Line(pki)
    moment = NOW + timedelta(seconds=seconds)
    line.crls[1] = pki.crl("A", revoked={8: moment})
    verdict = line.validate()
    assert verdict.refusal is not None
    assert verdict.refusal.reason is PathReason.REVOKED
    assert verdict.refusal.revoked_at == moment
    assert verdict.refusal.revocation_reason == "unspecified"


@pytest.mark.parametrize("year", ["0000", "0001", "9999"])
def test_whoever_was_revoked_in_a_year_that_few_know_is_revoked(pki: SmallPki, year: str) -> None:
    """DER has a year nought, and Python none."""
    line = Line(pki)
    revoking = der_tree.read(pki.crl("A", revoked={8: NOW}))
    signed, _, signature = revoking.children
    *_, date = (node for node in signed.walk() if node.tag in (0x17, 0x18))
    date.tag, date.content = 0x18, f"{year}0101000000Z".encode()
    octets = pki.key("A").sign(signed.write(), ec.ECDSA(hashes.SHA256()))
    signature.raw = der.bits(octets)
    line.crls[1] = revoking.write()
    verdict = line.validate()
    assert only_reason(verdict) == (PathReason.REVOKED, 2)
    assert verdict.refusal is not None
    assert verdict.refusal.revoked_at == datetime(max(int(year), 1), 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "valid"), [(-1, False), (0, True), (1, True)])
def test_last_second_of_validity_counts(pki: SmallPki, seconds: int, valid: bool) -> None:
    line = Line(pki, not_after=NOW + timedelta(seconds=seconds))
    verdict = line.validate()
    assert verdict.valid is valid
    if not valid:
        assert only_reason(verdict) == (PathReason.EXPIRED, 1)


def test_anchor_has_an_end_and_a_beginning(pki: SmallPki) -> None:
    leaf = pki.certificate("leaf", "R", ca=False)
    ended = pki.certificate("R", "R", not_after=NOW - timedelta(seconds=1))
    assert only_reason(validate(ended, leaf, [], [pki.crl("R")])) == (PathReason.EXPIRED, 0)
    early = pki.certificate("R", "R", not_before=NOW + timedelta(seconds=1))
    assert only_reason(validate(early, leaf, [], [pki.crl("R")])) == (
        PathReason.NOT_YET_VALID,
        0,
    )


def test_anchors_own_path_length_counts(pki: SmallPki) -> None:
    root = pki.certificate("R", "R", path_length=0)
    line = Line(pki)
    verdict = validate(root, line.leaf, [line.middle], line.crls)
    assert only_reason(verdict) == (PathReason.PATH_TOO_LONG, 1)


def test_middle_that_is_no_authority(pki: SmallPki) -> None:
    assert only_reason(Line(pki, ca=False).validate()) == (PathReason.NOT_AN_AUTHORITY, 1)
    assert only_reason(Line(pki, basic_constraints=False).validate()) == (
        PathReason.NOT_AN_AUTHORITY,
        1,
    )


def test_middle_that_may_not_sign_certificates(pki: SmallPki) -> None:
    usage = key_usage(digital_signature=True, crl_sign=True)
    line = Line(pki, extra=((usage, True),))
    assert only_reason(line.validate()) == (PathReason.KEY_USAGE, 1)


def test_unknown_critical_extension(pki: SmallPki) -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.32473.99"), b"\x05\x00")
    assert only_reason(Line(pki, extra=((unknown, True),)).validate()) == (
        PathReason.UNKNOWN_CRITICAL_EXTENSION,
        1,
    )
    assert Line(pki, extra=((unknown, False),)).validate().valid


def test_short_rsa_key_is_refused_where_it_signs(pki: SmallPki) -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the point of the test
    root = pki.certificate("R", "R")
    middle = pki.certificate("A", "R", key=short)
    leaf = pki.certificate("leaf", "A", ca=False, signer=short)
    crls = [pki.crl("R"), pki.crl("A", signer=short)]
    assert only_reason(validate(root, leaf, [middle], crls)) == (PathReason.KEY_REFUSED, 1)
    lenient = PathValidator(minimum_rsa_bits=1024)
    assert validate(root, leaf, [middle], crls, validator=lenient).valid


def test_hash_that_is_not_accepted(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    leaf = pki.certificate("leaf", "R", ca=False, hashed_with=hashes.SHA224())
    verdict = validate(root, leaf, [], [pki.crl("R")])
    assert only_reason(verdict) == (PathReason.ALGORITHM_REFUSED, 1)


def test_list_is_signed_by_the_issuing_key(pki: SmallPki) -> None:
    line = Line(pki)
    line.crls[1] = pki.crl("A", signer="impostor")
    assert only_reason(line.validate()) == (PathReason.REVOCATION_UNKNOWN, 2)


def test_list_of_another_generation_counts_only_where_policy_says_so(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    old, new = (pki.certificate("A", "R", key=f"A {label}") for label in ("old", "new"))
    leaf = pki.certificate("leaf", "A", ca=False, signer="A old")
    crls = [pki.crl("R"), pki.crl("A", signer="A new")]
    verdict = validate(root, leaf, [old, new], crls)
    assert only_reason(verdict) == (PathReason.REVOCATION_UNKNOWN, 2)
    assert validate(root, leaf, [old, new], crls, delegated_lists=True).valid


def test_forged_list_that_borrows_a_true_signature(pki: SmallPki) -> None:
    line = Line(pki)
    revoking = pki.crl("A", revoked={8: NOW - timedelta(days=1)})
    forged = asn1_crl.CertificateList.load(pki.crl("A", this_update=NOW - timedelta(minutes=1)))
    forged["signature"] = asn1_crl.CertificateList.load(revoking)["signature"]
    for delegated in (False, True):
        line.crls = [pki.crl("R"), forged.dump(force=True)]
        assert only_reason(line.validate(delegated_lists=delegated)) == (
            PathReason.REVOCATION_UNKNOWN,
            2,
        )
        line.crls.append(revoking)
        assert only_reason(line.validate(delegated_lists=delegated)) == (PathReason.REVOKED, 2)


def test_forged_list_for_a_link_certificate(pki: SmallPki) -> None:
    # Subject and issuer share a name: the certificate must not vouch for the list it is judged by.
    root = pki.certificate("R", "R")
    link = pki.certificate("R", "R", key="R next", signer="R", policies=("2.5.29.32.0",))
    for signer in ("impostor", "R next"):
        for delegated in (False, True):
            verdict = validate(
                root, link, [link], [pki.crl("R", signer=signer)], delegated_lists=delegated
            )
            if signer == "R next" and delegated:
                continue  # a list by the next generation: policy allowed it
            assert only_reason(verdict) == (PathReason.REVOCATION_UNKNOWN, 1)


def test_later_candidate_may_hold(pki: SmallPki) -> None:
    line = Line(pki)
    bridge = pki.certificate("B", "R")
    around = pki.certificate("A", "B")
    crls = [pki.crl("R", revoked={7: NOW - timedelta(days=1)}), pki.crl("A"), pki.crl("B")]
    verdict = validate(line.root, line.leaf, [line.middle, bridge, around], crls)
    assert verdict.valid
    assert verdict.path == (line.root, bridge, around, line.leaf)


def test_limits_are_told(pki: SmallPki) -> None:
    line = Line(pki)
    verdict = validate(
        line.root, line.leaf, [line.middle], line.crls, validator=PathValidator(signatures=1)
    )
    assert verdict.refusal is not None
    assert verdict.refusal.reason is PathReason.LIMIT_REACHED


def test_why_there_is_no_path(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    leaf = pki.certificate("leaf", "A", ca=False)

    def told(pool: list[bytes], target: bytes = leaf) -> PathReason:
        verdict = validate(root, target, pool, [])
        assert verdict.refusal is not None
        return verdict.refusal.reason

    assert told([]) is PathReason.NO_PATH
    assert told([pki.certificate("A", "A")]) is PathReason.NO_PATH
    assert told([pki.certificate("A", "B"), pki.certificate("B", "C")]) is PathReason.NO_PATH
    # Somebody of that name is there, and did not sign it.
    other = told([pki.certificate("A", "R", key="A other")])
    assert other in {PathReason.NO_PATH, PathReason.SIGNATURE_INVALID}
    forged = pki.certificate("leaf", "A", ca=False, signer="forger", identifiers=False)
    assert told([pki.certificate("A", "R")], forged) is PathReason.SIGNATURE_INVALID


def test_broken_inputs_are_refused_by_name(pki: SmallPki) -> None:
    line = Line(pki)
    for broken in (line.root[:-1], b""):
        with pytest.raises(OpenJpkiError) as caught:
            validate(broken, line.leaf, [], [])
        assert caught.value.reason is Reason.MALFORMED_DER
        assert caught.value.field == "anchor"
    with pytest.raises(OpenJpkiError) as caught:
        read_certificate(line.leaf + b"\x00")
    assert caught.value.reason is Reason.TRAILING_BYTES
    with pytest.raises(OpenJpkiError) as caught:
        read_certificate(bytes(100_000))
    assert caught.value.reason is Reason.MESSAGE_TOO_LARGE
    for target in (line.leaf[:-1], b"", b"text"):
        verdict = validate(line.root, target, [], [])
        assert verdict.refusal is not None
        assert verdict.refusal.reason is PathReason.UNREADABLE
    with pytest.raises(OpenJpkiError):
        line.validate(at=NOW.replace(tzinfo=None))
    with pytest.raises(OpenJpkiError):
        line.validate(initial_policies=frozenset({"no OID"}))


def test_unreadable_lists_are_left_out(pki: SmallPki) -> None:
    pool = pool_of([b"", pki.crl("A")[:-1], pki.certificate("A", "R")[:-1], pki.crl("A")])
    assert pool.left_out == 3


def test_signature_has_one_encoding(pki: SmallPki) -> None:
    line = Line(pki)
    while line.leaf[-1] & 1:
        line.leaf = pki.certificate("leaf", "A", serial=8, ca=False)
    assert line.validate().valid
    length = len(x509.load_der_x509_certificate(line.leaf).signature)
    # The signature ends in a zero bit; stating that it does not count changes nothing signed.
    place = len(line.leaf) - length - 1
    assert line.leaf[place] == 0
    line.leaf = line.leaf[:place] + b"\x01" + line.leaf[place + 1 :]
    verdict = line.validate()
    assert verdict.refusal is not None
    assert verdict.refusal.reason in {PathReason.SIGNATURE_INVALID, PathReason.UNREADABLE}


@pytest.fixture(scope="module")
def line(pki: SmallPki) -> Line:
    return Line(pki)


@settings(max_examples=300)
@given(data=st.data())
def test_no_changed_byte_passes_or_escapes(line: Line, data: st.DataObject) -> None:
    parts = {"leaf": line.leaf, "middle": line.middle, "crl": line.crls[1]}
    which = data.draw(st.sampled_from(sorted(parts)))
    original = parts[which]
    # A share of the whole, since signatures differ in length from run to run.
    position = int(data.draw(st.floats(0, 1, exclude_max=True)) * len(original))
    drawn = data.draw(st.integers(0, 255))
    parts[which] = original[:position] + bytes([drawn]) + original[position + 1 :]
    leaf, middle, crl = (parts[name] for name in ("leaf", "middle", "crl"))
    verdict = validate(line.root, leaf, [middle], [line.crls[0], crl])
    assert verdict.valid is (parts[which] == original)
