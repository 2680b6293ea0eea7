"""Pages of people who sign with a passkey: making one, signing in, choosing guardians, and getting an account back."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from citychain import visitors
from citychain.chain import clock
from citychain.chain.abi import Act
from citychain.chain.addressbook import AddressBook
from citychain.errors import InvalidInput, NotFound, NotSignedIn
from citychain.indexer import queries as index

from . import acting, passkeys, recovery, sessions, webauthn
from .forms import GuardiansForm, LostForm
from .models import PasskeyAccount

# --- signing in -----------------------------------------------------------------------------------------------------


@require_POST
def message(request: HttpRequest) -> JsonResponse:
    """The text that a passkey signs, what is signed of it, and the token that hands it back."""
    text, token = sessions.message("", AddressBook.load().chain_id)
    return JsonResponse({"message": text, "challenge": passkeys.challenge(text), "token": token})


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Takes back what the passkey signed and opens a session."""
    token, agent = request.POST.get("token", ""), request.headers.get("User-Agent", "")
    secret = passkeys.sign_in(token, request.POST, agent=agent, place=visitors.address(request.META))
    request.session.flush()
    request.session["sign-in"] = secret
    return redirect(acting.next_page(request) or "home")


@require_POST
def register(request: HttpRequest) -> JsonResponse:
    """A browser made a passkey: for an account of its own, or to get the account `account` back."""
    account = request.POST.get("account", "").lower()
    if account:
        _account(account)
    made = passkeys.register(
        request.POST.get("credential", ""),
        request.POST.get("key", ""),
        account=account,
        agent=request.headers.get("User-Agent", ""),
        place=visitors.address(request.META),
    )
    code = recovery.code(recovery.key_hash(made.x, made.y))
    return JsonResponse({"account": made.account, "code": code})


def opened(request: HttpRequest) -> JsonResponse:
    """Whether the account of a new passkey is open yet."""
    account = request.GET.get("account", "")
    return JsonResponse({"open": PasskeyAccount.objects.filter(address=account).exists()})


# --- the holder -----------------------------------------------------------------------------------------------------


def mine(request: HttpRequest) -> HttpResponse:
    """The holder's account: its address, its guardians, and a recovery that is under way."""
    account = _own(request)
    places = {row.place: recovery.name_of(row) for row in recovery.guardians_of(account)}
    context = {
        "account": account,
        "guardians": [places.get(place, _("chosen elsewhere")) for place in range(3)] if account.guardians else [],
        "asked": [asked for asked in recovery.asked_for(account) if asked.supporters],
        "delay_days": recovery.DELAY_DAYS,
    }
    return render(request, "identity/passkey.html", context)


def guardians(request: HttpRequest) -> HttpResponse:
    """The holder chooses three guardians."""
    account = _own(request)
    form = GuardiansForm(request.POST if _sent(request) else None, account=account.address)
    if not form.is_valid():
        return render(request, "identity/guardians.html", {"form": form})
    choices: list[recovery.Choice] = form.cleaned_data["choices"]
    act, rows = recovery.choose(account.address, choices)
    return acting.propose(
        request,
        signer=account.address,
        act=act,
        title=_("Choose who can restore your account"),
        sentences=[
            *(_("Guardian: %(name)s") % {"name": recovery.name_of(row)} for row in rows),
            _("Two of the three can give your account another passkey, after seven days in which you can object."),
            _("The public record does not tell who they are."),
        ],
        warning=_("Two guardians who agree against you, while you do not look for seven days, take your account."),
        papers=rows,
    )


def veto(request: HttpRequest) -> HttpResponse:
    """The holder stops a recovery."""
    account = _own(request)
    if not _sent(request) or not account.supported:
        return redirect("passkey")
    return acting.propose(
        request,
        signer=account.address,
        act=recovery.veto(),
        title=_("Stop the recovery of your account"),
        sentences=[_("What your guardians supported ends. Your passkey stays the one that signs.")],
    )


def veto_challenge(request: HttpRequest) -> JsonResponse:
    """What the passkey signs to stop a recovery without a request, and the number of the recovery."""
    account = _own(request)
    return JsonResponse({"challenge": webauthn.text_of(recovery.veto_digest(account)), "prepared": str(account.round)})


def signed_veto(request: HttpRequest) -> HttpResponse:
    """The holder signs a veto that anybody can bring to the chain: the way while requests are not carried."""
    account = _own(request)
    if not account.supported:
        return redirect("passkey")
    context: dict[str, object] = {"passkeys": passkeys.credentials(account.address), **_site()}
    if _sent(request):
        context["act"] = recovery.signed_veto(account, passkeys.signature(request.POST, recovery.veto_digest(account)))
    return acting.with_trusted_types(render(request, "identity/passkey_veto.html", context))


# --- who lost a passkey, and guardians --------------------------------------------------------------------------------


def lost(request: HttpRequest) -> HttpResponse:
    """Somebody makes a new passkey and asks their guardians to support it."""
    form = LostForm(request.GET or None)
    context = {"form": form, "possible": passkeys.possible(), **_site()}
    if form.is_valid():
        account = _account(form.cleaned_data["account"])
        context |= {"account": account, "asked": recovery.asked_for(account)}
    return acting.with_trusted_types(render(request, "identity/passkey_lost.html", context))


def wards(request: HttpRequest) -> HttpResponse:
    """A guardian sees who asks for a new passkey, and supports it, withdraws or finishes."""
    actor = acting.require(request)
    found = recovery.wards_of(actor.accounts)
    if _sent(request):
        return _vote(request, found)
    context = {"wards": found, "now": clock.now(), "head": index.head()}
    return render(request, "identity/wards.html", context)


def _vote(request: HttpRequest, found: list[recovery.Ward]) -> HttpResponse:
    chosen, act_name = request.POST.get("guardian", ""), request.POST.get("act", "")
    ward = next((ward for ward in found if ward.guardian.commitment == chosen), None)
    if ward is None:
        raise NotFound(what=chosen[:66])
    asked = next((one for one in ward.asked if one.passkey.credential == request.POST.get("credential")), None)
    if asked is None and act_name != "withdraw":
        raise InvalidInput(field="credential", reason=_("nobody asks for this passkey any more"))
    act: Act
    if act_name == "support" and asked:
        act, title = recovery.support(ward.guardian, asked.passkey), _("Support a new passkey for somebody")
        sentences = [
            _("You support the new passkey with the code %(code)s.") % {"code": asked.code},
            _("When two guardians support it, it can take over after seven days, unless the holder objects."),
        ]
        warning = _("Support it only if the person read you this code, face to face or on a call that you began.")
    elif act_name == "finish" and asked:
        act, title = recovery.finish(asked.passkey), _("Put the new passkey in place")
        sentences = [_("From now on the passkey with the code %(code)s signs for the account.") % {"code": asked.code}]
        warning = _("The old passkey does not sign any more.")
    else:
        act, title = recovery.support(ward.guardian, None), _("Withdraw your support")
        sentences, warning = [_("You support no new passkey for this account any more.")], ""
    return acting.propose(request, signer=ward.signer, act=act, title=title, sentences=sentences, warning=warning)


def _site() -> dict[str, str]:
    return {"site": webauthn.site(settings.CITYCHAIN_ORIGIN)}


def _sent(request: HttpRequest) -> bool:
    """Whether a form was sent, and not only to be changed."""
    return request.method == "POST" and "change" not in request.POST


def _account(address: str) -> PasskeyAccount:
    found = PasskeyAccount.objects.filter(address=address).first()
    if found is None:
        raise NotFound(what=address[:66])
    return found


def _own(request: HttpRequest) -> PasskeyAccount:
    """The account of who is signed in with a passkey. Raises NotSignedIn."""
    session = acting.require(request).session
    found = PasskeyAccount.objects.filter(address=session.account).first() if session else None
    if found is None:
        raise NotSignedIn()
    return found
