"""The peer of our lookups: a block by its number by a bare WSGI function and sqlite3, with nothing around it."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

COLUMNS = ("number", "hash", "parent", "time", "transactions")
_of_thread = threading.local()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """/api/blocks/7 and the like; anything else is a bug of the benchmark."""
    if not hasattr(_of_thread, "database"):
        _of_thread.database = sqlite3.connect(Path(os.environ["CITYCHAIN_HOME"]) / "readmodel.sqlite3")
    number = int(environ["PATH_INFO"].rsplit("/", 1)[1])
    found = _of_thread.database.execute(
        f"SELECT {', '.join(COLUMNS)} FROM indexer_block WHERE number = ?", (number,)
    ).fetchone()
    body = json.dumps(dict(zip(COLUMNS, found, strict=True))).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
