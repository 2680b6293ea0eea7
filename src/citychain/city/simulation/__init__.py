"""A seeded program that tries to break the city: random requests, random faults, and a model of what must be true.

docs/simulation.md says what it does and how to rerun a failure. Nothing here is part of a running city.
"""
