"""All addresses of the portal and the API."""

from django.urls import include, path

from citychain.api import api, openapi, reference, refusals
from citychain.city import bulk
from citychain.outbox.views import monitoring

urlpatterns = [
    path("api/docs", reference, name="api-docs"),
    path("api/openapi.json", openapi, name="api-schema"),
    path("api/", api.urls),
    path("errors/", refusals, name="refusals"),
    path("exports/", bulk.overview, name="exports"),
    path("exports/<str:table>.<str:form>", bulk.download, name="export"),
    path("metrics", monitoring, name="metrics"),
    path("", include("citychain.city.urls")),
    path("", include("citychain.portal.urls")),
    path("", include("citychain.identity.urls")),
    path("titles/", include("citychain.renting.urls")),
    path("homes/", include("citychain.renting.listings.urls")),
    path("leases/", include("citychain.renting.leases.urls")),
    path("leases/figures/", include("citychain.renting.statistics.urls")),
    path("money/", include("citychain.money.urls")),
    path("programs/", include("citychain.programs.urls")),
]
