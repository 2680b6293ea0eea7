"""Pages about money: where it is, one's own accounts, sending."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from citychain.identity import acting
from citychain.identity import queries as identity

from . import asking, contacts, queries, services
from .forms import CodeForm, SendForm


def overview(request: HttpRequest) -> HttpResponse:
    """Everybody: what each bank owes and how banks stand to each other. Signed in: one's own accounts too."""
    actor = acting.current(request)
    banks = {bank.address: bank for bank in queries.banks()}
    own = (
        [
            {"account": row, "name": queries.bank_name(banks[row.bank]), "available": queries.available(row)}
            for row in queries.accounts(acting.addresses(actor))
        ]
        if actor
        else []
    )
    names = {row.id: identity.localized(row.name) for row in identity.institutions()}
    positions = []
    for row in queries.positions():
        owes, owed = (row.debtor, row.creditor) if row.net >= 0 else (row.creditor, row.debtor)
        positions.append({"debtor": names.get(owes, owes), "creditor": names.get(owed, owed), "net": abs(row.net)})
    context = {
        "own": own,
        "desk": actor and bool(queries.served_by(actor.accounts) or queries.may_order(actor.accounts)[1]),
        "banks": [{"bank": bank, "name": queries.bank_name(bank)} for bank in banks.values()],
        "total": queries.circulation(),
        "positions": positions,
    }
    return render(request, "money/overview.html", context)


def send(request: HttpRequest) -> HttpResponse:
    """The form, then the summary before signing. What a link asks for is filled in (asking.py); ?code= is what a QR
    code or a message held. Raises PaymentLinkAltered, PaymentLinkExpired."""
    actor = acting.require(request)
    accounts = queries.accounts(acting.addresses(actor))
    if not accounts:
        return redirect("money")
    asked = asking.read(request.GET.dict())
    code = CodeForm(request.GET if "code" in request.GET else None)
    if code.is_valid():
        return redirect(f"{reverse('money-send')}?{code.cleaned_data['code']}")
    names = contacts.names(actor)
    filled = {"address": request.GET.get("address", "")}
    if asked:
        filled |= {"amount": f"{asked.amount / 100:.2f}" if asked.amount else "", "note": asked.words}
    form = SendForm(request.POST or None, accounts=accounts, contacts=names, asked=asked, initial=filled)
    changing = "change" in request.POST
    if request.method != "POST" or changing or not form.is_valid():
        status = 422 if form.errors and not changing else 400 if code.errors else 200
        asker = asked and (
            names.get(asked.holder)
            or identity.public_name(asked.holder, acting.addresses(actor))
            or asked.name
            or f"…{asked.holder[-4:]}"
        )
        context = {"form": form, "code": code, "asked": asked, "asker": asker, "contacts": contacts.of(actor)}
        return render(request, "money/send.html", context, status=status)
    data = form.cleaned_data
    account = form.accounts[data["account"]]
    note = services.write_note(data["note"], account.holder, data["recipient"]) if data["note"] else None
    act = services.send_money(
        sender=account.holder,
        bank=account.bank,
        recipient=data["recipient"],
        recipient_bank=data["recipient_bank"],
        amount=data["amount"],
        note=note,
    )
    yuan = f"{data['amount'] / 100:,.2f}"
    # A name beside an account that was only typed would tell a stranger whose it is.
    known = (
        identity.name_of(data["recipient"])
        if data.get("person")
        else names.get(data["recipient"]) or identity.public_name(data["recipient"], acting.addresses(actor))
    )
    name = known or data["recipient"]
    bank = queries.bank_name(queries.bank(account.bank))
    sentences = [
        _("You pay ¥%(amount)s to %(name)s, whose account ends in %(tail)s.")
        % {"amount": yuan, "name": name, "tail": data["recipient"][-4:]}
        if known
        else _("You pay ¥%(amount)s to %(name)s.") % {"amount": yuan, "name": name},
        *render_to_string("money/words.html", {"amount": data["amount"]}).splitlines(),
        _("The money leaves your account at %(bank)s.") % {"bank": bank},
    ]
    if data["recipient_bank"] != account.bank:
        other = queries.bank_name(queries.bank(data["recipient_bank"]))
        sentences.append(_("It arrives at %(bank)s; the two banks settle between themselves.") % {"bank": other})
    if data["note"]:
        sentences.append(_("Your words to the recipient: %(note)s") % {"note": data["note"]})
    return acting.propose(
        request,
        signer=account.holder,
        act=act,
        title=_("Send ¥%(amount)s to %(name)s") % {"amount": yuan, "name": name},
        sentences=sentences,
        warning=_("A payment can't be taken back by you. Only the recipient, or a court, can return it."),
        papers=[note] if note else [],
    )
