"""A real PostgreSQL server of the test run's own: a folder under /tmp, a socket in it, no port."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

#: initdb refuses root; then the server is one of these users'.
USERS = ("postgres", "nobody")


class Server:
    """Databases are named; `url` is what DATABASE_URL takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        #: Empty databases that nobody uses at the moment.
        self.free: list[str] = []

    def url(self, database: str) -> str:
        return f"postgresql://citychain@/{database}?host={self._folder}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self, database: str, template: str = "template0") -> None:
        self.execute(f"CREATE DATABASE {database} TEMPLATE {template}")


def _programs() -> Path | None:
    """The folder of initdb and postgres: of PATH, else of Debian's newest package."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A new server; where there is no PostgreSQL the test is skipped, unless CITYCHAIN_REQUIRE_ALL is set."""
    programs = _programs()
    if programs is None:
        message = "no PostgreSQL on this machine: install the package postgresql to test with it"
        if os.environ.get("CITYCHAIN_REQUIRE_ALL") == "1":
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="citychain-postgresql-", dir="/tmp"))
    user = _user()
    who: dict[str, Any] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        with (folder / "log").open("wb") as log:
            usual: dict[str, Any] = {"cwd": folder, "stdout": log, "stderr": log, **who}
            data = str(folder / "data")
            making = [str(programs / "initdb"), "--username=citychain", "--auth=trust", "--no-sync", "--encoding=UTF8"]
            subprocess.run([*making, *_order(programs), data], check=True, **usual)
            # It ends with this process, however that ends.
            serving = ["setpriv", "--pdeathsig=QUIT"] if shutil.which("setpriv") else []
            serving += [str(programs / "postgres"), "-D", data, "-k", str(folder), "-c", "listen_addresses="]
            with subprocess.Popen(serving, **usual) as process:
                try:
                    yield _ready(Server(folder), process)
                finally:
                    process.send_signal(signal.SIGQUIT)  # at once: nobody reads what it holds
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _order(programs: Path) -> list[str]:
    """Texts in another order than Python's, as on a server that others set up; PostgreSQL 15 and newer can."""
    help_ = subprocess.run([str(programs / "initdb"), "--help"], capture_output=True, text=True, check=True).stdout
    return ["--locale=C", *(["--locale-provider=icu", "--icu-locale=zh"] if "--icu-locale" in help_ else [])]


def _user() -> "pwd.struct_passwd | None":
    if os.getuid() != 0:
        return None
    for name in USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError(f"PostgreSQL refuses root, and there is none of the users {USERS}")


def _ready(server: Server, process: "subprocess.Popen[str]") -> Server:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            server.execute("SELECT 1")
            return server
        time.sleep(0.05)
    raise AssertionError("PostgreSQL did not start")
