"""Two tables of the shop mapped with SQLAlchemy, with its default: lazy relationships."""

from typing import Any, List

from sqlalchemy import Column, ForeignKey, Integer, Text
from sqlalchemy.orm import Session, declarative_base, relationship

Base = declarative_base()


class Department(Base):
    __tablename__ = "department"
    id = Column(Integer, primary_key=True)
    name = Column(Text)
    employees = relationship("Employee", order_by="Employee.id")


class Employee(Base):
    __tablename__ = "employee"
    id = Column(Integer, primary_key=True)
    department_id = Column(Integer, ForeignKey("department.id"))
    name = Column(Text)


def department_employees(session: Session) -> List[Any]:
    departments = session.query(Department).order_by(Department.name)
    return [(department.name, [employee.name for employee in department.employees])
            for department in departments]
