"""Why a person's programs are refused."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError, Conflict, NotFound, NotSignedIn, Overloaded


class UnknownApiKey(NotSignedIn):
    code = "unknown-api-key"
    message = _("This API key is unknown or was revoked. Make another one at /programs/.")


class RateLimited(Overloaded):
    """`seconds` becomes the Retry-After header. RFC 6585, section 4."""

    code = "rate-limited"
    status = 429
    message = _("More than {limit} calls in one minute. Try again in {seconds} seconds, or use an API key.")


class TooManyPages(Overloaded):
    """`seconds` becomes the Retry-After header. RFC 6585, section 4."""

    code = "too-many-pages"
    status = 429
    message = _(
        "More than {limit} pages were asked for from your network in one minute. Try again in {seconds} seconds."
    )


class TooMany(Conflict):
    code = "too-many-programs"
    message = _("At most {limit} at a time. Remove one first.")


class UnknownWebhook(NotFound):
    code = "unknown-webhook"
    message = _("You have no webhook or delivery {what}.")


class ReceiverRefused(CityError):
    """Nothing is sent to where a webhook must not reach; tells its owner why."""

    code = "receiver-refused"
    status = 400
    message = _("Nothing is sent to {host}: {reason}")
