from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "citychain.identity"
    label = "identity"
