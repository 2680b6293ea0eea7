"""Who keeps the record: the institutions whose computers propose and confirm its blocks, in plain words."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from citychain.chain import clock, rpc
from citychain.network.consortium import creating, participation
from citychain.portal.charts import Chart, Point


def page(request: HttpRequest) -> HttpResponse:
    """The network's standing as the city's own node tells it; a city on one embedded node says so."""
    if settings.CITYCHAIN_NETWORK is None:
        return render(request, "city/keepers.html")
    agreement = creating.load_agreement(settings.CITYCHAIN_NETWORK)
    now = clock.now()
    standing = participation.read(rpc.connect(), agreement, now)
    context = {
        "standing": standing,
        "age": max(0, now - standing.final_time),
        "span": participation.JUDGED * agreement.choices.slots_per_epoch * agreement.choices.slot // 60,
        "missing": ", ".join(standing.missing),
        "chart": _chart(standing, agreement.choices.slots_per_epoch * agreement.choices.slot),
    }
    return render(request, "city/keepers.html", context)


def _chart(standing: participation.Participation, seconds: int) -> Chart:
    points = [Point(str(epoch), round(100 * share), f"{share:.0%}") for epoch, share in standing.epochs]
    return Chart(
        "bars",
        _("Turns that were taken"),
        _("per cent"),
        _("Round"),
        points,
        note=_("A round has %(seconds)s seconds; in each, institutions take turns to propose a block.")
        % {"seconds": seconds},
        empty=_("The first round has not ended yet."),
    )
