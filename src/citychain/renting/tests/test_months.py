import calendar
import re
from datetime import date
from pathlib import Path

CONTRACTS = Path(__file__).parents[1] / "contracts"


def test_months_are_compared_with_pythons_calendar() -> None:
    text = (CONTRACTS / "Months.t.sol").read_text()
    literals = re.search(r"LENGTHS =(.*?);", text, re.DOTALL)
    assert literals is not None
    lengths = [28 + int(digit) for digit in "".join(re.findall(r"\d+", literals[1]))]
    assert lengths == [calendar.monthrange(year, month)[1] for year in range(2020, 2110) for month in range(1, 13)]
    since = (date(2020, 1, 1) - date(1970, 1, 1)).days
    assert re.findall(r"FIRST_DAY = ([\d_]+);|eq\(day, ([\d_]+)\)", text) == [
        (f"{since:_}", ""),
        ("", f"{since + sum(lengths):_}"),
    ]
