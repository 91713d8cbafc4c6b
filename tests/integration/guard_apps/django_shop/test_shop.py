from shop.models import Book


def listing(query):
    return [(book.title, book.author.name) for book in query]


def test_list(books):
    assert len(listing(Book.objects.all())) == 10


def test_short_list(books):
    assert len(listing(Book.objects.order_by("id")[:3])) == 3


def test_repaired_list(books):
    assert len(listing(Book.objects.select_related("author"))) == 10


class TestSearch:
    def test_found(self, books):
        assert len(listing(Book.objects.filter(title__contains="book"))) == 10
