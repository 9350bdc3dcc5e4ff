"""Operations that bring a value to the host are counted, and the pretended device computes what the CPU does."""

import pytest
import torch

from mlcl_core.bench.loss_peers import mulsupcon_rows
from mlcl_core.bench.operations import counted_operations
from mlcl_core.losses import build_loss
from tests.cases import embeddings, random_labels
from tests.host_reads import host_reads, on_host, pretended_device

X = torch.arange(6.0)


def fill(x, index, value):
    """Set what an index names."""
    x[index] = value


READS = {
    "item": lambda x: x[0].item(),
    "float": lambda x: float(x[0]),
    "bool": lambda x: bool(x[0] > 1),
    "tolist": lambda x: x.tolist(),
    "numpy": lambda x: x.cpu().numpy(),
    "nonzero": lambda x: x.nonzero(),
    "masked_select": lambda x: x.masked_select(x > 1),
    "mask": lambda x: x[x > 1],
    "values at a mask": lambda x: fill(x.clone(), x > 3, x[:2]),
    "number at positions": lambda x: fill(x.clone(), x.long(), 0),
    "unique": lambda x: x.unique(),
    "equal": lambda x: torch.equal(x, x + 1),
    "repeats": lambda x: x.repeat_interleave(x.long()),
    "new_tensor": lambda x: x.new_tensor(3.0),
}
WAITS_FOR_NOTHING = {
    "products": lambda x: (x[:, None] @ x[None, :]).exp().sum(),
    "a number at a mask": lambda x: fill(x.clone(), x > 1, 0),
    "positions": lambda x: x[x.long()],
    "tensor at positions": lambda x: fill(x.clone(), x.long(), x),
    "slices": lambda x: fill(x.clone(), slice(0, 2), 0),
    "made there": lambda x: torch.zeros(3, device=x.device) + torch.arange(3, device=x.device),
    "repeats, their number told": lambda x: x.repeat_interleave(x.long(), output_size=15),
}


@pytest.mark.parametrize("name", READS)
def test_a_read_is_counted(name):
    """Each way in which a value comes to the host is counted, on the CPU and on a pretended device."""
    with host_reads() as reads:
        READS[name](X)
    assert len(reads) >= 1
    with pretended_device() as device:
        x = X.to(device)
        with host_reads(device) as reads:
            READS[name](x)
    assert len(reads) >= 1


@pytest.mark.parametrize("name", WAITS_FOR_NOTHING)
def test_other_operations_are_not_counted(name):
    """Computing, indexing by positions and filling in ask for no value."""
    with host_reads() as reads:
        WAITS_FOR_NOTHING[name](X)
    assert reads == []
    with pretended_device() as device:
        x = X.to(device)
        with host_reads(device) as reads:
            WAITS_FOR_NOTHING[name](x)
    assert reads == []


def test_copies_between_host_and_device_are_counted():
    """A copy to or from the device is counted, one on the device is not, nor one that does not wait."""
    with pretended_device() as device, host_reads(device) as reads:
        x = X.to(device)
        assert reads == ["_to_copy"]
        x.to(torch.float64)
        X.to(device, non_blocking=True)
        assert reads == ["_to_copy"]
        there = torch.empty(6)
        there.copy_(x)
        assert reads == ["_to_copy", "copy_"]
    assert torch.equal(there, X)


def test_host_tensors_do_not_count_beside_a_device():
    """With a device named, what the host computes for itself is free."""
    with pretended_device() as device, host_reads(device) as reads:
        float(X.sum())
    assert reads == []


def test_the_innermost_function_of_the_package_is_named():
    """A read says where it is."""
    with host_reads() as reads:
        mulsupcon_rows(embeddings(4), random_labels(4, 3, 0.5, 0))
    assert reads[0] == "nonzero in bench/loss_peers.py mulsupcon_rows"


def test_a_pretended_device_computes_the_same_bits():
    """Loss and gradient of a model there are those on the host, through an optimiser's step too."""
    z, y = embeddings(12), random_labels(12, 5, 0.4, 1)
    loss, found = build_loss("weighted_supcon"), []
    with pretended_device() as device:
        for where in (torch.device("cpu"), device):
            torch.manual_seed(0)
            model = torch.nn.Linear(z.shape[1], 4, dtype=z.dtype).to(where)
            optimiser = torch.optim.AdamW(model.parameters())
            for _ in range(2):
                optimiser.zero_grad()
                value = loss(model(z.to(where)), y.to(where))
                value.backward()
                optimiser.step()
            assert model.weight.device == where
            found.append((on_host(value), on_host(model.weight.data)))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])


def test_a_pretended_device_does_not_mix_with_the_host():
    """A tensor of the host beside one of the device is refused, as on a GPU; a single number is not."""
    with pretended_device() as device:
        x = X.to(device)
        x + torch.tensor(1.0)
        with pytest.raises(AssertionError, match="mixes tensors"):
            x + X


def test_launches():
    """Operations that compute are counted; views and empty memory are not."""
    with counted_operations() as found:
        x = torch.empty(3, 2).fill_(1)
        x.T.sum(0).view(3, 1)
    assert found.launches == 2
