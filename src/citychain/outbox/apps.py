from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "citychain.outbox"
    label = "outbox"
    #: Its places in the main navigation: the name of the URL and the words of the link.
    places = (("requests", _("My requests")),)
