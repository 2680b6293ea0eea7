"""An institution's own keys, which never leave its folder, and what it hands over to the others.

The folder of a member (mode 0700):

    keys/validators/*.json, password   validators' keys (EIP-2335 keystores) and the password of all
    keys/account.json                  the account that stake returns to and that signs for the member (version 3)
    keys/execution, keys/consensus     the node keys of its two clients (secp256k1, hexadecimal)
    keys/jwt                           the secret between its own two clients
    member.json                        the hand-over: nothing in it is secret
"""

import json
import secrets
from pathlib import Path

import msgspec
from coincurve import PrivateKey, PublicKey
from eth_keyfile.keyfile import create_keyfile_json, decode_keyfile_json

from citychain.chain import files
from citychain.chain.keys import InvalidSignature, message_digest, recover
from citychain.chain.keystore import load_or_create
from citychain.network.genesis import write_durably

from . import bls, deposits
from .deposits import Deposit
from .errors import MemberRefused

#: libp2p's base58, Bitcoin's alphabet.
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#: A peer id is the identity multihash of a protobuf: key type 2 (secp256k1), 33 bytes of key (libp2p peer-ids).
_PEER_ID_PREFIX = bytes.fromhex("002508021221")


class Member(msgspec.Struct, frozen=True):
    """What an institution hands over. `account` takes its stake back and signs for it; ports are reached at `host`."""

    name: str
    account: str
    host: str
    execution_port: int
    consensus_port: int
    execution_node: str
    consensus_node: str
    deposits: list[Deposit]

    @property
    def enode(self) -> str:
        """Where its execution client is reached (devp2p)."""
        return f"enode://{self.execution_node}@{self.host}:{self.execution_port}?discport=0"

    @property
    def multiaddress(self) -> str:
        """Where its beacon node is reached (libp2p)."""
        public = PublicKey(bytes.fromhex("04" + self.consensus_node)).format()
        return f"/ip4/{self.host}/tcp/{self.consensus_port}/p2p/{_base58(_PEER_ID_PREFIX + public)}"


def make_keys(
    folder: Path,
    *,
    name: str,
    validators: int,
    host: str,
    execution_port: int,
    consensus_port: int,
    fork_version: bytes,
) -> Member:
    """Draws the member's keys into `folder` and returns the hand-over; what is there already is kept.

    Killed in between, the next call goes on: a key that was written is never drawn again. Raises MemberRefused when the
    folder belongs to another member or holds another number of validators.
    """
    handed = folder / "member.json"
    if handed.exists():
        member = load_member(handed)
        if (member.name, len(member.deposits)) != (name, validators):
            raise MemberRefused(member=name, field=str(handed), reason=f"belongs to {member.name}")
        return member
    keys = folder / "keys"
    (keys / "validators").mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    account = load_or_create(keys, "account")
    password = (keys / "password").read_bytes()
    _once(keys / "jwt", secrets.token_hex(32))
    made = [_validator(keys / "validators" / f"keystore-{number}.json", password) for number in range(validators)]
    member = Member(
        name=name,
        account=account.address,
        host=host,
        execution_port=execution_port,
        consensus_port=consensus_port,
        execution_node=_node(keys / "execution"),
        consensus_node=_node(keys / "consensus"),
        deposits=[deposits.make_deposit(secret, account.address, fork_version) for secret in made],
    )
    write_durably(handed, json.dumps(msgspec.to_builtins(member), indent=1, ensure_ascii=False).encode())
    return member


def load_member(path: Path) -> Member:
    """Raises MemberRefused when the file is not a hand-over."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Member)
    except (OSError, msgspec.DecodeError) as problem:
        raise MemberRefused(member=path.stem, field=str(path), reason=f"can't be read ({problem})") from problem


def check_member(member: Member, fork_version: bytes) -> None:
    """Raises MemberRefused: every deposit is signed by its validator, for this network, and returns to the member."""
    if not member.name.strip() or not 0 < len(member.deposits) <= 1_000:
        raise MemberRefused(member=member.name or "?", field="name or deposits", reason="are missing")
    for field, text in (("execution_node", member.execution_node), ("consensus_node", member.consensus_node)):
        try:
            PublicKey(bytes.fromhex("04" + text))
        except ValueError as problem:
            raise MemberRefused(member=member.name, field=field, reason="is not a public key") from problem
    for number, deposit in enumerate(member.deposits):
        if found := deposits.fault(deposit, member.account, fork_version):
            field, reason = found
            raise MemberRefused(member=member.name, field=f"deposits[{number}].{field}", reason=reason)


def sign(folder: Path, digest: bytes) -> str:
    """The member's signature (EIP-191) of 32 bytes, written in hexadecimal, with its account."""
    return load_or_create(folder / "keys", "account").sign(message_digest(digest.hex())).hex()


def signed(member: Member, digest: bytes, signature: str) -> bool:
    try:
        return recover(message_digest(digest.hex()), bytes.fromhex(signature)) == member.account
    except (ValueError, InvalidSignature):
        return False


def _validator(path: Path, password: bytes) -> bytes:
    """The secret in the keystore at `path`, drawn and kept when there is none."""
    if path.exists():
        found: bytes = decode_keyfile_json(json.loads(path.read_text()), password)
        return found
    secret = bls.draw_secret()
    document = create_keyfile_json(secret, password, version=4, kdf="pbkdf2", path="")
    document["pubkey"] = bls.public_key(secret).hex()
    write_durably(path, json.dumps(document).encode())
    return secret


def _node(path: Path) -> str:
    """The public half of a node key, 64 bytes in hexadecimal."""
    secret = _once(path, PrivateKey().to_hex())
    return PrivateKey(bytes.fromhex(secret)).public_key.format(compressed=False)[1:].hex()


def _once(path: Path, content: str) -> str:
    """What the file says, written with `content` first when it is missing."""
    if not path.exists():
        files.create(path, content.encode())
    return path.read_text()


def _base58(data: bytes) -> str:
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        digits = _BASE58[rest] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits
