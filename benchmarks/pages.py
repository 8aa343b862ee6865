"""Pages whose tables are written by commands: each stands between its own marks."""

import re


def placed(page: str, name: str, found: str) -> str:
    """The page with a table between `<!-- NAME -->` and `<!-- end -->`.

    Raises ValueError where these marks are missing.
    """
    marks = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not marks.search(page):
        raise ValueError(f"the page has no <!-- {name} --> … <!-- end -->")
    return marks.sub(lambda mark: f"{mark[1]}\n{found}\n\n{mark[2]}", page)


def tables(page: str) -> dict[str, list[list[str]]]:
    """The first table between marks, where there is one: rows, headings first, without the rule."""
    marked = re.findall(r"<!-- (\S+) -->\n(.*?)<!-- end -->", page, re.DOTALL)
    found = {name: _first_table(text) for name, text in marked}
    return {name: rows for name, rows in found.items() if rows}


def _first_table(text: str) -> list[list[str]]:
    lines = [line for line in text.strip().partition("\n\n")[0].splitlines() if line[:1] == "|"]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [row for row in rows if not set("".join(row)) <= set("-")]
