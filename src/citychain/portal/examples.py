"""Realistic content for the style guide: long names, nothing at all, mistakes. Simulated, like all of the sandbox."""

from typing import Any, Literal

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy as _

from citychain.components import Dot, Proof, Step

from . import charts, places

NOW = 1_795_316_601
ACCOUNT = "0x12ab34cd56ef7890aabbccddeeff00112233" + "89ef"
TX = "0x8f3a" + "5d17" * 14 + "02c4"

_SERIES: tuple[tuple[Literal["bars", "line", "area"], tuple[int, ...]], ...] = (
    ("bars", (12, 31, 28, 44, 52, 61)),
    ("line", (1_200, -340, 12_800, 4_400, 5_210, 9_870)),
    ("area", (3, 3, 4, 7, 7, 12)),
)


class ExampleForm(forms.Form):
    """Every kind of field."""

    recipient = forms.CharField(label=_("To"), help_text=_("A name from the list, or an account."))
    amount = forms.DecimalField(
        label=_("Amount in yuan"),
        help_text=_("For example 3000 or 3,000.50"),
        widget=forms.TextInput,
    )
    town = forms.ChoiceField(label=_("Town"), choices=lambda: [(t.code, t.name) for t in places.towns()])
    note = forms.CharField(label=_("Words for the recipient"), required=False, widget=forms.Textarea)
    when = forms.ChoiceField(
        label=_("When"),
        widget=forms.RadioSelect,
        choices=[("now", _("At once")), ("month", _("On the first of next month"))],
    )


def _timeline() -> list[Step]:
    return [
        Step(_("Application received"), NOW - 86_400 * 9, who="齐桂芝", address=ACCOUNT, tx=TX),
        Step(_("Application refused: a signature is missing"), NOW - 86_400 * 8, who="齐桂芝", state="bad"),
        Step(_("Registered"), NOW - 86_400 * 2, who=_("Xiongxian Housing Registry"), address=ACCOUNT, tx=TX),
        Step(_("Next: the buyer confirms, until 30 Nov"), NOW + 86_400 * 7, who=_("the buyer"), state="pending"),
    ]


def _dots() -> list[list[Dot]]:
    signed, sent = Dot(_("Signed"), "done", NOW - 3), Dot(_("Sent"), "done", NOW - 2)
    return [
        [signed, sent, Dot(_("Recorded"), "done", NOW - 1), Dot(_("Final"), "done", NOW)],
        [signed, sent, Dot(_("Recorded"), "now", note=_("usually within two seconds")), Dot(_("Final"), "todo")],
        [signed, sent, Dot(_("Recorded"), "done", NOW - 1), Dot(_("Rejected"), "bad", NOW)],
    ]


def context() -> dict[str, Any]:
    """What templates/portal/styleguide.html shows."""
    wrong = ExampleForm({"recipient": "白洋淀", "amount": "3000,5x", "town": "130638100"}, auto_id="wrong_%s")
    return {
        "now": NOW,
        "account": ACCOUNT,
        "tx": TX,
        "long_name": "河北雄安新区容东片区市民服务中心不动产登记与公共资源交易联合受理窗口（第二办事处）",
        "amounts": [300_000, -4_250, 0, 5, 1_640_902, 123_456_789_01],
        "areas": [8_950, 12_345],
        "steps": _timeline(),
        "dots_examples": _dots(),
        "proof_card": Proof(
            what=_("Title 130638-0042, first registration"),
            time=NOW,
            block=18,
            tx=TX,
            by=_("Xiongxian Housing Registry"),
            contract=ACCOUNT,
            check=(
                _("Ask any node of the city for the transaction."),
                _("Compare the hash of your deed with the one in it."),
            ),
        ),
        "blank": ExampleForm(initial={"amount": "16409.02", "when": "now"}),
        "wrong": wrong,
        "page": Paginator(range(1000), 30).page(3),
        "rows": [(place, 8_950 + 731 * number) for number, place in enumerate(places.towns()[:6], 1)],
        "map": places.map_data(
            places.Point(places.town_point(town.code), town.name, number % 17, f"{number % 17}")
            for number, town in enumerate(places.towns())
        ),
        "charts": [
            charts.Chart(
                kind,
                _("Titles registered in each month"),
                _("titles"),
                _("Month"),
                [charts.Point(f"2026-{month:02}", value, url="#tables") for month, value in enumerate(values, 6)],
                csv="#tables",
                note=_("Simulated."),
            )
            for kind, values in _SERIES
        ],
    }
