from django.apps import AppConfig


class MoneyConfig(AppConfig):
    name = "citychain.money"
    label = "money"
