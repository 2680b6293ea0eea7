from django.urls import path

from . import views

urlpatterns = [
    path("", views.overview, name="money"),
    path("send/", views.send, name="money-send"),
    path("accounts/<str:bank>/<str:holder>/", views.statement, name="money-statement"),
]
