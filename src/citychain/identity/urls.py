from django.urls import path

from . import desk, passkey_views, views

urlpatterns = [
    path("institutions/", views.institutions, name="institutions"),
    path("institutions/<int:institution_id>/", views.institution, name="institution"),
    path("institutions/<int:institution_id>/<slug:name>/", desk.act, name="institution-act"),
    path("sign/", views.sign, name="sign"),
    path("sign/prepare/", views.prepare, name="sign-prepare"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/message/", views.sign_in_message, name="sign-in-message"),
    path("sign-in/passkey/", passkey_views.sign_in, name="sign-in-passkey"),
    path("sign-in/passkey/message/", passkey_views.message, name="sign-in-passkey-message"),
    path("passkeys/", passkey_views.mine, name="passkey"),
    path("passkeys/new/", passkey_views.register, name="passkey-new"),
    path("passkeys/opened/", passkey_views.opened, name="passkey-opened"),
    path("passkeys/guardians/", passkey_views.guardians, name="passkey-guardians"),
    path("passkeys/veto/", passkey_views.veto, name="passkey-veto"),
    path("passkeys/veto/signed/", passkey_views.signed_veto, name="passkey-signed-veto"),
    path("passkeys/veto/challenge/", passkey_views.veto_challenge, name="passkey-veto-challenge"),
    path("passkeys/lost/", passkey_views.lost, name="passkey-lost"),
    path("passkeys/wards/", passkey_views.wards, name="passkey-wards"),
    path("sign-in/sessions/", views.sign_ins, name="sign-ins"),
]
