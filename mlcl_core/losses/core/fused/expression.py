"""The weights of a rule as expressions over the counts of a pair, for a kernel: read from the rule's own function.

A rule that uses nothing of a pair but |S and T|, |S|, |T| and the number of labels is traced once on tiny matrices; its
tensor operations, which train on every other path, become the lines of a Triton function. There is no second
definition, and a formula of the user becomes code by its parsed tree only.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isfinite
from typing import Any

import torch
from torch import Tensor, fx
from torch.func import functionalize
from torch.fx.experimental.proxy_tensor import make_fx

from mlcl_core.pairs import Kind, Rule, Workspace
from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.relations import PairCounts, PreparedReferences

aten = torch.ops.aten
ANCHORS, REFERENCES = 2, 3  # of the traced matrices: unlike, so that rows and columns are told apart
TRIED = 12  # labels of an item
COUNTS = ("m", "s", "t")  # shared labels [n m], labels of the anchor [n 1], of the reference [1 m]


@dataclass(frozen=True)
class CountExpression:
    """Lines of two Triton functions.

    ``source``, of ``m``, ``s`` and ``t`` (:data:`COUNTS`), returns the numerator and denominator of attract, positive
    and compete; ``own``, of ``s``, a further factor of attract that depends on the anchor alone.

    ``fraction``: whether the denominator is something else than 1 (both roles of a pair then need one division);
    ``owned``: whether the factor is; ``symmetric``: whether the numerator is the same in both roles; ``competes``:
    whether compete is something else than 1.

    ``not_finite``: counts on which attract or compete is not finite, in words; ``zero_positive``: whether a positive
    may have the weight 0. Both are looked for among all sizes of label sets up to :data:`TRIED`, and the largest.
    """

    source: str
    own: str
    fraction: bool
    owned: bool
    symmetric: bool
    competes: bool
    not_finite: str = ""
    zero_positive: bool = False


@dataclass(frozen=True)
class _Product:
    """A result as ``above * factor / below``; ``factor`` is the same for all references of an anchor, empty for 1."""

    above: str
    factor: str = ""
    below: str = ""


class _NewArrays(Workspace):
    """A workspace of plain new arrays, which the trace sees through."""

    def like(self, x: Tensor, rows: int, columns: int, dtype: torch.dtype | None = None) -> Tensor:
        """An uninitialised array."""
        return x.new_empty(rows, columns, dtype=dtype)


def count_expression(
    rule: Rule, params: Mapping[str, Any], num_labels: int, *, kinds: bool = False
) -> CountExpression | None:
    """The expressions of a rule; None where it is not a function of the counts, or uses an unknown operation.

    Args:
        rule: The rule.
        params: Its checked parameters.
        num_labels: c, the number of labels.
        kinds: Whether references are of several kinds; a rule that distinguishes them is no function of the counts.
    """
    if rule.needs_label_weights(params):
        return None
    return _traced(rule, tuple(sorted(params.items())), num_labels, kinds)


@lru_cache(maxsize=256)
def _traced(rule: Rule, params: tuple[tuple[str, Any], ...], num_labels: int, kinds: bool) -> CountExpression | None:
    def weights(m: Tensor, s: Tensor, t: Tensor, *labels: Tensor) -> tuple[Tensor, ...]:
        y_anchor, y_other, label, carriers, codes = labels
        references, kind = PreparedReferences(label, t, carriers), codes if kinds else None
        pairs = LabelPairs(y_anchor, y_other, None, kind, references, torch.float32, _NewArrays())
        # in place of the cached properties
        pairs.__dict__["counts"] = PairCounts(m, s, t)
        pairs.__dict__["is_prototype"] = codes == Kind.PROTOTYPE if kinds else None
        attract, positive, compete = rule.of_pairs(pairs, dict(params))
        return (attract, positive) if compete is None else (attract, positive, compete)

    m = torch.ones(ANCHORS, REFERENCES)
    inputs = (m, m.new_ones(ANCHORS, 1), m.new_ones(1, REFERENCES), *_labels(ANCHORS, REFERENCES, num_labels))
    with torch.no_grad(), torch.autocast("cpu", enabled=False):
        graph = make_fx(functionalize(weights))(*inputs).graph
    graph.eliminate_dead_code()
    places = [node for node in graph.nodes if node.op == "placeholder"]
    if any(node.users for node in places[len(COUNTS) :]):
        return None
    found = _written(graph, dict(zip(places, COUNTS, strict=False)))
    return found and _tried(found, weights, num_labels)


def _labels(anchors: int, references: int, num_labels: int) -> tuple[Tensor, ...]:
    """What a function of the counts does not look at: labels of anchors and references, counts and kinds of these."""
    y_anchor, y_other = (torch.ones(rows, num_labels, dtype=torch.bool) for rows in (anchors, references))
    return y_anchor, y_other, y_other.float(), y_other.sum(0).float(), torch.zeros(references, dtype=torch.uint8)


def _tried(expression: CountExpression, weights: Callable[..., tuple[Tensor, ...]], num_labels: int) -> CountExpression:
    """The expression with what small and very large label sets show of its weights."""
    few, most = min(TRIED, num_labels), max(num_labels - 2, 0)
    sizes = torch.tensor(sorted({*range(few + 1), *range(most, num_labels + 1)}), dtype=torch.float32)
    s, t = sizes[:, None], sizes[None, :]
    labels = _labels(len(sizes), len(sizes), num_labels)
    zero_positive = False
    for shared in sizes.tolist():
        possible = (shared <= torch.minimum(s, t)) & (shared >= s + t - num_labels)
        attract, positive, *compete = weights(torch.full_like(possible, shared, dtype=torch.float32), s, t, *labels)
        finite = attract.isfinite() & (compete[0].isfinite() if compete else True) | ~possible
        if not finite.all():
            i, j = (~finite).nonzero()[0].tolist()
            what = f"of {sizes[i]:g} and {sizes[j]:g} labels, {shared:g} of them shared"
            return replace(expression, not_finite=what)
        zero_positive |= bool(((positive > 0) & (attract <= 0) & possible).any())
    return replace(expression, zero_positive=zero_positive)


def _written(graph: fx.Graph, names: dict[fx.Node, str]) -> CountExpression | None:
    lines: list[str] = []
    products: dict[fx.Node, _Product] = {}
    constants: dict[fx.Node, Tensor] = {}
    uses = {name: {name} for name in COUNTS}
    for node in graph.nodes:
        if node.op == "placeholder":
            continue
        if node.op == "output":
            return _finished(lines, [*node.args[0]], names, products, uses)
        if all(one in constants for one in node.all_input_nodes):
            args, kwargs = fx.map_arg((node.args, node.kwargs), constants.__getitem__)
            constants[node] = node.target(*args, **kwargs)
            number = constants[node].float().unique()
            if number.numel() != 1:
                return None
            names[node] = _number(number.item())
            continue
        write = OPERATIONS.get(node.target)
        written = None if write is None else write(node, [_operand(one, names) for one in node.args])
        if written is None:
            return None
        if _is_literal(written):
            names[node] = written
            constants[node] = torch.full(_shape(node), float(written.removeprefix('float("').rstrip('")')))
        elif written.isidentifier():
            names[node] = written
            if node.args[0] in products and written == names[node.args[0]]:
                products[node] = products[node.args[0]]
        else:
            names[node] = f"x{len(lines)}"
            lines.append(f"{names[node]} = {written}")
            inputs = (names[one] for one in node.all_input_nodes)
            uses[names[node]] = set().union(*(uses.get(name, set()) for name in inputs))
            if (product := _product(node, names, products)) is not None:
                products[node] = product
    return None


def _finished(
    lines: list[str],
    outputs: list[fx.Node],
    names: Mapping[fx.Node, str],
    products: Mapping[fx.Node, _Product],
    uses: Mapping[str, set[str]],
) -> CountExpression:
    attract, positive, *compete = outputs
    product = products.get(attract, _Product(_full(attract, names)))

    def used(text: str) -> set[str]:
        return set().union(*(uses.get(name, set()) for name in re.findall(r"[a-z]\w*", text)))

    above, factor = product.above, product.factor
    if factor and used(factor) != {"s"}:
        above, factor = f"({above} * {factor})", ""
    found = [above, product.below or "1.0", _full(positive, names), *(_full(one, names) for one in compete)]
    found = found if compete else [*found, "1.0"]
    own = [line for line in lines if uses[line.split(" = ")[0]] == {"s"}]
    return CountExpression(
        "\n".join([*lines, f"return {', '.join(found)}"]),
        "\n".join([*own, f"return {factor or 's * 0.0 + 1.0'}"]),
        fraction=bool(product.below),
        owned=bool(factor),
        symmetric=used(above) <= {"m"},
        competes=bool(compete),
    )


def _product(node: fx.Node, names: Mapping[fx.Node, str], products: Mapping[fx.Node, _Product]) -> _Product | None:
    """A result as a product, where it is a quotient or a multiple of one."""
    if not _is_tile(node):
        return None
    texts = [_float(x, _operand(x, names)) for x in node.args]
    if node.target == aten.reciprocal.default:
        return _Product("1.0", "", texts[0])
    if node.target not in (aten.mul.Tensor, aten.mul.Scalar, aten.div.Tensor, aten.div.Scalar):
        return None
    first: Any = node.args[0]
    one = products.get(first) or (_Product(texts[0]) if _is_tile(first) else None)
    if one is None:
        return None
    divides = node.target in (aten.div.Tensor, aten.div.Scalar)
    if _is_tile(node.args[1]):
        if divides:
            return replace(one, below=f"({one.below} * {texts[1]})" if one.below else texts[1])
        return replace(one, above=f"({one.above} * {texts[1]})")
    other = f"reciprocal({texts[1]})" if divides else texts[1]
    if _is_literal(texts[1]):
        # with a literal the line stands as it is
        return None if not one.below else replace(one, above=f"({one.above} * {other})")
    return replace(one, factor=f"({one.factor} * {other})" if one.factor else other)


def _operand(x: Any, names: Mapping[fx.Node, str]) -> str:
    if isinstance(x, fx.Node):
        return names[x]
    if isinstance(x, bool | int | float):
        return _number(x)
    return ""


def _number(x: float | int) -> str:
    if isfinite(x):
        return repr(float(x))
    return f'float("{float(x)}")'


def _is_literal(text: str) -> bool:
    try:
        float(text.removeprefix('float("').removesuffix('")'))
    except ValueError:
        return False
    return True


def _float(x: Any, text: str) -> str:
    # a literal is a float already
    return f"{text}.to(tl.float32)" if _is_bool(x) and not _is_literal(text) else text


def _is_tile(x: Any) -> bool:
    # transposed or not: all operands of an operation are, or none
    return isinstance(x, fx.Node) and sorted(_shape(x)) == [ANCHORS, REFERENCES]


def _shape(node: fx.Node) -> tuple[int, ...]:
    return tuple(node.meta["val"].shape)


def _is_bool(x: Any) -> bool:
    return isinstance(x, fx.Node) and x.meta["val"].dtype == torch.bool


def _full(node: fx.Node, names: Mapping[fx.Node, str]) -> str:
    """A result in the shape of the tile and as a float."""
    value = _float(node, names[node])
    return value if _is_tile(node) and not _is_literal(value) else f"m * 0.0 + {value}"


def _floats(node: fx.Node, operands: list[str]) -> list[str]:
    """Operands of arithmetic: booleans count 1 and 0."""
    return [_float(x, text) for x, text in zip(node.args, operands, strict=True)]


Writer = Callable[[fx.Node, list[str]], str | None]


def _binary(sign: str) -> Writer:
    def write(node: fx.Node, operands: list[str]) -> str:
        a, b = _floats(node, operands)
        return f"{a} {sign} {b}"

    return write


def _quotient(node: fx.Node, operands: list[str]) -> str | None:
    if len(operands) > 2 or node.kwargs.get("rounding_mode"):
        return None
    a, b = _floats(node, operands)
    if _is_literal(b):
        return f"{a} * {_number(1 / float(b))}" if float(b) else f"{a} / {b}"
    return f"{a} * reciprocal({b})"


def _call(name: str, *more: str) -> Writer:
    def write(node: fx.Node, operands: list[str]) -> str:
        return f"{name}({', '.join([*_floats(node, operands), *more])})"

    return write


def _truth(sign: str) -> Writer:
    def write(node: fx.Node, operands: list[str]) -> str:
        a, b = (
            text if _is_bool(x) and not _is_literal(text) else f"({text} != 0.0)"
            for x, text in zip(node.args, operands, strict=True)
        )
        return f"{a} {sign} {b}"

    return write


def _negated(node: fx.Node, operands: list[str]) -> str:
    return f"({operands[0]} == 0)"


def _power(node: fx.Node, operands: list[str]) -> str:
    base, exponent = _floats(node, operands)
    simple = {0.0: "1.0", 1.0: base, 2.0: f"{base} * {base}", 0.5: f"tl.sqrt({base})"}
    if _is_literal(exponent) and float(exponent) in simple:
        return simple[float(exponent)]
    return (
        f"power({base}, {exponent} + 0.0 * {base})"
        if _is_literal(exponent)
        else f"power({base} + 0.0 * {exponent}, {exponent})"
    )


def _clamped(node: fx.Node, operands: list[str]) -> str:
    text = operands[0]
    bounds: list[Any] = [*node.args[1:], None, None][:2]
    for name, bound in zip(("tl.maximum", "tl.minimum"), bounds, strict=True):
        if bound is not None:
            text = f"{name}({text}, {_number(bound)}, propagate_nan=tl.PropagateNan.ALL)"
    return text


def _bounded(name: str) -> Writer:
    def write(node: fx.Node, operands: list[str]) -> str:
        return f"{name}({operands[0]}, {operands[1]}, propagate_nan=tl.PropagateNan.ALL)"

    return write


def _converted(node: fx.Node, operands: list[str]) -> str | None:
    dtype = node.meta["val"].dtype
    if dtype == torch.bool:
        return operands[0] if _is_bool(node.args[0]) else f"{operands[0]} != 0.0"
    return f"{operands[0]}.to(tl.float32)" if dtype == torch.float32 else None


def _expanded(node: fx.Node, operands: list[str]) -> str:
    return operands[0]


def _not_a_number(node: fx.Node, operands: list[str]) -> str | None:
    x, *given = operands
    nan, high, low = [*given, "", "", ""][:3]
    if not (nan and high and low):
        return None
    found = f"tl.where({x} != {x}, {nan}, {x})"
    found = f'tl.where({x} == float("inf"), {high}, {found})'
    return f'tl.where({x} == float("-inf"), {low}, {found})'


def _where(node: fx.Node, operands: list[str]) -> str:
    condition, *values = operands
    if _is_literal(condition):
        return values[0] if float(condition) else values[1]
    return f"tl.where({condition}, {values[0]}, {values[1]})"


def _full_like(node: fx.Node, operands: list[str]) -> str:
    target: Any = node.target
    name = target._schema.name
    return operands[1] if name == "aten::full_like" else "1.0" if name == "aten::ones_like" else "0.0"


def _new_full(node: fx.Node, operands: list[str]) -> str:
    return operands[2]


def _same(node: fx.Node, operands: list[str]) -> str:
    return operands[0]


OPERATIONS: dict[Any, Writer] = {
    **{op: _binary("+") for op in (aten.add.Tensor, aten.add.Scalar)},
    **{op: _binary("-") for op in (aten.sub.Tensor, aten.sub.Scalar)},
    **{op: _binary("*") for op in (aten.mul.Tensor, aten.mul.Scalar)},
    **dict.fromkeys((aten.div.Tensor, aten.div.Scalar), _quotient),
    **dict.fromkeys((aten.pow.Tensor_Scalar, aten.pow.Tensor_Tensor, aten.pow.Scalar), _power),
    **{
        getattr(getattr(aten, name), kind): _binary(sign)
        for name, sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="), ("ne", "!="))
        for kind in ("Tensor", "Scalar")
    },
    aten.rsub.Scalar: lambda node, operands: f"{operands[1]} - {operands[0]}",
    aten.neg.default: lambda node, operands: f"-{operands[0]}",
    aten.reciprocal.default: lambda node, operands: f"reciprocal({operands[0]})",
    aten.exp.default: _call("tl.exp"),
    aten.log.default: _call("tl.log"),
    aten.sqrt.default: _call("tl.sqrt"),
    aten.abs.default: _call("tl.abs"),
    aten.minimum.default: _call("tl.minimum", "propagate_nan=tl.PropagateNan.ALL"),
    aten.maximum.default: _call("tl.maximum", "propagate_nan=tl.PropagateNan.ALL"),
    aten.clamp.default: _clamped,
    aten.clamp_min.default: _bounded("tl.maximum"),
    aten.clamp_max.default: _bounded("tl.minimum"),
    aten.threshold.default: lambda node, operands: (
        f"tl.where({operands[0]} > {operands[1]}, {operands[0]}, {operands[2]})"
    ),
    aten.nan_to_num.default: _not_a_number,
    aten.where.self: _where,
    aten.bitwise_and.Tensor: _truth("&"),
    aten.bitwise_or.Tensor: _truth("|"),
    aten.logical_and.default: _truth("&"),
    aten.logical_or.default: _truth("|"),
    aten.logical_not.default: _negated,
    aten.bitwise_not.default: _negated,
    aten._to_copy.default: _converted,
    aten.new_full.default: _new_full,
    aten.expand.default: _expanded,
    **dict.fromkeys((aten.zeros_like.default, aten.ones_like.default, aten.full_like.default), _full_like),
    **dict.fromkeys((aten.clone.default, aten.alias.default, aten.detach.default, aten.lift_fresh_copy.default), _same),
    **dict.fromkeys((aten.permute.default, aten.t.default, aten.transpose.int), _same),
}

__all__ = ["CountExpression", "count_expression"]
