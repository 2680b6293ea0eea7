"""Photos that people hand in: decoded, turned upright, made smaller, and written anew without any metadata."""

import hashlib
import io
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from citychain.errors import InvalidInput

#: Bytes of a file that is handed in, and pixels of a picture: a 100-megapixel phone's fits.
MOST_BYTES, MOST_PIXELS = 20_000_000, 120_000_000
#: The longer side of what is kept, and of the preview, in pixels.
SIDE, PREVIEW_SIDE = 1_600, 320
QUALITY, PREVIEW_QUALITY = 80, 65
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True)
class Picture:
    """JPEGs of the picture and of its preview; `digest` is SHA-256 of the picture, in hex."""

    content: bytes
    preview: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def picture(data: bytes, field: str) -> Picture:
    """What a camera made, without place, time and device. Raises InvalidInput, which names the field."""
    if len(data) > MOST_BYTES:
        raise InvalidInput(field=field, reason=_("a photo has at most 20 MB"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as found:
                if found.width * found.height > MOST_PIXELS:
                    raise InvalidInput(field=field, reason=_("a photo has at most 120 megapixels"))
                found.draft("RGB", (SIDE, SIDE))
                upright = ImageOps.exif_transpose(found).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise InvalidInput(field=field, reason=_("it is no photo that can be read: JPEG, PNG or WebP")) from problem
    return Picture(_jpeg(upright, SIDE, QUALITY), _jpeg(upright, PREVIEW_SIDE, PREVIEW_QUALITY))


def _jpeg(picture: Image.Image, side: int, quality: int) -> bytes:
    smaller = picture.copy()
    smaller.thumbnail((side, side))
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=quality, optimize=True, exif=b"", icc_profile=None)
    return out.getvalue()
