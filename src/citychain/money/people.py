"""Pages about the people whom one pays and whom one asks: contacts, and links to be paid by."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from citychain.errors import InvalidInput
from citychain.identity import acting

from . import contacts, queries
from .asking_forms import AskForm
from .forms import ContactForm


def book(request: HttpRequest) -> HttpResponse:
    """The actor's contacts: add, rename (the same account under another name), forget. ?account= is chosen already."""
    actor = acting.require(request)
    if "forget" in request.POST:
        contacts.forget(actor, request.POST["forget"])
        messages.success(request, _("The contact is forgotten."))
        return redirect("money-contacts")
    known = contacts.names(actor)
    account = request.GET.get("account", "").lower()
    form = ContactForm(request.POST or None, initial={"account": account, "name": known.get(account, "")})
    if form.is_valid():
        try:
            contacts.keep(actor, form.cleaned_data["account"], form.cleaned_data["name"])
        except InvalidInput as problem:
            form.add_error("name", str(problem.details["reason"]))
        else:
            messages.success(request, _("The contact is kept."))
            return redirect("money-contacts")
    context = {"form": form, "contacts": contacts.of(actor), "renaming": account in known}
    return render(request, "money/contacts.html", context, status=422 if form.errors else 200)


def ask(request: HttpRequest) -> HttpResponse:
    """Makes a link and a QR code to be paid by; nothing is stored. The parameters are the form's."""
    actor = acting.require(request)
    accounts = queries.accounts(acting.addresses(actor))
    if not accounts:
        return redirect("money")
    form = AskForm(request.GET if "account" in request.GET else None, actor=actor, accounts=accounts)
    asked = form.asked() if form.is_valid() else None
    bank = queries.bank_name(queries.bank(asked.bank)) if asked else ""
    context = {"form": form, "asked": asked, "bank_name": bank}
    return render(request, "money/ask.html", context, status=422 if form.errors else 200)
