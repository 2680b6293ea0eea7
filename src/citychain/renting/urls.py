from django.urls import path, re_path

from . import views
from .desk import acts, comparing, files
from .desk_forms import ACTS

urlpatterns = [
    path("", views.titles, name="titles"),
    path("map.json", views.titles_map, name="titles-map"),
    path("register/", views.register, name="title-register"),
    path("compare/", comparing.compare, name="titles-compare"),
    path("files/", files.upload, name="title-files"),
    path("files/template.csv", files.template, name="title-file-template"),
    path("files/sign/", files.confirm, name="title-file-sign"),
    path("files/<slug:key>/", files.progress, name="title-file"),
    path("files/<slug:key>/rest/", files.rest, name="title-file-rest"),
    path("<int:title_id>/", views.title, name="title"),
    re_path(rf"^(?P<title_id>[0-9]{{1,18}})/(?P<name>{'|'.join(ACTS)})/$", acts.act, name="title-act"),
]
