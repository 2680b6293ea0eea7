from django.urls import path, re_path

from . import desk, people, statement_pages, views
from .bank_forms import BANK_DESK
from .court_forms import COURT_DESK

urlpatterns = [
    path("", views.overview, name="money"),
    path("send/", views.send, name="money-send"),
    path("ask/", people.ask, name="money-ask"),
    path("contacts/", people.book, name="money-contacts"),
    path("accounts/<str:bank>/<str:holder>/", statement_pages.statement, name="money-statement"),
    path("desk/", desk.desk, name="money-desk"),
    re_path(r"^desk/(?P<address>0x[0-9a-fA-F]{40})/movements/$", desk.movements, name="money-desk-movements"),
    re_path(
        rf"^desk/(?P<address>0x[0-9a-fA-F]{{40}})/(?P<name>{'|'.join((*BANK_DESK, *COURT_DESK))})/$",
        desk.step,
        name="money-desk-step",
    ),
]
