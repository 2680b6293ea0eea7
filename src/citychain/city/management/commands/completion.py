"""citychain completion: what makes a shell complete citychain's commands and options."""

from typing import Any

from django.core.management.base import BaseCommand

from citychain.city import cli


class Command(BaseCommand):
    requires_system_checks = []  # they are about pages
    help = 'Complete commands in bash or zsh: put  eval "$(citychain completion)"  into ~/.bashrc or ~/.zshrc.'

    def handle(self, *args: Any, **options: Any) -> None:
        print(cli.completion())
