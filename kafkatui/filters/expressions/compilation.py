"""A tree to one Python function made of functions, once for an expression: names, fields, lists, maps and loops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from kafkatui.filters.expressions.calls import call
from kafkatui.filters.expressions.logic import LOGIC
from kafkatui.filters.expressions.loops import fold
from kafkatui.filters.expressions.tree import Call, Constant, Elements, Entries, Fold, Name, Node, Select, children
from kafkatui.filters.expressions.tree import describe as written
from kafkatui.filters.expressions.values import TYPE_NAMES, Failure, Run, TypeOf, Uint, no_overload
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
        logic = LOGIC.get(node.function)
        return call(node, runs) if logic is None else logic(*runs)


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
