"""The portal as a WSGI application (granian serves it)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citychain.settings")
os.environ.setdefault("CITYCHAIN_RPC_SECONDS", "5")
application = get_wsgi_application()
