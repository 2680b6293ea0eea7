"""Errors of the outbox: why a request was not accepted, and why an accepted one came to nothing.

Where they stand in the family of citychain.errors:

    InvalidInput
    |- MalformedField             a field can't be what it says
    |- WrongSignature             nobody who may sign for the signer signed this
    |- GasAboveLimit              more gas than is published for the function
    |- DeadlineOutOfRange         too near or too far
    `- CalldataTooLong
    NotAllowed
    `- NotPublished               contract or function is not on the published list
    Conflict
    |- WrongNonce                 says which nonce was expected; sign again with it
    |- KeyReused                  the idempotency key stands for another request
    |- NotCancellable             it is sent or over already
    `- RelayerHeld                another relayer works on this outbox
    NotFound
    `- UnknownRequest
    Unavailable
    |- ForwardingSwitchedOff      the council's guardian stopped requests; direct calls go on
    |- BacklogFull                so much waits that nothing more is taken; `seconds` says when to try again
    |- SignersBacklogFull         the same of one signer
    |- TransactionRefused         the node does not take a lane's transactions; an operator looks, nothing is lost
    `- OutOfEther                 a lane's account can't pay; an operator pays in, nothing is lost
    CityError
    |- Replaced, Cancelled, Expired     reasons with which a request ends
    `- LeaseLost                        this relayer must stop
"""

from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError, Conflict, InvalidInput, NotAllowed, NotFound, Unavailable


class MalformedField(InvalidInput):
    code = "malformed-field"


class WrongSignature(InvalidInput):
    code = "wrong-signature"
    message = _("The signature is not {signer}'s for this request with nonce {expected} on chain {chain_id}.")


class GasAboveLimit(InvalidInput):
    code = "gas-above-limit"
    message = _("gas: {function} may ask for {limit} at most, not {gas}.")


class DeadlineOutOfRange(InvalidInput):
    code = "deadline-out-of-range"
    message = _("deadline: it must lie between {earliest} and {latest} (UTC seconds), not at {deadline}.")


class CalldataTooLong(InvalidInput):
    code = "calldata-too-long"
    message = _("data: {length} bytes are too many; at most {limit}.")


class NotPublished(NotAllowed):
    code = "not-published"
    message = _("{what} is not open to requests.")


class WrongNonce(Conflict):
    code = "wrong-nonce"
    message = _("The nonce must be {expected}, not {nonce}. Sign the request again with it.")


class KeyReused(Conflict):
    code = "key-reused"
    message = _("The idempotency key {key} was used for another request.")


class NotCancellable(Conflict):
    code = "not-cancellable"
    message = _("The request can't be cancelled any more: it is {state}.")


class RelayerHeld(Conflict):
    code = "relayer-held"
    message = _("Another relayer works on this outbox: process {pid} on {host}. Stop it first.")


class UnknownRequest(NotFound):
    code = "unknown-request"
    message = _("There is no request {what}.")


class ForwardingSwitchedOff(Unavailable):
    code = "forwarding-switched-off"
    message = _("Requests are switched off at present. Direct calls to the contracts go on.")


class TransactionRefused(Unavailable):
    code = "transaction-refused"
    message = _("The node does not take transaction {nonce} of the relayer's account {account}: {reason}")


class OutOfEther(Unavailable):
    code = "out-of-ether"
    message = _("The relayer's account {account} holds {balance} wei; its next transactions may take {needed}.")


class BacklogFull(Unavailable):
    code = "backlog-full"
    message = _(
        "{waiting} requests wait to be carried out; no more are taken at present. Try again in {seconds} seconds."
    )


class SignersBacklogFull(Unavailable):
    code = "signers-backlog-full"
    message = _(
        "{waiting} requests of {signer} wait to be carried out, the most of one signer. Try again in {seconds} seconds."
    )


class LeaseLost(CityError):
    code = "lease-lost"
    message = _("Another relayer took over this outbox.")


class Replaced(CityError):
    code = "replaced"
    status = 409
    message = _("Another request of the same signer took its nonce.")


class Cancelled(CityError):
    code = "cancelled"
    status = 409
    message = _("Its signer cancelled it.")


class Expired(CityError):
    code = "expired"
    status = 409
    message = _("Its deadline passed before it was carried out. Nothing was done.")


#: Reasons with which a request may end, other than a contract's own.
REASONS: dict[str, type[CityError]] = {error.code: error for error in (Replaced, Cancelled, Expired)}
