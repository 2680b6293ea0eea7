"""Pictures of every page for docs/screens, taken by `make screens`: a desk in English, a phone in Chinese."""

import base64
from pathlib import Path
from typing import Any

#: The most bytes of a picture, and the heights and qualities that are tried until it is small enough.
MOST = 80_000
TRIES = ((1_800, 70), (1_800, 50), (1_200, 50), (900, 50), (900, 25))
INDEX = """# Every page, as it looks

Made by `make screens` from the demonstration city: English on a desk, Chinese on a phone in dark colours. Everybody and
everything in them is simulated.

| page | desk | phone |
| --- | --- | --- |
"""


class Screens:
    """Writes pictures into `folder`, named by page and language, and the index of all that are there."""

    def __init__(self, page: Any, folder: Path, language: str) -> None:
        self._page, self._folder, self._language = page, folder, language.partition("-")[0]
        self._session = page.context.new_cdp_session(page)
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, name: str, reader: str) -> None:
        width = self._page.viewport_size["width"]
        full = self._page.evaluate("document.documentElement.scrollHeight")
        picture = b""
        for highest, quality in TRIES:
            clip = {"x": 0, "y": 0, "width": width, "height": min(highest, full), "scale": 1}
            asked = {"format": "webp", "quality": quality, "captureBeyondViewport": True, "clip": clip}
            picture = base64.b64decode(self._session.send("Page.captureScreenshot", asked)["data"])
            if len(picture) < MOST:
                break
        assert len(picture) < MOST, f"{name} is {len(picture)} bytes at the least"
        title = f"{name}-{reader}" if reader else name
        (self._folder / f"{title}.{self._language}.webp").write_bytes(picture)
        self._index()

    def _index(self) -> None:
        names = sorted({path.name.split(".")[0] for path in self._folder.glob("*.webp")})
        lines = [f"| {name} | {self._link(name, 'en', 480)} | {self._link(name, 'zh', 160)} |\n" for name in names]
        (self._folder / "README.md").write_text(INDEX + "".join(lines))

    def _link(self, name: str, language: str, width: int) -> str:
        file = f"{name}.{language}.webp"
        alt = f"{name}, {'English' if language == 'en' else 'Chinese'}"
        return f'<img src="{file}" width="{width}" alt="{alt}">' if (self._folder / file).exists() else ""
