"""Operators who deny credentials of the mesh at a service, and what its journal has of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from openjpki.api.mesh.v1 import mesh_pb2
from openjpki.api.mesh.v1.mesh_pb2_grpc import DenyListServiceStub
from openjpki.services.common.denying import STREAM
from openjpki.storage.kernel.journal import SqlJournal

if TYPE_CHECKING:
    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.storage.kernel.database import Database


def deny(
    operator: TypedChannel,
    credential: str,
    cause: mesh_pb2.DenyCause.ValueType = mesh_pb2.DENY_CAUSE_LEFT,
    request_id: str = "",
) -> mesh_pb2.DeniedCredential:
    """The entry, as the operator is told."""
    asked = mesh_pb2.DenyRequest(
        request_id=request_id or str(uuid.uuid4()), credential=credential, cause=cause
    )
    return DenyListServiceStub(operator).Deny(asked).entry


def allow(operator: TypedChannel, credential: str) -> None:
    """Take it off the list."""
    asked = mesh_pb2.AllowRequest(request_id=str(uuid.uuid4()), credential=credential)
    DenyListServiceStub(operator).Allow(asked)


def denied(operator: TypedChannel) -> list[str]:
    """Everything on the list."""
    entries = DenyListServiceStub(operator).List(mesh_pb2.ListRequest()).entries
    return [one.credential for one in entries]


def told(database: Database) -> list[tuple[str, str, str]]:
    """Act, who, and which credential, as the journal has them."""
    with database.reading() as tx:
        entries = list(SqlJournal().read_all(tx, STREAM))
    return [(one.act, one.actor, str(one.details["credential"])) for one in entries]
