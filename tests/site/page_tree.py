"""A page as nodes, enough of it to ask what stands in what."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attributes: dict
    parent: "Node | None"
    children: list = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        """This element and all inside it."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    @property
    def classes(self) -> list[str]:
        """Its classes."""
        return (self.attributes.get("class") or "").split()

    def text(self, without: str = "") -> str:
        """Its text; elements of the class `without` leave a gap."""
        parts = []
        for child in self.children:
            if isinstance(child, str):
                parts.append(child)
            elif without and without in child.classes:
                parts.append(" \0 ")
            elif {"citation", "quarto-xref"} & set(child.classes):
                continue
            else:
                parts.append(" " if child.tag == "br" else child.text(without))
        return "".join(parts)


class Tree(HTMLParser):
    """A page as nodes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = self._at = Node("", {}, None)
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        node = Node(tag, dict(attrs), self._at)
        self._at.children.append(node)
        if tag not in VOID:
            self._at = node

    def handle_endtag(self, tag: str) -> None:
        at = self._at
        while at.parent and at.tag != tag:
            at = at.parent
        self._at = at.parent or self._at

    def handle_data(self, data: str) -> None:
        self._at.children.append(data)


def inside(node: Node, wanted: Callable[[Node], bool]) -> Node | None:
    """The nearest element around a node, or the node itself, that is wanted."""
    while node and not wanted(node):
        node = node.parent
    return node
