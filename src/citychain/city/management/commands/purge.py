"""citychain purge: deletes private documents whose time is over. Run it daily."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from citychain.identity import recovery, sessions, shared
from citychain.indexer import queries as index
from citychain.money.services import purge_notes
from citychain.outbox.models import Request
from citychain.portal.incidents import incident
from citychain.programs import webhooks
from citychain.renting.leases import documents, offers
from citychain.renting.listings.services import purge_descriptions as purge_homes
from citychain.renting.services import purge_deeds
from citychain.renting.units_services import purge_descriptions


class Command(BaseCommand):
    help = "Delete private documents whose retention is over (docs/operations.md); what the record holds stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[Request.objects.db]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten in the file
        deleted = {"notes": purge_notes(), "sessions": sessions.purge(), "deliveries": webhooks.purge()}
        deleted |= {"proposals": shared.purge()}
        trouble = incident(index.head())
        if trouble is not None and trouble.kind != "waiting":
            raise CommandError("The read model is not up to date: no deed was deleted. Run it again when it is.")
        deleted |= {"deeds": purge_deeds(), "descriptions": purge_descriptions(), "homes": purge_homes()}
        deleted |= {"passkeys": recovery.purge(), "applications": offers.purge_applications(), "offers": offers.purge()}
        deleted |= documents.purge()
        words = (
            "Deleted: {notes} notes, {sessions} sessions, {deliveries} deliveries, {proposals} proposals, {deeds} "
            "deeds, {descriptions} descriptions of units and {homes} of listings, {passkeys} passkeys, {applications} "
            "applications, {offers} offers of leases, {papers} papers, {photos} photos and {messages} messages of old "
            "leases."
        )
        print(json.dumps(deleted) if options["json"] else words.format(**deleted))
