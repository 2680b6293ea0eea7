from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("requests/", views.requests, name="requests"),
    path("requests/<uuid:request_id>/", views.request_detail, name="request"),
    path("erc7730/<str:key>.json", views.descriptor, name="descriptor"),
    path("search/", views.search, name="search"),
]
