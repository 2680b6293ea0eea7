"""secp256k1 keys and signatures as the contracts check them (EIP-2: low s), through libsecp256k1."""

import coincurve
from django.utils.translation import gettext_lazy as _

from citychain.errors import InvalidInput

from .hashing import keccak

#: Half of the curve's order; a greater s is the malleable twin of a signature, and contracts refuse it.
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


class InvalidKey(InvalidInput):
    code = "invalid-key"
    message = _("A private key is 32 bytes and lies within the curve's order.")


class InvalidSignature(InvalidInput):
    code = "invalid-signature"
    message = _("The signature is not a signature: {reason}")


class Key:
    """A private key. Danger: whoever holds `secret` is the account; it never appears in a repr or an error."""

    __slots__ = ("_signer", "address", "secret")

    def __init__(self, secret: bytes) -> None:
        """Raises InvalidKey."""
        try:
            if len(secret) != 32:
                raise ValueError
            self._signer = coincurve.PrivateKey(secret)
        except ValueError:
            raise InvalidKey() from None
        self.secret = secret
        #: The account: lower-case hex with 0x.
        self.address = _address(self._signer.public_key)

    def __repr__(self) -> str:
        return f"<Key of {self.address}>"

    def sign(self, digest: bytes) -> bytes:
        """r, s, v (65 bytes, v 27 or 28, low s) of a 32-byte digest; deterministic (RFC 6979)."""
        signature = self.sign_raw(digest)
        return signature[:64] + bytes((27 + signature[64],))

    def sign_raw(self, digest: bytes) -> bytes:
        """The same with the bare parity (0 or 1) in place of v, as transactions carry it."""
        signature: bytes = self._signer.sign_recoverable(digest, hasher=None)
        return signature


def recover(digest: bytes, signature: bytes) -> str:
    """The account that signed `digest`. Accepts exactly what OpenZeppelin's ECDSA accepts; raises InvalidSignature."""
    if len(signature) != 65:
        raise InvalidSignature(reason=_("it has {length} bytes, not 65").format(length=len(signature)))
    if signature[64] not in (27, 28):
        raise InvalidSignature(reason=_("its last byte is neither 27 nor 28"))
    if int.from_bytes(signature[32:64], "big") > HALF_ORDER:
        raise InvalidSignature(reason=_("its s is in the upper half"))
    try:
        public = coincurve.PublicKey.from_signature_and_message(
            signature[:64] + bytes((signature[64] - 27,)), digest, hasher=None
        )
    except ValueError:
        raise InvalidSignature(reason=_("no key fits it")) from None
    return _address(public)


def checksum(address: str) -> str:
    """The address in mixed case that shows a slip of the pen (EIP-55), as wallets and EIP-4361 write it."""
    digits = address[2:].lower()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(c.upper() if int(mark, 16) >= 8 else c for c, mark in zip(digits, marks, strict=False))


def message_digest(text: str) -> bytes:
    """What a wallet signs for a text in words (EIP-191, version 0x45: personal_sign)."""
    message = text.encode()
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)


def _address(public: coincurve.PublicKey) -> str:
    return "0x" + keccak(public.format(compressed=False)[1:])[12:].hex()
