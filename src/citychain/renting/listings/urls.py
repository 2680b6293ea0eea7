from django.urls import path, re_path

from . import act_views, views
from .forms import ACTS

urlpatterns = [
    path("", views.homes, name="homes"),
    path("compare/", views.compare, name="homes-compare"),
    path("offer/", act_views.offer, name="home-offer"),
    path("<int:listing_id>/", views.listing, name="home-listing"),
    re_path(rf"^(?P<listing_id>[0-9]{{1,18}})/(?P<name>{'|'.join(ACTS)})/$", act_views.act, name="home-act"),
]
