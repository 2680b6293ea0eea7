"""BLS signatures as Ethereum's consensus layer makes them: public keys of 48 bytes (G1), signatures of 96 (G2).

draft-irtf-cfrg-bls-signature, the proof-of-possession scheme; curve arithmetic by arkworks.
"""

import secrets
from collections.abc import Sequence

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

#: BLS_SIG_..._POP_: what consensus-specs, phase 0, "BLS signatures" names.
_DOMAIN = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
#: Order of the group: a secret key lies between 1 and below it.
CURVE_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001


def draw_secret() -> bytes:
    """32 bytes, big-endian."""
    return (1 + secrets.randbelow(CURVE_ORDER - 1)).to_bytes(32, "big")


def public_key(secret: bytes) -> bytes:
    return bytes((G1Point() * Scalar.from_be_bytes(secret)).to_compressed_bytes())


def sign(secret: bytes, message: bytes) -> bytes:
    point = G2Point.hash_to_curve(message, _DOMAIN) * Scalar.from_be_bytes(secret)
    return bytes(point.to_compressed_bytes())


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """False also for a key or a signature that is no point of its group, and for the key that signs everything."""
    try:
        point, signed = G1Point.from_compressed_bytes(key), G2Point.from_compressed_bytes(signature)
    except ValueError:
        return False
    if point == G1Point.identity():
        return False
    hashed = G2Point.hash_to_curve(message, _DOMAIN)
    return bool(GT.pairing_check([point, -G1Point()], [hashed, signed]))


def verify_common(keys: Sequence[bytes], message: bytes, signature: bytes) -> bool:
    """Whether the holders of all `keys` together signed one message (FastAggregateVerify).

    That they hold them must have been proven before: validators prove it by their deposits.
    """
    try:
        points = [G1Point.from_compressed_bytes(key) for key in keys]
    except ValueError:
        return False
    if not points:
        return False
    common = sum(points[1:], points[0])
    return verify(bytes(common.to_compressed_bytes()), message, signature)
