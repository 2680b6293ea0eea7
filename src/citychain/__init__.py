"""citychain: the trust infrastructure of a smart city on Ethereum."""

__version__ = "0.1.0"
