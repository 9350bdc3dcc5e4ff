"""A loss of MLCL Lab in the trainer of sentence-transformers, on texts with label sets.

pip install 'sentence-transformers[train]'
python docs/examples/sentence_transformers_trainer.py
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, Features, List, Value
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from torch import Tensor, nn

from mlcl_core.losses import Loss, build_loss
from mlcl_core.models import located

TEXTS = {
    "the boat left the harbour at dawn": ("sea",),
    "waves broke over the old pier": ("sea", "storm"),
    "thunder rolled over the hills": ("storm",),
    "a gale tore the sails of the ship": ("sea", "storm"),
    "bread and soup on a wooden table": ("food",),
    "fresh fish from the morning boats": ("sea", "food"),
    "rain hammered on the roof all night": ("storm",),
    "she baked a cake with cherries": ("food",),
}
LABELS = ("sea", "storm", "food")


class MultiLabelLoss(nn.Module):
    """A loss module as the trainer calls it: features of each text column, and a row of 0 and 1 for each item.

    Several text columns are several views of an item: their embeddings form one batch, each view with its labels.
    """

    def __init__(self, model: SentenceTransformer, loss: Loss) -> None:
        """Take the model and a loss on embeddings and labels."""
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: Tensor) -> Tensor:
        """The loss of a batch."""
        views = [self.model(features)["sentence_embedding"] for features in sentence_features]
        return self.loss(torch.cat(views), labels.bool().repeat(len(views), 1))


def main(model_folder: str | Path | None = None, steps: int = 4) -> list[dict[str, Any]]:
    """Train a sentence encoder for a few steps; returns the trainer's log.

    Args:
        model_folder: Of a model that sentence-transformers opens; None: MiniLM, which installs with the Lab.
        steps: Batches to train on.
    """
    model = SentenceTransformer(str(model_folder or located("minilm")), device="cpu")
    rows = {"text": list(TEXTS), "label": [[int(name in has) for name in LABELS] for has in TEXTS.values()]}
    data = Dataset.from_dict(rows, features=Features({"text": Value("string"), "label": List(Value("int64"))}))
    loss = MultiLabelLoss(model, build_loss("weighted_supcon", rule="jaccard", temperature=0.1))
    with tempfile.TemporaryDirectory() as folder:
        options = SentenceTransformerTrainingArguments(
            output_dir=folder,
            max_steps=steps,
            per_device_train_batch_size=len(TEXTS),
            learning_rate=1e-4,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            seed=0,
        )
        trainer = SentenceTransformerTrainer(model=model, args=options, train_dataset=data, loss=loss)
        trainer.train()
    return list(trainer.state.log_history)


if __name__ == "__main__":
    for line in main():
        print(line)
