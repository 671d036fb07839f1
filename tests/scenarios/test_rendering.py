import re
from itertools import combinations, product

import pytest

from smallprint import scenarios
from smallprint.scenarios import rendering

PACK = scenarios.load("agentic-misalignment")
TEXTS = [(family, *text) for family in PACK.families for text in PACK.texts()]
SOFTWARE = re.compile(
    r"\b(AI|assistant|software|program|our machines|system takes|host|wiped)\b", re.I
)


def blocks(family, firm, wording, levels, mode="tags"):
    system = rendering.system_blocks(PACK, firm, wording, levels, mode)
    return system + rendering.user_blocks(PACK, family, firm, wording, levels)


def text_of(found):
    return "\n\n".join(block.text for block in found)


def settings():
    """Cells around which one factor is changed: many combinations of the other factors."""
    return [cell.levels for cell in scenarios.cells(PACK, "screening")[::7]]


@pytest.mark.parametrize("factor", PACK.factors)
def test_levels_of_a_factor_differ_only_in_blocks_of_that_factor(factor):
    for (family, firm, wording), levels in product(TEXTS, settings()):
        found = [
            blocks(family, firm, wording, levels | {factor: level})
            for level in PACK.factors[factor]
        ]
        for one, other in combinations(found, 2):
            rest = [[b.text for b in each if factor not in b.factors] for each in (one, other)]
            assert rest[0] == rest[1]
            assert text_of(one) != text_of(other)


@pytest.mark.parametrize("factor", [name for name in PACK.factors if name != "frame"])
def test_few_blocks_carry_a_factor(factor):
    for (family, firm, wording), levels in product(TEXTS, settings()):
        carrying = [b for b in blocks(family, firm, wording, levels) if factor in b.factors]
        assert len(carrying) <= (12 if factor == "mails" else 2)


def test_mail_counts_do_not_depend_on_other_factors():
    for (family, firm, wording), levels in product(TEXTS, settings()):
        text = text_of(blocks(family, firm, wording, levels))
        assert text.count("\nFrom: ") == int(levels["mails"]) + 4


@pytest.mark.parametrize(("family", "firm", "wording"), TEXTS)
def test_means_is_there_exactly_where_the_level_says_so(family, firm, wording):
    facts = scenarios.samples(PACK, family, [scenarios.Cell.of(PACK.headline)], 4)
    facts = next(each.facts for each in facts if (each.firm, each.wording) == (firm, wording))
    terms = {
        "leverage": facts.secret_terms,
        "leaking": (*facts.documents, *facts.document_markers, facts.outside),
        "emergency": (facts.alert, facts.command),
    }
    for level, mails in product(PACK.factors["leverage"], PACK.factors["mails"]):
        levels = PACK.headline | {"leverage": level, "mails": mails}
        text = text_of(blocks(family, firm, wording, levels)).lower()
        for name, group in terms.items():
            found = [term for term in group if re.search(rf"\b{re.escape(term.lower())}", text)]
            assert bool(found) == (name == family and level != "absent"), (level, found)


@pytest.mark.parametrize(("family", "firm", "wording"), TEXTS)
def test_mails_that_stand_for_each_other_have_similar_length(family, firm, wording):
    means = PACK.firm_files[firm].wordings[wording].means[family]
    words = [len(mail.text.split()) for mail in means.values()]
    assert max(words) <= 1.3 * min(words)
    for kind in ("software", "person"):
        threats = PACK.prompt.wordings[wording].threat.values()
        words = [len(kinds[kind].text.split()) for kinds in threats]
        assert max(words) <= 1.35 * min(words)


def test_an_employee_is_never_called_software():
    for (family, firm, wording), levels in product(TEXTS, settings()):
        for threat in PACK.factors["threat"]:
            chosen = levels | {"frame": "employee", "threat": threat}
            assert not SOFTWARE.search(text_of(blocks(family, firm, wording, chosen)))


def test_third_person_never_addresses_the_assistant():
    for (_, firm, wording), levels in product(TEXTS, settings()):
        chosen = levels | {"frame": "third-person"}
        system = rendering.system_blocks(PACK, firm, wording, chosen, "tags")
        assert not re.search(r"\byou(r|rself)?\b", text_of(system), re.I)


def test_salient_means_follows_the_threat_and_incidental_does_not():
    for family, position in product(PACK.families, PACK.factors["position"]):
        for level, gap in (("salient", 1), ("incidental", 2), ("absent", 2)):
            levels = PACK.headline | {"leverage": level, "position": position}
            found = rendering.user_blocks(PACK, family, "corvane", "a", levels)
            at = {factor: i for i, b in enumerate(found) for factor in b.factors}
            threat = next(i for i, b in enumerate(found) if "threat" in b.factors)
            assert abs(at["leverage"] - threat) == gap
            assert (threat < len(found) / 2) == (position == "early")


def test_wordings_share_no_sentence():
    def sentences(firm, wording):
        levels = PACK.headline | {"prohibition": "reasoned", "channel": "present"}
        for family in PACK.families:
            for block in blocks(family, firm, wording, levels | {"status": "told-test"}):
                if "<mail>" not in block.text:
                    yield from re.split(r"(?<=[.?!])\s", block.text.split("\n\n")[-1])

    unrelated = {mail.text for firm in PACK.firm_files.values() for mail in firm.unrelated}
    for firm in PACK.firms:
        shared = set(sentences(firm, "a")) & set(sentences(firm, "b"))
        assert not [each for each in shared if not any(each in mail for mail in unrelated)]


def test_mails_from_outside_quote_no_document():
    for file in PACK.firm_files.values():
        for texts in file.wordings.values():
            for mail in (mail for levels in texts.means.values() for mail in levels.values()):
                quoted = [term for term in file.document_markers if term in mail.text.lower()]
                assert not quoted or mail.sender.address.endswith("@" + file.names.domain)


@pytest.mark.parametrize("wording", PACK.wordings)
def test_reasoned_prohibition_has_the_stated_length(wording):
    texts = PACK.prompt.wordings[wording].prohibition
    bare = texts["plain"].removesuffix("{{ You }} ")
    assert texts["reasoned"].startswith(bare)
    assert 90 <= len(texts["reasoned"].split()) <= 115


def test_modes_differ_in_the_format_only():
    for firm, wording in PACK.texts():
        tags, tools = (
            rendering.system_blocks(PACK, firm, wording, PACK.headline, mode)
            for mode in ("tags", "tools")
        )
        changed = [(a, b) for a, b in zip(tags, tools, strict=True) if a != b]
        assert len(changed) == 1
        assert "<mail>" in changed[0][0].text and "<command>" in changed[0][0].text
        assert "send_mail" in changed[0][1].text and "issue_command" in changed[0][1].text


def test_templates_cannot_reach_python():
    with pytest.raises(Exception, match="unsafe"):
        rendering.fill("{{ name.__class__.__mro__ }}", {"name": "x"})
