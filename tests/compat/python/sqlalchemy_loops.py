"""SQLAlchemy: a loop over a relationship, lazily and with selectinload."""

from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload


class Base(DeclarativeBase):
    pass


class List(Base):
    __tablename__ = "driver_list"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    items: Mapped[list["Item"]] = relationship()


class Item(Base):
    __tablename__ = "driver_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    list_id: Mapped[int] = mapped_column(ForeignKey("driver_list.id"))


engine = create_engine("postgresql+psycopg://")
with Session(engine) as session:
    print("lazy:", sum(len(entry.items) for entry in session.scalars(select(List).order_by(List.id))))
with Session(engine) as session:
    lists = session.scalars(select(List).order_by(List.id).options(selectinload(List.items)))
    print("eager:", sum(len(entry.items) for entry in lists))
engine.dispose()
