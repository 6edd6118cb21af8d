"""The device goes away and comes back, idle and under load; says what callers saw.

Arguments: module, token, PIN file, the directory that is the device.
"""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from openjpki.errors import OpenJpkiError
from openjpki.keys.choose_backend import KeySettings, choose_backend


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except OpenJpkiError as error:
        return error.reason.name + (" retryable" if error.reason.retryable else "")
    return "ok"


def until_ok(act: Callable[[], object]) -> list[str]:
    """Outcomes up to and with the first success, or of a minute."""
    seen: list[str] = []
    end = time.monotonic() + 60
    while time.monotonic() < end:
        seen.append(outcome(act))
        if seen[-1] == "ok":
            break
        time.sleep(0.05)
    return seen


def main() -> None:
    module, token, pin_file, directory = sys.argv[1:]
    here, away = Path(directory), Path(directory + ".away")
    backend = choose_backend(
        KeySettings("pkcs11", module_path=Path(module), token_label=token, pin_file=Path(pin_file))
    )
    key = backend.generate("authority/signing-13/1", 2048)
    signature = key.sign(b"message")
    said: dict[str, object] = {"before": outcome(lambda: key.sign(b"message"))}

    acts: dict[str, Callable[[], object]] = {
        "sign": lambda: key.sign(b"message"),
        "open": lambda: backend.open("authority/signing-13/1"),
        "labels": backend.labels,
        "generate": lambda: backend.generate("authority/signing-27/1", 2048),
        "destroy": lambda: backend.destroy("authority/signing-13/1"),
    }
    here.rename(away)
    said["away"] = {name: [outcome(act) for _ in range(3)] for name, act in acts.items()}
    away.rename(here)
    said["back"] = until_ok(acts["sign"])
    said["same signature"] = key.sign(b"message") == signature
    said["labels"] = backend.labels()

    here.rename(away)
    here.mkdir()
    said["emptied"] = [outcome(acts["sign"]) for _ in range(3)]
    here.rmdir()
    away.rename(here)
    said["refilled"] = until_ok(acts["sign"])

    counts: Counter[str] = Counter()
    counting = threading.Lock()
    going = threading.Event()
    going.set()

    def work() -> None:
        while going.is_set():
            came = outcome(acts["sign"])
            with counting:
                counts[came] += 1
            time.sleep(0.001)

    def until_more(wanted: Callable[[str], bool]) -> None:
        """Until callers have seen that many times more, or a minute has passed."""

        def seen() -> int:
            with counting:
                return sum(number for came, number in counts.items() if wanted(came))

        before, end = seen(), time.monotonic() + 60
        while seen() < before + len(threads) and time.monotonic() < end:
            time.sleep(0.02)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        until_more("ok".__eq__)
        here.rename(away)
        until_more("ok".__ne__)
        # And for longer than the pause between two attempts to start the module again.
        time.sleep(0.4)
        away.rename(here)
    until_more("ok".__eq__)
    going.clear()
    for thread in threads:
        thread.join()
    said["under load"] = counts
    said["after"] = until_ok(acts["sign"])
    sys.stdout.write(json.dumps(said))


main()
