"""What simulated readers are called and say of a book: a few names and sentences of our own."""

import numpy as np

FIRST_NAMES = (
    "Ada Amir Anaïs Bela Bruno Carmen Chidi Clara Daichi Dana Elif Emil Esther Farid Femke Gita "
    "Goran Hana Hugo Ines Ivan Jana Joao Kira Lars Leila Linnea Marek Mei Milo Nadia Niko Noor "
    "Oskar Paula Priya Rafael Rosa Samir Sanna Tariq Tessa Uma Viktor Wanjiru Xenia Yusuf Zoë"
).split()

# By stars, lowest first. Short on purpose: they stand beside true descriptions of true books.
SENTENCES: dict[int, tuple[str, ...]] = {
    1: (
        "I gave up halfway.",
        "Not for me at all, and I tried twice.",
        "Could not tell the characters apart and stopped caring which was which.",
    ),
    2: (
        "A fine idea that never gets going.",
        "Two good chapters do not make a book.",
        "I expected more after all I had heard.",
    ),
    3: (
        "Good in parts, slow in others.",
        "Pleasant enough, though I remember little of it a week later.",
        "The middle drags; the ending makes up for some of it.",
        "Glad to have read it, would not read it again.",
    ),
    4: (
        "Took me by surprise. I will look for more from this author.",
        "Read it on the train and missed my stop.",
        "Clever, warm and just long enough.",
        "A slow start, then I could not put it down.",
        "Lent it to my sister and have not seen it since.",
    ),
    5: (
        "One of the best things I have read this year.",
        "I started again as soon as I had finished.",
        "Every sentence earns its place.",
        "I have bought three copies to give away.",
        "Stayed up until four. No regrets.",
    ),
}
SAY_SOMETHING = 0.35
"""Share of ratings that come with a sentence."""


def reader_name(number: int) -> str:
    """ "Ada B.", "Ada C.", …: as many names as there are numbers."""
    turn, place = divmod(number, len(FIRST_NAMES))
    return f"{FIRST_NAMES[place]} {chr(ord('A') + turn % 26)}."


def review_texts(stars: list[int], seed: int) -> list[str]:
    """A sentence or "" for each rating; the same seed says the same."""
    random = np.random.default_rng(seed)
    speaks = random.random(len(stars)) < SAY_SOMETHING
    picks = random.random(len(stars))
    return [
        SENTENCES[star][int(pick * len(SENTENCES[star]))] if speak else ""
        for star, speak, pick in zip(stars, speaks.tolist(), picks.tolist(), strict=True)
    ]
