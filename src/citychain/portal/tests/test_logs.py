"""What strangers can write into the logs that the operator's page shows."""

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from citychain.portal.middleware import CityErrorMiddleware

FORGED = "/x%0A2026-11-22 11:03:21,000 ERROR citychain.city: the journal is damaged"


def test_address_with_line_breaks_stays_one_line(caplog: pytest.LogCaptureFixture) -> None:
    errors = CityErrorMiddleware(lambda request: HttpResponse())
    request = RequestFactory(headers={"accept": "application/json"}).get(FORGED)
    errors.process_exception(request, OperationalError("database is locked"))
    told = [record.getMessage() for record in caplog.records]
    assert told == ["GET /x%0A2026-11-22%2011:03:21,000%20ERROR%20citychain.city:%20the%20journal%20is%20damaged"]
