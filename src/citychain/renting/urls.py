from django.urls import path, re_path

from . import views
from .desk import acts
from .desk_forms import ACTS

urlpatterns = [
    path("", views.titles, name="titles"),
    path("map.json", views.titles_map, name="titles-map"),
    path("register/", views.register, name="title-register"),
    path("<int:title_id>/", views.title, name="title"),
    re_path(rf"^(?P<title_id>[0-9]{{1,18}})/(?P<name>{'|'.join(ACTS)})/$", acts.act, name="title-act"),
]
