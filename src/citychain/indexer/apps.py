from django.apps import AppConfig


class IndexerConfig(AppConfig):
    name = "citychain.indexer"
    label = "indexer"
