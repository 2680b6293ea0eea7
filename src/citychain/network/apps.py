from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "citychain.network"
    label = "network"
