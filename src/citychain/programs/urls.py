from django.urls import path

from . import views

urlpatterns = [
    path("", views.overview, name="programs"),
    path("keys/", views.make_key, name="api-key-make"),
    path("keys/revoke/", views.revoke_key, name="api-key-revoke"),
    path("webhooks/", views.add_webhook, name="webhook-add"),
    path("webhooks/<uuid:webhook_id>/", views.webhook, name="webhook"),
]
