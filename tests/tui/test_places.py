"""Stories about getting around: places, details, back, the go-to line, the help."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from kafkatui.model.events import Subject
from kafkatui.model.groups import Group
from kafkatui.tui.messages import Open
from kafkatui.tui.screens.broker import BrokerScreen
from kafkatui.tui.screens.brokers import BrokersScreen
from kafkatui.tui.screens.events import EventsScreen
from kafkatui.tui.screens.goto import GoToScreen
from kafkatui.tui.screens.group import GroupScreen
from kafkatui.tui.screens.groups import GroupsScreen
from kafkatui.tui.screens.help import HelpScreen
from kafkatui.tui.screens.messages_place import MessagesPlace
from kafkatui.tui.screens.overview import OverviewScreen
from kafkatui.tui.screens.topic import TopicScreen
from kafkatui.tui.screens.topics import TopicsScreen
from kafkatui.tui.themes import DARK, LIGHT
from tests.builders import NO_ANSWER, a_group, a_group_partition, a_snapshot, a_topic, an_order_system
from tests.tui.conftest import an_app, text_of, the_table

WIDE = (160, 45)


async def test_numbers_go_to_the_places() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen)
        for key, screen in {
            "2": TopicsScreen,
            "3": GroupsScreen,
            "4": MessagesPlace,
            "7": BrokersScreen,
            "8": EventsScreen,
            "1": OverviewScreen,
        }.items():
            await pilot.press(key)
            assert isinstance(app.screen, screen)


async def test_enter_goes_deeper_and_escape_back() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("3", "enter")
        assert isinstance(app.screen, GroupScreen)
        assert app.screen.group == "billing"
        await pilot.press("j", "j", "j", "enter")
        assert isinstance(app.screen, TopicScreen)
        assert app.screen.topic == "payments"
        assert the_table(app).rows.cursor_key == "3"
        assert "billing ▸ payments" in text_of(app)
        await pilot.press("escape", "escape")
        assert isinstance(app.screen, GroupsScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, GroupsScreen)


async def test_a_broker_shows_the_partitions_it_holds() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("7", "enter")
        assert isinstance(app.screen, BrokerScreen)
        assert "payments/4" in the_table(app).rows.keys
        assert "leader" in text_of(app)
        await pilot.press("G", "enter")
        assert isinstance(app.screen, TopicScreen)


async def test_a_place_left_is_found_as_it_was() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("2", "j", "enter", "3", "2")
        assert isinstance(app.screen, TopicScreen)
        assert app.screen.topic == "orders.created"


async def test_a_screen_that_was_hidden_shows_the_newest_when_it_comes_back() -> None:
    app = an_app(a_snapshot(topics=[a_topic("old")]))
    async with app.run_test() as pilot:
        await pilot.press("2", "1")
        app.snapshot = a_snapshot(topics=[a_topic("new")])
        await pilot.press("2")
        assert list(the_table(app).rows.keys) == ["new"]


@pytest.mark.parametrize(
    ("typed", "screen"),
    [("payments", TopicScreen), ("bill", GroupScreen), ("topics", TopicsScreen), ("3 127", BrokerScreen)],
)
async def test_the_go_to_line_goes_to_anything_by_name(typed: str, screen: type[object]) -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("colon", *typed, "enter")
        await pilot.pause()
        assert isinstance(app.screen, screen)


async def test_q_in_the_go_to_line_quits() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("colon", "q", "enter")
        await pilot.pause()
    assert app.return_code == 0


async def test_the_go_to_line_can_be_left() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("colon", *"xyzzy")
        assert isinstance(app.screen, GoToScreen)
        assert "nothing has these letters" in text_of(app)
        await pilot.press("escape")
        assert isinstance(app.screen, OverviewScreen)


async def test_help_explains_the_words_with_what_is_on_screen() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("3", "question_mark")
        assert isinstance(app.screen, HelpScreen)
        help_text = text_of(app)
        assert "has not committed as read" in help_text
        assert "billing: 9" in help_text
        assert "kafkatui groups -c dev" in help_text
        await pilot.press("escape")
        assert isinstance(app.screen, GroupsScreen)


async def test_an_event_leads_to_what_it_is_about() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("tab", "j", "enter")
        assert isinstance(app.screen, TopicScreen)
        assert app.screen.topic == "payments"
        assert the_table(app).rows.cursor_key == "5"


async def test_a_key_that_can_not_act_says_why() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("3", "enter", "tab", "enter")
        assert "nothing lies deeper than a member" in text_of(app)


async def test_t_changes_between_dark_and_light() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        assert app.theme == DARK.name
        await pilot.press("t")
        assert app.theme == LIGHT.name


async def test_a_topic_that_goes_while_one_looks_says_so() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("2", "enter")
        app.snapshot = a_snapshot(topics=[], groups=[])
        await pilot.pause()
        assert "no such topic" in text_of(app)


async def test_a_group_that_goes_while_one_looks_says_so() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("3", "enter")
        app.snapshot = a_snapshot(groups=[a_group("other")])
        await pilot.pause()
        assert "no such group" in text_of(app)


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (80, 24), (300, 80)])
async def test_every_screen_fits_any_terminal(size: tuple[int, int]) -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=size) as pilot:
        for keys in (["1"], ["2", "j", "j", "enter"], ["3", "enter"], ["7", "enter"], ["question_mark"]):
            await pilot.press(*keys)
        await pilot.press("escape", "colon", *"pay", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TopicScreen)


async def test_typing_a_filter_is_no_command() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("2", "slash", *"q7?:")
        assert isinstance(app.screen, TopicsScreen)
        assert app.screen.query_one(Input).value == "q7?:"


@pytest.mark.parametrize("opener", ["colon", "question_mark"])
async def test_a_key_that_repeats_closes_what_lies_over_a_place_only_once(opener: str) -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("3", "enter", opener)
        over = app.screen
        assert isinstance(over, GoToScreen | HelpScreen)
        over.action_close()
        over.action_close()
        await pilot.pause()
        assert isinstance(app.screen, GroupScreen)


async def test_asking_twice_for_the_same_thing_opens_it_once() -> None:
    app = an_app(an_order_system())
    async with app.run_test() as pilot:
        await pilot.press("3")
        for _ in range(3):
            app.screen.post_message(Open(Subject.GROUP, "billing"))
        await pilot.pause()
        assert [type(screen) for screen in app.screen_stack] == [GroupsScreen, GroupScreen]


async def test_an_answer_to_a_key_is_gone_with_the_next_one() -> None:
    app = an_app(an_order_system())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "escape")
        assert "there is nothing to go back to" in text_of(app)
        await pilot.press("j")
        assert "there is nothing to go back to" not in text_of(app)


async def test_a_reason_that_is_over_is_not_shown_any_more() -> None:
    silent = replace(a_group("billing"), partitions=NO_ANSWER, members=NO_ANSWER, problem=NO_ANSWER)
    app = an_app(a_snapshot(groups=[silent]))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("3", "enter")
        assert text_of(app).count("no answer") > 1
        assert "members ?" in text_of(app)
        app.snapshot = a_snapshot(groups=[replace(a_group("billing", []), members=())])
        await pilot.pause()
        shown = text_of(app)
    assert "no answer" not in shown
    assert "it has no commit and reads nothing" in shown
    assert "nobody reads" in shown


async def test_a_topic_that_is_gone_no_longer_says_why_it_could_not_be_read() -> None:
    app = an_app(a_snapshot(topics=[a_topic("secret", 0, problem=NO_ANSWER)]))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "enter")
        assert "no answer" in text_of(app)
        app.snapshot = a_snapshot(topics=[])
        await pilot.pause()
        assert "no such topic" in text_of(app)


def late_groups(count: int) -> list[Group]:
    """Each 108 651 records behind."""
    rows = [a_group_partition(committed=0, end=108_651)]
    return [a_group(f"group-of-some-length-{number:02}", rows) for number in range(count)]


@pytest.mark.parametrize("size", [(60, 9), (80, 15), (130, 18), (130, 20), (130, 23), (160, 12)])
async def test_however_low_the_terminal_is_the_cluster_and_the_keys_stay_on_it(size: tuple[int, int]) -> None:
    """Also while groups are added: what does not fit is cut, and nothing scrolls away what names the cluster."""
    app = an_app(a_snapshot(groups=late_groups(1)))
    async with app.run_test(size=size) as pilot:
        for place in "12378":
            await pilot.press(place)
            for count in (2, 5, 30, 0):
                app.snapshot = a_snapshot(groups=late_groups(count))
                await pilot.pause()
                lines = [line for line in text_of(app).split("\n")[::2] if line]
                assert (len(lines), app.screen.max_scroll_y) == (size[1], 0)
                assert ("dev ▸" in lines[0], "? help" in lines[-1]) == (True, True), (place, count, lines)
                assert place not in "13" or not count or any("108\u202f651" in line for line in lines)


@pytest.mark.parametrize("size", [(40, 12), (44, 16), (60, 20), (80, 24)])
async def test_a_scrollbar_that_appears_hides_no_digit(size: tuple[int, int]) -> None:
    app = an_app(a_snapshot(groups=late_groups(1)))
    async with app.run_test(size=size) as pilot:
        for place in ("1", "3"):
            await pilot.press(place)
            await pilot.pause()
            for count in (2, 3, 5, 8, 30):
                app.snapshot = a_snapshot(groups=late_groups(count))
                await pilot.pause()
                rows = [line for line in text_of(app).splitlines() if "group" in line and "Groups" not in line]
                shown = [row for row in rows if "108" in row]
                assert shown
                assert all("108\u202f651" in row for row in shown), shown
