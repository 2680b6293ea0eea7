"""What must be true, in plain Python: the rules of the contracts, written a second time without looking at the code
that runs. A request is applied in the order in which the chain spent the nonces, at the time of its block."""
