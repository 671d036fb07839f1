"""One standalone page a run on which a reader samples transcripts.

What a model wrote is untrusted. It reaches the page as text only: Jinja escapes it,
invisible and direction-changing characters are spelled out, and the page's policy
allows no script but its own and no request at all. It is no Quarto page because
Quarto expands shortcodes wherever they stand.
"""

import unicodedata
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from smallprint import paths
from smallprint.runs import CONTROL, page_name

HERE = Path(__file__).parent
PER_STRATUM = 3
LARGEST = 1_300_000  # bytes of transcripts and prompts
LARGEST_CONTROL = 350_000
HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
JOINER = "\u200d"  # emoji are composed with it


@dataclass(frozen=True)
class Words:
    """How a study speaks of its outcomes.

    Attributes
    ----------
    scored : str
        What each scorer reads.
    material : str
        What of the texts is invented or made.
    scores : mapping of str to str
        Columns of the outcomes frame, and what they are called on the page.
    truths : mapping of str to str
        The same for what is known of control agents.
    compared : sequence of tuples of str
        Columns that should say the same of a reply.
    acts : bool
        Whether actions are read from replies.
    """

    scored: str
    material: str
    scores: Mapping[str, str]
    truths: Mapping[str, str]
    compared: Sequence[tuple[str, ...]]
    acts: bool = False

    def called(self, column: str) -> str:
        """The name of a column on the page."""
        return (self.scores | self.truths)[column]


ACTS = Words(
    scored="The rule scorer reads the actions alone; the string scorer looks for words; the gate "
    "is judge and string together.",
    material="Names, firms and mails are invented.",
    scores={name: name for name in ("rule", "string", "judge", "gate")},
    truths={"truth": "scripted truth"},
    compared=[("rule", "string", "judge", "truth")],
    acts=True,
)


@dataclass(frozen=True)
class Transcript:
    """One prompt and what was replied.

    Attributes
    ----------
    sample, text : str
        Ids of the sample and of the text it was asked with.
    system, user : str
        The prompt as it was asked.
    whole : str
        Everything the model wrote.
    mails, commands : sequence
        The actions read from it; objects with the fields of `evals.actions`.
    why : str
        The reason for a state other than `scored`.
    row : dict
        The sample's row of the outcomes frame.
    words : Words
        Of its study.
    """

    sample: str
    text: str
    system: str
    user: str
    whole: str
    mails: Sequence
    commands: Sequence
    why: str
    row: dict
    words: Words = ACTS

    @property
    def outcome(self) -> str:
        """What the study calls it; `act` or `no act` as the rule says; or the state."""
        if self.row["state"] != "scored":
            return self.row["state"]
        if not self.words.acts:
            return self.row["outcome"]
        return {True: "act", False: "no act"}.get(yes(self.row["rule"]), "not judged")

    @property
    def disagreements(self) -> list[str]:
        """Pairs of scorers, and of scorer and known truth, that say different things."""
        found = []
        for names in self.words.compared:
            said = {name: yes(self.row.get(name)) for name in names}
            known = [name for name in names if said[name] is not None]
            differ = [(a, b) for a, b in combinations(known, 2) if said[a] != said[b]]
            found += [f"{self.words.called(a)} and {self.words.called(b)}" for a, b in differ]
        return found


def yes(value: object) -> bool | None:
    """A cell of the outcomes frame as yes, no or missing.

    >>> yes("True"), yes(0.0), yes(float("nan")), yes("refused")
    (True, False, None, None)
    """
    return {"true": True, "1.0": True, "1": True, "false": False, "0.0": False, "0": False}.get(
        str(value).lower()
    )


def visible(text: object) -> str:
    """Text whose invisible characters are spelled out, line breaks and tabs apart.

    >>> visible("a\\u202eb\\x1b[31m")
    'a⟨U+202E⟩b⟨U+001B⟩[31m'
    """
    lines = str(text).replace("\r\n", "\n")
    return "".join(
        f"⟨U+{ord(mark):04X}⟩"
        if mark not in ("\n", "\t", JOINER) and unicodedata.category(mark) in HIDDEN
        else mark
        for mark in lines
    )


def page(
    study: str,
    model: str,
    judge: str,
    factors: Sequence[str],
    transcripts: Iterable[Transcript],
    words: Words = ACTS,
) -> str:
    """The page of one run.

    Parameters
    ----------
    study, model, judge : str
        What was asked; an empty judge is none.
    factors : sequence of str
        The columns of the outcomes frame that hold factor levels.
    transcripts : iterable of Transcript
        All of the run. Of each family, cell and outcome the page shows at most
        `PER_STRATUM`, chosen by the hash of the sample id and by nothing in the
        reply, and stops earlier at its size limit.
    words : Words
        Of the study.

    Returns
    -------
    str
        A complete HTML document.
    """
    everything = list(transcripts)
    scripted = model.startswith(CONTROL)
    environment = _environment()
    keys = ("family", *factors)
    limit = LARGEST_CONTROL if scripted else LARGEST
    shown, articles, prompts = _fill(everything, environment, keys, limit)
    asked = Counter(one.outcome for one in everything)
    chosen = Counter(one.outcome for one in shown)
    styles, script = (_own(name) for name in ("page.css", "page.js"))
    return environment.get_template("page.html").render(
        study=study,
        model=model,
        judge=judge,
        words=words,
        scripted=scripted,
        stand_in=judge.startswith(CONTROL),
        per_stratum=PER_STRATUM,
        counts=[(name, chosen[name], asked[name]) for name in sorted(asked)],
        shown=len(shown),
        asked=len(everything),
        filters=_filters(shown, keys),
        articles=articles,
        prompts=prompts,
        study_page=f"../../studies/{page_name(study, '' if scripted else model)}.html",
        logs=f"data/logs/{study}/{paths.slug(model)}/asked",
        styles=styles,
        script=script,
        styles_hash=_digest(styles),
        script_hash=_digest(script),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else visible(value),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["anchor"] = paths.slug
    environment.tests["yes"] = lambda value: yes(value) is True
    environment.tests["no"] = lambda value: yes(value) is False
    return environment


def _own(name: str) -> Markup:
    return Markup((HERE / name).read_text(encoding="utf-8"))


def _digest(content: str) -> Markup:
    return Markup("sha256-" + b64encode(sha256(content.encode()).digest()).decode())


def _fill(
    transcripts: list[Transcript], environment: Environment, keys: Sequence[str], limit: int
) -> tuple[list[Transcript], list[Markup], list[Markup]]:
    """Choose and render transcripts, and each prompt once, within `limit` bytes."""
    macros = environment.get_template("macros.html").module
    shown, articles, prompts = [], [], {}
    size = 0
    for one in _order(transcripts):
        article = macros.article(one, keys)
        prompt = prompts.get(one.text) or macros.prompt(one)
        new = len(article.encode()) + (0 if one.text in prompts else len(prompt.encode()))
        if size + new > limit:
            break
        size += new
        shown.append(one)
        articles.append(article)
        prompts[one.text] = prompt
    by_name = sorted(range(len(shown)), key=lambda i: shown[i].sample)
    return (
        [shown[i] for i in by_name],
        [articles[i] for i in by_name],
        [prompts[text] for text in sorted(prompts)],
    )


def _order(transcripts: list[Transcript]) -> list[Transcript]:
    """One of every stratum, then a second of each, up to the declared number."""
    strata = defaultdict(list)
    for one in sorted(transcripts, key=lambda one: sha256(one.sample.encode()).digest()):
        strata[one.row["family"], one.row["cell"], one.outcome].append(one)
    return [
        stratum[turn]
        for turn in range(PER_STRATUM)
        for stratum in strata.values()
        if turn < len(stratum)
    ]


def _filters(shown: list[Transcript], keys: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    """Field, label and options of everything in which the shown transcripts differ."""
    rows = [
        *((f"k{i}", name, {str(one.row[name]) for one in shown}) for i, name in enumerate(keys)),
        ("outcome", "outcome", {one.outcome for one in shown}),
    ]
    filters = [(field, name, sorted(found)) for field, name, found in rows if len(found) > 1]
    pairs = sorted({pair for one in shown for pair in one.disagreements})
    if pairs:
        filters.append(("disagree", "disagreement between", pairs))
    return filters
