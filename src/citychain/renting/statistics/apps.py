from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "citychain.renting.statistics"
    label = "statistics"
