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
