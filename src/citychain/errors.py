"""The family of errors.

    CityError                     anything a person may meet; code, HTTP status and a translatable message
    |- InvalidInput               a field is wrong; nothing was kept                    (400)
    |- NotSignedIn                an actor is needed                                    (401)
    |- NotAllowed                 the actor may not do this                             (403)
    |- NotFound                   no such record                                        (404)
    |- Conflict                   the same key with other content, or a state in the way (409)
    |- Overloaded                 try again later; says when                            (503)
    |- Unavailable                a part of the city is down; retrying helps            (503)
    |- Damaged                    stored data is not what was written; an operator must look (500)
    `- ContractError              a contract refused; one subclass for each Solidity error (422)

Each use case adds its own leaves in its errors.py. `message` may name the keyword arguments given at construction:
``InvalidInput(field="amount", reason=...)`` renders "{field}: {reason}".
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class CityError(Exception):
    """Root of all errors. `retry` says whether the same call may succeed later without a change."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    message: ClassVar[str | Promise] = _("Something went wrong.")
    retry: ClassVar[bool] = False

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(details)

    def __str__(self) -> str:
        text = str(self.message)
        try:
            return text.format(**self.details)
        except (KeyError, IndexError, ValueError):
            return text


class InvalidInput(CityError):
    """A value from outside is wrong. `field` names it, `reason` says what is wrong in words."""

    code = "invalid-input"
    status = 400
    message = _("{field}: {reason}")


class NotSignedIn(CityError):
    code = "not-signed-in"
    status = 401
    message = _("Sign in first.")


class NotAllowed(CityError):
    code = "not-allowed"
    status = 403
    message = _("You may not do this: {reason}")


class NotFound(CityError):
    code = "not-found"
    status = 404
    message = _("There is no such record: {what}")


class Conflict(CityError):
    code = "conflict"
    status = 409
    message = _("This conflicts with what is recorded: {reason}")


class Overloaded(CityError):
    """Raised before anything is stored. `seconds` becomes the Retry-After header."""

    code = "overloaded"
    status = 503
    message = _("Too many requests are waiting. Try again in {seconds} seconds.")
    retry = True


class Unavailable(CityError):
    code = "unavailable"
    status = 503
    message = _("{what} does not answer. Nothing was lost; try again in a moment.")
    retry = True


class Damaged(CityError):
    """Stored data is not what was written. Workers stop; nothing goes on silently."""

    code = "damaged"
    status = 500
    message = _("{what} is damaged: {reason}")


class ContractError(CityError):
    """A contract refused, by a named Solidity error.

    Subclasses set `solidity` to the error's name; its arguments arrive as `details` under their Solidity names.
    """

    code = "refused"
    status = 422
    message = _("The record refused this: {name}")
    solidity: ClassVar[str] = ""
