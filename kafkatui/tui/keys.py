"""Every key there is, declared once: id, keys, action and words. What an action does is where it acts."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Key:
    """One row of the keymap."""

    id: str
    """`scope.name`: what a keymap of the user's own calls it."""
    keys: str
    """Comma separated."""
    action: str
    text: str
    """What it does, for the help."""
    hint: str = ""
    """Its word in the line at the bottom of a screen; none, not named there."""
    display: str | None = None


KEYMAP: tuple[Key, ...] = (
    Key("table.open", "enter", "open", "open what is under the cursor", hint="open", display="enter"),
    Key("table.filter", "slash", "filter", "show only rows with these words; !word hides", hint="filter", display="/"),
    Key("table.sort", "s", "sort", "sort by the next column", hint="sort"),
    Key("table.reverse", "S", "reverse", "sort the other way round"),
    Key("table.copy", "c,y", "copy", "copy the name", hint="copy"),
    Key("topics.read", "m", "read", "the topic's messages", hint="messages"),
    Key("group.read", "m", "read", "messages: the record it is stuck on", hint="stuck on"),
    Key("table.down", "j,down", "move(1)", "next row"),
    Key("table.up", "k,up", "move(-1)", "previous row"),
    Key("table.page_down", "pagedown,ctrl+f", "page(1)", "next page"),
    Key("table.page_up", "pageup,ctrl+b", "page(-1)", "previous page"),
    Key("table.first", "g,home", "end(0)", "first row"),
    Key("table.last", "G,end", "end(1)", "last row"),
    Key("records.open", "enter", "open", "go to the record beside the list", hint="record", display="enter"),
    Key("records.down", "j,down", "move(1)", "next record"),
    Key("records.up", "k,up", "move(-1)", "previous record"),
    Key("records.page_down", "pagedown,ctrl+f", "page(1)", "next page"),
    Key("records.page_up", "pageup,ctrl+b", "page(-1)", "previous page"),
    Key("records.first", "g,home", "end(0)", "first record there is, loaded or not"),
    Key("records.last", "G,end", "end(1)", "last record there is"),
    Key("record.fold", "enter", "fold", "unfold or fold the line", hint="unfold", display="enter"),
    Key("record.unfold", "l,right", "fold(1)", "unfold the line"),
    Key("record.fold_one", "h,left", "fold(0)", "fold the line"),
    Key("record.unfold_all", "plus,equals_sign", "fold_all(0)", "unfold all", display="+"),
    Key("record.fold_all", "minus", "fold_all(1)", "fold all", display="-"),
    Key("record.next_part", "right_square_bracket", "turn(1)", "next part of a long text", display="]"),
    Key("record.part_before", "left_square_bracket", "turn(-1)", "the part before", display="["),
    Key("record.copy", "c,y", "copy", "copy what is under the cursor"),
    Key("record.down", "j,down", "move(1)", "next line"),
    Key("record.up", "k,up", "move(-1)", "previous line"),
    Key("record.page_down", "pagedown,ctrl+f", "page(1)", "next page"),
    Key("record.page_up", "pageup,ctrl+b", "page(-1)", "previous page"),
    Key("record.first", "g,home", "end(0)", "first line"),
    Key("record.last", "G,end", "end(1)", "last line"),
    Key(
        "messages.filter", "slash", "filter", "search: text, key=K, header NAME=V, where ...", hint="find", display="/"
    ),
    Key("messages.jump", "at", "jump", "go to a position, or look at a range only", hint="position"),
    Key("messages.follow", "f", "follow", "follow what comes, or stop", hint="follow"),
    Key("messages.pause", "p", "pause", "hold what comes, or show it", hint="pause"),
    Key("messages.order", "o", "order", "newest or oldest first", hint="order"),
    Key("messages.view", "v", "view", "the value as tree, text, hex, or its source", hint="view"),
    Key("messages.mark", "space", "mark", "mark the record, or no longer", hint="mark", display="space"),
    Key("messages.copy", "c,y", "copy", "copy value, key, header, record or command", hint="copy"),
    Key("messages.export", "e", "export", "write marked or found records to a file", hint="export"),
    Key("messages.trace", "t", "trace", "follow its key or a header through topics", hint="trace"),
    Key("messages.edit", "E", "edit", "change the record in your editor, and send it again"),
    Key("messages.replay", "R", "replay", "send marked records, or all that is looked at, again", hint="replay"),
    Key("messages.again", "r", "again", "read anew"),
    Key("jobs.resume", "u", "resume", "go on with the job, from what it has committed", hint="resume"),
    Key("jobs.verify", "v", "verify", "compare source and target once more", hint="verify"),
    Key("jobs.copy", "c,y", "copy_command", "copy the command line", hint="copy"),
    Key("jobtable.copy", "c,y", "screen.copy_command", "copy the command line", hint="copy"),
    Key("jobs.again", "r", "again", "read the jobs again"),
    Key("letters.again", "r", "again", "look for dead letters anew"),
    Key("desk.mark", "space", "mark", "mark the cause or the letter, or no longer", hint="mark", display="space"),
    Key("desk.redrive", "R", "redrive", "send dead letters back: plan first", hint="redrive"),
    Key("desk.again", "r", "again", "read the dead letters anew"),
    Key("beside.fold", "enter", "fold", "unfold or fold the stack trace", hint="stack trace", display="enter"),
    Key("beside.copy", "c,y", "screen.copy_command", "copy the command that shows it", hint="copy"),
    Key("beside.down", "j,down", "move(1)", "next line"),
    Key("beside.up", "k,up", "move(-1)", "previous line"),
    Key("beside.page_down", "pagedown,ctrl+f", "page(1)", "next page"),
    Key("beside.page_up", "pageup,ctrl+b", "page(-1)", "previous page"),
    Key("beside.first", "g,home", "end(0)", "first line"),
    Key("beside.last", "G,end", "end(1)", "last line"),
    Key("time.back", "left_square_bracket", "step(-1)", "back in time by one reading", display="["),
    Key("time.forward", "right_square_bracket", "step(1)", "forward by one reading", display="]"),
    Key("time.minute_back", "left_curly_bracket", "minute(-1)", "back in time by a minute", display="{"),
    Key("time.minute_forward", "right_curly_bracket", "minute(1)", "forward by a minute", display="}"),
    Key("time.now", "0", "now", "back to now", hint="now"),
    Key("events.then", "h", "then", "everything as it was then; 0 goes back to now", hint="as it was"),
    Key("place.back", "escape", "back", "end the filter, or go back", hint="back"),
    Key("place.next", "tab", "next", "next table"),
    Key("place.previous", "shift+tab", "previous", "previous table"),
    Key("app.goto", "colon", "goto", "go to a place, topic, group or broker", hint="go to", display=":"),
    Key("app.help", "question_mark", "help", "what the words and keys mean", hint="help", display="?"),
    Key("app.overview", "1", "go('overview')", "Overview"),
    Key("app.topics", "2", "go('topics')", "Topics"),
    Key("app.groups", "3", "go('groups')", "Groups"),
    Key("app.messages", "4", "go('messages')", "Messages"),
    Key("app.letters", "5", "visit('letters')", "Dead letters"),
    Key("app.jobs", "6", "visit('jobs')", "Jobs"),
    Key("app.brokers", "7", "go('brokers')", "Brokers"),
    Key("app.events", "8", "go('events')", "Events"),
    Key("app.refresh", "r", "refresh", "read the cluster again now"),
    Key("app.pause", "p", "pause", "stop reading, or go on"),
    Key("app.theme", "t", "theme", "dark or light"),
    Key("app.quit", "q,ctrl+c", "quit", "quit", hint="quit"),
    Key("modal.quit", "ctrl+c", "app.quit", "quit"),
    Key("line.quit", "ctrl+c", "app.quit", "quit"),
    Key(
        "filter.close",
        "enter,down",
        "close",
        "keep the filter and go to the rows",
        hint="keep the filter",
        display="enter",
    ),
    Key("prompt.leave", "escape", "leave", "leave it as it is", hint="leave"),
    Key("prompt.older", "up", "recall(-1)", "what was typed before", hint="history"),
    Key("prompt.newer", "down", "recall(1)", "what was typed after that"),
    Key("prompt.complete", "tab", "complete", "take what is offered", hint="complete"),
    Key("filter.clear", "escape", "clear", "end the filter", hint="end it"),
    Key("goto.open", "enter", "open", "go there"),
    Key("goto.down", "down,ctrl+n,tab", "move(1)", "next"),
    Key("goto.up", "up,ctrl+p,shift+tab", "move(-1)", "previous"),
    Key("goto.close", "escape", "close", "close"),
    Key("choose.close", "escape,q", "close", "close"),
    Key("saving.close", "escape", "close", "leave it"),
    Key("trace.go", "ctrl+j", "go", "follow it"),
    Key("trace.next", "tab", "app.focus_next", "next"),
    Key("trace.previous", "shift+tab", "app.focus_previous", "previous"),
    Key("trace.close", "escape", "close", "close"),
    Key("option.next", "right,l,space", "turn(1)", "the next one"),
    Key("option.previous", "left,h", "turn(-1)", "the one before"),
    Key("steps.copy", "c", "screen.copy", "copy the command line"),
    Key("steps.send", "y", "screen.send", "send"),
    Key("replay.go", "enter", "go", "make the plan"),
    Key("replay.back", "escape,q", "back", "one step back"),
    Key("replay.next", "tab", "next", "complete, or next"),
    Key("replay.previous", "shift+tab", "app.focus_previous", "previous"),
    Key("replay.copy", "c", "copy", "copy the command line"),
    Key("replay.send", "y", "send", "send, once its topic is typed"),
    Key("replay.pause", "p", "pause", "hold after the transaction under way, or go on"),
    Key("replay.faster", "plus,equals_sign", "pace(1)", "faster"),
    Key("replay.slower", "minus", "pace(0)", "slower"),
    Key("replay.verify", "v", "verify", "compare source and target"),
    Key("replay.resume", "u", "resume", "go on from what is committed"),
    Key("doctor.again", "r", "again", "examine once more"),
    Key("doctor.down", "j,down", "scroll(1)", "down"),
    Key("doctor.up", "k,up", "scroll(-1)", "up"),
    Key("doctor.page_down", "pagedown,ctrl+f", "scroll(15)", "a page down"),
    Key("doctor.page_up", "pageup,ctrl+b", "scroll(-15)", "a page up"),
    Key("doctor.first", "g,home", "end(0)", "to the beginning"),
    Key("doctor.last", "G,end", "end(1)", "to the end"),
    Key("doctor.close", "escape,q", "close", "close"),
    Key("help.close", "escape,question_mark,q", "close", "close"),
    Key("help.down", "j,down", "scroll(1)", "down"),
    Key("help.up", "k,up", "scroll(-1)", "up"),
    Key("start.next", "down", "app.focus_next", "next"),
    Key("start.previous", "up", "app.focus_previous", "previous"),
    Key("start.connect", "enter", "connect", "connect"),
    Key("start.leave", "escape", "leave", "back to the cluster before, or quit"),
    Key("contexts.down", "j", "down", "next"),
    Key("contexts.up", "k", "up", "previous"),
    Key("contexts.close", "escape,q", "close", "stay"),
)


def bindings(scope: str) -> list[BindingType]:
    """The keys of one scope, for a `BINDINGS`."""
    return [
        Binding(key.keys, key.action, key.hint or key.text, bool(key.hint), key.display, id=key.id, tooltip=key.text)
        for key in KEYMAP
        if key.id.partition(".")[0] == scope
    ]
