from django.urls import path
from django.views.i18n import set_language

from . import chain, views

urlpatterns = [
    path("healthz", views.health, name="health"),
    path("act-as/", views.act_as, name="act-as"),
    path("language/", set_language, name="set_language"),
    path("live/", views.live, name="live"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("portal/styleguide/", views.styleguide, name="styleguide"),
    path("chain/blocks/<int:number>/", chain.block, name="block"),
    path("chain/tx/<str:tx>/", chain.transaction, name="transaction"),
    path("chain/contracts/<str:address>/", chain.contract, name="contract"),
    path("chain/accounts/<str:address>/", chain.account, name="account"),
]
