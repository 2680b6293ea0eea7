from django.urls import path, re_path

from . import document_views, feed_views, filing_views, history_views, offer_views, views
from .forms import ACTS

urlpatterns = [
    path("", views.leases, name="leases"),
    path("apply/", offer_views.apply, name="lease-apply"),
    path("applications/<int:application_id>/", offer_views.answer, name="lease-application"),
    path("offer/", offer_views.write, name="lease-write"),
    path("offers/sign/", offer_views.sign, name="lease-offer-sign"),
    path("offers/prepare/", offer_views.prepare, name="lease-offer-prepare"),
    re_path(r"^offers/(?P<terms_hash>0x[0-9a-f]{64})/$", offer_views.offer, name="lease-offer"),
    path("history/check/", history_views.check, name="lease-history-check"),
    path("history/prepare/", history_views.prepare, name="lease-history-prepare"),
    path("history/sign/", history_views.sign, name="lease-history-sign"),
    path("<int:lease_id>/history/", history_views.history, name="lease-history"),
    path("calendar/", feed_views.calendar, name="lease-calendar"),
    re_path(r"^calendar/(?P<secret>[A-Za-z0-9_-]{32})\.ics$", feed_views.feed, name="lease-calendar-feed"),
    path("filings/", filing_views.filings, name="filings"),
    path("<int:lease_id>/messages/", document_views.messages, name="lease-messages"),
    path("<int:lease_id>/messages/<int:position>/done/", document_views.repaired, name="lease-repaired"),
    path("<int:lease_id>/photos/<uuid:photo_id>/", document_views.photo, name="lease-photo"),
    path("<int:lease_id>/readings/", document_views.readings, name="lease-readings"),
    path("<int:lease_id>/certificate/", filing_views.certificate, name="lease-certificate"),
    path("<int:lease_id>/", views.lease, name="lease"),
    re_path(rf"^(?P<lease_id>[0-9]{{1,18}})/(?P<name>{'|'.join(ACTS)})/$", views.act, name="lease-act"),
]
