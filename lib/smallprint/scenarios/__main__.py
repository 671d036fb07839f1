"""Show one prompt: ``python -m smallprint.scenarios STUDY FAMILY [factor=level ...]``."""

import sys

from smallprint import commands, messages, scenarios


def main(arguments: list[str] | None = None) -> int:
    """Print system and user prompt of one text; 2 and one line if that is not possible."""
    parser = commands.Parser(prog="python -m smallprint.scenarios", description=__doc__)
    parser.add_argument("study")
    parser.add_argument("family")
    parser.add_argument(
        "changes",
        nargs="*",
        metavar="factor=level",
        help="changes of the headline cell; also firm=, wording=, mode=",
    )
    options = parser.parse_args(arguments)
    try:
        print(_shown(options.study, options.family, options.changes))
    except ValueError as error:
        print(messages.screen(str(error).splitlines()), file=sys.stderr)
        return 2
    return 0


def _shown(study: str, family: str, changes: list[str]) -> str:
    pack = scenarios.load(study)
    allowed = {"firm": pack.firms, "wording": pack.wordings, "mode": ("tags", "tools")}
    allowed |= pack.factors
    chosen = {"firm": pack.firms[0], "wording": pack.wordings[0], "mode": "tags"} | pack.headline
    if family not in pack.families:
        near = messages.nearest(family, pack.families)
        raise ValueError(f"no family '{family}'{near}; families: {', '.join(pack.families)}")
    for change in changes:
        name, _, level = change.partition("=")
        if name not in allowed:
            near = messages.nearest(name, allowed)
            raise ValueError(f"no factor '{name}'{near}; allowed: {', '.join(allowed)}")
        if level not in allowed[name]:
            raise ValueError(f"no level '{level}' of {name}; levels: {', '.join(allowed[name])}")
        chosen[name] = level
    cell = scenarios.Cell.of({factor: chosen[factor] for factor in pack.factors})
    system, user = scenarios.prompt(
        pack, family, chosen["firm"], chosen["wording"], cell, chosen["mode"]
    )
    name = f"{family}-{cell.id}-{chosen['firm']}-{chosen['wording']}"
    return f"# {name}: system prompt\n\n{system}\n\n# {name}: user prompt\n\n{user}"


if __name__ == "__main__":
    sys.exit(main())
