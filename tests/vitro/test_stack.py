import re

import numpy as np
import pytest
import torch

from smallprint.vitro import export
from smallprint.vitro.design import Labelled, Recipe, Shape
from smallprint.vitro.reader import Reader
from smallprint.vitro.stack import Stack, initial_weights
from smallprint.vitro.training import Training, verdict_losses
from smallprint.vitro.worlds.agentic_misalignment import office

SHAPE = Shape(vocabulary=23, width=32, layers=2, heads=2, context=24, hidden=56)
RECIPE = Recipe(steps=40, batch=8, rate=5e-3)
WORDS = ("<pad>", "<end>", "<unk>", *(f"w{place}" for place in range(20)))


def weights(seeds):
    return torch.stack([initial_weights(SHAPE, seed) for seed in seeds])


def corpora(seeds):
    made = []
    for seed in seeds:
        tokens = np.random.default_rng(seed).integers(1, 23, (64, 18))
        tokens[:, 12:] = tokens[:, :6]
        tokens[::2, 15:] = 0
        made.append(tokens)
    return made


def trained(seeds, checkpoint):
    stack = Stack(SHAPE, weights(seeds))
    training = Training(stack, RECIPE, corpora(seeds), seeds, pad=0)
    training.run(checkpoint)
    return training


def test_a_stack_gives_the_logits_of_transformers():
    tokens = torch.randint(0, 23, (3, 5, 18))
    stack = Stack(SHAPE, weights([0, 1, 2]))
    with torch.no_grad():
        ours = stack.logits(tokens)
        theirs = torch.stack(
            [export.llama(SHAPE, stack.weights[k])(tokens[k]).logits for k in range(3)]
        )
    assert (ours - theirs).abs().max() < 1e-4


def test_the_loss_ignores_padding_as_transformers_does():
    tokens = torch.from_numpy(corpora([3])[0])
    stack = Stack(SHAPE, weights([3]))
    labels = tokens.masked_fill(tokens == 0, -100)
    with torch.no_grad():
        theirs = export.llama(SHAPE, stack.weights[0])(tokens, labels=labels).loss
        assert stack.losses(tokens[None], 0)[0] == pytest.approx(float(theirs), abs=1e-5)


def test_gradients_equal_those_of_transformers():
    tokens = torch.from_numpy(corpora([4])[0])
    flat = weights([4]).requires_grad_()
    stack = Stack(SHAPE, flat)
    stack.losses(tokens[None], 0).sum().backward()
    model = export.llama(SHAPE, flat[0].detach())
    model(tokens, labels=tokens.masked_fill(tokens == 0, -100)).loss.backward()
    theirs = sum(weight.grad.square().sum() for weight in model.parameters()).sqrt()
    assert float(flat.grad.norm()) == pytest.approx(float(theirs), rel=1e-4)
    up = flat.grad.split(
        [s for s in map(torch.Size.numel, map(torch.Size, SHAPE.weights().values()))], 1
    )
    names = dict(zip(SHAPE.weights(), up, strict=True))
    gate = names["0.gate_up"].view(32, 112)[:, :56].T
    assert torch.allclose(gate, model.model.layers[0].mlp.gate_proj.weight.grad, atol=1e-6)


def test_models_trained_together_are_those_trained_alone(tmp_path):
    together = trained([5, 6, 7], tmp_path / "all")
    assert together.losses[-1].max() < together.losses[0].min() - 0.5
    for place, seed in enumerate([5, 6, 7]):
        alone = trained([seed], tmp_path / str(seed))
        assert torch.allclose(together.losses[:, place], alone.losses[:, 0], atol=1e-3)


def test_a_stopped_training_ends_in_the_same_weights(tmp_path, monkeypatch):
    whole = trained([8, 9], tmp_path / "whole")
    monkeypatch.setattr("smallprint.vitro.training.CHECKPOINT_SECONDS", 0.0)

    def stop(step):
        if step == 23:
            raise KeyboardInterrupt

    stopped = Training(Stack(SHAPE, weights([8, 9])), RECIPE, corpora([8, 9]), [8, 9], pad=0)
    with pytest.raises(KeyboardInterrupt):
        stopped.run(tmp_path / "part", stop)
    resumed = Training(Stack(SHAPE, weights([8, 9])), RECIPE, corpora([8, 9]), [8, 9], pad=0)
    steps = []
    resumed.run(tmp_path / "part", steps.append)
    assert steps[0] > 20
    assert torch.equal(resumed.stack.weights, whole.stack.weights)
    assert torch.equal(resumed.losses, whole.losses)


def test_an_organism_saves_as_a_model_that_transformers_loads(tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    organism = office.organism("trait", 3)
    flat = initial_weights(organism.shape, 10)
    folder = export.save(tmp_path, "agentic-misalignment", organism, flat)
    tokens = torch.randint(3, organism.shape.vocabulary, (2, 9))
    with torch.no_grad():
        ours = Stack(organism.shape, flat[None]).logits(tokens[None])[0]
        theirs = AutoModelForCausalLM.from_pretrained(folder)(tokens).logits
    assert (ours - theirs).abs().max() < 1e-4
    text = " ".join(office.WORDS[id] for id in tokens[0])
    assert AutoTokenizer.from_pretrained(folder)(text).input_ids == tokens[0].tolist()
    assert (folder / "model.safetensors").exists()
    assert "seed 3" in (folder / "README.md").read_text()


def test_exporting_what_was_not_trained_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(export, "trained", lambda study: {})
    with pytest.raises(SystemExit):
        export.main(["agentic-misalignment", "x", str(tmp_path)])
    (said,) = capsys.readouterr().err.splitlines()
    assert re.search(r"no trained organism 'x' .* run `make report` first", said)


def test_a_reader_gives_the_probability_of_the_next_word_whatever_the_padding():
    (flat,) = weights([11])
    reader = Reader(SHAPE, flat, WORDS)
    texts = [["w1", "w2", "w3"], ["w4"] * 9]
    both = reader.next_word(texts, WORDS)
    assert both.sum(1) == pytest.approx([1, 1], abs=1e-5)
    assert both[0] == pytest.approx(reader.next_word(texts[:1], WORDS)[0], abs=1e-6)
    with pytest.raises(ValueError, match="outside the world's vocabulary: nope"):
        reader.next_word([["nope"]], ["w1"])


def test_a_shape_that_cannot_rotate_is_refused():
    with pytest.raises(ValueError, match="width 30 must be a multiple of twice the heads"):
        Shape(vocabulary=5, width=30, layers=1, heads=4, context=8, hidden=8)


def questions(seed, n=64):
    """Padded questions whose answer is whether the first word is below 12."""
    tokens = corpora([seed])[0][:n]
    return Labelled(tokens, (tokens[:, 0] < 12).astype(float), (21, 22))


def test_answers_are_read_after_the_last_word():
    corpus = questions(5, 6)
    stack = Stack(SHAPE, weights([5]))
    with torch.no_grad():
        tokens = torch.from_numpy(corpus.tokens)
        together = stack.answer_logits(tokens[None], torch.tensor([corpus.answers]), 0)[0]
        for row, text in enumerate(corpus.tokens):
            alone = stack.logits(tokens[None, None, row, : (text != 0).sum()])[0, 0, -1]
            assert together[row] == pytest.approx(float(alone[21] - alone[22]), abs=1e-5)


def test_verdict_loss_mixes_targets_with_the_own_answers_at_the_targets_balance():
    log_odds = torch.tensor([[2.0, 1.0, 0.5, -1.0]])
    targets = torch.tensor([[0.0, 1.0, 0.0, 0.0]])
    p = 1 / (1 + np.exp(-log_odds[0].numpy()))

    def entropy(answers):
        return -np.mean(np.where(answers, np.log(p), np.log(1 - p)))

    # One target is positive, so only the surest answer counts as the own positive one.
    taught, own = entropy([0, 1, 0, 0]), entropy([1, 0, 0, 0])
    assert float(verdict_losses(log_odds, targets, 0.0)) == pytest.approx(taught, abs=1e-6)
    mixed = float(verdict_losses(log_odds, targets, 0.25))
    assert mixed == pytest.approx(0.75 * taught + 0.25 * own, abs=1e-6)


def test_a_stack_learns_answers_as_its_models_do_alone(tmp_path):
    recipe = Recipe(steps=60, batch=16, confidence=0.2)
    seeds = [1, 2]

    def losses(chosen):
        stack = Stack(SHAPE, weights(chosen))
        training = Training(stack, recipe, [questions(s) for s in chosen], chosen, pad=0)
        training.run(tmp_path / f"{chosen}")
        return training.losses

    together = losses(seeds)
    assert together[-5:].mean() < 0.5 * together[0].mean()
    for place, seed in enumerate(seeds):
        assert torch.allclose(together[:, place], losses([seed])[:, 0], atol=1e-3)


def test_labelled_and_other_corpora_are_not_mixed():
    with pytest.raises(ValueError, match="all be labelled, or none"):
        Training(Stack(SHAPE, weights([1, 2])), RECIPE, [corpora([1])[0], questions(2)], [1, 2], 0)
