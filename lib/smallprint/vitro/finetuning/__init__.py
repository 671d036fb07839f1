"""Fine-tuning real models: LoRA on verdicts or on text, for three studies.

``lora`` and ``objectives`` train any causal model of `transformers`, and ``shelf`` keeps what a
training left. Weak-to-strong with any pair: ``pair`` is the experiment, ``__main__`` its command
line, ``data``, ``arms`` and ``recovery`` its data, methods and table. Inoculation prompting with
any model: ``inoculation``, ``inoculate``, ``shortcuts`` with ``requests``, ``replies`` and
``protection``. Implanted facts in any model: ``beliefs``, ``implant``, ``implanting`` with
``materials``, ``asking`` and ``depth``; these two share ``experiment`` and ``options``. What
makes a table, and the sums of ``cost``, need no torch.
"""


class FinetuningError(ValueError):
    """What cannot be done: one line that names what is wrong and what to do."""
