from django.urls import path

from . import views

urlpatterns = [
    path("institutions/", views.institutions, name="institutions"),
    path("institutions/<int:institution_id>/", views.institution, name="institution"),
    path("sign/", views.sign, name="sign"),
    path("sign/prepare/", views.prepare, name="sign-prepare"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/message/", views.sign_in_message, name="sign-in-message"),
    path("sign-in/sessions/", views.sign_ins, name="sign-ins"),
]
