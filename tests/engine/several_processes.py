"""The work of every process of a torchrun in the tests: ``-m tests.engine.several_processes OUT ORDER``.

ORDER is JSON: ``losses``, each with the gradients of a small network in float64; ``trainings``, each a toy problem to
its last step. The first process writes to OUT what came out.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from mlcl_core.engine.events import FittingProbe, StepDone
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.process_group import ProcessGroup, make_accelerator
from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss, fitted_to_labels
from tests.engine.toy import toy_config, toy_data, toy_trainer

N, C, D, QUEUE = 11, 4, 5, 6


def gradients(
    group: ProcessGroup, name: str, options: dict[str, Any], *, keys: bool = False
) -> tuple[float, list[Tensor]]:
    """Loss of a batch of two views, and the gradient of every parameter, from this process's slice of it."""
    torch.manual_seed(0)
    net = nn.ModuleDict(
        {
            "z": nn.Linear(7, D),
            "logits": nn.Linear(7, C),
            "label_z": nn.Sequential(nn.Linear(7, C * D), nn.Unflatten(1, (C, D))),
            "mixture": nn.Sequential(nn.Linear(7, C * D), nn.Unflatten(1, (C, D))),
        }
    ).double()
    prototypes = nn.Parameter(torch.randn(C, D, dtype=torch.float64))
    x, y = torch.randn(2, N, 7, dtype=torch.float64), torch.rand(N, C) < 0.45
    y[0], y[1] = False, True
    others = torch.randn(N + QUEUE, D, dtype=torch.float64)
    loss = fitted_to_labels(build_loss(name, **options), y)
    views = 1 if keys else 2
    own = x[:views, group.slice(N)].flatten(0, 1)
    out = {key: group.gather(part(own), N, views) for key, part in net.items()}
    inputs: dict[str, Any] = {key: out[key] for key in loss.needs & {"logits", "label_z", "mixture"}}
    if "prototypes" in loss.needs:
        inputs["prototypes"] = prototypes
    if keys:
        inputs |= {"references": (others, torch.cat([y, y[:QUEUE]])), "candidates": "both"}
    if (local_anchors := group.local_anchors(N, views, y.device)) is not None:
        inputs["local_anchors"] = local_anchors
    value = loss(out["z"], y.repeat(views, 1), **inputs)
    value.backward()
    parameters = [*net.parameters(), prototypes]
    group.all_reduce_gradients(parameters)
    return float(group.all_reduce(value)), [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]


# From the next step on, and from the next epoch on.
CHANGE = {"loss.temperature": 0.3, "training.batch_size": 20, "training.sampler": "label_balanced"}
RULE = {"loss.rule": "jaccard"}


def compare(group: ProcessGroup, name: str, options: dict[str, Any], keys: bool) -> float:
    """Largest difference to one process on the joined batch, over the largest entry of its tensor (or 0.001: the
    gradient of a bias may be 0).
    """
    value, found = gradients(group, name, options, keys=keys)
    expected, alone = gradients(ProcessGroup(), name, options, keys=keys)
    pairs = zip([torch.tensor(value), *found], [torch.tensor(expected), *alone], strict=True)
    return max(float((a - b).abs().max() / b.abs().max().clamp_min(1e-3)) for a, b in pairs)


def train(settings: dict[str, Any]) -> dict[str, Any]:
    """Losses of a training's steps, its parameters, and how far those of the processes are apart."""
    trainer = toy_trainer(**settings)
    losses = []
    if trainer.group.rank == 0:
        for event in trainer.events():
            if isinstance(event, FittingProbe):
                break
            if isinstance(event, StepDone):
                losses.append(event.loss)
                if event.step == 5:
                    trainer.change(CHANGE | (RULE if trainer.config.loss.name == "weighted_supcon" else {}))
    else:
        trainer.follow()
    flat = torch.cat([p.detach().double().flatten() for m in trainer.stepper.modules.values() for p in m.parameters()])
    all_ranks = [flat]
    if trainer.group.size > 1:
        all_ranks = [torch.empty_like(flat) for _ in range(trainer.group.size)]
        dist.all_gather(all_ranks, flat)
    apart = max(float((other - flat).abs().max()) for other in all_ranks)
    return {"losses": losses, "parameters": flat.tolist(), "apart": apart}


def refused(group: ProcessGroup) -> int:
    """In how many processes a run is refused of which the last process reads other data."""
    noise = 2.0 if group.rank == group.size - 1 else 1.0
    try:
        Trainer(toy_config(), None, toy_data(noise=noise))
    except InputError as error:
        return int(group.all_reduce(torch.tensor("1 of the 3 processes read other data" in str(error))))
    return int(group.all_reduce(torch.tensor(False)))


def main(out: Path, order: dict[str, Any]) -> None:
    """Carry out the order."""
    _, group = make_accelerator(torch.device("cpu"))
    differences = [compare(group, *one) for one in order["losses"]]
    trained = [train(settings) for settings in order["trainings"]]
    other = refused(group)
    if group.rank == 0:
        out.write_text(
            json.dumps({"size": group.size, "differences": differences, "trained": trained, "other_data": other})
        )
    dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
