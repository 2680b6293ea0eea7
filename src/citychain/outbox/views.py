"""What an operator's programs ask over HTTP, beside the API."""

from django.http import HttpRequest, HttpResponse

from citychain.errors import NotSignedIn

from . import metrics


def monitoring(request: HttpRequest) -> HttpResponse:
    """OpenMetrics, for whoever has the token. Raises NotSignedIn."""
    if not metrics.allowed(request.headers.get("Authorization", "")):
        raise NotSignedIn()
    return HttpResponse(metrics.text(), content_type=metrics.CONTENT_TYPE, headers={"Cache-Control": "no-store"})
