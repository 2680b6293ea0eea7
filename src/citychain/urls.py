"""All addresses of the portal and the API."""

from django.urls import include, path

urlpatterns = [
    path("", include("citychain.city.urls")),
    path("", include("citychain.portal.urls")),
    path("institutions/", include("citychain.identity.urls")),
    path("titles/", include("citychain.renting.urls")),
    path("money/", include("citychain.money.urls")),
]
