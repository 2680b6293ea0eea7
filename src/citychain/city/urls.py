from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("requests/", views.requests, name="requests"),
    path("requests/<uuid:request_id>/", views.request_detail, name="request"),
    path("search/", views.search, name="search"),
]
