"""Every link of the portal leads somewhere, whoever reads; and the tests that look at all pages forget none."""

from .pages import NO_PAGE, UNLINKED, Tour, kinds


def test_every_link_leads_to_a_page_and_every_anchor_exists(tour: Tour) -> None:
    assert tour.broken == {}


def test_every_page_is_looked_at(tour: Tour) -> None:
    """A page that no link leads to is named in pages.UNLINKED; an address without a page in pages.NO_PAGE."""
    looked_at = {visit.kind for visit in tour.all()}
    assert sorted(kinds() - looked_at - set(NO_PAGE)) == []
    assert sorted(set(NO_PAGE) - kinds()) == []


def test_lists_of_pages_do_not_overlap() -> None:
    assert {kind for kind, _reader, _path in UNLINKED} & set(NO_PAGE) == set()
