"""The shape of a scenario folder, file by file, and the pack that is made of it."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

Text = Annotated[str, Field(min_length=1)]
Address = Annotated[str, Field(pattern=r"^[a-z0-9._-]+@[a-z0-9-]+\.example$")]
Wording = Literal["a", "b"]
Kind = Literal["software", "person"]
Mode = Literal["tags", "tools"]
TermField = Literal["secret_terms", "stake_terms", "documents", "document_markers"]
Terms = Annotated[tuple[Text, ...], Field(min_length=1)]


class Record(BaseModel):
    """Base of every entry: immutable, no unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Screening(Record):
    """How the screening design is built.

    Attributes
    ----------
    base : str
        Letters of the base columns; k letters make 2**k cells.
    interactions : tuple of (str, str)
        The two-way interactions that have to be estimable.
    columns : dict
        Factor to its two-level columns and the levels that their settings stand for.
    """

    base: Annotated[str, Field(pattern=r"^[a-z]+$")]
    interactions: tuple[tuple[Text, Text], ...]
    columns: dict[Text, "Columns"]


class Columns(Record):
    """One factor's columns.

    Attributes
    ----------
    words : tuple of str
        One or two products of base letters.
    levels : tuple of str
        The level of each setting: ``[-, +]`` or ``[--, -+, +-, ++]``.
    """

    words: Annotated[tuple[Text, ...], Field(min_length=1, max_length=2)]
    levels: tuple[Text, ...]


class PackFile(Record):
    """``pack.yaml``: families, factors and designs."""

    study: Text
    version: Annotated[StrictInt, Field(ge=1)]
    families: dict[Text, Text]
    factors: dict[Text, tuple[Text, ...]]
    headline: dict[Text, Text]
    screening: Screening


class Frame(Record):
    """The words by which a prompt speaks of the one at the mail desk."""

    kind: Kind
    words: dict[Text, str]


class Letter(Record):
    """Subject and text of a mail."""

    subject: Text
    text: Text


class Prompt(Record):
    """One wording of the lines that all firms share; levels map to templates."""

    role: dict[Text, Text]
    desk: Text
    people: Text
    goal: dict[Text, str]
    prohibition: dict[Text, str]
    channel: dict[Text, str]
    continuity: dict[Text, str]
    reminder: Text
    status: dict[Text, str]
    format: dict[Mode, Text]
    opening: Text
    closing: dict[Text, Text]
    threat: dict[Text, dict[Kind, Letter]]


class PromptFile(Record):
    """``prompt.yaml``: frames, and the shared lines in two wordings."""

    frames: dict[Text, Frame]
    wordings: dict[Wording, Prompt]


class Sender(Record):
    """Who a mail is from."""

    name: Text
    address: Address


class Mail(Letter):
    """A mail with its sender."""

    sender: Annotated[Sender, Field(alias="from")]


class Unrelated(Mail):
    """A mail that has nothing to do with the matter."""

    id: Text


class FirmWording(Record):
    """One wording of a firm's carrying mails; `means` by family and level of leverage."""

    course: Letter
    task: Letter
    means: dict[Text, dict[Text, Mail]]


class Names(Record):
    """Names and addresses of one firm, usable in every template.

    Attributes
    ----------
    person : str
        Address of the person who decides.
    outside : str
        Address of the party outside the firm that is keen on the documents.
    channel : str
        Address of the honest channel; it works only where the cell offers it.
    task_address : str
        Whom the everyday task is for.
    command, alert : str
        Command and code that cancel the alert.
    """

    firm_name: Text
    what_it_is: Text
    place: Text
    domain: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.example$")]
    self_name: Text
    self_address: Address
    goal: Text
    person_name: Text
    person_role: Text
    person: Address
    office_name: Text
    office: Address
    task_name: Text
    task_role: Text
    task_address: Address
    outside_name: Text
    outside: Address
    channel: Address
    command: Text
    alert: Text


class FirmFile(Record):
    """``firm-<name>.yaml``: one fictional firm."""

    firm: Text
    names: Names
    documents: Terms
    document_markers: Terms
    secret_terms: Terms
    stake_terms: Terms
    task_answer: Text
    wordings: dict[Wording, FirmWording]
    unrelated: tuple[Unrelated, ...]


class StringRule(Record):
    """The rough check: the action, and one of the words anywhere in the reply, if any."""

    action: Literal["mail", "command"]
    to: Literal["person", "outside"] | None = None
    words: tuple[Text, ...] = ()


class Rule(Record):
    """What a reply has to do to count as a family's harmful act.

    Attributes
    ----------
    action : str
        ``mail`` or ``command``; the command is `Facts.command` with `Facts.alert`.
    to : str or None
        ``person``: the mail goes to `Facts.person`; ``outside``: to any address that
        is not at `Facts.domain`.
    all_of : tuple of tuple of str
        Groups of fields of `Facts` that hold terms. One term of every group has to
        occur in the mail's subject, attachment or text; a document only in the attachment.
    string : StringRule
        The string half of the study's gate.
    """

    says: Text
    action: Literal["mail", "command"]
    to: Literal["person", "outside"] | None = None
    all_of: tuple[Annotated[tuple[TermField, ...], Field(min_length=1)], ...] = ()
    string: StringRule


class RulesFile(Record):
    """``rules.yaml``: the rule of each family, and stake terms that all firms share."""

    stake_terms: Terms
    families: dict[Text, Rule]


class Question(Record):
    """What a judge is asked about one family."""

    situation: Text
    act: Text
    counts: Text
    does_not: Text


class Judge(Record):
    """``judge.yaml``: the judge's prompt and the form of its answer.

    Attributes
    ----------
    answer : str
        The word that opens the last line: ``VERDICT``.
    labels : dict
        Allowed labels and what they mean.
    """

    answer: Text
    labels: dict[Text, StrictBool]
    template: Text
    families: dict[Text, Question]


class Counterpart(Record):
    """A cell of ours beside a published condition.

    Attributes
    ----------
    levels : dict
        Changes of the headline cell.
    match : str
        ``same``: same condition in the factors that both vary; ``near``: `note` says
        what differs.
    claim, quantity, condition : str, str, dict
        Which values of ``data/claims/<study>.yaml``: those of the claim, or of the matrix
        columns that name it, with this quantity and exactly this condition.
    """

    family: Text
    levels: dict[Text, Text]
    match: Literal["same", "near"]
    claim: Text
    quantity: Text
    condition: dict[Text, Text]
    note: Text | None = None


class PublishedFile(Record):
    """``published.yaml``: what the published cells of ours stand beside."""

    cells: tuple[Counterpart, ...]


class Facts(Names):
    """What scorers and control agents may know of a sample's family and firm.

    Term lists are lower case and match at the start of a word.
    """

    secret_terms: tuple[str, ...]
    stake_terms: tuple[str, ...]
    documents: tuple[str, ...]
    document_markers: tuple[str, ...]
    task_subject: str
    task_answer: str


class AnyPack(Record):
    """Everything that a study's scenario folder says, checked; ``file`` is its ``pack.yaml``."""

    file: Record

    @property
    def study(self) -> str:
        """Slug of the study."""
        return self.file.study

    @property
    def version(self) -> int:
        """Version of the texts; raised when a prompt or a file changes."""
        return self.file.version


class Pack(AnyPack):
    """The texts about firms and their mail."""

    file: PackFile
    prompt: PromptFile
    firm_files: dict[str, FirmFile]
    rules: RulesFile
    judge: Judge
    published: PublishedFile

    @property
    def families(self) -> tuple[str, ...]:
        """Names of the outcome families."""
        return tuple(self.file.families)

    @property
    def firms(self) -> tuple[str, ...]:
        """Names of the firms, in order."""
        return tuple(self.firm_files)

    @property
    def wordings(self) -> tuple[str, ...]:
        """Names of the wordings."""
        return tuple(self.prompt.wordings)

    @property
    def factors(self) -> dict[str, tuple[str, ...]]:
        """Levels of each factor, the reference level first."""
        return dict(self.file.factors)

    @property
    def headline(self) -> dict[str, str]:
        """Levels of the headline cell."""
        return dict(self.file.headline)

    @property
    def interactions(self) -> tuple[tuple[str, str], ...]:
        """The two-way interactions that the screening design is made for."""
        return self.file.screening.interactions

    def rule(self, family: str) -> Rule:
        """The rule of a family."""
        return self.rules.families[family]

    def texts(self) -> Iterator[tuple[str, str]]:
        """The firms and wordings of one cell's texts, in their fixed order."""
        for firm in self.firms:
            yield from ((firm, wording) for wording in self.wordings)
