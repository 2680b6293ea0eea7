from citychain.portal import places


def test_city_has_three_counties_and_all_towns_and_villages() -> None:
    assert [county.name_zh for county in places.counties()] == ["容城县", "安新县", "雄县"]
    assert len(places.towns()) == 36
    assert sum(len(places.villages(town.code)) for town in places.towns()) == 700


def test_every_town_and_village_lies_in_its_county() -> None:
    for town in places.towns():
        rings = places._rings(town.county)
        assert places.inside(places.town_point(town.code), rings)
        assert all(places.inside(places.village_point(village.code), rings) for village in places.villages(town.code))


def test_positions_are_the_same_again() -> None:
    before = places.town_point("130638100")
    places._county_points.cache_clear()
    assert places.town_point("130638100") == before


def test_county_area_is_the_published_one() -> None:
    assert sum(county.area for county in places.counties()) == 1_557_963_730


def test_unknown_codes_are_shown_as_they_are() -> None:
    assert places.town("1") is None
    assert places.town_name("1") == "1"
    assert places.villages("1") == ()
