"""What strangers can write into the logs that the operator's page shows."""

from collections.abc import Callable

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from citychain.api import on_bug, on_store_away
from citychain.portal.middleware import CityErrorMiddleware

FORGED = "/x%0A2026-11-22 11:03:21,000 ERROR citychain.city: the journal is damaged"


@pytest.mark.parametrize(
    "log",
    [CityErrorMiddleware(lambda request: HttpResponse()).process_exception, on_bug, on_store_away],
)
def test_address_with_line_breaks_stays_one_line(
    log: Callable[[HttpRequest, Exception], object], caplog: pytest.LogCaptureFixture
) -> None:
    log(RequestFactory(headers={"accept": "application/json"}).get(FORGED), OperationalError("database is locked"))
    told = [record.getMessage() for record in caplog.records]
    assert told == ["GET /x%0A2026-11-22%2011:03:21,000%20ERROR%20citychain.city:%20the%20journal%20is%20damaged"]
