import pytest

pytest_plugins = ["pytest_django_tag"]


@pytest.fixture
def books(db):
    """Ten books by ten authors, written one by one: the fixture's loop, not a test's."""
    from shop.models import Author, Book
    return [Book.objects.create(title=f"book {n}", author=Author.objects.create(name=f"author {n}"))
            for n in range(10)]
