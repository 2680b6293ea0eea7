"""Tags and filters of every page; a template builtin, so no page loads it. docs/pages.md shows each with its output."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from citychain.components import Dot, Proof, Step, Tone, Words
from citychain.identity import queries as identity
from citychain.indexer.schemas import BEYOND

from .. import assets, icons, states, wording
from ..charts import Chart, Point

register = template.Library()
EPOCH = date(1970, 1, 1)


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")


@register.simple_tag
def asset(name: str) -> str:
    """The address of a file built by build.mjs."""
    return assets.url(name)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """A line icon. It is hidden from screen readers: the word beside it speaks."""
    path = icons.PATHS[name]
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        extra,
        path,
    )


# --- figures ----------------------------------------------------------------------------------------------------------


@register.filter
def money(fen: int | None) -> SafeString:
    """An amount in fen as ¥3,000.00; nothing for None."""
    return mark_safe("") if fen is None else format_html('<span class="money">{}</span>', wording.yuan(fen))


@register.filter
def signed_money(fen: int) -> SafeString:
    """An amount in fen with its sign always shown: +¥3,000.00, −¥3,000.00."""
    return format_html('<span class="money">{}{}</span>', "+" if fen > 0 else "", wording.yuan(fen))


@register.filter
def capitals(fen: int | None) -> str:
    """An amount in fen in Chinese capitals when the page is Chinese, else nothing."""
    return wording.capitals(fen) if fen is not None and _chinese() else ""


@register.filter
def yuan(fen: int) -> str:
    """An amount in fen without the sign ¥, for columns that name their unit: 3,000.00."""
    return wording.yuan(fen).replace("¥", "")


@register.filter
def per_cent(hundredths: int) -> str:
    """A share in hundredths of a per cent: 33.33 %, 50 %."""
    return f"{hundredths / 100:g} %"


@register.filter
def area(hundredths: int) -> str:
    """An area in 0.01 m² as 89.50 m²."""
    return wording.square_metres(hundredths)


@register.filter
def short(value: str) -> str:
    """0x12ab…89ef"""
    return wording.short(value)


# --- time -------------------------------------------------------------------------------------------------------------


def _local(seconds: int) -> datetime:
    return timezone.localtime(datetime.fromtimestamp(seconds, UTC))


@register.simple_tag
def day(seconds: int | None) -> SafeString:
    """The date of a time in UTC seconds, in Shanghai: 2026年11月22日, 22 Nov 2026; "without end" from year 9999 on."""
    if seconds is None:
        return mark_safe("")
    if seconds >= BEYOND:
        return format_html("{}", _("without end"))
    moment = _local(seconds)
    return format_html('<time datetime="{}">{}</time>', moment.date().isoformat(), wording.calendar_day(moment))


@register.simple_tag
def time(seconds: int | datetime | None) -> SafeString:
    """Date and time of day, in Shanghai, with the zone on hover. Takes UTC seconds or an aware datetime."""
    if seconds is None:
        return mark_safe("")
    if isinstance(seconds, int) and seconds >= BEYOND:
        return format_html("{}", _("without end"))
    moment = timezone.localtime(seconds) if isinstance(seconds, datetime) else _local(seconds)
    zone = _("Beijing time (Asia/Shanghai, UTC+8)")
    text = f"{wording.calendar_day(moment)} {moment:%H:%M:%S}"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), zone, text)


# --- accounts and transactions ----------------------------------------------------------------------------------------


@register.filter
def calendar_day(number: int) -> str:
    """A day by its number since 1970-01-01, as the record counts them; the number itself beyond the calendar."""
    try:
        return wording.calendar_day(EPOCH + timedelta(days=number))
    except OverflowError:
        return str(number)


@register.inclusion_tag("portal/parts/address.html")
def address(value: str, name: Words = "", link: bool = True) -> dict[str, Any]:
    """An account: its name first, then 0x12ab…89ef with a copy button."""
    return {"value": value, "name": name, "url": reverse("account", args=[value]) if link and value else ""}


@register.simple_tag
def institution_of(number: int) -> SafeString:
    """An institution: its number, and its name that leads to its page; the number alone where there is none."""
    found = identity.institutions().filter(id=number).first()
    if found is None:
        return format_html("{}", number)
    url = reverse("institution", args=[number])
    return format_html('{} · <a href="{}">{}</a>', number, url, identity.localized(found.name))


@register.inclusion_tag("portal/parts/hash.html", name="hash")
def hash_of(value: str, kind: str = "") -> dict[str, Any]:
    """A hash, short, with a copy button; kind "tx" links to the transaction."""
    return {"value": value, "url": reverse("transaction", args=[value]) if kind == "tx" and value else ""}


@register.inclusion_tag("portal/parts/copy.html")
def copy(value: str, about: Words = "") -> dict[str, Any]:
    """A button that copies `value`; `about` names it where the value itself is long."""
    return {"value": value, "about": about or value}


# --- states -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("portal/parts/tag.html")
def status(state: str) -> dict[str, Any]:
    """The tag of a known state (states.py), e.g. of an institution or a request."""
    tone, label = states.look(state)
    return {"tone": tone, "label": label, "icon": states.ICONS[tone]}


@register.inclusion_tag("portal/parts/tag.html")
def tag(tone: Tone, label: Words) -> dict[str, Any]:
    """A tag with words of your own; tone is good, wait, bad or plain."""
    return {"tone": tone, "label": label, "icon": states.ICONS[tone]}


@register.inclusion_tag("portal/parts/notice.html")
def notice(tone: Tone, title: Words, text: Words = "") -> dict[str, Any]:
    """A box that says something about the whole page."""
    return {"tone": tone, "title": title, "text": text, "icon": states.ICONS[tone] or "info"}


@register.inclusion_tag("portal/parts/dots.html")
def dots(steps: list[Dot], small: bool = False) -> dict[str, Any]:
    """Signed, sent, included, final: four dots with times (city.views makes them from a request)."""
    return {"dots": steps, "small": small}


@register.inclusion_tag("portal/parts/timeline.html")
def timeline(steps: list[Step]) -> dict[str, Any]:
    """Who did what and when, newest last, whose move is next at the end."""
    return {"steps": steps}


@register.inclusion_tag("portal/parts/proof.html", takes_context=True)
def proof(context: Context, card: Proof) -> dict[str, Any]:
    """The proof card of a record."""
    shell = context.get("shell")
    head = shell.head if shell else None
    return {"card": card, "final": head is not None and card.block <= head.final}


@register.inclusion_tag("portal/parts/empty.html")
def empty_state(title: Words, text: Words = "", url: str = "", action: Words = "") -> dict[str, Any]:
    """What will be here, and the first action."""
    return {"title": title, "text": text, "url": url, "action": action}


# --- lists ------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("portal/parts/pages.html", takes_context=True)
def pages(context: Context, page: Page[Any], parameter: str = "page") -> dict[str, Any]:
    """Links to the pages before and after, keeping the other parameters of the address. A page of two lists names the
    `parameter` of each."""
    query = context["request"].GET.copy()
    links = {}
    for name, there in (("previous", page.has_previous()), ("next", page.has_next())):
        if there:
            query[parameter] = str(page.previous_page_number() if name == "previous" else page.next_page_number())
            links[name] = f"?{query.urlencode()}"
    return {"page": page, **links}


@register.inclusion_tag("portal/parts/sort.html", takes_context=True)
def sort(context: Context, column: str, label: Words, number: bool = False) -> dict[str, Any]:
    """A column's header cell that sorts by ?sort=column, and by ?sort=-column when clicked again."""
    query = context["request"].GET.copy()
    now = query.get("sort", "")
    direction = {column: "ascending", f"-{column}": "descending"}.get(now, "")
    query["sort"] = f"-{column}" if now == column else column
    query.pop("page", None)
    return {"label": label, "number": number, "direction": direction, "url": f"?{query.urlencode()}"}


# --- maps, charts, the way here ---------------------------------------------------------------------------------------


@register.inclusion_tag("portal/parts/crumbs.html")
def crumbs(*pairs: Words) -> dict[str, Any]:
    """The way to this page: pairs of a URL's name and words. The city home comes first by itself."""
    return {"crumbs": [(reverse(str(name)), label) for name, label in zip(pairs[::2], pairs[1::2], strict=True)]}


@register.inclusion_tag("portal/parts/map.html", name="map")
def map_of(data: dict[str, Any]) -> dict[str, Any]:
    """A map of places.map_data(); the page loads map.js and map-style.css, and lists the same beside it."""
    return {"data": data}


@register.inclusion_tag("portal/parts/chart.html")
def chart(chart: Chart) -> dict[str, Any]:
    """A chart of portal.charts, drawn by the server, with its figures below."""
    return {"chart": chart}


@register.inclusion_tag("portal/parts/chart.html")
def series(points: Iterable[tuple[Words, float, Words]], title: Words, unit: Words, first: Words) -> dict[str, Any]:
    """A line through points (label, value, value as people read it), for parts that stand below the portal."""
    return {"chart": Chart("line", title, unit, first, [Point(*point) for point in points])}


# --- forms ------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("portal/parts/field.html")
def field(bound: BoundField, words: bool = False) -> dict[str, Any]:
    """A form's field: label above, hint below it, error beside it. `words` adds 叁仟元整 below an amount in Chinese.
    One of two fields that are marked `either` must be filled in, so neither is called optional."""
    described = " ".join(
        f"{bound.auto_id}_{part}" for part, there in (("hint", bound.help_text), ("error", bound.errors)) if there
    )
    attributes: dict[str, Any] = {"aria-describedby": described} if described else {}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {"field": bound, "widget": bound.as_widget(attrs=attributes), "words": words and _chinese()}


@register.inclusion_tag("portal/parts/errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """The list of a form's errors at its top, each a link to its field."""
    wrong = [(bound, bound.id_for_label or f"{bound.auto_id}_0") for bound in form if bound.errors]
    return {"form": form, "fields": wrong}
