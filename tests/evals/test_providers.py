"""Every documented way to a model, from asking to the outcomes table."""

import pytest
import tiktoken
from fakes import serving

from smallprint import scenarios
from smallprint.evals import control, outcomes
from smallprint.evals.agentic_misalignment import inspect_samples, tools
from smallprint.evals.asking import ask

STUDY = "agentic-misalignment"


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    def download(*_):
        raise AssertionError("a vocabulary was about to be downloaded")

    monkeypatch.setattr(tiktoken, "get_encoding", download)
    monkeypatch.setattr(tiktoken, "encoding_for_model", download)
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "LOCAL_API_KEY"):
        monkeypatch.setenv(name, "not-a-real-key")


def asked(folder, model, reply="tags", **options):
    samples = inspect_samples(scenarios.load(STUDY), ["leverage"], "published", 1, reply)[:4]
    control.know(samples)
    done = ask(samples, model=model, folder=folder / "asked", tools=tools(reply), **options)
    assert (done.asked, done.failed, done.stopped_by) == (4, {}, None)
    return outcomes.read(folder)


def test_anthropic_in_whole_replies_streams_and_tool_calls(tmp_path):
    with serving() as fake:
        for name, options in {
            "whole": {},
            "streamed": {"max_tokens": 10_000},
            "tools": {"reply": "tools"},
        }.items():
            table = asked(
                tmp_path / name, "anthropic/claude-sonnet-5", base_url=fake.url, **options
            )
            assert set(table["state"]) == {"scored"}
            assert (table["output_tokens"] == 40).all()
            assert (table["cost"] > 0).all()


@pytest.mark.parametrize("model", ["openai-api/local/some-model", "openai/gpt-4.1"])
def test_servers_that_speak_openai(tmp_path, monkeypatch, model):
    with serving() as fake:
        monkeypatch.setenv("LOCAL_BASE_URL", f"{fake.url}/v1")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{fake.url}/v1")
        table = asked(tmp_path, model, model_args={"responses_api": False})
    assert set(table["state"]) == {"scored"}
    assert (table["output_tokens"] == 40).all()
    assert table["cost"].notna().all() == (model == "openai/gpt-4.1")


@pytest.mark.parametrize("model", ["control/always-use-leverage", "mockllm/model"])
def test_scripted_models_need_no_network(tmp_path, model):
    assert len(asked(tmp_path, model, seeded=True)) == 4


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A model of random weights and a tokenizer trained on a scenario, on disk."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    folder = tmp_path_factory.mktemp("tiny")
    texts = [
        s.input[1].text
        for s in inspect_samples(scenarios.load(STUDY), ["leverage"], "published", 1)
    ]
    bare = Tokenizer(models.BPE(unk_token="<unk>"))
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<unk>", "<s>", "</s>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bare.train_from_iterator(
        texts,
        trainers.BpeTrainer(vocab_size=600, special_tokens=special, initial_alphabet=alphabet),
    )
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=bare,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="</s>",
    )
    tokenizer.chat_template = (
        "{% for m in messages %}<s>{{ m.role }}: {{ m.content }}</s>{% endfor %}"
        "{% if add_generation_prompt %}<s>assistant: {% endif %}"
    )
    tokenizer.save_pretrained(folder)
    transformers.set_seed(0)
    transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=8192,
        )
    ).save_pretrained(folder)
    return folder


def test_a_local_model_answers_through_transformers(tmp_path, tiny):
    table = asked(tmp_path, f"hf/{tiny}", max_tokens=8)
    assert (table["output_tokens"] <= 8).all()
    assert (table["cost"] == 0).all()


def test_an_exported_organism_answers_in_its_own_words(tmp_path):
    import torch
    from inspect_ai.dataset import Sample
    from inspect_ai.log import list_eval_logs, read_eval_log

    from smallprint.vitro import export
    from smallprint.vitro.stack import initial_weights
    from smallprint.vitro.worlds.agentic_misalignment import office, probes

    torch.set_num_threads(1)
    organism = office.organism("trait", 0)
    folder = export.save(tmp_path / "organism", STUDY, organism, initial_weights(organism.shape, 0))
    scene = office.scene(office.stream(0, "asked"), probes.HEADLINE, ("debt",), 2)
    prompt = " ".join((*scene.words, "end", scene.agent))
    sample = Sample(id="one", input=prompt, metadata={"digest": "x"})
    done = ask([sample], model=f"hf/{folder}", folder=tmp_path / "asked", max_tokens=5)
    assert done.asked == 1, done
    (log,) = list_eval_logs(str(tmp_path / "asked"))
    (answered,) = read_eval_log(log).samples
    assert set(answered.output.completion.split()) <= set(office.WORDS)
    assert answered.output.usage.input_tokens == len(prompt.split())
