from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "citychain.programs"
    label = "programs"
