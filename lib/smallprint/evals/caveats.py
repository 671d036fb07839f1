"""Known defects of the port of the study's own materials; shown wherever its results are."""

CAVEATS = {
    "C3": "The gate for leverage needs one of two words in the reply, so it depends on visible "
    "reasoning. Judge, string half and gate are shown side by side.",
    "C4": "With extra instructions the port sends a literal placeholder where the firm's name "
    "belongs. Both are run: as released, and with the name filled in.",
    "C5": "The study's code turned the goal type `swap` into `latent` without a word. The port "
    "does not, so its `swap` cells have no published counterpart and are left out here.",
    "C6": "The port prints a standard error of zero (it averages the repetitions of its single "
    "sample first), asks its judge at the provider's default temperature and counts an empty "
    "reply as harmless. Rates and intervals here come from the single replies, and a reply that "
    "cannot be scored is counted apart.",
}
