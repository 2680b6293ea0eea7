"""Where the two databases are: two files in the state folder, or two schemas of one PostgreSQL database, which
DATABASE_URL names (docs/adr/0002 and 0008). settings.py asks, so nothing that needs settings may be imported here.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

#: Schemas of the PostgreSQL database, by alias.
SCHEMAS = {"default": "city", "readmodel": "readmodel"}
#: A thread keeps its connection: opening one takes longer than an answer of the API. What a server has closed since is
#: noticed when the next answer begins.
_KEPT: dict[str, Any] = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
#: The old file of a city that was moved into PostgreSQL (citychain database move).
MOVED = "city.sqlite3.moved"
_ADDRESS = ("dbname", "user", "password", "host", "port")


def databases(url: str, home: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for a libpq address, or for files in `home` when it is empty. Raises ImproperlyConfigured.

    Requests are on disk when a commit returns. The read model can be made anew from the chain, so it may lose its last
    commit, which is then read again.
    """
    if url:
        server = _server(url)
        # A process that is stopped in the middle of a transaction holds up the others for a minute, not for ever.
        return {
            "default": on_server(server, SCHEMAS["default"], "idle_in_transaction_session_timeout=60s"),
            "readmodel": on_server(server, SCHEMAS["readmodel"], "synchronous_commit=off"),
        }
    if (home / MOVED).exists():
        raise ImproperlyConfigured("This city was moved into PostgreSQL: set DATABASE_URL (docs/operations.md).")
    return {"default": _file(home / "city.sqlite3", "FULL"), "readmodel": _file(home / "readmodel.sqlite3", "NORMAL")}


def _file(path: Path, synchronous: str) -> dict[str, Any]:
    pragmas = f"PRAGMA journal_mode=WAL;PRAGMA synchronous={synchronous};PRAGMA foreign_keys=ON;"
    options = {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": pragmas}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, **_KEPT, "OPTIONS": options}


def _server(url: str) -> dict[str, str]:
    """libpq's parameters of the address."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        if url.startswith(("postgres://", "postgresql://")) and found.get("dbname"):
            return found
    except ProgrammingError:
        pass  # its words would repeat the address, which may hold a password
    raise ImproperlyConfigured("DATABASE_URL is not an address like postgresql://user:password@host:5432/database.")


def on_server(server: dict[str, str], schema: str, *settings: str) -> dict[str, Any]:
    """Django's settings of one schema: every name in SQL means it, and nothing in any other schema."""
    others = {name: value for name, value in server.items() if name not in _ADDRESS}
    session = [others.pop("options", ""), *(f"-c {setting}" for setting in (f"search_path={schema}", *settings))]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": server["dbname"],
        "USER": server.get("user", ""),
        "PASSWORD": server.get("password", ""),
        "HOST": server.get("host", ""),
        "PORT": server.get("port", ""),
        **_KEPT,
        "OPTIONS": {**others, "options": " ".join(session).strip()},
    }
