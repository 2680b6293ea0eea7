from django.urls import path

from . import views

urlpatterns = [
    path("", views.institutions, name="institutions"),
    path("<int:institution_id>/", views.institution, name="institution"),
    path("sign/", views.sign, name="sign"),
]
