"""A device that makes passkeys and signs as an authenticator and its browser do (WebAuthn, ES256)."""

import hashlib
import json

from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS

from citychain.identity.webauthn import text_of

ORIGIN = "http://localhost:8000"


class Device:
    """Holds one passkey. `seed` draws it: the same device makes the same key again."""

    def __init__(self, seed: str, origin: str = ORIGIN) -> None:
        self.origin = origin
        self.credential = text_of(seed.encode())
        secret = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big") >> 1
        self._key = ECC.construct(curve="P-256", d=secret)
        self.x, self.y = ("0x" + int(part).to_bytes(32, "big").hex() for part in self._key.pointQ.xy)

    @property
    def spki(self) -> str:
        """The public key as the browser tells it."""
        return text_of(self._key.public_key().export_key(format="DER"))

    def sign(self, digest: bytes, *, kind: str = "webauthn.get", flags: int = 0x05, origin: str = "") -> dict[str, str]:
        """The fields that the page hands in."""
        told = {"type": kind, "challenge": text_of(digest), "origin": origin or self.origin, "crossOrigin": False}
        client = json.dumps(told, separators=(",", ":")).encode()
        host = (origin or self.origin).split("//")[1].split(":")[0]
        authenticator = hashlib.sha256(host.encode()).digest() + bytes([flags]) + (7).to_bytes(4, "big")
        hashed = SHA256.new(authenticator + hashlib.sha256(client).digest())
        der = DSS.new(self._key, "fips-186-3", encoding="der").sign(hashed)
        return {
            "credential": self.credential,
            "authenticator": text_of(authenticator),
            "client": text_of(client),
            "der": text_of(der),
        }
