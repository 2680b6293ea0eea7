from django.urls import path

from . import activity, happenings, keepers, operating, proposals, views

urlpatterns = [
    path("", views.home, name="home"),
    path("requests/", views.requests, name="requests"),
    path("requests/<uuid:request_id>/", views.request_detail, name="request"),
    path("proposals/", proposals.proposals, name="proposals"),
    path("proposals/enter/", proposals.enter, name="proposals-enter"),
    path("proposals/<uuid:proposal_id>/", proposals.proposal, name="proposal"),
    path("proposals/<uuid:proposal_id>/prepare/", proposals.prepare, name="proposal-prepare"),
    path("erc7730/<str:key>.json", views.descriptor, name="descriptor"),
    path("operator/", operating.overview, name="operator"),
    path("operator/logs/<str:worker>/", operating.log, name="operator-log"),
    path("network/", keepers.page, name="keepers"),
    path("activity/<str:kind>.csv", activity.figures, name="activity-figures"),
    path("activity/<str:kind>/<str:period>/", happenings.records, name="activity"),
    path("search/", views.search, name="search"),
]
