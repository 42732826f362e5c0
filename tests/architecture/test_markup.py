"""No text of a cluster is read as markup: each widget that could do so is told not to, or gets finished content."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "kafkatui"
READING_MARKUP = {"Static", "Label", "Button", "Checkbox", "RadioButton", "Link", "Option", "notify"}
"""What of textual takes a text for markup unless it is told otherwise."""
FINISHED = {"Content", "Text", "assemble", "styled"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node) in READING_MARKUP)


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def is_safe(call: ast.Call) -> bool:
    told = {each.arg: each.value for each in call.keywords}
    markup = told.get("markup")
    if isinstance(markup, ast.Constant) and markup.value is False:
        return True
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Call) and (name_of(first) in FINISHED or returns_content(first))


def returns_content(call: ast.Call) -> bool:
    """A method of the same file that is annotated so."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in CONTENT_METHODS


def content_methods() -> set[str]:
    found = set()
    for path in (PACKAGE / "tui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or ast.Constant(None)) == "Content":
                found.add(node.name)
    return found


CONTENT_METHODS = content_methods()


def test_no_widget_reads_markup() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in (PACKAGE / "tui").rglob("*.py")}
    found = {path: list(calls(tree)) for path, tree in trees.items()}
    assert sum(map(len, found.values())) > 15, "the rule looks at something"
    assert [(path, call.lineno) for path, each in found.items() for call in each if not is_safe(call)] == []


def test_no_rich_markup_either() -> None:
    """Rich's own consoles and texts: `from_markup`, `markup=True` and `Console().print` of a bare text."""
    found = [
        (path, word)
        for path in PACKAGE.rglob("*.py")
        for word in ("from_markup", "markup=True", "render_markup", "escape_markup")
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_the_rule_sees_what_it_forbids() -> None:
    def verdict(code: str) -> bool:
        (call,) = calls(ast.parse(code))
        return is_safe(call)

    assert not verdict("Static(name)")
    assert not verdict("self.app.notify(problem.text)")
    assert not verdict('Label("x", markup=True)')
    assert verdict('Label("x", markup=False)')
    assert verdict("Static(Content(name))")
