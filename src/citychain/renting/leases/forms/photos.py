"""Photos beside words: chosen on a phone, kept before anything is signed, named by their hashes in what is signed."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.errors import InvalidInput

from .. import documents
from ..models import LeaseFile
from ..pictures import FORMATS, Picture, picture

ACCEPTED = ",".join(f"image/{name.lower()}" for name in FORMATS)


class PhotosInput(forms.FileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Any number of photos up to `documents.MOST_PHOTOS`; a list of Picture when cleaned."""

    widget = PhotosInput

    def __init__(self, **kwargs: Any) -> None:
        help_text = _("At most 12. Place, time and device are taken out of them before they are kept.")
        values = {"label": _("Photos"), "required": False, "help_text": help_text, **kwargs}
        super().__init__(**values, widget=PhotosInput(attrs={"accept": ACCEPTED}))

    def clean(self, data: Any, initial: Any = None) -> list[Picture]:
        files = data or []
        if len(files) > documents.MOST_PHOTOS:
            raise forms.ValidationError(gettext("At most %(most)s photos.") % {"most": documents.MOST_PHOTOS})
        found = []
        for file in files:
            try:
                found.append(picture(super().clean(file, initial).read(), file.name))
            except InvalidInput as problem:
                raise forms.ValidationError(f"{file.name}: {problem.details['reason']}") from problem
        return found


class KeptField(forms.CharField):
    """Photos that were handed in before, by their ids with commas: the form is shown again without losing them."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> list[str]:
        return [one for one in str(super().clean(value) or "").split(",") if one]


def kept(lease: int, account: str, ids: Sequence[str], pictures: Sequence[Picture]) -> list[LeaseFile]:
    """Photos from before with the new ones, which are stored now. Raises InvalidInput for ids that are no photo's."""
    before = documents.drafts(lease, account, ids)
    if len(before) + len(pictures) > documents.MOST_PHOTOS:
        reason = gettext("At most %(most)s photos.") % {"most": documents.MOST_PHOTOS}
        raise InvalidInput(field="photos", reason=reason)
    return [*before, *documents.keep_photos(lease, account, pictures)]
