"""Papers that are signed: what a request's signer signs beside it, whoever holds the key. docs/signing.md"""

from collections.abc import Sequence

from citychain.chain.rpc import connect
from citychain.outbox import checks

from .errors import WrongDocumentSignature
from .models import Document, Paper


def of(papers: Sequence[Paper]) -> Document | None:
    """What must be signed beside the request to which these papers belong; None when it is nothing."""
    kinds = dict.fromkeys(type(paper) for paper in papers)
    found = [kind.document_of([paper for paper in papers if type(paper) is kind]) for kind in kinds]
    return next((one for one in found if one is not None), None)


def attest(papers: Sequence[Paper], signer: str, signature: bytes) -> None:
    """Puts the signature of their document on papers that are not stored yet; does nothing where there is none.

    Raises WrongDocumentSignature, MalformedField, NodeUnavailable: then no paper has it.
    """
    found = of(papers)
    if found is None:
        return
    checks.check_signature(signature)
    question = (signer, found.digest, signature)
    if not (checks.signed_by_key(*question) or checks.signed_by_wallet(connect(), [question])[0]):
        raise WrongDocumentSignature(signer=signer)
    for paper in papers:
        paper.attest(signer, signature, found)
