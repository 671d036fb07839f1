"""An executed notebook as one Markdown page, with the meaning Quarto gives its cells."""

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from smallprint.site.errors import SiteError

OPTIONS = {
    *("label", "fig-cap", "fig-alt", "tbl-cap", "echo", "include", "output"),
    *("code-fold", "code-summary", "warning"),
}
SUMMARIES = {"parameters": "Parameters", "injected-parameters": "Parameters of this run"}
IMAGES = {"image/svg+xml": "svg", "image/png": "png"}
PRECEDENCE = (*IMAGES, "text/markdown", "text/html", "text/plain")
HIDDEN_LINE = re.compile(r"^# NBVAL_\w+\s*$", re.MULTILINE)
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def read_cells(path: Path, name: str) -> list[dict]:
    """The cells of a notebook, every source one string."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = notebook["cells"]
    except (ValueError, KeyError) as error:
        raise SiteError(f"{name} is not a notebook: {error!r}") from None
    return [{**cell, "source": _text(cell["source"])} for cell in cells]


def to_markdown(path: Path, name: str, figures: Path) -> str:
    """Convert an executed notebook to Markdown; its figures become files.

    Parameters
    ----------
    path : Path
        The notebook.
    name : str
        What messages call it.
    figures : Path
        Folder for the figures; links to it are relative to its grandparent,
        as in ``<page>_files/figure-html``.

    Raises
    ------
    SiteError
        If a cell failed, has an option that is not known here, or holds a
        figure without alternative text.
    """
    parts = []
    for number, cell in enumerate(read_cells(path, name)):
        if cell["cell_type"] == "code":
            parts.append(_Cell(cell, name, number, figures).markdown())
        elif cell["cell_type"] == "markdown" or number == 0:
            parts.append(cell["source"])
    return "\n\n".join(part for part in parts if part) + "\n"


@dataclass
class _Cell:
    """One code cell on its way to Markdown."""

    cell: dict
    name: str
    number: int
    figures: Path

    def __post_init__(self) -> None:
        self.options, self.code = self._split()

    def _split(self) -> tuple[dict, str]:
        lines = self.cell["source"].strip().splitlines()
        count = next((i for i, line in enumerate(lines) if not line.startswith("#|")), len(lines))
        try:
            options = yaml.safe_load("\n".join(line[2:] for line in lines[:count])) or {}
        except yaml.YAMLError as error:
            raise self._error(f"the cell options are not YAML: {error}") from None
        unknown = set(options) - OPTIONS
        if unknown:
            raise self._error(f"unknown cell option {', '.join(sorted(unknown))}")
        return options, HIDDEN_LINE.sub("", "\n".join(lines[count:])).strip()

    def _error(self, what: str) -> SiteError:
        return SiteError(f"{self.name}: cell {self.number}: {what}")

    @property
    def label(self) -> str:
        """The label, or a name made from the position."""
        return self.options.get("label") or f"cell-{self.number}"

    def markdown(self) -> str:
        """Code, then outputs; floats carry their label and caption."""
        if self.options.get("include") is False:
            return ""
        parts = [self._code()] if self.code and self.options.get("echo") is not False else []
        if self.options.get("output") is not False:
            parts += self._outputs()
        return _div("\n\n".join(parts), ".cell") if parts else ""

    def _code(self) -> str:
        tags = self.cell.get("metadata", {}).get("tags", [])
        named = next((SUMMARIES[tag] for tag in tags if tag in SUMMARIES), None)
        attributes = f'summary="{_quoted(self.options.get("code-summary") or named or "Code")}"'
        if count := self.cell.get("execution_count"):
            attributes += f' count="{count}"'
        if "code-fold" in self.options:
            attributes += f' fold="{str(self.options["code-fold"]).lower()}"'
        return _fence(self.code, f".python .cell-code {attributes}")

    def _outputs(self) -> list[str]:
        images, rest = [], []
        place = 0
        for output in _merged(self.cell.get("outputs", [])):
            kind, text = self._output(output, len(images))
            if kind == "image":
                place = place if images else len(rest)
                images.append(text)
            elif text:
                rest.append(text)
        label = str(self.options.get("label", ""))
        if label.startswith("tbl-") and not rest:
            raise self._error(f"{label} labels a table, but the cell printed nothing")
        if label.startswith("fig-") and not images:
            raise self._error(f"{label} labels a figure, but the cell drew none")
        if "tbl-cap" in self.options or label.startswith("tbl-"):
            rest = [self._float("tbl", rest)]
        if images:
            captioned = "fig-cap" in self.options or label.startswith("fig-")
            rest[place:place] = [self._float("fig", images)] if captioned else images
        return rest

    def _float(self, kind: str, content: list[str]) -> str:
        label = str(self.options.get("label", ""))
        caption = " ".join(str(self.options.get(f"{kind}-cap", "")).split())
        if not caption:
            raise self._error(f"{label} has no {kind}-cap")
        identifier = f"#{label} " if label.startswith(f"{kind}-") else ""
        return _div("\n\n".join([*content, caption]), f"{identifier}.float .float-{kind}")

    def _output(self, output: dict, place: int) -> tuple[str, str]:
        """Kind of an output (image or text) and its Markdown; `place` counts the images before."""
        kind = output["output_type"]
        if kind == "error":
            raise self._error(f"failed with {output['ename']}: {output['evalue']}")
        if kind == "stream":
            text = _text(output["text"])
            if self.options.get("output") == "asis":
                return "text", text
            if output["name"] == "stderr" and self.options.get("warning") is False:
                return "text", ""
            return "text", _printed(text, f"cell-output-{output['name']}")
        data = output["data"]
        mime = next((mime for mime in PRECEDENCE if mime in data), None)
        if mime is None:
            raise self._error(f"no way to show {', '.join(data)}")
        content = _text(data[mime])
        if mime in IMAGES:
            return "image", self._image(mime, content, place)
        if mime == "text/markdown":
            return "text", _div(content, ".cell-output .cell-output-display")
        if mime == "text/html":
            return "text", _fence(content, "=html")
        return "text", _printed(content, "cell-output-plain")

    def _image(self, mime: str, content: str, place: int) -> str:
        alt = " ".join(str(self.options.get("fig-alt", "")).split())
        if not alt:
            raise self._error(f"the figure {self.label} has no fig-alt: what does it show?")
        self.figures.mkdir(parents=True, exist_ok=True)
        suffix = f"-{place + 1}" if place else ""
        file = self.figures / f"{self.label}{suffix}.{IMAGES[mime]}"
        data = content.encode() if mime == "image/svg+xml" else base64.b64decode(content)
        file.write_bytes(data)
        link = file.relative_to(self.figures.parent.parent).as_posix()
        return f'![](<{link}>){{fig-alt="{_quoted(alt)}"{_size(mime, data)}}}'


def _size(mime: str, data: bytes) -> str:
    """Width and height in CSS pixels, so that nothing jumps while a page loads."""
    if mime == "image/png":
        # IHDR; matplotlib draws PNGs for screens at one image pixel per CSS pixel.
        width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
        return f" width={width} height={height}"
    tag = re.search(rb"<svg[^>]*>", data)
    sides = [re.search(rb'\b%s="([\d.]+)pt"' % side, tag[0]) for side in (b"width", b"height")]
    if not all(sides):
        return ""
    width, height = (round(float(side[1]) * 4 / 3) for side in sides)
    return f" width={width} height={height}"


def _merged(outputs: list[dict]) -> list[dict]:
    """Outputs with neighbouring pieces of one stream joined."""
    merged: list[dict] = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            joined = _text(last["text"]) + _text(output["text"])
            merged[-1] = {**last, "text": joined}
        else:
            merged.append(output)
    return merged


def _printed(text: str, kind: str) -> str:
    # A progress bar overwrites its line; only what it showed last stays.
    text = re.sub(r"[^\n]*\r(?!\n)", "", ANSI.sub("", text)).strip("\n")
    return _fence(text, f".cell-output .{kind}") if text.strip() else ""


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def _quoted(text: object) -> str:
    return str(text).replace("\\", "\\\\").replace('"', '\\"')


def _div(content: str, attributes: str) -> str:
    return f"::: {{{attributes}}}\n\n{content}\n\n:::"


def _fence(content: str, attributes: str) -> str:
    """A fenced block that its content cannot close."""
    longest = max(map(len, re.findall(r"`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{{{attributes}}}\n{content}\n{fence}"
