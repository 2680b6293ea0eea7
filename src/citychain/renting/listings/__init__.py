"""Homes to let: what is offered, by whom and for how much, and the pages to search it."""
