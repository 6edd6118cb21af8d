"""Makes on a token what killed and rivalling processes leave, and says how it is dealt with.

Arguments: module, token, PIN file.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pkcs11
from pkcs11 import Attribute, KeyType, ObjectClass

from openjpki.errors import OpenJpkiError
from openjpki.keys.pkcs11 import pairs

LABEL = "authority/signing-13/1"
NOW = 1_800_000_000
HOUR = 3600


def main() -> None:
    module, token, pin_file = sys.argv[1:]
    said: dict[str, object] = {}
    pin = Path(pin_file).read_text().strip()
    with pkcs11.lib(module).get_token(token_label=token).open(rw=True, user_pin=pin) as session:

        def make(label: str, key_id: bytes) -> tuple[pkcs11.PublicKey, pkcs11.PrivateKey]:
            return session.generate_keypair(KeyType.RSA, 2048, label=label, id=key_id, store=True)

        def objects() -> list[str]:
            kinds = {ObjectClass.PRIVATE_KEY: "private", ObjectClass.PUBLIC_KEY: "public"}
            return sorted(
                f"{name} {found[Attribute.LABEL]}"
                for kind, name in kinds.items()
                for found in list(session.get_objects({Attribute.CLASS: kind}))
            )

        def refusal(act: Callable[[], object]) -> str:
            try:
                act()
            except OpenJpkiError as error:
                return error.reason.name
            return "ok"

        # Killed before the first renaming, two hours ago and a minute ago.
        make(f"unfinished:{NOW - 2 * HOUR}:{LABEL}", b"old")
        make(f"unfinished:{NOW - 60}:{LABEL}", b"new")
        # Killed between the two renamings.
        public, _ = make(f"unfinished:{NOW - 2 * HOUR}:{LABEL}", b"half")
        public[Attribute.LABEL] = LABEL
        # Killed after the public object was made, by a library that makes it first.
        _, private = make(LABEL, b"orphan")
        private.destroy()
        # Somebody else's.
        make("TLS of the front desk", b"foreign")

        said["listed before"] = pairs.labels(session)
        pairs.generate(session, LABEL, 2048, key_id=b"whole", now=NOW)
        said["listed after"] = pairs.labels(session)
        said["objects"] = objects()
        said["again"] = refusal(
            lambda: pairs.generate(session, LABEL, 2048, key_id=b"again", now=NOW)
        )

        # A twin made on another host at the same time.
        make(LABEL, b"twin")
        said["listed with twin"] = pairs.labels(session)
        said["destroy a twin"] = refusal(lambda: pairs.destroy(session, LABEL))
        said["private keys of that name"] = objects().count(f"private {LABEL}")

        (whole,) = session.get_objects(
            {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: b"whole"}
        )
        said["usages"] = {
            name: whole[getattr(Attribute, name)]
            for name in (
                "SENSITIVE",
                "EXTRACTABLE",
                "ALWAYS_SENSITIVE",
                "NEVER_EXTRACTABLE",
                "TOKEN",
                "PRIVATE",
                "SIGN",
                "DECRYPT",
                "UNWRAP",
            )
        }
        secret_parts: dict[str, int | str] = {}
        for name in ("PRIVATE_EXPONENT", "PRIME_1", "PRIME_2", "COEFFICIENT"):
            try:
                secret_parts[name] = len(whole[getattr(Attribute, name)])
            except pkcs11.PKCS11Error as error:
                secret_parts[name] = type(error).__name__
        said["secret parts"] = secret_parts
    sys.stdout.write(json.dumps(said))


main()
