import zipfile

import pytest
from fakes import serving
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log_samples
from inspect_ai.model import BatchConfig
from inspect_ai.tool import tool

from smallprint.evals import asking, logs, prices
from smallprint.evals.asking import AskingError, ask
from smallprint.evals.shelf import locked

CLAUDE = "anthropic/claude-sonnet-5"


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-real-key")


def made(n, words="hello"):
    return [
        Sample(id=f"s{index}", input=f"{words} {index}", metadata={"digest": f"{words}-{index}"})
        for index in range(n)
    ]


def logged(folder):
    return [
        sample
        for log in folder.glob("*.eval")
        for sample in read_eval_log_samples(str(log), all_samples_required=False)
    ]


def test_each_sample_is_asked_once_whatever_is_added_or_reworded(tmp_path):
    with serving() as fake:

        def run(samples):
            return ask(samples, model=CLAUDE, folder=tmp_path, base_url=fake.url)

        assert (run(made(5)).asked, run(made(5)).asked) == (5, 0)
        more = run(made(8))
        assert (more.asked, more.reused, more.failed, more.stopped_by) == (3, 5, {}, None)
        assert run([*made(1, "other words"), *made(7)[1:]]).asked == 1
        bill = fake.stats()["billed"]
    assert len(bill) == 9
    assert set(bill.values()) == {1}
    assert len(list(tmp_path.glob("*.eval"))) == 3
    assert not (tmp_path / "received.jsonl").exists()


def test_an_unreadable_log_is_named_and_nothing_is_paid_again(tmp_path):
    with serving() as fake:
        ask(made(3), model=CLAUDE, folder=tmp_path, base_url=fake.url)
        [log] = tmp_path.glob("*.eval")
        log.write_bytes(log.read_bytes()[:-200])
        with pytest.raises(AskingError, match=f"{log.name}: not a readable log"):
            ask(made(4), model=CLAUDE, folder=tmp_path, base_url=fake.url)
        assert sum(fake.stats()["requests"].values()) == 3


def test_two_runs_never_ask_into_one_folder(tmp_path):
    with locked(tmp_path / "busy"), pytest.raises(AskingError, match="another run"):
        ask(made(1), model="mockllm/model", folder=tmp_path / "busy")
    assert not (tmp_path / "busy").exists()


def test_budget_is_kept_and_a_further_call_goes_on(tmp_path):
    price = prices.price(CLAUDE)
    with serving() as fake:

        def run(budget):
            return ask(
                made(40),
                model=CLAUDE,
                folder=tmp_path,
                base_url=fake.url,
                budget=budget,
                max_tokens=100,
                max_connections=10,
            )

        budget = 0.015
        first = run(budget)
        assert 0 < first.cost <= budget
        assert first.remaining == 40 - first.asked > 0
        assert "budget" in first.stopped_by
        # It stops only where one more request in the worst case would not fit.
        assert budget - first.cost <= prices.worst(price, "hello 39", 100)
        billed = fake.stats()["billed"]
        assert len(billed) == first.asked
        second = run(1.0)
        assert (second.asked, second.reused, second.stopped_by) == (
            40 - first.asked,
            first.asked,
            None,
        )
        assert first.cost + second.cost == pytest.approx(
            sum(prices.cost(price, sample.output.usage) for sample in logged(tmp_path))
        )


def test_a_budget_needs_a_price_and_a_sum(tmp_path):
    with pytest.raises(AskingError, match="no price in"):
        ask(made(1), model="openai-api/local/some", folder=tmp_path / "a", budget=1.0)
    for nothing in (0.0, -1.0):
        with pytest.raises(AskingError, match="above zero"):
            ask(made(1), model=CLAUDE, folder=tmp_path / "a", budget=nothing)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("model", "says"),
    [("nobody/some", "nobody"), ("anthropic/some", "ANTHROPIC_API_KEY")],
)
def test_what_cannot_start_is_one_line_and_writes_nothing(tmp_path, monkeypatch, model, says):
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(AskingError, match=says) as error:
        ask(made(1), model=model, folder=tmp_path / "a")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "a").exists()


def test_an_unknown_model_costs_no_more_than_the_requests_under_way(tmp_path):
    with serving() as fake:
        done = ask(
            made(50),
            model="anthropic/unknown",
            folder=tmp_path / "a",
            base_url=fake.url,
            max_connections=5,
        )
    assert (done.asked, done.cost) == (0, None)
    assert "does not know this model" in done.stopped_by
    assert len(done.failed) <= 5
    assert not (tmp_path / "a").exists()


@tool
def send_mail():
    async def execute(to: str) -> str:
        """Send a mail.

        Args:
            to: Address.
        """
        raise AssertionError("a tool of a scenario is never carried out")

    return execute


def test_tool_calls_are_logged_and_not_carried_out(tmp_path):
    with serving() as fake:
        done = ask(made(2), model=CLAUDE, folder=tmp_path, base_url=fake.url, tools=[send_mail()])
    assert done.asked == 2
    calls = [sample.output.message.tool_calls for sample in logged(tmp_path)]
    assert [(call.function, call.arguments) for [call] in calls] == [
        ("send_mail", {"to": "a@b.example"})
    ] * 2


def test_batch_mode_asks_once_at_half_the_price(tmp_path, monkeypatch):
    # Inspect waits ten seconds for a batch to fill and a minute between looks at it.
    monkeypatch.setattr(asking, "BATCH", BatchConfig(send_delay=0.1, tick=0.1))
    with serving() as fake:
        done = ask(made(6), model=CLAUDE, folder=tmp_path, base_url=fake.url, batch=True)
        assert (done.asked, done.failed) == (6, {})
        assert set(fake.stats()["billed"].values()) == {1}
        assert fake.stats()["batches"] == 1
    usage = [sample.output.usage for sample in logged(tmp_path)]
    full = sum(prices.cost(prices.price(CLAUDE), one) for one in usage)
    assert done.cost == pytest.approx(full / 2)
    assert all(one.batch for one in logs.read(tmp_path).finished.values())


def test_logs_hold_what_the_provider_counted(tmp_path):
    with serving() as fake:
        ask(made(1), model=CLAUDE, folder=tmp_path, base_url=fake.url)
    [log] = tmp_path.glob("*.eval")
    assert "header.json" in zipfile.ZipFile(log).namelist()
    [sample] = logged(tmp_path)
    assert (sample.output.stop_reason, sample.output.usage.output_tokens) == ("stop", 40)
    assert sample.metadata["digest"] == "hello-0"
