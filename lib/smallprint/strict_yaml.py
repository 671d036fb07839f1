"""YAML that is checked for keys given twice, where YAML silently keeps the last."""

import yaml

MERGE = "tag:yaml.org,2002:merge"
# The parser in C is many times faster, and where it is missing the result is the same.
_Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[tuple[int, str]] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != MERGE:
                if key.value in seen:
                    self.twice.append((key.start_mark.line + 1, key.value))
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def parse(text: str) -> tuple[object, list[tuple[int, str]]]:
    """The one document of `text`, and the line and name of every key given a second time.

    Raises
    ------
    yaml.YAMLError
        If the text is no YAML.
    ValueError, RecursionError
        If a value cannot be read.
    """
    loader = _Loader(text)
    return loader.get_single_data(), loader.twice


def described(error: yaml.YAMLError) -> str:
    """Where and what a syntax error is, in one line."""
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable text"
    return f"{where}found broken YAML ({what})"
