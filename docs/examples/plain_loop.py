"""A loss of MLCL Lab in a plain loop of PyTorch: no configuration, no run, no data set of the Lab.

python docs/examples/plain_loop.py
"""

import torch
from torch import nn

from mlcl_core.losses import build_loss


def main(steps: int = 60) -> list[float]:
    """Train a small network on made items; returns the loss of each step."""
    torch.manual_seed(0)
    # 256 items with 5 labels; each label moves an item along a direction of its own
    y = torch.rand(256, 5) < 0.3
    x = y.float() @ torch.randn(5, 20) + 0.5 * torch.randn(256, 20)

    network = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 16))
    loss_of = build_loss("weighted_supcon", rule="similarity_dissimilarity", temperature=0.1)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)

    losses = []
    for _ in range(steps):
        batch = torch.randint(len(x), (64,))
        z = network(x[batch])  # the loss brings embeddings to length 1
        loss = loss_of(z, y[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    found = main()
    print(f"loss {found[0]:.3f} at the first step, {found[-1]:.3f} at the last")
