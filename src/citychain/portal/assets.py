"""The portal's built files (build.mjs), by their plain names."""

import functools
import json
from pathlib import Path

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError

MANIFEST = Path(__file__).parent / "static" / "build" / "manifest.json"


class AssetMissing(CityError):
    """The portal's assets were not built; an operator must run build.mjs (`make install` does)."""

    code = "asset-missing"
    message = _("The portal's file {name} was not built. The operator must run: make install")


@functools.lru_cache(maxsize=2)
def _manifest(path: Path, written: int) -> dict[str, str]:
    names: dict[str, str] = json.loads(path.read_text())
    return names


def url(name: str) -> str:
    """The address of a built file, with its content's hash in it. Raises AssetMissing."""
    try:
        return static(f"build/{_manifest(MANIFEST, MANIFEST.stat().st_mtime_ns)[name]}")
    except (FileNotFoundError, KeyError):
        raise AssetMissing(name=name) from None
