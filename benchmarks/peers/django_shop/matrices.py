"""What similar books are found by: cosines of readers and of words, every pair of books."""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from benchmarks.peers.django_shop.models import Book

READERS, READ = 2_000, 40
WORDS = 500


class Matrices:
    """(books, books) float32 each, made once when the server starts."""

    readers: np.ndarray
    texts: np.ndarray

    @classmethod
    def make(cls) -> None:
        texts = list(Book.objects.order_by("id").values_list("text", flat=True))
        tfidf = TfidfVectorizer(max_features=WORDS).fit_transform(texts)
        cls.texts = cosine_similarity(tfidf, dense_output=True).astype(np.float32)
        drawn = np.random.default_rng(3)
        ratings = np.zeros((len(texts), READERS), np.float32)
        for reader in range(READERS):
            read = (len(texts) * drawn.random(READ) ** 3).astype(int)
            ratings[read, reader] = drawn.integers(1, 6, READ)
        cls.readers = cosine_similarity(ratings).astype(np.float32)
