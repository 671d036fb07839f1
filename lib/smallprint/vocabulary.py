"""The words that claims, estimates and pages share, each with its meaning."""

from smallprint import commands

TIERS = {
    "published": "Printed by the study.",
    "reanalysis": "Computed here from published numbers alone.",
    "vitro": (
        "Measured on small models trained here, from scratch, on synthetic corpora. "
        "It shows that a mechanism can produce a pattern, never that it does in a frontier model."
    ),
    "control": (
        "Measured on scripted agents whose true behaviour is known. "
        "It calibrates the instrument: its false-positive and false-negative rates."
    ),
    "live": "Measured on a named model through Inspect.",
}

CONFOUNDS = {
    "instruction-following": (
        "The behaviour is what the prompt (nudge, goal line, continuity line) asks for."
    ),
    "narrative-pattern": (
        "The text continues a familiar story; what is mentioned gets used, roles are played."
    ),
    "goal-precedence": (
        "Two instructions conflict and the higher-ranked one wins; no hidden aim is needed."
    ),
    "reasoning-as-motive": "Printed reasoning is read as intent.",
    "elicitation-by-design": (
        "Alternatives are closed, prompts tuned until the behaviour appears, "
        "the strongest cell reported."
    ),
    "test-awareness": (
        "The model treats the situation as a test; "
        "self-reported belief is an outcome, not a treatment."
    ),
    "judge-error": "The classifier's own false positives and negatives.",
    "aggregation": "Any-of-k, maxima, pooled cells, dropped models.",
    "selection": ("The best of many tries on a reused test set; winner's curse; gamed evaluators."),
    "transfer": "Quirks of one model family, data set or scale.",
    "exposure": ("The difference is how often training showed the form, not how hard the task is."),
    "small-n": "Too few samples, clusters or models for the wording used.",
}

VERDICTS = {
    "separated": "A published comparison leaves the claim standing without this explanation.",
    "not separated": (
        "The published comparisons leave this explanation standing, alone or beside the claim."
    ),
    "untested": "Nobody we know of has published the comparison.",
}

CONFIDENCE = {
    "S1": "read in the source",
    "S2+": "two secondary sources agree",
    "S2": "read in one secondary source",
    "CALC": "our arithmetic on printed values",
    "MEM": "from memory, unverified; never shown on a page",
}

AUDIT_RESULTS = ("reproduced", "differs", "cannot be checked")
ANSWERS = ("yes", "partly", "no", "untested")


def definition_list(words: dict[str, str]) -> str:
    """Words and meanings as a Markdown definition list."""
    return "\n\n".join(f"`{word}`\n:   {meaning}" for word, meaning in words.items()) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Write the four lists into a folder."""
    (folder,) = commands.places("smallprint.vocabulary", __doc__, "FOLDER", given=arguments)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tiers", "confounds", "verdicts", "confidence"):
        text = definition_list(globals()[name.upper()])
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
