"""Search and similar books, as the frameworks' manuals show models, serializers and pages."""

from typing import Any

import numpy as np
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Count, F
from django.urls import path
from django.views.decorators.cache import cache_page
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.peers.django_shop.matrices import Matrices
from benchmarks.peers.django_shop.models import Author, Book, Category

SIMILAR = 10


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ("id", "name")


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ("id", "name")


class BookSerializer(serializers.ModelSerializer):
    authors = AuthorSerializer(many=True)
    categories = CategorySerializer(many=True)

    class Meta:
        model = Book
        fields = ("id", "title", "price", "stock", "language", "authors", "categories")


class Search(generics.ListAPIView):
    """Both words, best rank first, with counts of categories, languages and availability."""

    serializer_class = BookSerializer

    def matching(self) -> Any:
        query = SearchQuery(self.request.query_params.get("q", ""), config="simple")
        return Book.objects.filter(words=query), query

    def get_queryset(self) -> Any:
        found, query = self.matching()
        ranked = found.annotate(rank=SearchRank(F("words"), query)).order_by("-rank", "id")
        return ranked.prefetch_related("authors", "categories")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().list(request, *args, **kwargs)
        if request.query_params.get("facets") != "":
            found, _ = self.matching()
            answer.data["facets"] = {
                "category": _counted(found, "categories__name"),
                "language": _counted(found, "language"),
                "in_stock": found.filter(stock__gt=0).count(),
            }
        return answer


def _counted(found: Any, field: str) -> dict[str, int]:
    return dict(found.values_list(field).annotate(Count("id")).order_by())


class Similar(APIView):
    def get(self, request: Any, book_id: int) -> Any:
        scores = 0.6 * Matrices.readers[book_id - 1] + 0.4 * Matrices.texts[book_id - 1]
        scores[book_id - 1] = -1
        best = np.argsort(scores)[::-1][:SIMILAR]
        found = Book.objects.prefetch_related("authors", "categories").in_bulk((best + 1).tolist())
        books = [found[number] for number in (best + 1).tolist()]
        return Response({"results": BookSerializer(books, many=True).data})


class Ready(APIView):
    def get(self, request: Any) -> Any:
        return Response({"books": Book.objects.count()})


CACHED_SECONDS = 600

urlpatterns = [
    path("cached/search", cache_page(CACHED_SECONDS)(Search.as_view())),
    path("cached/books/<int:book_id>/similar", cache_page(CACHED_SECONDS)(Similar.as_view())),
    path("search", Search.as_view()),
    path("books/<int:book_id>/similar", Similar.as_view()),
    path("ready", Ready.as_view()),
]
