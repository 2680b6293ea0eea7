import pytest
from django.utils import translation

from citychain.portal import wording
from citychain.portal.templatetags import city


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "¥0.00"),
        (5, "¥0.05"),
        (300_000, "¥3,000.00"),
        (-4_250, "−¥42.50"),
        (2**63 - 1, "¥92,233,720,368,547,758.07"),
    ],
)
def test_yuan_shows_sign_thousands_and_two_places(fen: int, text: str) -> None:
    assert wording.yuan(fen) == text


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (40, "肆角"),
        (300_000, "叁仟元整"),
        (140_950, "壹仟肆佰零玖元伍角"),
        (600_714, "陆仟零柒元壹角肆分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (1_000_000_100, "壹仟万零壹元整"),
        (10_000_000_000, "壹亿元整"),
        (10_000_100_000, "壹亿零壹仟元整"),
        (-300_000, "负叁仟元整"),
        (10**18, ""),
    ],
)
def test_capitals_follow_the_rules_for_vouchers(fen: int, text: str) -> None:
    assert wording.capitals(fen) == text


def test_capitals_stand_on_chinese_pages_only() -> None:
    with translation.override("zh-hans"):
        assert city.capitals(300_000) == "叁仟元整"
    with translation.override("en"):
        assert city.capitals(300_000) == ""


def test_short_keeps_both_ends_of_an_address() -> None:
    assert wording.short("0x12ab34cd56ef7890aabbccddeeff0011223389ef") == "0x12ab…89ef"


def test_area_counts_hundredths_of_a_square_metre() -> None:
    assert wording.square_metres(123_456) == "1,234.56 m²"


@pytest.mark.parametrize("seconds", [253_402_214_400, 2**48 - 1, 2**63])
def test_time_beyond_the_calendar_has_no_end(seconds: int) -> None:
    with translation.override("en"):
        assert city.time(seconds) == city.day(seconds) == "without end"
        assert city.day(253_402_214_399) == '<time datetime="9999-12-31">31 Dec 9999</time>'


@pytest.mark.parametrize(
    ("language", "zone", "text"),
    [
        ("zh-hans", "北京时间（Asia/Shanghai，UTC+8）", "2026年11月22日 11:03:21"),
        ("en", "Beijing time (Asia/Shanghai, UTC+8)", "22 Nov 2026 11:03:21"),
    ],
)
def test_time_is_shown_in_shanghai_with_its_zone(language: str, zone: str, text: str) -> None:
    with translation.override(language):
        assert city.time(1_795_316_601) == f'<time datetime="2026-11-22T11:03:21+08:00" title="{zone}">{text}</time>'
