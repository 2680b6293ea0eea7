"""What can go wrong between a program and a city. Plain exceptions: a program has no settings and no translations."""

import msgspec


class Problem(msgspec.Struct):
    """application/problem+json (RFC 9457), as every refusal is told; `type` leads to the catalogue of errors."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retry: bool = False
    field: str | None = None


class Refusal(Exception):
    """The city refused, and kept nothing. `problem.code` never changes; `problem.detail` is for people."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem)

    def __str__(self) -> str:
        return f"{self.problem.detail} [{self.problem.code}] {self.problem.type}"


class Unreachable(Exception):
    """No answer, or none of a city. Whether a write arrived is not known: hand it in again, it is carried out once."""


class Untrustworthy(Exception):
    """What the city prepared is not what was asked for; nothing was signed."""


class NotEnded(Exception):
    """The request goes on; `request_id` is how to ask again."""

    def __init__(self, request_id: str, state: str) -> None:
        self.request_id = request_id
        super().__init__(f"request {request_id} is {state} still")
