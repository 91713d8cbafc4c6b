"""Two tables of the shop mapped with Django, whose foreign keys load on access."""

from typing import Any, List

import django
from django.conf import settings

# Databases are added by alias as the demo learns where they are.
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.dummy"}},
                   INSTALLED_APPS=[], USE_TZ=False, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()

from django.db import connections, models  # noqa: E402  (needs the settings)


class Product(models.Model):
    name = models.TextField()
    price = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        app_label = "shop"
        db_table = "product"
        managed = False


class OrderItem(models.Model):
    product = models.ForeignKey(Product, on_delete=models.DO_NOTHING)
    quantity = models.IntegerField()

    class Meta:
        app_label = "shop"
        db_table = "order_item"
        managed = False


def item_product(alias: str) -> List[Any]:
    items = OrderItem.objects.using(alias).order_by("id")[:40]
    return [(item.quantity, item.product.name) for item in items]


def first_use(alias: str) -> List[Any]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchall()
