from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CityConfig(AppConfig):
    name = "citychain.city"
    label = "city"
    #: Its places in the main navigation: the name of the URL and the words of the link.
    places = (("home", _("City home")),)
