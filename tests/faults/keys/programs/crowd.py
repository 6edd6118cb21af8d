"""Sixteen threads sign on four sessions while keys come and go; says how it went.

Arguments: module, token, PIN file, signatures for each thread.
"""

import json
import sys
import threading
from collections import Counter
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from openjpki.keys.choose_backend import KeySettings, choose_backend
from openjpki.x509.public_key import load_rsa_spki

THREADS = 16


def main() -> None:
    module, token, pin_file, each = sys.argv[1:]
    backend = choose_backend(
        KeySettings(
            "pkcs11",
            module_path=Path(module),
            token_label=token,
            pin_file=Path(pin_file),
            sessions=4,
        )
    )
    keys = [backend.generate(f"authority/{prefecture}/1", 2048) for prefecture in (13, 27)]
    publics = [load_rsa_spki(key.spki_der) for key in keys]
    counts: Counter[str] = Counter()
    counting = threading.Lock()
    signing = threading.Event()
    signing.set()

    def sign(worker: int) -> None:
        mine: Counter[str] = Counter()
        for turn in range(0, int(each), 10):
            chosen = (worker + turn) % 2
            messages = [f"{worker} {turn} {number}".encode() for number in range(10)]
            if turn % 20:
                signatures = keys[chosen].sign_batch(messages)
            else:
                signatures = [keys[chosen].sign(message) for message in messages]
            for message, signature in zip(messages, signatures, strict=True):
                publics[chosen].verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
                mine["signed"] += 1
        with counting:
            counts.update(mine)

    def make_and_destroy() -> None:
        generation = 0
        while signing.is_set():
            generation += 1
            label = f"responder/signing-13/{generation}"
            backend.generate(label, 2048).sign(b"first")
            backend.destroy(label)
            counts["made"] += 1

    maker = threading.Thread(target=make_and_destroy)
    signers = [threading.Thread(target=sign, args=(worker,)) for worker in range(THREADS)]
    for thread in (maker, *signers):
        thread.start()
    for thread in signers:
        thread.join()
    signing.clear()
    maker.join()
    backend.close()
    sys.stdout.write(json.dumps(counts))


main()
