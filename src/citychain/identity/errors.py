"""Errors of identity: ours first, then one class for each Solidity error of Institutions."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import Conflict, ContractError, NotAllowed, NotFound, Overloaded


class NotASandbox(NotAllowed):
    code = "not-a-sandbox"
    message = _("Personas exist only in the demonstration city.")


class UnknownPersona(NotFound):
    code = "unknown-persona"
    message = _("There is no persona {persona} in this demonstration city.")


class WrongSignIn(NotAllowed):
    """Not signed by the account, or not the message that we wrote."""

    code = "wrong-sign-in"
    message = _("The signature does not show that {account} is yours. Sign the message again.")


class UnknownPasskey(NotAllowed):
    code = "unknown-passkey"
    message = _("This city does not know this passkey. Take another, or make a new one.")


class PasskeysImpossible(NotAllowed):
    """On plain http, at an IP address, or in a city that has not let the contract in."""

    code = "passkeys-impossible"
    message = _("Passkeys do not work here: browsers have them on https, or on this machine by the name localhost.")


class TooManyAttempts(Overloaded):
    code = "too-many-attempts"
    status = 429
    message = _("Too many attempts. Try again in {seconds} seconds.")


class NotShared(NotFound):
    """No Safe is at the account."""

    code = "not-a-shared-account"
    message = _("{account} is not an account that several officers hold.")


class NotAnOfficer(NotAllowed):
    code = "not-an-officer"
    message = _("You are not one of the officers of {account}, or not any more.")


class NoSuchProposal(NotFound):
    code = "no-such-proposal"
    message = _("There is no such proposal, or it is not yours to see.")


class ProposalClosed(Conflict):
    """Details: state, in words."""

    code = "proposal-closed"
    message = _("This proposal takes no signature any more: {state}.")


class NotThisProposal(NotAllowed):
    code = "not-this-proposal"
    message = _("The signature of {officer} is not one of this proposal. Sign it again.")


class WrongDocumentSignature(NotAllowed):
    """Of what is signed beside a request, such as a deed."""

    code = "wrong-document-signature"
    message = _("The signature of the document beside the request is not {signer}’s. Nothing was kept.")


class NoSuchInstitution(NotFound):
    code = "no-such-institution"
    message = _("There is no institution {what}.")


# --- one class for each Solidity error of Institutions and IInstitutions ----------------------------------------------


class ContractRetired(ContractError):
    code = "contract-retired"
    solidity = "ContractRetired"
    message = _("This part of the record is closed. Its successor is {successor}.")


class UnknownInstitution(ContractError):
    code = "unknown-institution"
    solidity = "UnknownInstitution"
    message = _("There is no institution {institution}.")


class NotAccreditor(ContractError):
    code = "not-accreditor"
    solidity = "NotAccreditor"
    message = _("Only the council or who answers for institution {institution} may do this.")


class KeyAlreadyUsed(ContractError):
    code = "key-already-used"
    solidity = "KeyAlreadyUsed"
    message = _("{account} is or was a key already. Choose a fresh one.")


class KeyNotYetValid(ContractError):
    code = "key-not-yet-valid"
    solidity = "KeyNotYetValid"
    message = _("Another institution made {account} a key. It may sign when the notice about that has ended.")


class NoticeOver(ContractError):
    code = "notice-over"
    solidity = "NoticeOver"
    message = _("Nothing that was decided for institution {institution} waits for a veto. Ask the council.")


class FoundingOver(ContractError):
    code = "founding-over"
    solidity = "FoundingOver"
    message = _("The founding of the city has ended already.")


class KeyInvalid(ContractError):
    code = "key-invalid"
    solidity = "KeyInvalid"
    message = _("{account} can't be a key.")


class NotItsKey(ContractError):
    code = "not-its-key"
    solidity = "NotItsKey"
    message = _("{account} is not a current key of this institution.")


class LastManagingKey(ContractError):
    code = "last-managing-key"
    solidity = "LastManagingKey"
    message = _("This is the last key that may manage keys. Add another first.")


class ScopesInvalid(ContractError):
    code = "scopes-invalid"
    solidity = "ScopesInvalid"
    message = _("A key has one or more different scopes, none of them empty.")


class CouncilKeyFixed(ContractError):
    code = "council-key-fixed"
    solidity = "CouncilKeyFixed"
    message = _("The council's key is changed by the council's administration alone.")


class UnknownKind(ContractError):
    code = "unknown-kind"
    solidity = "UnknownKind"
    message = _("This kind of institution is not defined.")


class CouncilKindFixed(ContractError):
    code = "council-kind-fixed"
    solidity = "CouncilKindFixed"
    message = _("There is one council; its kind is given.")


class KindListInvalid(ContractError):
    code = "kind-list-invalid"
    solidity = "KindListInvalid"
    message = _("The list of accrediting kinds is too long, or a list is missing.")


class MayNotAccredit(ContractError):
    code = "may-not-accredit"
    solidity = "MayNotAccredit"
    message = _("Institutions of this kind may not accredit that kind.")


class ChainTooDeep(ContractError):
    code = "chain-too-deep"
    solidity = "ChainTooDeep"
    message = _("The trust chain would be too long. Let one higher up accredit.")


class TextInvalid(ContractError):
    code = "text-invalid"
    solidity = "TextInvalid"
    message = _("A name needs 1 to 200 bytes, a web page at most 200.")


class ValidityInvalid(ContractError):
    code = "validity-invalid"
    solidity = "ValidityInvalid"
    message = _("The validity must end after it begins, and in the future.")


class ReasonMissing(ContractError):
    code = "reason-missing"
    solidity = "ReasonMissing"
    message = _("A reason is needed.")


class OnlyCouncilDecides(ContractError):
    code = "only-council-decides"
    solidity = "OnlyCouncilDecides"
    message = _(
        "The council or a guardian stopped this institution, or it is revoked: only the council decides about it."
    )


class UnknownKey(ContractError):
    code = "unknown-key"
    solidity = "UnknownKey"
    message = _("{account} does not act for any institution.")


class WrongKind(ContractError):
    code = "wrong-kind"
    solidity = "WrongKind"
    message = _("This institution is of another kind than this needs.")


class NotActive(ContractError):
    code = "not-active"
    solidity = "NotActive"
    message = _("The institution, or one that answers for it, is suspended, revoked or outside its dates.")


class KeyLacksScope(ContractError):
    code = "key-lacks-scope"
    solidity = "KeyLacksScope"
    message = _("This key may not act in this matter.")


class StillActive(ContractError):
    code = "still-active"
    solidity = "StillActive"
    message = _("The institution is still active; only it may offer its duties.")


class CouncilFixed(ContractError):
    code = "council-fixed"
    solidity = "CouncilFixed"
    message = _("This can't be done to the council.")


class WrongState(ContractError):
    code = "wrong-state"
    solidity = "WrongState"
    message = _("The institution's state does not allow this.")


class SuccessionToItself(ContractError):
    code = "succession-to-itself"
    solidity = "SuccessionToItself"
    message = _("An institution can't succeed itself.")


class SuccessionNotOffered(ContractError):
    code = "succession-not-offered"
    solidity = "SuccessionNotOffered"
    message = _("No such succession was offered.")


class OfferNotYetValid(ContractError):
    code = "offer-not-yet-valid"
    solidity = "OfferNotYetValid"
    message = _("Another institution offered these duties. They can be accepted when the notice about that has ended.")


class OfferExpired(ContractError):
    code = "offer-expired"
    solidity = "OfferExpired"
    message = _("The offer of these duties has ended after thirty days. Ask for another.")


class SuccessorTooDeep(ContractError):
    code = "successor-too-deep"
    solidity = "SuccessorTooDeep"
    message = _("The successor lies too deep in the trust chain.")


class TooManySuccessions(ContractError):
    code = "too-many-successions"
    solidity = "TooManySuccessions"
    message = _("There were too many successions already.")


# --- Passkeys and the accounts that they sign for ---------------------------------------------------------------------


class UnknownPasskeyAccount(ContractError):
    code = "unknown-passkey-account"
    solidity = "UnknownPasskeyAccount"
    message = _("{account} is not an account of a passkey.")


class PasskeyAccountExists(ContractError):
    code = "passkey-account-exists"
    solidity = "PasskeyAccountExists"
    message = _("The account {account} of this passkey is open already. Sign in with it.")


class PasskeyInvalid(ContractError):
    code = "passkey-invalid"
    solidity = "PasskeyInvalid"
    message = _("This is not a key of the kind that passkeys have here (P-256).")


class PasskeyRefused(ContractError):
    """OpenZeppelin's own check of a key; ours comes first."""

    code = "passkey-refused"
    solidity = "SignerP256InvalidPublicKey"
    message = _("This is not a key of the curve P-256.")


class GuardiansInvalid(ContractError):
    code = "guardians-invalid"
    solidity = "GuardiansInvalid"
    message = _("Three different guardians are needed.")


class NotTheGuardian(ContractError):
    code = "not-the-guardian"
    solidity = "NotTheGuardian"
    message = _("You are not guardian number {guardian} of {account}, or the holder chose others meanwhile.")


class NothingToVeto(ContractError):
    code = "nothing-to-veto"
    solidity = "NothingToVeto"
    message = _("Nobody is recovering the account {account}.")


class WrongRound(ContractError):
    code = "wrong-round"
    solidity = "WrongRound"
    message = _(
        "This was signed for an earlier or a later recovery of {account}. The present one has the number {round}."
    )


class VetoNotSigned(ContractError):
    code = "veto-not-signed"
    solidity = "VetoNotSigned"
    message = _("The passkey that signs for {account} did not sign this objection.")


class SecondSeat(ContractError):
    code = "second-seat"
    solidity = "SecondSeat"
    message = _(
        "You support a new passkey for {account} as guardian number {guardian} already. One account has one seat."
    )


class GuardianNotActive(ContractError):
    code = "guardian-not-active"
    solidity = "GuardianNotActive"
    message = _("A guardian of {account} is an institution that is not active now, so two guardians are missing.")


class KeyNotAgreed(ContractError):
    code = "key-not-agreed"
    solidity = "KeyNotAgreed"
    message = _("Two guardians of {account} have not agreed on this passkey.")


class RecoveryTooEarly(ContractError):
    code = "recovery-too-early"
    solidity = "RecoveryTooEarly"
    message = _("The seven days in which the holder of {account} can object are not over.")


class CreationFailed(ContractError):
    """OpenZeppelin's Clones, where a contract can't be created."""

    code = "creation-failed"
    solidity = "FailedDeployment"
    message = _("The account could not be created.")


class CreatorWithoutMoney(ContractError):
    """OpenZeppelin's Clones, where value is sent; we send none."""

    code = "creator-without-money"
    solidity = "InsufficientBalance"
    message = _("The account could not be created: {needed} are needed, {balance} are there.")
