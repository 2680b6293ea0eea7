from django.apps import AppConfig


class ChainConfig(AppConfig):
    name = "citychain.chain"
    label = "chain"
