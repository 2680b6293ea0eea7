"""Errors of OpenZeppelin's contracts that stand behind ours. Ours check first, so most are rarely seen."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import ContractError


class BalanceTooSmall(ContractError):
    code = "balance-too-small"
    solidity = "ERC20InsufficientBalance"
    message = _("{sender} has {balance} fen; {needed} fen are needed.")


class AllowanceTooSmall(ContractError):
    code = "allowance-too-small"
    solidity = "ERC20InsufficientAllowance"
    message = _("{spender} may spend {allowance} fen; {needed} fen are needed.")


class PayerInvalid(ContractError):
    code = "payer-invalid"
    solidity = "ERC20InvalidSender"
    message = _("{sender} can't pay.")


class PayeeInvalid(ContractError):
    code = "payee-invalid"
    solidity = "ERC20InvalidReceiver"
    message = _("{receiver} can't receive money.")


class ApproverInvalid(ContractError):
    code = "approver-invalid"
    solidity = "ERC20InvalidApprover"
    message = _("{approver} can't let another spend.")


class SpenderInvalid(ContractError):
    code = "spender-invalid"
    solidity = "ERC20InvalidSpender"
    message = _("{spender} can't be let spend.")


class PermitExpired(ContractError):
    code = "permit-expired"
    solidity = "ERC2612ExpiredSignature"
    message = _("The deadline of the signed permission has passed.")


class PermitSignerWrong(ContractError):
    code = "permit-signer-wrong"
    solidity = "ERC2612InvalidSigner"
    message = _("The permission is signed by {signer}, not by {owner}.")


class TitleUnknown(ContractError):
    code = "title-unknown"
    solidity = "ERC721NonexistentToken"
    message = _("There is no title {tokenId}.")


class TitleOwnerInvalid(ContractError):
    code = "title-owner-invalid"
    solidity = "ERC721InvalidOwner"
    message = _("{owner} can't own titles.")


class TitleOwnerWrong(ContractError):
    code = "title-owner-wrong"
    solidity = "ERC721IncorrectOwner"
    message = _("The title {tokenId} belongs to {owner}, not to {sender}.")


class TitleSenderInvalid(ContractError):
    code = "title-sender-invalid"
    solidity = "ERC721InvalidSender"
    message = _("{sender} can't hand over titles.")


class TitleReceiverInvalid(ContractError):
    code = "title-receiver-invalid"
    solidity = "ERC721InvalidReceiver"
    message = _("{receiver} can't receive titles.")


class TitleApprovalMissing(ContractError):
    code = "title-approval-missing"
    solidity = "ERC721InsufficientApproval"
    message = _("{operator} may not move the title {tokenId}.")


class TitleApproverInvalid(ContractError):
    code = "title-approver-invalid"
    solidity = "ERC721InvalidApprover"
    message = _("{approver} can't let another move this title.")


class TitleOperatorInvalid(ContractError):
    code = "title-operator-invalid"
    solidity = "ERC721InvalidOperator"
    message = _("{operator} can't be let move titles.")


class SignatureUnreadable(ContractError):
    code = "signature-unreadable"
    solidity = "ECDSAInvalidSignature"
    message = _("The signature is not a signature.")


class SignatureLengthWrong(ContractError):
    code = "signature-length-wrong"
    solidity = "ECDSAInvalidSignatureLength"
    message = _("The signature has {length} bytes, not 65.")


class SignatureMalleable(ContractError):
    code = "signature-malleable"
    solidity = "ECDSAInvalidSignatureS"
    message = _("The signature is the twin that the record refuses; sign again with another wallet.")


class CallFailed(ContractError):
    code = "call-failed"
    solidity = "FailedCall"
    message = _("A call to another contract failed without a reason.")


class ContractMissing(ContractError):
    code = "contract-missing"
    solidity = "AddressEmptyCode"
    message = _("{target} is not a contract.")


class CoinMissing(ContractError):
    code = "coin-missing"
    solidity = "InsufficientBalance"
    message = _("The contract lacks the chain's own coin: it has {balance}, {needed} is needed.")


class NumberTooLarge(ContractError):
    code = "number-too-large"
    solidity = "SafeCastOverflowedUintDowncast"
    message = _("{value} does not fit {bits} bits.")


class TextTooLong(ContractError):
    code = "text-too-long"
    solidity = "StringTooLong"
    message = _("The text is too long: {str}")


class TextUnreadable(ContractError):
    code = "text-unreadable"
    solidity = "InvalidShortString"
    message = _("A short text could not be read.")
