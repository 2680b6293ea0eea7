"""The demonstration city: invented institutions and people at real villages. Everything in it is simulated."""
