"""Encoders as folders: what other programs open gives the embeddings of the run."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from sentence_transformers import SentenceTransformer

from mlcl_core.data import LabelMatrix, MultiLabelData, load_data
from mlcl_core.data.pictures import Pictures
from mlcl_core.engine.build import fitted, training_loss
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.encoder_folder import (
    EncoderParts,
    encoder_parts,
    load_encoder,
    write_native,
    write_sentence_transformers,
)
from mlcl_core.engine.measure import encode
from mlcl_core.engine.network import Outputs, build_network
from mlcl_core.engine.prepare import prepare
from mlcl_core.errors import InputError
from tests.engine.toy import toy_config
from tests.tiny_models import TEXTS, picture_model, text_model

CPU = torch.device("cpu")
ROWS = 24


def moved(config: TrainConfig, loaded: MultiLabelData) -> tuple[EncoderParts, Outputs]:
    """The parts of a network whose weights were all moved, as by a training, and what it makes of the items."""
    data = prepare(config, loaded, CPU)
    network = build_network(config, data, fitted(training_loss(config.loss), data))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in network.parameters():
            weight += 0.05 * torch.randn(weight.shape, generator=generator)
    return encoder_parts(config, loaded, data, network), encode(network, data, torch.arange(len(data)), CPU)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MultiLabelData]:
    """A folder of a tiny model, and texts, one of them longer than it reads."""
    folder = tmp_path_factory.mktemp("texts")
    words = [f"{text} {'fog ' * row}" for row, text in enumerate(TEXTS * 4)]
    labels = [["sea"] if row % 2 else ["sun", "fog"] for row in range(ROWS)]
    pq.write_table(pa.table({"text": words, "labels": labels}), folder / "texts.parquet")
    return text_model(folder / "model"), load_data(folder / "texts.parquet", text="text", labels="labels")


@pytest.mark.parametrize("encoder", ["text_transformer", "mlp"])
@pytest.mark.parametrize(("pooling", "depth"), [("mean", 2), ("first", 0)])
def test_sentence_transformers_gives_the_embeddings_of_the_run(texts, tmp_path, encoder, pooling, depth) -> None:
    """Tuned, or frozen with a network behind: both spaces, for every text, empty and cut ones too."""
    model, loaded = texts
    settings = {"pretrained__name": str(model), "pretrained__pooling": pooling, "pretrained__max_length": 12}
    parts, seen = moved(toy_config(model__encoder=encoder, model__depth=depth, **settings), loaded)
    for space, wanted in (("h", seen.h), ("z", seen.z)):
        folder = tmp_path / space
        folder.mkdir()
        write_sentence_transformers(parts, folder, space)
        opened = SentenceTransformer(str(folder), device="cpu")
        found = opened.encode(list(loaded.items.some(slice(None))), convert_to_tensor=True)
        # first tokens of a model without training differ little: standardising makes more of their rounding
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=2e-5 if pooling == "mean" else 2e-3)
        assert opened.max_seq_length == 12
    assert "padding_is_told" not in (folder / "config.json").read_text()


def test_features_far_out_are_clipped_as_in_training(texts, tmp_path) -> None:
    """Standardised features stop at 10 deviations: here each is up to 1,000 deviations away."""
    model, loaded = texts
    parts, _ = moved(toy_config(pretrained__name=str(model), model__depth=1), loaded)
    assert parts.front is not None
    assert parts.scale is not None
    parts.scale.deviation[:] /= 300
    parts.scale.deviation[3] = 0
    write_sentence_transformers(parts, tmp_path, "h")
    words = list(loaded.items.some(slice(None)))
    features = SentenceTransformer(str(parts.folder), device="cpu").encode(words)
    standard = parts.scale.standardised(features)
    assert (np.abs(standard) == 10).mean() > 0.5
    wanted = parts.encoder(torch.from_numpy(standard)).detach()
    found = SentenceTransformer(str(tmp_path), device="cpu").encode(words, convert_to_tensor=True)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)


def pictures(n: int = ROWS) -> MultiLabelData:
    """Coloured pictures of 40 x 30, and small ones of 16 x 16 of them."""
    made = [Image.fromarray(np.random.default_rng(row).integers(0, 255, (30, 40, 3), np.uint8)) for row in range(n)]

    def read(row: int) -> bytes:
        from io import BytesIO

        file = BytesIO()
        made[row].save(file, "PNG")
        return file.getvalue()

    originals = Pictures(tuple(f"{row}.png" for row in range(n)), read, "made")
    labels = np.random.default_rng(0).random((n, 3)) < 0.5
    return MultiLabelData(
        name="made",
        title="Made",
        kind="picture",
        items=torch.from_numpy(originals.small(16)),
        labels=LabelMatrix.of(labels),
        label_names=("a", "b", "c"),
        split=np.array(["train", "train", "validation", "test"] * (n // 4)),
        item_names=originals.names,
        originals=originals,
    )


@pytest.mark.parametrize("encoder", ["convolutional", "picture_transformer", "mlp"])
def test_pictures_come_back(tmp_path, encoder) -> None:
    """A small network, a tuned transformer, and a frozen one with a network behind: h and z of the run, no pickle."""
    settings = {"model__encoder": encoder, "model__width": 8, "model__feature_dim": 16}
    if encoder != "convolutional":
        settings["pretrained__name"] = str(picture_model(tmp_path / "model"))
    loaded = pictures()
    parts, seen = moved(toy_config(**settings), loaded)
    folder = tmp_path / "out"
    folder.mkdir()
    write_native(parts, folder, {"run": "made"})
    again = load_encoder(folder)
    assert loaded.originals is not None
    frozen = [loaded.originals[row] for row in range(ROWS)]
    found = again.encode(frozen if encoder == "mlp" else loaded.items)
    torch.testing.assert_close(found.h, seen.h, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.z, seen.z, rtol=1e-4, atol=1e-5)
    assert again.about == {"run": "made"}
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} <= {".json", ".safetensors"}
    if encoder == "picture_transformer":
        from transformers import AutoModel

        tuned = AutoModel.from_pretrained(folder / "pretrained").state_dict()
        own = parts.encoder.model.state_dict()
        assert all(torch.equal(tensor, own[name]) for name, tensor in tuned.items() if name in own)


@pytest.mark.parametrize("loss", ["weighted_supcon", "probabilistic"])
def test_vectors_come_back_from_rows_as_in_the_file(tmp_path, loss) -> None:
    """The scale of the features travels along; so does a head that gives mixtures."""
    x = np.random.default_rng(0).normal(5, [1e-3, 1, 1e4], (ROWS, 3))
    np.savez(tmp_path / "mine.npz", X=x, Y=(np.random.default_rng(1).random((ROWS, 3)) < 0.5).astype(int))
    loaded = load_data(tmp_path / "mine.npz")
    parts, seen = moved(toy_config(loss__name=loss), loaded)
    folder = tmp_path / "out"
    folder.mkdir()
    write_native(parts, folder, {})
    found = load_encoder(folder).encode(x)
    torch.testing.assert_close(found.h, seen.h, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.z, seen.z, rtol=1e-4, atol=1e-5)
    assert torch.allclose(F.normalize(found.z, dim=1), found.z)
    with pytest.raises(InputError, match="items have 2 features; this encoder takes 3"):
        load_encoder(folder).encode(x[:, :2])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoder": "unknown"}, "there is no encoder 'unknown'"),
        ({"shape": [7]}, r"model\.safetensors does not fit config\.json"),
        ({"pretrained": "/etc"}, "pretrained must be 'pretrained' or one of minilm"),
        ({"version": 2}, "describes no encoder of mlcl export: version"),
        ({"more": 1}, "describes no encoder of mlcl export: more"),
        ({"options": {"wide": 3}}, "wide"),
    ],
)
def test_a_foreign_folder_is_refused(tmp_path, change, words) -> None:
    """One line: what is wrong with it, and where; a path outside the folder is not followed."""
    np.savez(tmp_path / "mine.npz", X=np.eye(ROWS)[:, :4], Y=np.eye(ROWS)[:, :2].astype(int))
    parts, _ = moved(toy_config(), load_data(tmp_path / "mine.npz"))
    folder = tmp_path / "out"
    folder.mkdir()
    write_native(parts, folder, {})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(InputError, match=words):
        load_encoder(folder)
    (folder / "config.json").unlink()
    with pytest.raises(InputError, match=r"config\.json: cannot be read"):
        load_encoder(folder)
