"""The city's network: each institution runs its own execution client, beacon node and validators (docs/network.md)."""
