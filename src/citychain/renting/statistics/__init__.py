"""Renting in figures, without the figure of anybody: small groups are hidden, and what would reveal them."""
