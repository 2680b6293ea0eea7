"""The portal as a WSGI application (granian serves it): single records at once, everything else by Django."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citychain.settings")
os.environ.setdefault("CITYCHAIN_RPC_SECONDS", "5")  # a node that hangs must not hold the threads of the web
django = get_wsgi_application()

from django.urls import resolve  # noqa: E402 - what follows needs the settings

from citychain.lookups import Lookups  # noqa: E402

application = Lookups(django)

# What is loaded by now stays until the process ends: out of the collector's sight, its pause is 10 ms instead of 60.
# And pages are made of thousands of short-lived objects: at the usual 700 it would run several times a page.
resolve("/")
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
# A thread that waited for SQLite gets the interpreter back after half a millisecond, not five: a lookup asks six times,
# and would wait 30 ms behind one page that is being made.
sys.setswitchinterval(0.0005)
