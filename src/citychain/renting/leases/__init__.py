"""Leases: from terms that both sides sign to the end of what was agreed. docs/renting.md"""
