"""The token's PIN is changed while a service holds a login, then the device blinks.

Arguments: module, token, PIN file, the directory that is the device.
"""

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from openjpki.errors import OpenJpkiError
from openjpki.keys.choose_backend import KeySettings, choose_backend

NEW_PIN = "another-pin-of-the-token"
CHANGE = """
import sys, pkcs11
module, token, old, new = sys.argv[1:]
with pkcs11.lib(module).get_token(token_label=token).open(rw=True, user_pin=old) as session:
    session.set_pin(old, new)
"""


def main() -> None:
    module, token, pin_file, directory = sys.argv[1:]
    settings = KeySettings(
        "pkcs11", module_path=Path(module), token_label=token, pin_file=Path(pin_file)
    )
    backend = choose_backend(settings)
    key = backend.generate("authority/signing-13/1", 2048)
    old_pin = Path(pin_file).read_text().strip()
    subprocess.run([sys.executable, "-c", CHANGE, module, token, old_pin, NEW_PIN], check=True)
    key.sign(b"the login lives on")

    here, away = Path(directory), Path(directory + ".away")
    here.rename(away)
    try:
        key.sign(b"noticed")
    except OpenJpkiError:
        away.rename(here)

    # Until the module has been started again with the PIN, and a while beyond.
    seen: list[str] = []
    end = time.monotonic() + 60
    while seen.count("KEY_CREDENTIAL_REFUSED") < 10 and time.monotonic() < end:
        try:
            key.sign(b"message")
            seen.append("ok")
        except OpenJpkiError as error:
            seen.append(error.reason.name)
        time.sleep(0.05)

    # The operator gives the new PIN, and the service lets go of what it opened with the old one.
    backend.close()
    del key, backend
    Path(pin_file).write_text(NEW_PIN)
    renewed = choose_backend(replace(settings))
    signature = renewed.open("authority/signing-13/1").sign(b"message")
    sys.stdout.write(json.dumps({"seen": seen, "renewed": len(signature)}))


main()
