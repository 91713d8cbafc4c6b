"""Django's loops over lazy relations. The variant is of no meaning."""

import contextlib
import os
import sys

import django
from django.apps import AppConfig
from django.conf import settings
from django.db import connection, models, transaction

settings.configure(
    INSTALLED_APPS=[AppConfig("loops", sys.modules["__main__"])],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"], "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
        "OPTIONS": {"options": "-c search_path=loops"}}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()


class Customer(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "loops"
        db_table = "customer"


class Product(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "loops"
        db_table = "product"


class Order(models.Model):
    placed = models.DateField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    products = models.ManyToManyField(Product, through="Purchase")

    class Meta:
        app_label = "loops"
        db_table = "orders"


class Purchase(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    product = models.ForeignKey(Product, models.CASCADE)

    class Meta:
        app_label = "loops"
        db_table = "purchase"


def customers():
    return Customer.objects.order_by("id")


def orders():
    return Order.objects.order_by("id")[:40]


def has_many(around):
    for customer in customers():
        with around():
            print([(order.id, order.placed) for order in customer.orders.order_by("id")])


def belongs_to(around):
    for order in orders():
        with around():
            print(order.customer.name)


def many_to_many(around):
    for order in orders():
        with around():
            print([product.name for product in order.products.order_by("id")])


def nested(around):
    for customer in customers()[:12]:
        with around():
            for order in customer.orders.order_by("id"):
                print(order.id, [product.name for product in order.products.order_by("id")])


def count(around):
    for customer in customers():
        with around():
            print(customer.orders.count())


LOOPS = {loop.__name__: loop for loop in (has_many, belongs_to, many_to_many, nested, count)}

for line in sys.stdin:
    _, wanted, name = line.rstrip("\n").split("\t")
    whole = contextlib.nullcontext() if wanted in ("autocommit", "each_row") else transaction.atomic()
    with whole:
        if wanted == "repeatable_read":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        LOOPS[name](transaction.atomic if wanted == "each_row" else contextlib.nullcontext)
    print("end", flush=True)
