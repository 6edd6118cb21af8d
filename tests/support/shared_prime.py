"""A prime that several known keys share."""

from __future__ import annotations

from base64 import b64decode

from badkeys.checks import checkrsa

# The modulus in the certificate of crt.sh id 5534506057.
_MODULUS = int.from_bytes(
    b64decode(
        "tQS720djHoBY2eXEDsMNGi6GWY/B37TyGO6tAgQJnweAvk5ABi3AKaOJzHQLmqpkzzh92z2FHzZpKoOiy4Eq0tt4"
        "J20zgFPiYdAG5mffTcgtMhymCXBcAaUjuZCcyYIIDdENnaP3wTPo0FEdWozb0/4+SNJ1IhlwyQGUu77mAHgr3Q2j"
        "/GqY0RSIbikmgV7NUpf6PA8JAlm2+lQQj9YjurMI5K9BQZPRGm84E2nSe4zT2NkaKrzObH+mFd5dRlzi00FXaMF0"
        "6ViYiwKgW27ef1ZCD3Z0yFZ7uaNaGAnflsOUsoaMutSkQPs0JEAVmnVkjCfpTKylM9D/B0ZjutZspQ=="
    )
)
SHARED: int = checkrsa(_MODULUS, checks=["sharedprimes"])["sharedprimes"]["p"]
"""Of 1,024 bits."""
