"""A site without a database."""

from pathlib import Path

SECRET_KEY = "of no use to anybody"
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "pages.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [Path(__file__).parent / "templates"]}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
