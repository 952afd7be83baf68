"""What startproject writes, and the port that the environment wants."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pages.settings")
    from django.core.management import execute_from_command_line
    from django.core.management.commands.runserver import Command

    Command.default_port = os.environ.get("DJANGO_PORT", Command.default_port)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
