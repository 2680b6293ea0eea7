"""The desk of titles: what the parties of a title sign, and the registrar's files."""
