from django.urls import path
from django.views.i18n import set_language

from . import views

urlpatterns = [
    path("healthz", views.health, name="health"),
    path("act-as/", views.act_as, name="act-as"),
    path("language/", set_language, name="set_language"),
    path("live/", views.live, name="live"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("portal/styleguide/", views.styleguide, name="styleguide"),
    path("chain/blocks/<int:number>/", views.block, name="block"),
    path("chain/tx/<str:tx>/", views.transaction, name="transaction"),
    path("chain/accounts/<str:address>/", views.account, name="account"),
]
