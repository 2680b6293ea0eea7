"""Pages of whoever is signed in: API keys, webhooks, and what was delivered."""

from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from citychain.identity import acting

from . import keys, webhooks
from .forms import KeyForm, WebhookForm

PAGE = 50


def overview(request: HttpRequest) -> HttpResponse:
    return _overview(request)


def _overview(request: HttpRequest, status: int = 200, **context: object) -> HttpResponse:
    actor = acting.require(request)
    context = {
        "keys": keys.of(actor.accounts),
        "webhooks": webhooks.of(actor.accounts),
        "key_form": KeyForm(),
        "webhook_form": WebhookForm(accounts=actor.accounts),
        "a_minute": settings.CITYCHAIN_API_KEY_A_MINUTE,
        **context,
    }
    return render(request, "programs/overview.html", context, status=status)


@require_POST
def make_key(request: HttpRequest) -> HttpResponse:
    """Shows the key on the page that answers, and never again."""
    actor = acting.require(request)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _overview(request, 400, key_form=form)
    return _overview(request, made_key=keys.make(actor.accounts[0], form.cleaned_data["name"]))


@require_POST
def revoke_key(request: HttpRequest) -> HttpResponse:
    keys.revoke(acting.require(request).accounts, request.POST.get("key", ""))
    return redirect("programs")


@require_POST
def add_webhook(request: HttpRequest) -> HttpResponse:
    """Shows the secret on the page that answers, and never again."""
    actor = acting.require(request)
    form = WebhookForm(request.POST, accounts=actor.accounts)
    if not form.is_valid():
        return _overview(request, 400, webhook_form=form)
    return _overview(request, made_webhook=webhooks.add(form.cleaned_data["account"], form.cleaned_data["url"]))


def webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Its deliveries; a test, a replay, its end."""
    found = webhooks.one(acting.require(request).accounts, webhook_id)
    if request.method == "POST":
        if "remove" in request.POST:
            webhooks.remove(found)
            return redirect("programs")
        if "replay" in request.POST:
            webhooks.replay(found, request.POST["replay"])
        else:
            webhooks.test(found)
        return redirect("webhook", found.id)
    page = Paginator(found.deliveries.all(), PAGE).get_page(request.GET.get("page"))
    return render(request, "programs/webhook.html", {"webhook": found, "page": page})
