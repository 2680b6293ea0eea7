from django.urls import path

from . import views

urlpatterns = [
    path("", views.titles, name="titles"),
    path("map.json", views.titles_map, name="titles-map"),
    path("register/", views.register, name="title-register"),
    path("<int:title_id>/", views.title, name="title"),
]
