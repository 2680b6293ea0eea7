"""The codes of errors, which people quote and programs compare: each means one thing in the whole house."""

import importlib
import pkgutil
from collections.abc import Iterator

import citychain
from citychain.errors import CityError


def _errors(of: type[CityError]) -> Iterator[type[CityError]]:
    yield of
    for error in of.__subclasses__():
        yield from _errors(error)


def test_error_codes_are_unique_and_one_to_each_class() -> None:
    for module in pkgutil.walk_packages(citychain.__path__, "citychain."):
        if not {"tests", "migrations", "__main__"} & set(module.name.split(".")):
            importlib.import_module(module.name)
    house = [error for error in _errors(CityError) if ".tests." not in error.__module__]
    assert [error.__name__ for error in house if "code" not in vars(error)] == []
    codes = [error.code for error in house]
    assert sorted(code for code in codes if codes.count(code) > 1) == []
