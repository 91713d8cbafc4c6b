"""Django's loops over lazy relations. The variant is of no meaning."""

import contextlib
import os
import sys

import django
from django.apps import AppConfig
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction

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


def save(around):
    """What is written and goes again, an error between."""
    with around():
        Customer.objects.create(id=1000, name="a new one")
        for i in range(1, 4):
            order = Order.objects.create(id=1000 + i, customer_id=1000, placed=f"2024-05-0{i}")
            Purchase.objects.create(id=1000 + order.id, order=order,
                                    product=Product.objects.get(id=order.id % 30 + 1))
    try:
        with transaction.atomic():
            Customer.objects.create(id=1000, name="twice")
    except IntegrityError:
        print("refused")
    with around():
        customer = Customer.objects.get(id=1000)
        customer.name = "renamed"
        customer.save()
        for order in customer.orders.order_by("id"):
            print(order.id, [product.name for product in order.products.order_by("id")])
        customer.delete()
    print("saved")


LOOPS = {loop.__name__: loop
         for loop in (has_many, belongs_to, many_to_many, nested, count, save)}

for line in sys.stdin:
    _, wanted, name = line.rstrip("\n").split("\t")
    whole = contextlib.nullcontext() if wanted in ("autocommit", "each_row") else transaction.atomic()
    with whole:
        if wanted == "repeatable_read":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        LOOPS[name](transaction.atomic if wanted == "each_row" else contextlib.nullcontext)
    print("end", flush=True)
