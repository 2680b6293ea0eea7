from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "citychain.portal"
    label = "portal"
