"""The portal as a WSGI application (granian serves it): single records at once, everything else by Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citychain.settings")
os.environ.setdefault("CITYCHAIN_RPC_SECONDS", "5")
django = get_wsgi_application()

from citychain.lookups import Lookups  # noqa: E402 - models can be imported once Django is set up

application = Lookups(django)
