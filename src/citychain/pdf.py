"""PDF files of what pages show, set by Typst: statements, and whatever another part wants on paper.

A template is a Typst file beside a part's other templates, on the frame of portal/document.typ. It reads `data`, which
is JSON and never becomes program text. A PDF holds its fonts; those are the machine's, since a font with all Chinese
characters is larger than the whole city. Where none is installed, the document says so on its first page.
"""

import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.apps import apps
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .exports import SIMULATED

#: Fonts with simplified Chinese, the best first: as Linux, macOS and Windows call them.
CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC", "SimSun",
)  # fmt: skip
#: Comes with Typst; for everything else.
LATIN = "Libertinus Serif"


class UnknownTemplate(Exception):
    """No part has a template of this name: a mistake in the program."""


def render(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of a template, such as "money/statement.typ", with `data` that JSON can hold; in the reader's language.

    Tagged for screen readers, but not declared as PDF/UA-1: that forbids a character that no font here has, and people
    write such ones. The same data give the same bytes, for no time is written into it. It takes a tenth of a second and
    more with the number of pages: bound the rows before. Raises UnknownTemplate.
    """
    fonts = _chinese_fonts(_installed().families())
    shown = {
        "language": "zh" if (get_language() or "").startswith("zh") else "en",
        "fonts": [*fonts[:1], LATIN],
        "simulated": SIMULATED if settings.CITYCHAIN_SANDBOX else "",
        "missing": "" if fonts else _missing(),
        "page": _("Page"),
        **data,
    }
    made = typst.compile(
        _template(template),
        root=settings.PACKAGE,
        font_paths=_installed(),
        format="pdf",
        sys_inputs={"data": json.dumps(shown, ensure_ascii=False)},
        timestamp=0,
    )
    assert isinstance(made, bytes)  # a PDF is one file, however many pages
    return made


def _chinese_fonts(families: Collection[str]) -> list[str]:
    """Those that are installed, the best first."""
    return [name for name in CHINESE if name in families]


def _missing() -> str:
    return _("Chinese characters are missing here, because the server has none of these fonts: %(fonts)s.") % {
        "fonts": ", ".join(CHINESE)
    }


@cache
def _installed() -> typst.Fonts:
    """The machine's fonts and Typst's own, looked for once."""
    return typst.Fonts()


def _template(name: str) -> Path:
    for app in apps.get_app_configs():
        path = Path(app.path) / "templates" / name
        if path.is_relative_to(settings.PACKAGE) and path.exists():
            return path
    raise UnknownTemplate(name)
