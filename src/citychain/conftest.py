"""What every test has: the installation's language at its start, whatever the test before left."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import translation


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    with translation.override(settings.LANGUAGE_CODE):
        yield
