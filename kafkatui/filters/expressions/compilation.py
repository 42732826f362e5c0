"""A tree to one Python function made of functions: what is known before the first record is settled here.

The order and the errors are CEL's: `&&` and `||` take no notice of an error on the one side if the other side decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from kafkatui.filters.expressions import library
from kafkatui.filters.expressions.functions import FUNCTIONS, check_pattern
from kafkatui.filters.expressions.loops import fold
from kafkatui.filters.expressions.tree import Call, Constant, Elements, Entries, Fold, Name, Node, Select, children
from kafkatui.filters.expressions.tree import describe as written
from kafkatui.filters.expressions.values import TYPE_NAMES, Failure, Run, TypeOf, Uint, equal, no_overload
from kafkatui.filters.expressions.variables import Reader
from kafkatui.filters.selection import FilterError
from kafkatui.model.records import Record

MOST_STEPS = 1_000_000
"""Of all loops over one record: some 0.3 s, in which nothing else runs."""
RECORD, STEPS = 0, 1
"""Their places; then come variables read once, and those of loops."""
_UNREAD = object()


def compile_tree(tree: Node, readers: dict[str, Reader]) -> Callable[[Record], Any]:
    """From a record to the expression's value, or a `Failure`. Raises `FilterError`."""
    compiler = _Compiler(tree, readers)
    run = compiler.run(tree, {})
    rest = [MOST_STEPS, *[_UNREAD] * compiler.places]

    def evaluate(record: Record) -> Any:
        return run([record, *rest])

    return evaluate


def names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    for child in children(node):
        yield from names(child)


class _Compiler:
    def __init__(self, tree: Node, readers: dict[str, Reader]) -> None:
        self._readers = readers
        self._uses = Counter(names(tree))
        self._has_loops = _has_loops(tree)
        self._memo: dict[str, Run] = {}
        self.places = 0

    def _place(self) -> int:
        self.places += 1
        return self.places + STEPS

    def run(self, node: Node, scope: dict[str, int]) -> Run:
        """`scope`: the places of the loops' variables around it, by name."""
        match node:
            case Constant(value):
                return lambda _: value
            case Name(name):
                return self._name(name, scope)
            case Select():
                return _select(node, self.run(node.operand, scope))
            case Call():
                return self._call(node, scope)
            case Elements(items):
                return _constants(items) or _elements([self.run(each, scope) for each in items])
            case Entries(pairs):
                return _entries([(self.run(key, scope), self.run(value, scope)) for key, value in pairs])
            case Fold():
                return self._fold(node, scope)

    def _name(self, name: str, scope: dict[str, int]) -> Run:
        if (place := scope.get(name)) is not None:
            return lambda places: places[place]
        if name in self._readers:
            return self._variable(name, self._readers[name])
        if name in (*TYPE_NAMES.values(), "type"):
            kind = TypeOf(name)
            return lambda _: kind
        raise FilterError(f"{name!r} can not be used in an expression here")

    def _variable(self, name: str, read: Reader) -> Run:
        if self._uses[name] == 1 and not self._has_loops:
            return lambda places: read(places[RECORD])
        if name not in self._memo:
            self._memo[name] = _once(read, self._place())
        return self._memo[name]

    def _fold(self, node: Fold, scope: dict[str, int]) -> Run:
        variable, accumulator = self._place(), self._place()
        inner = {**scope, node.variable: variable, node.accumulator: accumulator}
        over, start = self.run(node.over, scope), self.run(node.start, scope)
        condition, result = self.run(node.condition, inner), self.run(node.result, inner)
        if added := _added(node):
            step = _append(self.run(added[0], inner), self.run(added[1], inner), accumulator)
        else:
            step = self.run(node.step, inner)
        return fold((variable, accumulator, STEPS), over, start, condition, step, result)

    def _call(self, node: Call, scope: dict[str, int]) -> Run:
        runs = [self.run(each, scope) for each in node.arguments]
        special = _SPECIAL.get(node.function)
        if special is not None:
            return special(*runs)
        match node:
            case Call("_==_", (_, Constant(constant))):
                return _equals(runs[0], constant)
            case Call("_==_", (Constant(constant), _)):
                return _equals(runs[1], constant)
            case Call("@in", (_, Elements(items))) if texts := _texts(items):
                return _is_one_of(runs[0], texts)
            case Call("matches", (_, Constant(str(pattern)))):
                check_pattern(pattern)
        return _strict(node, runs)


def _has_loops(node: Node) -> bool:
    return isinstance(node, Fold) or any(map(_has_loops, children(node)))


def _once(read: Reader, place: int) -> Run:
    def run(places: list[Any]) -> Any:
        value = places[place]
        if value is _UNREAD:
            value = places[place] = read(places[RECORD])
        return value

    return run


def _select(node: Select, operand: Run) -> Run:
    field, owner = node.field, written(node.operand)
    missing: object = False if node.is_test else Failure(f"{owner} has no field {field!r}")
    is_test = node.is_test

    def run(places: list[Any]) -> Any:
        group = operand(places)
        if group.__class__ is dict:
            found = group.get(field, missing)
            return found is not missing if is_test else found
        return group if group.__class__ is Failure else _no_map(owner, group, field)

    return run


def _no_map(owner: str, value: object, field: str) -> Failure:
    return Failure(f"{owner} is no map but {TYPE_NAMES.get(type(value), 'type')}: it has no field {field!r}")


def _elements(items: list[Run]) -> Run:
    def run(places: list[Any]) -> Any:
        found = [item(places) for item in items]
        return next((each for each in found if each.__class__ is Failure), found)

    return run


def _constants(items: tuple[Node, ...]) -> Run | None:
    """Not for an empty list: a loop may fill it."""
    found = [each.value for each in items if isinstance(each, Constant)]
    return (lambda _: found) if found and len(found) == len(items) else None


def _entries(pairs: list[tuple[Run, Run]]) -> Run:
    def run(places: list[Any]) -> Any:
        found: dict[Any, Any] = {}
        for key_run, value_run in pairs:
            key, value = key_run(places), value_run(places)
            for each in (key, value):
                if each.__class__ is Failure:
                    return each
            if key.__class__ not in (str, int, Uint):
                return Failure(f"a map with a {TYPE_NAMES.get(type(key), 'type')} as key")
            if key in found:
                return Failure(f"the key {key!r} twice in a map")
            found[key] = value
        return found

    return run


def _equals(operand: Run, constant: Any) -> Run:
    """With a constant: by far the most usual of all."""
    if constant.__class__ in (int, float, Uint):

        def number(places: list[Any]) -> Any:
            found = operand(places)
            kind = found.__class__
            if kind is int or kind is float or kind is Uint:
                return found == constant
            return found if kind is Failure else False

        return number

    def other(places: list[Any]) -> Any:
        found = operand(places)
        return found if found.__class__ is Failure else equal(found, constant)

    return other


def _texts(items: tuple[Node, ...]) -> frozenset[str]:
    """Empty if one is something else."""
    found = [each.value for each in items if isinstance(each, Constant) and isinstance(each.value, str)]
    return frozenset(found) if len(found) == len(items) else frozenset()


def _is_one_of(operand: Run, texts: frozenset[str]) -> Run:
    def run(places: list[Any]) -> Any:
        found = operand(places)
        if found.__class__ is str:
            return found in texts
        return found if found.__class__ is Failure else False

    return run


def _strict(node: Call, runs: list[Run]) -> Run:
    """A function of values: the first failure among them is its own."""
    function = FUNCTIONS.get(node.function) or _left_to_the_library(node)
    if len(runs) == 2:
        left_run, right_run = runs

        def two(places: list[Any]) -> Any:
            left, right = left_run(places), right_run(places)
            if left.__class__ is Failure:
                return left
            return right if right.__class__ is Failure else function(left, right)

        return two

    def any_number(places: list[Any]) -> Any:
        found = [each(places) for each in runs]
        failure = next((each for each in found if each.__class__ is Failure), None)
        return failure or function(*found)

    if all(isinstance(each, Constant) for each in node.arguments):  # timestamp("2026-11-23T00:00:00Z")
        settled = any_number([])
        if isinstance(settled, Failure):
            raise FilterError(settled.reason)
        return lambda _: settled
    return any_number


def _left_to_the_library(node: Call) -> Callable[..., Any]:
    if not node.function.isidentifier():
        raise FilterError(f"{node.function!r} can not be used in an expression here")
    return library.function(node.function, node.is_method)


def _and(left_run: Run, right_run: Run) -> Run:
    def run(places: list[Any]) -> Any:
        left = left_run(places)
        if left is False:
            return False
        right = right_run(places)
        if right is False:
            return False
        return True if left is True and right is True else no_overload("&&", left, right)

    return run


def _or(left_run: Run, right_run: Run) -> Run:
    def run(places: list[Any]) -> Any:
        left = left_run(places)
        if left is True:
            return True
        right = right_run(places)
        if right is True:
            return True
        return False if left is False and right is False else no_overload("||", left, right)

    return run


def _not(operand: Run) -> Run:
    def run(places: list[Any]) -> Any:
        found = operand(places)
        return not found if found.__class__ is bool else no_overload("!", found)

    return run


def _choice(condition: Run, when_true: Run, when_false: Run) -> Run:
    def run(places: list[Any]) -> Any:
        found = condition(places)
        if found is True:
            return when_true(places)
        return when_false(places) if found is False else no_overload("?:", found)

    return run


def _not_strictly_false(operand: Run) -> Run:
    return lambda places: operand(places) is not False


def _added(node: Fold) -> tuple[Node, Node] | None:
    """Condition and item where a loop makes a list item by item, as `map` and `filter` do."""
    match node.step:
        case Call("_+_", (Name(name), Elements((item,)))) if name == node.accumulator:
            return Constant(True), item
        case Call("_?_:_", (condition, Call("_+_", (Name(name), Elements((item,)))), Name(same))):
            return (condition, item) if name == same == node.accumulator else None
    return None


def _append(condition: Run, item: Run, accumulator: int) -> Run:
    """To the list the loop has made: a new list for every item would take quadratic time."""

    def run(places: list[Any]) -> Any:
        wanted = condition(places)
        if wanted is False:
            return places[accumulator]
        found = item(places) if wanted is True else no_overload("?:", wanted)
        if found.__class__ is Failure or places[accumulator].__class__ is Failure:
            return no_overload("+", places[accumulator], found)
        places[accumulator].append(found)
        return places[accumulator]

    return run


_SPECIAL: dict[str, Callable[..., Run]] = {
    "_&&_": _and,
    "_||_": _or,
    "!_": _not,
    "_?_:_": _choice,
    "@not_strictly_false": _not_strictly_false,
}
"""What does not take all its operands, or takes failures."""
