"""Where the numbers in a page's tables and cards come from.

A number is *tied* if it stands in an estimate that the run on the page's downloads holds with
that value, or if what it stands in is taken from the claims file or from the run: a text word for
word, a value or n of a claim that the row names, the n, k or interval of an estimate in the row.
Numbers in labels, of a row or of a headline card, are names, as are those of models and citations.
Tables inside a box of the class ``given`` and the columns that the test lists hold what was set and
not what was found. What is left is an orphan.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from os.path import relpath
from pathlib import Path

import yaml
from page_tree import Node, Tree, inside

from smallprint.display import interval_text, value_text
from smallprint.records import RunFile

NUMBER = re.compile(r"(?<![\w.,])[-\u2212]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w])")
NAME = re.compile(r"[A-Za-z]+[- ]\d+(?:\.\d+)?")
LETTERS = re.compile(r"[^\W\d_]{2,}")
CARDS = {"headline-card": ("headline-value", "headline-interval"), "claim-card": ()}


@dataclass
class Source:
    """A page's downloads: the run and the claims behind its numbers."""

    run: RunFile
    claims: dict

    @classmethod
    def read(cls, folder: Path) -> "Source":
        """Read the downloads folder of a page."""
        run = RunFile.model_validate_json((folder / "estimates.json").read_text(encoding="utf-8"))
        claims = folder / "claims.yaml"
        found = yaml.safe_load(claims.read_text(encoding="utf-8")) if claims.is_file() else {}
        return cls(run, found)

    @cached_property
    def by_id(self) -> dict:
        """Estimates by id."""
        return {estimate.id: estimate for estimate in self.run.estimates}

    @cached_property
    def texts(self) -> str:
        """Every text of the run and of the claims, with its spaces made one."""
        dumped = self.run.model_dump(mode="json", exclude={"cells"})
        return "\n".join(plain(text) for text in (*strings(dumped), *strings(self.claims)))

    @cached_property
    def recomputed(self) -> set[str]:
        """What audits and notes say was recomputed; it can be a bare number."""
        return {plain(found.recomputed) for found in (*self.run.audits, *self.run.notes)}

    @cached_property
    def specifications(self) -> dict[str, int]:
        """By the estimates of a spread, how many specifications it covers."""
        return {
            id: quotation.specifications
            for quotation in self.run.quotations
            for id in quotation.spread.values()
        }

    @cached_property
    def names(self) -> re.Pattern:
        """The numbers in names of models, with the word before them: Opus 4, gpt-4.1."""
        models = self.claims.get("models") or {}
        said = [*models, *(model["name"] for model in models.values())]
        found = {word for name in said for word in NAME.findall(name)}
        longest = sorted(map(re.escape, found), key=len, reverse=True)
        return re.compile("|".join(longest) or r"(?!)", re.IGNORECASE)

    @cached_property
    def entries(self) -> dict[str, str]:
        """What the claims file says, by the id of a claim or another entry, numbers included."""
        sections = (self.claims.get(name) or () for name in self.claims)
        items = (item for section in sections if isinstance(section, list) for item in section)
        found = {item["id"]: "\n".join(map(plain, strings(item))) for item in items if "id" in item}
        for matrix in (self.claims.get("matrices") or {}).values():
            for place, column in enumerate(matrix["columns"]):
                cells = (str(row[place]) for row in matrix["rows"].values())
                found[column["claim"]] = "\n".join([found.get(column["claim"], ""), *cells])
        return found


def strings(found: object) -> Iterator[str]:
    """Every text and number inside nested lists and mappings."""
    if isinstance(found, dict):
        for value in found.values():
            yield from strings(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from strings(value)
    elif found is not None:
        yield f"{found:.12g}" if isinstance(found, float) else str(found)


def plain(text: str) -> str:
    """A text without marks, with one space between words and ASCII minus signs and quotes."""
    text = text.translate(str.maketrans("\u2212\u201c\u201d\u2019\u2018\u00a0", "-\"\"'' "))
    return " ".join(re.sub(r"[†*_`]", "", text).split())


@dataclass
class Place:
    """A row of a table or a card, and what is to be tied in it."""

    name: str
    cells: list[tuple[str, Node]]
    label: bool
    caption: str = ""

    @cached_property
    def estimates(self) -> list[Node]:
        """The estimates in it."""
        nodes = (node for _, cell in self.cells for node in cell.walk())
        return [node for node in nodes if "estimate" in node.classes]

    @cached_property
    def words(self) -> set[str]:
        """Its words and those of the caption, among which ids of claims are."""
        said = [self.caption, *(cell.text() for _, cell in self.cells)]
        return set(re.findall(r"\w+", " ".join(said)))


def places(root: Node) -> Iterator[Place]:
    """Every row of every table and every card of a page."""
    for node in root.walk():
        if node.tag == "table":
            if inside(node, lambda at: "given" in at.classes):
                continue
            name, caption = name_of(node), caption_of(node)
            heads = [plain(cell.text()) for cell in node.walk() if cell.tag == "th"]
            for row in (row for row in node.walk() if row.tag == "tr"):
                cells = [cell for cell in row.children if isinstance(cell, Node)]
                cells = [cell for cell in cells if cell.tag == "td"]
                named = [*heads, *[""] * len(cells)][: len(cells)]
                yield Place(name, list(zip(named, cells, strict=True)), True, caption)
        for kind, parts in CARDS.items():
            if kind not in node.classes:
                continue
            if parts:
                found = [item for item in node.walk() if set(parts) & set(item.classes)]
                # The card's last line names its claim.
                yield Place(kind, [("", item) for item in found], False, plain(node.text()))
            for item in (item for item in node.walk() if item.tag == "li"):
                if not inside(item, lambda at: "given" in at.classes):
                    yield Place(kind, [("", item)], False)


def name_of(table: Node) -> str:
    """The label of a table, or the line that folds it away."""
    figure = inside(table, lambda at: at.tag == "figure" and "id" in at.attributes)
    fold = inside(table, lambda at: at.tag == "details")
    summary = fold and next((node for node in fold.walk() if node.tag == "summary"), None)
    return figure.attributes["id"] if figure else plain(summary.text()) if summary else "unnamed"


def caption_of(table: Node) -> str:
    """The caption of a table, which can name the claim that it shows."""
    figure = inside(table, lambda at: at.tag == "figure")
    found = figure.walk() if figure else ()
    return next((plain(node.text()) for node in found if node.tag == "figcaption"), "")


class Walker:
    """Walks the pages of a built site.

    Parameters
    ----------
    site : Path
        The folder with ``index.html``.
    given : dict
        From page and table to the columns that hold settings; ``*`` stands for
        every page, table or column. A page is named by its path below ``reports``.
    """

    def __init__(self, site: Path, given: dict[tuple[str, str], set[str]]) -> None:
        self.reports = site / "reports"
        self.given = given
        self._sources: dict[str, Source | None] = {}

    def source(self, page: str) -> Source | None:
        """The downloads of a page, if it has some."""
        if page not in self._sources:
            folder = self.reports / "downloads" / page
            found = (folder / "estimates.json").is_file()
            self._sources[page] = Source.read(folder) if found else None
        return self._sources[page]

    def orphans(self, file: Path) -> list[str]:
        """Every number of a page's tables and cards that is tied to nothing, one line each."""
        root = Tree(file.read_text(encoding="utf-8")).root
        page = relpath(file.with_suffix(""), self.reports).replace("\\", "/")
        return [
            f"{page}: {place.name}: {head}: {what}"
            for place in places(root)
            for what, head in self._place(place, page, file.stem)
        ]

    def _place(self, place: Place, page: str, stem: str) -> Iterator[tuple[str, str]]:
        sources = self._named(place, stem)
        for number, (head, cell) in enumerate(place.cells):
            for node in cell.walk():
                if "estimate" in node.classes and (problem := self._estimate(node, stem)):
                    yield problem, head
            label = place.label and number == 0 and words(cell)
            if not label and not self._is_given(page, place.name, head):
                for what in self._cell(place, cell, sources):
                    yield what, head

    def _page(self, node: Node, stem: str) -> str:
        study = node.attributes.get("data-study", "")
        return stem if stem.startswith(f"{study}--") else study

    def _named(self, place: Place, stem: str) -> list[Source]:
        pages = dict.fromkeys([stem, *(self._page(node, stem) for node in place.estimates)])
        found = [source for page in pages if (source := self.source(page))]
        # A page without a run of its own can speak of any study.
        every = (folder.name for folder in sorted((self.reports / "downloads").iterdir()))
        return found or [source for page in every if (source := self.source(page))]

    def _cell(self, place: Place, cell: Node, sources: list[Source]) -> Iterator[str]:
        text = plain(cell.text(without="estimate").replace("\0", " "))
        text = re.sub(r"and \d+ more$", "", text)
        whole = plain(cell.text())
        if any(whole in source.recomputed for source in sources):
            return
        if words(cell) and any(whole in source.texts for source in sources):
            return
        for source in sources:
            text = source.names.sub(" ", text)
        for token in NUMBER.findall(text):
            if not any(self._tied(token, whole, place, source) for source in sources):
                yield f"{token} in {whole[:80]!r}"

    def _is_given(self, page: str, table: str, head: str) -> bool:
        names = [(page, table), ("*", table), (page, "*")]
        columns = set().union(*(self.given.get(name, set()) for name in names))
        return head in columns or "*" in columns

    def _estimate(self, node: Node, stem: str) -> str:
        page, id = self._page(node, stem), node.attributes.get("data-estimate", "")
        source = self.source(page)
        estimate = source and source.by_id.get(id)
        if estimate is None:
            return f"{node.text()!r} names estimate {id!r}, which {page!r} does not hold"
        value, interval = value_text(estimate), interval_text(estimate)
        expected = (value, f"{value} {interval}", interval)
        if plain(node.text()) not in (plain(text) for text in expected):
            return f"{node.text()!r} is not {expected[0]!r}, the value of estimate {id!r}"
        return ""

    def _tied(self, token: str, whole: str, place: Place, source: Source) -> bool:
        """Whether a number belongs to an entry or an estimate that stands in the row."""
        for id in place.words & source.entries.keys():
            if token in NUMBER.findall(source.entries[id]) or amount(token) in amounts(
                source.entries[id]
            ):
                return True
        for node in place.estimates:
            estimate = source.by_id.get(node.attributes.get("data-estimate", ""))
            if estimate is None:
                continue
            said = [estimate.n, estimate.k, source.specifications.get(estimate.id)]
            said += [value_text(estimate), estimate.quantity, *estimate.condition.values()]
            if estimate.interval:
                low, high, level, _ = estimate.interval
                said += [plain(interval_text(estimate)), 100 * level]
                said += [f"{100 * end:.1f}" for end in (low, high)]
            said = plain(" ".join(map(str, said)))
            if amount(token) in amounts(said):
                return True
        # A text can be part of a longer one of the run or the claims file.
        parts = [part.strip(" .") for part in re.split(r"[;:]", whole)]
        return any(
            token in NUMBER.findall(part) and LETTERS.search(part) and part in source.texts
            for part in parts
        )


def words(cell: Node) -> bool:
    """Whether a cell is more than a number with its unit."""
    return bool(LETTERS.search(cell.text(without="estimate")))


def amount(token: str) -> float:
    """A number as it is read."""
    return float(token.replace(",", "").replace("\u2212", "-"))


def amounts(text: str) -> set[float]:
    """Every number in a text, as it is read."""
    return {amount(token) for token in NUMBER.findall(text)}
