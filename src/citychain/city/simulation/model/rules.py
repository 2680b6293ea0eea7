"""What the parts of the model share."""


class Refused(Exception):
    """The rules refuse this; `args[0]` is the Solidity error's name."""


def refuse_if(condition: object, error: str) -> None:
    if condition:
        raise Refused(error)
