from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "citychain.outbox"
    label = "outbox"
