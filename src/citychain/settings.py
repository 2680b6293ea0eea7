"""Django settings. Everything that differs between installations is an environment variable named CITYCHAIN_*."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE

from citychain.indexer.location import databases

PACKAGE = Path(__file__).resolve().parent
#: The checkout; where citychain was installed from a wheel, the folder that it was installed into.
ROOT = PACKAGE.parents[1]
CHECKOUT = (ROOT / "pyproject.toml").exists()


def _home() -> Path:
    """The state folder: CITYCHAIN_HOME, else var/ of the checkout, else citychain/ in the user's data (XDG)."""
    if "CITYCHAIN_HOME" in os.environ:
        return Path(os.environ["CITYCHAIN_HOME"])
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return ROOT / "var" if CHECKOUT else data / "citychain"


# --- where and what -------------------------------------------------------------------------------------------------
CITYCHAIN_HOME = _home().resolve()
CITYCHAIN_ORIGIN = os.environ.get("CITYCHAIN_ORIGIN", "http://localhost:8000").rstrip("/")
CITYCHAIN_RPC_PORT = int(os.environ.get("CITYCHAIN_RPC_PORT", "8545"))
#: The node; where several of one network are named, with spaces between them, the first that is not away is asked.
CITYCHAIN_RPC_URL = os.environ.get("CITYCHAIN_RPC_URL", f"http://127.0.0.1:{CITYCHAIN_RPC_PORT}")
#: Another institution's node, which must tell the same before the indexer writes it (docs/network.md).
CITYCHAIN_WITNESS = os.environ.get("CITYCHAIN_WITNESS", "")
#: Longest wait for an answer of the node. Workers have patience; the portal sets 5 (wsgi.py), so that a node that hangs
#: does not hold its threads.
CITYCHAIN_RPC_SECONDS = float(os.environ.get("CITYCHAIN_RPC_SECONDS", "30"))
CITYCHAIN_EVENTS_PORT = int(os.environ.get("CITYCHAIN_EVENTS_PORT", "8001"))
#: Where the embedded node is: a program, or the npm packages of the checkout or of the state folder (network.install).
CITYCHAIN_ANVIL = os.environ.get("CITYCHAIN_ANVIL", "")
CITYCHAIN_ENGINES = CITYCHAIN_HOME / "engines"
CITYCHAIN_NODE_MODULES = Path(
    os.environ.get("CITYCHAIN_NODE_MODULES", (ROOT if CHECKOUT else CITYCHAIN_ENGINES) / "node_modules")
)
#: The folder of the member whose client this city trusts (docs/network.md); without it the embedded node runs.
CITYCHAIN_MEMBER = Path(os.environ["CITYCHAIN_MEMBER"]).resolve() if os.environ.get("CITYCHAIN_MEMBER") else None
#: The files that the network's members signed; a trial's lie beside its members.
_files = os.environ.get("CITYCHAIN_NETWORK") or (CITYCHAIN_MEMBER.parent / "files" if CITYCHAIN_MEMBER else "")
CITYCHAIN_NETWORK = Path(_files).resolve() if _files else None
#: Accounts of the relayer, each a lane of its own; those without ether are left out.
CITYCHAIN_RELAYERS = int(os.environ.get("CITYCHAIN_RELAYERS", "2"))
#: Requests that may wait to be carried out: in all, and of one signer. More are refused until some are done.
CITYCHAIN_BACKLOG = int(os.environ.get("CITYCHAIN_BACKLOG", "20000"))
CITYCHAIN_SIGNERS_BACKLOG = int(os.environ.get("CITYCHAIN_SIGNERS_BACKLOG", "1000"))
#: The header in which the reverse proxy tells a visitor's network address; the last one in it counts (visitors.py).
CITYCHAIN_CLIENT_HEADER = os.environ.get("CITYCHAIN_CLIENT_HEADER", "X-Forwarded-For")
#: Pages in a minute for a network address; ten times as many for all who are signed in there (programs/limits.py).
CITYCHAIN_PAGES_A_MINUTE = int(os.environ.get("CITYCHAIN_PAGES_A_MINUTE", "1200"))
#: Calls of the API in a minute: of a network address, and with an API key.
CITYCHAIN_API_A_MINUTE = int(os.environ.get("CITYCHAIN_API_A_MINUTE", "600"))
CITYCHAIN_API_KEY_A_MINUTE = int(os.environ.get("CITYCHAIN_API_KEY_A_MINUTE", "6000"))
#: The sandbox holds keys for demo personas; a real installation refuses to.
CITYCHAIN_SANDBOX = os.environ.get("CITYCHAIN_SANDBOX", "0" if CITYCHAIN_MEMBER else "1") == "1"
#: Accounts that see the operator's page, between commas; in the sandbox every persona does.
CITYCHAIN_OPERATORS = {
    account.strip().lower() for account in os.environ.get("CITYCHAIN_OPERATORS", "").split(",") if account.strip()
}

_origin = urlsplit(CITYCHAIN_ORIGIN)
CITYCHAIN_PORT = _origin.port or (443 if _origin.scheme == "https" else 80)


# Deeds, notes, keys and logs are for the operator alone: whatever this process makes, nobody else may read.
os.umask(0o077)


def _secret() -> str:
    """The installation's secret, drawn once and kept beside its state (0600)."""
    path = CITYCHAIN_HOME / "secret"
    try:
        return path.read_text()
    except FileNotFoundError:
        CITYCHAIN_HOME.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"secret.{os.getpid()}")
        draft.write_text(os.urandom(32).hex())
        try:
            os.link(draft, path)  # whole or not at all, and the first one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text()


SECRET_KEY = _secret()
DEBUG = False
ALLOWED_HOSTS = [_origin.hostname or "localhost", "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [CITYCHAIN_ORIGIN]
ROOT_URLCONF = "citychain.urls"
WSGI_APPLICATION = "citychain.wsgi.application"

INSTALLED_APPS = [
    "citychain.city",
    "citychain.renting",
    "citychain.renting.leases",
    "citychain.renting.listings",
    "citychain.renting.statistics",
    "citychain.portal",
    "citychain.programs",
    "citychain.money",
    "citychain.identity",
    "citychain.outbox",
    "citychain.indexer",
    "citychain.network",
    "citychain.chain",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "citychain.portal.middleware.CanonicalOriginMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "citychain.portal.middleware.SafeAnswersMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "citychain.portal.middleware.VisitLimitMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "citychain.portal.middleware.CityErrorMiddleware",
    "citychain.portal.caching.RecordPagesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "citychain.portal.context.shell",
            ],
            "builtins": ["citychain.portal.templatetags.city"],
        },
    },
]

# --- storage: requests and accounts in one database, the read model in another (docs/adr/0002, 0008) -----------------
#: Two files in the state folder when empty, else two schemas of this PostgreSQL database.
DATABASE_URL = os.environ.get("DATABASE_URL", "")
DATABASES = databases(DATABASE_URL, CITYCHAIN_HOME)
DATABASE_ROUTERS = ["citychain.indexer.router.ReadModelRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: Counts of attempts to sign in, by each process for itself.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}}

# --- sessions, cookies, headers -------------------------------------------------------------------------------------
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
if _origin.scheme == "https":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    # The proxy ends TLS; without its word Django would take each request for plain http, and send no HSTS.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_events = f"{_origin.scheme}://{_origin.hostname}:{CITYCHAIN_EVENTS_PORT}"
CITYCHAIN_EVENTS_URL = os.environ.get("CITYCHAIN_EVENTS_URL", f"{_events}/events")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", CITYCHAIN_EVENTS_URL.rsplit("/", 1)[0]],
        "worker-src": ["'self'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- language and time ----------------------------------------------------------------------------------------------
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]

# --- files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
#: Built files carry their content's hash in their name: a browser never needs to ask again.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/build/.+\.[0-9a-f]{12}\.(js|css)$"

SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("CITYCHAIN_LOG", "INFO")},
    "loggers": {"httpx": {"level": "WARNING"}},
}
