"""Books, their authors and categories, and their words under GIN."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Author(models.Model):
    name = models.TextField(unique=True)


class Category(models.Model):
    name = models.TextField(unique=True)


class Book(models.Model):
    title = models.TextField()
    description = models.TextField()
    text = models.TextField()
    language = models.TextField()
    price = models.IntegerField()
    stock = models.IntegerField()
    authors = models.ManyToManyField(Author)
    categories = models.ManyToManyField(Category)
    words = SearchVectorField(null=True)

    class Meta:
        indexes = (GinIndex(fields=["words"], name="book_words"),)
