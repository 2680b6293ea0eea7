from django.apps import AppConfig


class CityConfig(AppConfig):
    name = "citychain.city"
    label = "city"
