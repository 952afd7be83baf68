"""Pages of a Django site."""

from django.shortcuts import render

DISHES = {"Bern": ["soup", "rösti"], "Basel": ["leckerli"]}


def menu(request, city):
    dishes = DISHES.get(city, [])
    return render(request, "menu.html", {"city": city, "dishes": dishes})
