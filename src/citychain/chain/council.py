"""How the council acts: a Safe of several officers that holds ADMIN_ROLE in Authority, with a delay.

The officers sign a Safe transaction (EIP-712), anyone carries it. What the council wants done is announced first
(AccessManager.schedule), waits, and is then carried out (AccessManager.execute); meanwhile a guardian can cancel it.
Safe 1.4.1's own typed data is written out here because a Safe is not in the "citychain" domain.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import clock
from .abi import Act
from .addressbook import AddressBook
from .bindings import Authority, Safe
from .codec import encode
from .errors import from_revert
from .hashing import keccak
from .keys import Key
from .rpc import Call, Rpc
from .sending import CALL_GAS, pause, transact

ADMIN_ROLE = 0
GUARDIAN_ROLE = 1
NOBODY = "0x" + "00" * 20

_DOMAIN_TYPEHASH = keccak(b"EIP712Domain(uint256 chainId,address verifyingContract)")
_TRANSACTION_TYPEHASH = keccak(
    b"SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,"
    b"address gasToken,address refundReceiver,uint256 nonce)"
)
_MESSAGE_TYPEHASH = keccak(b"SafeMessage(bytes message)")


# --- a Safe's signatures -------------------------------------------------------------------------------------------


def transaction_digest(chain_id: int, safe: str, to: str, data: bytes, nonce: int) -> bytes:
    """What officers sign so that their Safe calls `to` with `data`: no value, no refund, no delegatecall."""
    words = [_TRANSACTION_TYPEHASH, _address(to), bytes(32), keccak(data), *[bytes(32)] * 6, nonce.to_bytes(32, "big")]
    return _digest(chain_id, safe, keccak(b"".join(words)))


def message_digest(chain_id: int, safe: str, digest: bytes) -> bytes:
    """What officers sign so that their Safe is the signer of `digest`, by ERC-1271."""
    return _digest(chain_id, safe, keccak(_MESSAGE_TYPEHASH + keccak(digest)))


def message_typed_data(chain_id: int, safe: str, digest: bytes) -> dict[str, Any]:
    """The same for an officer's wallet: the argument of eth_signTypedData_v4."""
    domain = [{"name": "chainId", "type": "uint256"}, {"name": "verifyingContract", "type": "address"}]
    return {
        "types": {"EIP712Domain": domain, "SafeMessage": [{"name": "message", "type": "bytes"}]},
        "primaryType": "SafeMessage",
        "domain": {"chainId": chain_id, "verifyingContract": safe},
        "message": {"message": "0x" + digest.hex()},
    }


def joined(signatures: Mapping[str, bytes]) -> bytes:
    """Signatures of officers side by side, in the order of their addresses (lower-case hex), as a Safe wants them."""
    return b"".join(signatures[officer] for officer in sorted(signatures))


def signatures(digest: bytes, officers: Sequence[Key]) -> bytes:
    """The officers' signatures of a digest as a Safe wants them."""
    return joined({key.address: key.sign(digest) for key in officers})


def wallet_signature(chain_id: int, safe: str, digest: bytes, officers: Sequence[Key]) -> bytes:
    """The Safe's own signature of a request's digest; the forwarder asks the Safe whether it holds (ERC-1271)."""
    return signatures(message_digest(chain_id, safe, digest), officers)


def _digest(chain_id: int, safe: str, struct_hash: bytes) -> bytes:
    separator = keccak(_DOMAIN_TYPEHASH + chain_id.to_bytes(32, "big") + _address(safe))
    return keccak(b"\x19\x01" + separator + struct_hash)


def _address(address: str) -> bytes:
    return bytes(12) + bytes.fromhex(address[2:])


# --- acting --------------------------------------------------------------------------------------------------------


def call(
    rpc: Rpc, safe: str, act: Act, *, officers: Sequence[Key], carrier: Key, wait: Callable[[], None] = pause
) -> None:
    """The Safe makes a call now; `carrier` pays. Raises the call's ContractError, or RefusedInWords by the Safe."""
    data = act.function.data()
    tried = rpc.simulate([Call(safe, act.target, data, CALL_GAS)])[0]
    if not tried.success:
        raise from_revert(tried.data)
    nonce = rpc.view(safe, Safe.nonce())
    digest = transaction_digest(rpc.chain_id(), safe, act.target, data, nonce)
    execution = Safe.execTransaction(
        to=act.target,
        value=0,
        data_=data,
        operation=0,
        safeTxGas=0,
        baseGas=0,
        gasPrice=0,
        gasToken=NOBODY,
        refundReceiver=NOBODY,
        signatures=signatures(digest, officers),
    )
    transact(rpc, carrier, safe, execution.data(), wait)


def administer(
    rpc: Rpc,
    book: AddressBook,
    acts: Sequence[Act],
    *,
    officers: Sequence[Key],
    carrier: Key,
    council: str = "Council",
    wait: Callable[[], None] = pause,
) -> int:
    """Announces the acts, or carries out acts that were announced and whose delay is over, all in one transaction.

    Returns 0 when they are carried out, else the time (UTC seconds) from which the same call carries them out. After a
    kill call it again; but not after it returned 0, or after a guardian cancelled: that would announce the acts anew.
    """
    authority, safe = book.address("Authority"), book.address(council)
    _member, delay = rpc.view(authority, Authority.hasRole(roleId=ADMIN_ROLE, account=safe))
    if delay:
        ready = _ready(rpc, authority, safe, acts)
        if not all(ready):
            missing = [act for act, at in zip(acts, ready, strict=True) if not at]
            announced = [Authority.schedule(target=a.target, data_=a.function.data(), when=0).data() for a in missing]
            step = Act(authority, Authority.multicall(data_=announced))
            call(rpc, safe, step, officers=officers, carrier=carrier, wait=wait)
            ready = _ready(rpc, authority, safe, acts)
        if max(ready) > clock.now():
            return max(ready)
    carried = [Authority.execute(target=a.target, data_=a.function.data()).data() for a in acts]
    step = Act(authority, Authority.multicall(data_=carried))
    call(rpc, safe, step, officers=officers, carrier=carrier, wait=wait)
    return 0


def _ready(rpc: Rpc, authority: str, safe: str, acts: Sequence[Act]) -> list[int]:
    """From when each act may be carried out; 0 where it is not announced (any longer)."""
    kinds = ("address", "address", "bytes")
    operations = ["0x" + keccak(encode(kinds, (safe, act.target, act.function.data()))).hex() for act in acts]
    return [rpc.view(authority, Authority.getSchedule(id=operation)) for operation in operations]
