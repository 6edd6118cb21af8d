"""Paths judged by openssl's library in this process: thousands a second, unlike its command.

The functions and constants are those of x509_vfy.h, X509_VERIFY_PARAM_set_flags(3) and
X509_policy_tree_get0_policies(3).
"""

from __future__ import annotations

import ctypes
import ctypes.util
from contextlib import ExitStack
from ctypes import byref, c_char_p, c_int, c_long, c_ubyte, c_ulong, c_void_p
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from openjpki_devkit.forge.certificates import AT
from openjpki_devkit.forge.extensions import ANY_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

_CRL_CHECK_ALL: Final = 0x4 | 0x8
_STRICT: Final = 0x20
_POLICY_CHECK: Final = 0x80
_EXPLICIT_POLICY: Final = 0x100
_INHIBIT_ANY: Final = 0x200
_INHIBIT_MAP: Final = 0x400
_EXTENDED_CRL: Final = 0x1000
_USE_DELTAS: Final = 0x2000
_PARTIAL_CHAIN: Final = 0x80000

UNREADABLE: Final = -1
"""Beside X509_STORE_CTX_get_error(3): the target or an anchor cannot be parsed."""


@dataclass(frozen=True)
class OpensslVerdict:
    """What libcrypto says of a path."""

    valid: bool
    error: int
    text: str
    authority_policies: tuple[str, ...] = ()
    user_policies: tuple[str, ...] = ()


def openssl_verdict(
    *,
    target: bytes,
    anchors: Sequence[bytes],
    pool: Iterable[bytes] = (),
    crls: Iterable[bytes] = (),
    at: datetime = AT,
    policies: Sequence[str] = (),
    explicit_policy: bool = False,
    inhibit_mapping: bool = False,
    inhibit_any: bool = False,
    revocation: bool = False,
    strict: bool = False,
) -> OpensslVerdict:
    """X509_verify_cert(3). What cannot be parsed is left out of the pool and of the lists."""
    lib = _library()
    with ExitStack() as held:
        wanted = _read(held, lib.d2i_X509, lib.X509_free, target)
        trusted = [_read(held, lib.d2i_X509, lib.X509_free, one) for one in anchors]
        if not wanted or not all(trusted):
            return OpensslVerdict(False, UNREADABLE, "cannot be parsed")
        store = _held(held, lib.X509_STORE_new(), lib.X509_STORE_free)
        for one in trusted:
            lib.X509_STORE_add_cert(store, one)
        # In a store it would look for those of the certificate's issuer alone, indirect ones never.
        lists = _held(held, lib.OPENSSL_sk_new_null(), lib.OPENSSL_sk_free)
        for der in crls:
            if crl := _read(held, lib.d2i_X509_CRL, lib.X509_CRL_free, der):
                lib.OPENSSL_sk_push(lists, crl)
        stack = _held(held, lib.OPENSSL_sk_new_null(), lib.OPENSSL_sk_free)
        for der in pool:
            if certificate := _read(held, lib.d2i_X509, lib.X509_free, der):
                lib.OPENSSL_sk_push(stack, certificate)
        context = _held(held, lib.X509_STORE_CTX_new(), lib.X509_STORE_CTX_free)
        lib.X509_STORE_CTX_init(context, store, wanted, stack)
        lib.X509_STORE_CTX_set0_crls(context, lists)
        parameters = lib.X509_STORE_CTX_get0_param(context)
        flags = _POLICY_CHECK | _PARTIAL_CHAIN | _EXTENDED_CRL | _USE_DELTAS
        flags |= _EXPLICIT_POLICY if explicit_policy else 0
        flags |= _INHIBIT_MAP if inhibit_mapping else 0
        flags |= _INHIBIT_ANY if inhibit_any else 0
        flags |= _CRL_CHECK_ALL if revocation else 0
        flags |= _STRICT if strict else 0
        lib.X509_VERIFY_PARAM_set_flags(parameters, flags)
        lib.X509_VERIFY_PARAM_set_time(parameters, int(at.timestamp()))
        # Without any it would count no policy as the user's, where RFC 5280 6.1.1 (c) says any.
        for dotted in policies or (ANY_POLICY,):
            lib.X509_VERIFY_PARAM_add0_policy(parameters, lib.OBJ_txt2obj(dotted.encode(), 1))
        valid = lib.X509_verify_cert(context) == 1
        error = lib.X509_STORE_CTX_get_error(context)
        tree = lib.X509_STORE_CTX_get0_policy_tree(context)
        lib.ERR_clear_error()
        return OpensslVerdict(
            valid,
            error,
            lib.X509_verify_cert_error_string(error).decode(),
            _policies(tree and lib.X509_policy_tree_get0_policies(tree)),
            _policies(tree and lib.X509_policy_tree_get0_user_policies(tree)),
        )


def _policies(nodes: int | None) -> tuple[str, ...]:
    lib = _library()
    found = []
    for place in range(lib.OPENSSL_sk_num(nodes) if nodes else 0):
        node = lib.OPENSSL_sk_value(nodes, place)
        text = ctypes.create_string_buffer(200)
        lib.OBJ_obj2txt(text, 200, lib.X509_policy_node_get0_policy(node), 1)
        found.append(text.value.decode())
    return tuple(sorted(found))


def _read(held: ExitStack, reader: Any, free: Callable[[int], object], der: bytes) -> int | None:
    octets = (c_ubyte * len(der)).from_buffer_copy(der)
    begin = ctypes.cast(octets, c_void_p)
    found: int | None = reader(None, byref(begin), len(der))
    if found is None:
        return None
    _held(held, found, free)
    return found if begin.value == ctypes.addressof(octets) + len(der) else None


def _held(held: ExitStack, handle: int, free: Callable[[int], object]) -> int:
    held.callback(free, handle)
    return handle


@cache
def version() -> str:
    """As `openssl version` says it."""
    text = _library().OpenSSL_version(0)
    return str(text.decode())


@cache
def _library() -> Any:
    name = ctypes.util.find_library("crypto")
    assert name, "these tests need libcrypto (Debian package libssl3, which openssl brings)"
    lib = ctypes.CDLL(name)
    for function, (returned, taken) in _PROTOTYPES.items():
        getattr(lib, function).restype = returned
        getattr(lib, function).argtypes = taken
    return lib


_PROTOTYPES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "d2i_X509": (c_void_p, [c_void_p, c_void_p, c_long]),
    "d2i_X509_CRL": (c_void_p, [c_void_p, c_void_p, c_long]),
    "X509_free": (None, [c_void_p]),
    "X509_CRL_free": (None, [c_void_p]),
    "X509_STORE_new": (c_void_p, []),
    "X509_STORE_free": (None, [c_void_p]),
    "X509_STORE_add_cert": (c_int, [c_void_p, c_void_p]),
    "OPENSSL_sk_new_null": (c_void_p, []),
    "OPENSSL_sk_free": (None, [c_void_p]),
    "OPENSSL_sk_push": (c_int, [c_void_p, c_void_p]),
    "OPENSSL_sk_num": (c_int, [c_void_p]),
    "OPENSSL_sk_value": (c_void_p, [c_void_p, c_int]),
    "X509_STORE_CTX_new": (c_void_p, []),
    "X509_STORE_CTX_free": (None, [c_void_p]),
    "X509_STORE_CTX_init": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p]),
    "X509_STORE_CTX_set0_crls": (None, [c_void_p, c_void_p]),
    "X509_STORE_CTX_get0_param": (c_void_p, [c_void_p]),
    "X509_STORE_CTX_get_error": (c_int, [c_void_p]),
    "X509_STORE_CTX_get0_policy_tree": (c_void_p, [c_void_p]),
    "X509_VERIFY_PARAM_set_flags": (c_int, [c_void_p, c_ulong]),
    "X509_VERIFY_PARAM_set_time": (None, [c_void_p, c_long]),
    "X509_VERIFY_PARAM_add0_policy": (c_int, [c_void_p, c_void_p]),
    "X509_verify_cert": (c_int, [c_void_p]),
    "X509_verify_cert_error_string": (c_char_p, [c_long]),
    "X509_policy_tree_get0_policies": (c_void_p, [c_void_p]),
    "X509_policy_tree_get0_user_policies": (c_void_p, [c_void_p]),
    "X509_policy_node_get0_policy": (c_void_p, [c_void_p]),
    "OBJ_txt2obj": (c_void_p, [c_char_p, c_int]),
    "OBJ_obj2txt": (c_int, [c_char_p, c_int, c_void_p, c_int]),
    "ERR_clear_error": (None, []),
    "OpenSSL_version": (c_char_p, [c_int]),
}
