"""Messages that no program would send: fields drawn by chance from what strangers send."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message

_TEXTS = (
    "", " ", "\u3000", "x", "x" * 70_000, "a\0b", "\r\n", "é", "e\u0301", "Ａ", "\u202e", "\ufdd0",
    "\U0010ffff", "葛\U000e0100", "𠮷", "富山\u3000花子", "富山県富山市一丁目２番３号", "%s%n",
    "../../etc/passwd", "signing-13", "signing-99", "bridge", "16202", "1980-02-30", "0001-01-01",
    "9999-12-31", "2.5.29.32.0", "1.2." + "9" * 300, "::/0", "999.1.1.1/33", "sha256:" + "0" * 64,
    "window-officer/16201/officer-1", "governor-officer/signing-16/mori", "passport",
)  # fmt: skip
_NUMBERS = (
    0, 1, -1, 2, 3, 7, 20, 365, 2**31 - 1, -(2**31), 2**32 - 1, 2**53, 2**63 - 1, -(2**63),
    999_999_999, 1_000_000_000, -1_000_000_000, 253_402_300_799, 253_402_300_800, -62_135_596_801,
)  # fmt: skip
_BITS = {
    FieldDescriptor.TYPE_INT32: (32, True), FieldDescriptor.TYPE_UINT32: (32, False),
    FieldDescriptor.TYPE_INT64: (64, True), FieldDescriptor.TYPE_UINT64: (64, False),
}  # fmt: skip
_DEEPEST = 4


class AnyMessages:
    """Draws messages. The same ``seed`` draws the same ones."""

    def __init__(self, seed: str, texts: Sequence[str], octets: Sequence[bytes]) -> None:
        """``texts``, ``octets``: values that mean something where the messages go."""
        self.chance = Random(seed)  # noqa: S311 - not for secrets
        self._texts = (*_TEXTS, *texts)
        self._octets = (b"", b"\0", b"\1", b"\xff\xfe", b"\0" * 20, b"\x80" * 20, *octets)

    def of(self, kind: type[Message], depth: int = 0) -> Message:
        """One of this kind, most of its fields set."""
        message = kind()
        if depth < _DEEPEST:
            for field in list[Any](kind.DESCRIPTOR.fields):
                if self.chance.random() < 0.7:
                    self._put(message, field, depth)
        return message

    def change(self, message: Any, depth: int = 0) -> None:
        """One to three fields of a message that meant something."""
        fields = list(message.DESCRIPTOR.fields)
        for _ in range(self.chance.choice((1, 1, 1, 2, 3)) if fields else 0):
            field = self.chance.choice(fields)
            if field.message_type and not field.is_repeated and self.chance.random() < 0.6:
                self.change(getattr(message, field.name), depth + 1)
            else:
                self._put(message, field, depth)

    def spoil(self, octets: bytes) -> bytes:
        """What is sent of a message: changed, cut off, sent twice, longer, or anything."""
        changed, chance = bytearray(octets), self.chance
        match chance.randrange(5):
            case 0 if changed:
                for _ in range(chance.randint(1, 4)):
                    changed[chance.randrange(len(changed))] = chance.randrange(256)
            case 1:
                del changed[chance.randint(0, len(changed)) :]
            case 2:
                changed += octets
            case 3:
                # A field that no contract has.
                changed += b"\xfa\xff\x07\x05hello"
            case _:
                changed = bytearray(chance.randbytes(chance.randint(0, 60)))
        return bytes(changed)

    def _put(self, message: Any, field: FieldDescriptor, depth: int) -> None:
        several = getattr(message, field.name)
        if not field.is_repeated:
            if field.message_type is None:
                setattr(message, field.name, self._value(field))
            elif self.chance.random() < 0.2:
                message.ClearField(field.name)
            else:
                several.CopyFrom(self._message(field, depth))
            return
        kept = list(several)
        message.ClearField(field.name)
        match self.chance.randrange(3):
            case 0:
                return
            case 1 if kept:
                several.extend([*kept, *[self.chance.choice(kept)] * self.chance.choice((1, 50))])
            case _:
                draw = self._message if field.message_type else self._value
                several.extend(draw(field, depth) for _ in range(self.chance.choice((1, 2, 30))))

    def _message(self, field: FieldDescriptor, depth: int) -> Message:
        assert field.message_type is not None
        return self.of(message_factory.GetMessageClass(field.message_type), depth + 1)

    def _value(self, field: FieldDescriptor, _depth: int = 0) -> Any:
        chance = self.chance
        match field.type:
            case FieldDescriptor.TYPE_STRING:
                return chance.choice(self._texts)
            case FieldDescriptor.TYPE_BYTES:
                drawn = bytearray(chance.choice(self._octets))
                if drawn and chance.random() < 0.5:
                    drawn[chance.randrange(len(drawn))] = chance.randrange(256)
                return bytes(drawn)
            case FieldDescriptor.TYPE_BOOL:
                return chance.random() < 0.5
            case FieldDescriptor.TYPE_ENUM:
                return chance.choice((0, 1, 2, 3, 4, -1, 99, 2**31 - 1, -(2**31)))
        bits, signed = _BITS[field.type]
        number = chance.choice(_NUMBERS) % 2**bits
        return number - 2**bits if signed and number >= 2 ** (bits - 1) else number
