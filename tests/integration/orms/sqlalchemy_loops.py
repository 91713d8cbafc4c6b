"""SQLAlchemy's loops over lazy relations. The variant is the driver."""

import asyncio
import sys

from sqlalchemy import Column, Date, ForeignKey, Integer, Table, Text, create_engine, func, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session, declarative_base, relationship

Base = declarative_base()

purchase = Table("purchase", Base.metadata,
                 Column("order_id", ForeignKey("loops.orders.id"), primary_key=True),
                 Column("product_id", ForeignKey("loops.product.id"), primary_key=True),
                 schema="loops")


class Customer(Base):
    __tablename__ = "customer"
    __table_args__ = {"schema": "loops"}
    id = Column(Integer, primary_key=True)
    name = Column(Text)
    orders = relationship("Order", order_by="Order.id", back_populates="customer")


class Product(Base):
    __tablename__ = "product"
    __table_args__ = {"schema": "loops"}
    id = Column(Integer, primary_key=True)
    name = Column(Text)


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = {"schema": "loops"}
    id = Column(Integer, primary_key=True)
    placed = Column(Date)
    customer_id = Column(ForeignKey("loops.customer.id"))
    customer = relationship("Customer", back_populates="orders")
    products = relationship("Product", secondary=purchase, order_by="Product.id")


def customers(session):
    return session.scalars(select(Customer).order_by(Customer.id))


def orders(session):
    return session.scalars(select(Order).order_by(Order.id).limit(40)).all()


def has_many(session):
    for customer in customers(session).all():
        print([(order.id, order.placed) for order in customer.orders])


def belongs_to(session):
    for order in orders(session):
        print(order.customer.name)


def many_to_many(session):
    for order in orders(session):
        print([product.name for product in order.products])


def nested(session):
    for customer in customers(session).all()[:12]:
        for order in customer.orders:
            print(order.id, [product.name for product in order.products])


def count(session):
    for customer in customers(session).all():
        print(session.scalar(select(func.count()).select_from(Order)
                             .where(Order.customer_id == customer.id)))


LOOPS = {loop.__name__: loop for loop in (has_many, belongs_to, many_to_many, nested, count)}
LEVELS = {"autocommit": "AUTOCOMMIT", "read_committed": "READ COMMITTED",
          "repeatable_read": "REPEATABLE READ"}


def run_sync(engine, level, loop):
    with Session(engine.execution_options(isolation_level=level)) as session:
        loop(session)


async def run_async(engine, level, loop):
    async with engine.execution_options(isolation_level=level).connect() as connection:
        await connection.run_sync(lambda plain: loop(Session(plain)))


engines = {"psycopg2": lambda: create_engine("postgresql+psycopg2://"),
           "asyncpg": lambda: create_async_engine("postgresql+asyncpg://",
                                                  connect_args={"ssl": False})}
events = asyncio.new_event_loop()
made = {}
for line in sys.stdin:
    variant, transaction, name = line.rstrip("\n").split("\t")
    engine = made.setdefault(variant, None) or engines[variant]()
    made[variant] = engine
    if variant == "psycopg2":
        run_sync(engine, LEVELS[transaction], LOOPS[name])
    else:
        events.run_until_complete(run_async(engine, LEVELS[transaction], LOOPS[name]))
    print("end", flush=True)
