"""Certificates, revocation lists and OCSP messages as a list of fields, read by pyasn1.

The product writes with its own encoder and reads with two other libraries; this is a fourth, so
that docs/profile.md is compared with octets and not with what made them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyasn1.codec.der import decoder
from pyasn1.type import base, char, univ, useful
from pyasn1_alt_modules import rfc5280, rfc6960

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPAQUE = "…"
"""Keys, hashes and signatures: their octets say nothing to a reader."""

_ATTRIBUTES = {"2.5.4.6": "C", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.7": "L", "2.5.4.3": "CN"}
_ALGORITHMS = {
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.1": "rsaEncryption",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.2.1": "id-ecPublicKey",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
}
_REASONS = dict(
    enumerate(
        (
            "unspecified",
            "keyCompromise",
            "cACompromise",
            "affiliationChanged",
            "superseded",
            "cessationOfOperation",
        )
    )
)


@dataclass(frozen=True)
class Field:
    """One field outside the extensions: its path, its ASN.1 type, its value as text."""

    path: str
    type: str
    value: str


@dataclass(frozen=True)
class Extension:
    """One extension; ``value`` is the octets inside its OCTET STRING."""

    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True)
class Read:
    """Everything of one object, in the order of its octets."""

    fields: list[Field]
    extensions: list[Extension]


def read_certificate(der: bytes) -> Read:
    """RFC 5280 4.1; the signature's octets are left out."""
    certificate = _whole(der, rfc5280.Certificate())
    tbs = certificate["tbsCertificate"]
    fields = [
        _field("version", tbs["version"], f"v{int(tbs['version']) + 1}"),
        _field("serialNumber", tbs["serialNumber"], f"{int(tbs['serialNumber']):x}"),
        _algorithm("signature", tbs["signature"]),
        *_name("issuer", tbs["issuer"]),
        *_times(tbs["validity"], "validity", "notBefore", "notAfter"),
        *_name("subject", tbs["subject"]),
        _algorithm("subjectPublicKeyInfo", tbs["subjectPublicKeyInfo"]["algorithm"]),
        _algorithm("signatureAlgorithm", certificate["signatureAlgorithm"]),
    ]
    return Read(fields, list(_extensions(tbs["extensions"])))


def read_crl(der: bytes) -> Read:
    """RFC 5280 5.1; entries as ``revokedCertificates.…``, one after the other."""
    crl = _whole(der, rfc5280.CertificateList())
    tbs = crl["tbsCertList"]
    fields = [
        _field("version", tbs["version"], f"v{int(tbs['version']) + 1}"),
        _algorithm("signature", tbs["signature"]),
        *_name("issuer", tbs["issuer"]),
        *_times(tbs, "", "thisUpdate", "nextUpdate"),
    ]
    for entry in tbs["revokedCertificates"] if tbs["revokedCertificates"].isValue else ():
        serial = entry["userCertificate"]
        fields.append(_field("revokedCertificates.userCertificate", serial, f"{int(serial):x}"))
        fields += _times(entry, "revokedCertificates", "revocationDate")
        for extension in _extensions(entry["crlEntryExtensions"]):
            assert extension.oid == "2.5.29.21", "only reasonCode stands in an entry"
            assert not extension.critical
            reason = _whole(extension.value, rfc5280.CRLReason())
            text = f"{int(reason)} {_REASONS[int(reason)]}"
            fields.append(Field("revokedCertificates.reasonCode", "ENUMERATED", text))
    fields.append(_algorithm("signatureAlgorithm", crl["signatureAlgorithm"]))
    return Read(fields, list(_extensions(tbs["crlExtensions"])))


def read_ocsp_request(der: bytes) -> Read:
    """RFC 6960 4.1.1, of a request that is not signed."""
    request = _whole(der, rfc6960.OCSPRequest())
    assert not request["optionalSignature"].isValue
    tbs = request["tbsRequest"]
    assert not tbs["requestorName"].isValue
    fields = []
    for single in tbs["requestList"]:
        assert not single["singleRequestExtensions"].isValue
        fields += _cert_id("requestList.reqCert", single["reqCert"])
    return Read(fields, list(_extensions(tbs["requestExtensions"])))


def read_ocsp_response(der: bytes) -> Read:
    """RFC 6960 4.2.1, of a successful response; the certificate that travels along is counted."""
    response = _whole(der, rfc6960.OCSPResponse())
    status = response["responseStatus"]
    octets = response["responseBytes"]
    basic = _whole(bytes(octets["response"]), rfc6960.BasicOCSPResponse())
    data = basic["tbsResponseData"]
    assert str(octets["responseType"]) == "1.3.6.1.5.5.7.48.1.1"
    fields = [
        Field("responseStatus", "ENUMERATED", f"{int(status)} {status.prettyPrint()}"),
        Field("responderID", _type_of(data["responderID"].getComponent()), "byKey " + OPAQUE),
        *_times(data, "", "producedAt"),
    ]
    for single in data["responses"]:
        fields += _cert_id("responses.certID", single["certID"])
        status = single["certStatus"]
        fields.append(Field("responses.certStatus", "CHOICE", status.getName()))
        fields += _times(single, "responses", "thisUpdate", "nextUpdate")
        assert not single["singleExtensions"].isValue
    fields.append(_algorithm("signatureAlgorithm", basic["signatureAlgorithm"]))
    fields.append(Field("certs", "SEQUENCE OF Certificate", str(len(basic["certs"]))))
    return Read(fields, list(_extensions(data["responseExtensions"])))


READERS: dict[str, Callable[[bytes], Read]] = {
    "certificate": read_certificate,
    "crl": read_crl,
    "ocsp-request": read_ocsp_request,
    "ocsp-response": read_ocsp_response,
}


def other_names(subject_alt_name: bytes) -> list[Field]:
    """The otherNames of a subjectAltName: type-id, ASN.1 type and text of each."""
    names = []
    for general in _whole(subject_alt_name, rfc5280.SubjectAltName()):
        assert general.getName() == "otherName"
        other = general.getComponent()
        value, rest = decoder.decode(bytes(other["value"]))
        assert not rest
        names.append(Field(str(other["type-id"]), _type_of(value), str(value)))
    return names


def nonce_octets(value: bytes) -> int:
    """How many octets a nonce extension's OCTET STRING holds (RFC 9654)."""
    return len(_whole(value, univ.OctetString()))


def _whole(der: bytes, spec: base.Asn1Item) -> Any:
    value, rest = decoder.decode(der, asn1Spec=spec)
    assert not rest, "octets after the end"
    return value


def _extensions(extensions: Any) -> Iterator[Extension]:
    for one in extensions if extensions.isValue else ():
        yield Extension(str(one["extnID"]), bool(one["critical"]), bytes(one["extnValue"]))


def _name(path: str, name: Any) -> Iterator[Field]:
    for rdn in name["rdnSequence"]:
        assert len(rdn) == 1
        value, rest = decoder.decode(bytes(rdn[0]["value"]))
        assert not rest
        kind = _ATTRIBUTES[str(rdn[0]["type"])]
        yield Field(f"{path}.{kind}", _type_of(value), str(value))


def _times(parent: Any, path: str, *names: str) -> list[Field]:
    found = []
    for name in names:
        time = parent[name]
        if isinstance(time, univ.Choice):
            time = time.getComponent()
        moment = time.asDateTime
        full = f"{path}.{name}" if path else name
        found.append(_field(full, time, f"{moment:%Y-%m-%dT%H:%M:%SZ}"))
    return found


def _algorithm(path: str, algorithm: Any) -> Field:
    name = _ALGORITHMS[str(algorithm["algorithm"])]
    parameters = bytes(algorithm["parameters"]) if algorithm["parameters"].isValue else b""
    suffix = {b"": "", b"\x05\x00": ", NULL"}.get(parameters, ", parameters")
    return Field(path, "AlgorithmIdentifier", name + suffix)


def _cert_id(path: str, cert_id: Any) -> list[Field]:
    return [
        _algorithm(f"{path}.hashAlgorithm", cert_id["hashAlgorithm"]),
        Field(f"{path}.issuerNameHash", _type_of(cert_id["issuerNameHash"]), OPAQUE),
        Field(f"{path}.issuerKeyHash", _type_of(cert_id["issuerKeyHash"]), OPAQUE),
        _field(
            f"{path}.serialNumber", cert_id["serialNumber"], f"{int(cert_id['serialNumber']):x}"
        ),
    ]


def _field(path: str, value: base.Asn1Item, text: str) -> Field:
    return Field(path, _type_of(value), text)


_TYPES: tuple[tuple[type[base.Asn1Item], str], ...] = (
    (char.UTF8String, "UTF8String"),
    (char.PrintableString, "PrintableString"),
    (char.IA5String, "IA5String"),
    (useful.UTCTime, "UTCTime"),
    (useful.GeneralizedTime, "GeneralizedTime"),
    (univ.Enumerated, "ENUMERATED"),
    (univ.Integer, "INTEGER"),
    (univ.OctetString, "OCTET STRING"),
)


def _type_of(value: base.Asn1Item) -> str:
    return next(name for kind, name in _TYPES if isinstance(value, kind))
