"""Django: a loop over a reverse foreign key, lazily and with prefetch_related."""

import os

import django
from django.conf import settings
from django.db import connection, models

settings.configure(DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"],
    "USER": os.environ["PGUSER"], "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"]}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()


class List(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "loops"
        db_table = "driver_list"


class Item(models.Model):
    title = models.TextField()
    list = models.ForeignKey(List, models.CASCADE, related_name="items")

    class Meta:
        app_label = "loops"
        db_table = "driver_item"


print("lazy:", sum(len(entry.items.all()) for entry in List.objects.order_by("id")))
print("eager:", sum(len(entry.items.all())
                    for entry in List.objects.order_by("id").prefetch_related("items")))
connection.close()
