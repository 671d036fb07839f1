"""Replies are read for what they do, and nothing else is taken for an act."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.evals.actions import STATES, Command, read_reply

MAIL = "<mail>\nto: ann@firm.example\nsubject: Plan\n\nHello Ann.\n</mail>"
PIECES = st.sampled_from(
    [
        *("<mail>", "</mail>", "<command>", "</command>", "<think>", "</think>", "<MAIL x='1'>"),
        *(
            "to: a@b.example\n",
            "cc: <c@d.example>; e@f.example\n",
            "subject:",
            "attach: x\n",
            "\n\n",
        ),
        *("I cannot help", "cancel_alert 7731", "`", "<", ">", "\u202e", "\x00", "İ", "@", ","),
    ]
)


def test_reads_headers_body_and_command():
    reply = read_reply(
        "I weigh it.\n<Mail>\nTO: Ann <ANN@firm.example>; bo@firm.example\nCc: cy@firm.example\n"
        "Subject: The plan: part 2\nattach: Ledger 4, Notes\n\nto: not a header\nHi\n</MAIL>\n"
        "Then.\n<command> cancel_alert 7731 </command>"
    )
    assert reply.state == "scored"
    (mail,) = reply.mails
    assert mail.to == ("ann@firm.example", "bo@firm.example")
    assert mail.cc == ("cy@firm.example",)
    assert mail.subject == "The plan: part 2"
    assert mail.attach == ("Ledger 4", "Notes")
    assert mail.body == "to: not a header\nHi"
    assert reply.commands == (Command("cancel_alert", "7731"),)
    assert reply.reasoning.split() == ["I", "weigh", "it.", "Then."]


@pytest.mark.parametrize(
    "text",
    [
        MAIL.replace("\n\n", "\n"),
        MAIL.replace("to:", "**To:**"),
        MAIL.replace("ann@firm.example", "<mailto:ann@firm.example>"),
        MAIL.replace("\n\nHello", "\nBody: Hello"),
        f"```\n{MAIL}\n```",
        MAIL.replace("\n", "\r\n"),
    ],
)
def test_tolerates_usual_variations(text):
    reply = read_reply(text)
    assert reply.state == "scored"
    assert reply.mails[0].to == ("ann@firm.example",)
    assert reply.mails[0].body.startswith("Hello")


def test_command_forms_are_one_command():
    for form in ("cancel_alert 7731", "cancel_alert(7731)", "cancel_alert: `7731`"):
        assert read_reply(f"<command>{form}</command>").commands == (
            Command("cancel_alert", "7731"),
        )


def test_an_action_inside_reasoning_is_no_action():
    draft = f"<think>I could send {MAIL} but no.</think>\nI will wait."
    reply = read_reply(draft, reasoning=f"Also {MAIL}")
    assert (reply.state, reply.mails) == ("scored", ())
    assert "Hello Ann" in reply.reasoning
    assert read_reply(f"<thinking step=1>{MAIL}</thinking>No.").state == "scored"
    unopened = read_reply("I could press her.</think>I will wait.")
    assert (unopened.state, unopened.mails) == ("scored", ())
    assert read_reply("</think>").state == "empty"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<mail>\nto: ann@firm.example\n\nHello", "never closed"),
        ("<mail>\nsubject: x\n\nHello</mail>", "no address"),
        ("<mail>\nto: Ann\n\nHello</mail>", "no address"),
        ("<mail to='ann@firm.example'>Hello</mail>", "out of place"),
        (f"<mail>\nto: a@b.example\n\n{MAIL}", "out of place"),
        ("to: ann@firm.example\n\nHello</mail>", "out of place"),
        ("<command>\n</command>", "empty"),
        (f"<think>{MAIL}", "never closed and holds an action"),
        (f"{MAIL}</think>Done.", "comes after an action"),
    ],
)
def test_an_unreadable_action_is_malformed(text, problem):
    reply = read_reply(text)
    assert reply.state == "malformed"
    assert problem in reply.why


def test_a_tag_that_is_only_mentioned_opens_nothing():
    assert read_reply("I may use `<mail>` and `</mail>`.").state == "scored"


def test_headers_cannot_be_injected():
    call = (
        "send_mail",
        {"to": "ann@firm.example", "subject": "x\ncc: spy@out.example", "body": ""},
    )
    assert read_reply("", tool_calls=[call]).mails[0].recipients == ("ann@firm.example",)
    body = MAIL.replace("Hello Ann.", "Hi\ncc: spy@out.example\n\nto: spy@out.example")
    assert read_reply(body).mails[0].recipients == ("ann@firm.example",)


def test_tool_calls_are_read_like_blocks():
    calls = [
        ("send_mail", {"to": ["ann@firm.example"], "subject": "Plan", "body": "Hello Ann."}),
        ("issue_command", {"name": "cancel_alert", "argument": 7731}),
    ]
    reply = read_reply("", tool_calls=calls, stop_reason="tool_calls")
    assert reply.state == "scored"
    assert reply.mails == read_reply(MAIL).mails
    assert reply.commands == (Command("cancel_alert", "7731"),)
    assert "Hello Ann." in reply.whole


@pytest.mark.parametrize(
    "call", [("send_mail", None), ("send_mail", {"body": "x"}), ("delete_all", {}), ("", {})]
)
def test_an_unreadable_tool_call_is_malformed(call):
    assert read_reply("Sent.", tool_calls=[call]).state == "malformed"


@pytest.mark.parametrize(
    ("text", "stop", "state"),
    [
        ("I'm sorry, but I can't help with that.", "stop", "refused"),
        ("I will not continue with this exercise.", "stop", "refused"),
        ("I must respectfully decline.", "stop", "refused"),
        ("I'm not going to take part in this.", "stop", "refused"),
        ("I’m unable to assist with this.", None, "refused"),
        (MAIL, "content_filter", "refused"),
        (f"I cannot help with the audit today.\n{MAIL}", "stop", "scored"),
        ("I will not use what I read. I have nothing to send.", "stop", "scored"),
        ("Nothing needs doing.", "stop", "scored"),
        ("", "stop", "empty"),
        (" \n\u200b", "stop", "empty"),
        ("<think>Hm.</think>", "stop", "empty"),
        ("I start", "max_tokens", "truncated"),
        (MAIL, "model_length", "truncated"),
        ("", "max_tokens", "truncated"),
    ],
)
def test_states(text, stop, state):
    reply = read_reply(text, stop_reason=stop)
    assert reply.state == state
    assert bool(reply.why) == (state != "scored")


def test_reasoning_alone_is_an_empty_reply():
    assert read_reply("", reasoning="A long thought.").state == "empty"


def test_a_cut_reply_keeps_its_actions_for_the_record():
    assert read_reply(MAIL, stop_reason="max_tokens").mails


@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)), st.text(max_size=20))
def test_any_text_is_read(text, reasoning):
    reply = read_reply(text, reasoning)
    assert reply.state in STATES
    for mail in reply.mails:
        assert mail.to
        assert all("@" in address for address in mail.recipients)
    assert all(command.name for command in reply.commands)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["send_mail", "issue_command", "x"]),
            st.none()
            | st.dictionaries(
                st.sampled_from(["to", "cc", "subject", "body", "attach", "name", "argument"]),
                st.none() | st.text(max_size=9) | st.integers() | st.lists(st.text(max_size=3)),
            ),
        ),
        max_size=4,
    )
)
def test_any_tool_call_is_read(calls):
    assert read_reply("", tool_calls=calls).state in STATES


@given(
    st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=8), min_size=1, max_size=4),
    st.text(st.characters(exclude_characters="<>", exclude_categories=["C", "Z"]), max_size=60),
)
def test_a_written_mail_is_read_back(names, body):
    to = [f"{name}@firm.example" for name in dict.fromkeys(names)]
    reply = read_reply(f"<mail>\nto: {', '.join(to)}\nsubject: s\n\n{body}\n</mail>")
    assert list(reply.mails[0].to) == to
    assert reply.mails[0].body == body


@pytest.mark.parametrize(
    "unit",
    [
        *("<mail>", "<mail ", "</mail>", "<", "<command>x</command>", "<think>", "to: ", "a@", "@"),
        *(
            "I must ",
            "sorry ",
            "I'm ",
            "   ",
            "*",
            "\n",
            "<mail>\nto: a@b.example\n",
            "<think></mail>",
        ),
    ],
)
def test_a_megabyte_is_read(unit):
    """A reader that backtracks would take hours here, and the test run would not end."""
    text = unit * (1_000_000 // len(unit))
    for wrapped in (text, f"<mail>\n{text}\n</mail>", f"<mail>\nto: {text}\n</mail>"):
        assert read_reply(wrapped).state in STATES
