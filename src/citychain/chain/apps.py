from django.apps import AppConfig


class ChainConfig(AppConfig):
    name = "citychain.chain"
    label = "chain"
    #: The council's own writes; each with the greatest gas a request may ask for.
    published: dict[str, int] = {}
