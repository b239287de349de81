"""The base widgets, each in its own file; screens import them from here."""

from __future__ import annotations

from ui.widgets.answers import Answer, CheckAnswers
from ui.widgets.buttons import Button, Kind, MainButton, PlainButton, QuietButton
from ui.widgets.choices import Choice, ChoiceGroup
from ui.widgets.fields import DateFields, Field, Ring
from ui.widgets.flow import BarLayout, CardLayout
from ui.widgets.grounds import BarGround
from ui.widgets.languages_row import LanguagesRow
from ui.widgets.notices import (
    Card,
    EmptyState,
    ErrorSummary,
    IconLine,
    Notice,
    NoticeKind,
    Pictogram,
    Progress,
)
from ui.widgets.steps import Steps
from ui.widgets.tiles import Tile, TileGrid
from ui.widgets.topbar import TopBar
from ui.widgets.words import Banner, Heading, SectionHeading, Text, announce

__all__ = [
    "Answer",
    "Banner",
    "BarGround",
    "BarLayout",
    "Button",
    "Card",
    "CardLayout",
    "CheckAnswers",
    "Choice",
    "ChoiceGroup",
    "DateFields",
    "EmptyState",
    "ErrorSummary",
    "Field",
    "Heading",
    "IconLine",
    "Kind",
    "LanguagesRow",
    "MainButton",
    "Notice",
    "NoticeKind",
    "Pictogram",
    "PlainButton",
    "Progress",
    "QuietButton",
    "Ring",
    "SectionHeading",
    "Steps",
    "Text",
    "Tile",
    "TileGrid",
    "TopBar",
    "announce",
]
