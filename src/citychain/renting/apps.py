from django.apps import AppConfig


class RentingConfig(AppConfig):
    name = "citychain.renting"
    label = "renting"
