"""What is where."""

from django.urls import path

from pages.views import menu

urlpatterns = [path("menu/<city>/", menu)]
