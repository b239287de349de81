"""The desk's screens. They say what is going on and ask one thing; ``Desk`` decides what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.desk.words import CHECKED, FAILED, missing_words, waiting_words
from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, EmptyState, IconLine, LanguagesRow, NoticeKind, Progress

if TYPE_CHECKING:
    from app.wipe import CheckItem, Checklist

__all__ = ["DeskErased", "DeskReady", "DeskSecond", "DeskSignIn", "DeskVisit", "DeskWait", "DeskWelcome"]


class DeskWait(Screen):
    """Something lasts: cleaning up at the start, erasing after a visit."""

    name: ClassVar[str] = "desk_wait"

    def __init__(self, title: str, words: str) -> None:
        super().__init__(title, back=False)
        self.help_text = _(
            "Cette page montre que Tandem travaille. "
            "Attendez un instant, sans rien toucher. "
            "La page suivante vient toute seule."
        )
        self.progress = Progress(words)
        self.body.addWidget(self.progress)


class DeskSecond(Screen):
    """Tandem was started a second time: the first one goes on as it is."""

    name: ClassVar[str] = "desk_second"

    def __init__(self, words: str) -> None:
        super().__init__(_("Tandem est déjà ouvert"), main=_("Fermer cette fenêtre"), back=False)
        self.help_text = _(
            "Cette page dit que Tandem est déjà ouvert. "
            "Une seule fenêtre suffit. "
            "Fermez celle-ci et revenez à l’autre."
        )
        self.body.addWidget(EmptyState(words, icon_name="window-restore"))


class DeskWelcome(Screen):
    """« Bonjour. Qui aide aujourd’hui ? »."""

    name: ClassVar[str] = "desk_welcome"

    def __init__(self, place_name: str) -> None:
        super().__init__(
            _("Bonjour. Qui aide aujourd’hui ?"),
            _("Connectez-vous pour aider quelqu’un sur ce poste."),
            main=_("Je me connecte"),
            back=False,
        )
        self.help_text = _(
            "Cette page ouvre la journée de la personne qui aide. "
            "Elle se connecte avec son compte professionnel, dans le navigateur. "
            "Ensuite, cette page revient toute seule."
        )
        self.body.addWidget(EmptyState(place_name or _("Ce poste"), icon_name="human-greeting-proximity"))
        self.body.addWidget(_languages(self))
        self.practice_button = self.add_action(_("S’entraîner"))


class DeskSignIn(Screen):
    """The browser is open; here one can only wait or give up."""

    name: ClassVar[str] = "desk_sign_in"

    def __init__(self) -> None:
        super().__init__(
            _("Connectez-vous dans le navigateur"),
            _("Une fenêtre du navigateur s’est ouverte. Revenez ici ensuite : cet écran avance tout seul."),
            back=False,
        )
        self.help_text = _(
            "Cette page attend la connexion de la personne qui aide. "
            "Le mot de passe se tape dans le navigateur seulement. "
            "Si sa fenêtre n’apparaît pas, annulez puis recommencez."
        )
        self.body.addWidget(Progress(_("Nous attendons votre connexion…")))
        self.cancel_button = self.add_action(_("Annuler"))


class DeskReady(Screen):
    """« Poste prêt »: nothing of the last visit is left, the next person can come."""

    name: ClassVar[str] = "desk_ready"

    def __init__(self, adviser: str) -> None:
        super().__init__(_("Poste prêt"), main=_("Accueillir une personne"), back=False)
        self.help_text = _(
            "Cette page attend la prochaine personne. "
            "Appuyez sur « Accueillir une personne » quand elle est assise à côté de vous. "
            "À la fin de la visite, tout est effacé de ce poste."
        )
        card = Card()
        self.envelopes = IconLine("email-lock-outline", "")
        card.column.addWidget(IconLine("account-check", _("{name} aide aujourd’hui.").format(name=adviser)))
        card.column.addWidget(self.envelopes)
        self.body.addWidget(card)
        self.body.addWidget(EmptyState("", icon_name="broom"))
        self.body.addWidget(_languages(self))
        self.practice_button = self.add_action(_("S’entraîner"))
        self.activity_button = self.add_action(_("Notre activité"))
        self.leave_button = self.add_action(_("Je m’en vais"))

    def tell(self, *, cleaned: bool, waiting: int) -> None:
        """Say what was erased and how many envelopes wait."""
        words = (
            _("Tout a été effacé après la dernière visite.")
            if cleaned
            else _("Rien n’est gardé sur ce poste.")
        )
        self.intro.set_words(words)
        self.envelopes.say(waiting_words(waiting))


class DeskVisit(Screen):
    """Behind the session's window while a visit is going on."""

    name: ClassVar[str] = "desk_visit"

    def __init__(self) -> None:
        super().__init__(
            _("Une visite est en cours"),
            _("Elle se passe dans une autre fenêtre. À la fin, tout sera effacé."),
            back=False,
        )
        self.help_text = _(
            "Cette page reste derrière la visite en cours. "
            "Revenez à la fenêtre de la visite. "
            "Elle se termine par « Terminer la visite »."
        )
        self.body.addWidget(
            EmptyState(_("La visite n’est visible que dans sa fenêtre."), icon_name="account-group-outline")
        )
        self.end_button = self.add_action(_("Arrêter la visite"))


class DeskErased(Screen):
    """« Tout est effacé », with its checklist; or what is not, and then nobody can start."""

    name: ClassVar[str] = "desk_erased"

    def __init__(
        self,
        checklist: Checklist,
        *,
        crashed: bool,
        waiting: int,
        missing: int = 0,
        stopped: bool = False,
    ) -> None:
        title = _("Tout est effacé") if checklist.ok else _("Tout n’est pas effacé")
        main = _("Continuer") if checklist.ok else _("Effacer de nouveau")
        super().__init__(title, main=main, back=False)
        self.help_text = _(
            "Cette page vérifie que rien ne reste de la visite. "
            "Chaque ligne dit ce qui a été effacé. "
            "Si une ligne ne va pas, la personne suivante ne peut pas commencer."
        )
        if not checklist.ok:
            self.say(
                _(
                    "La personne suivante ne peut pas commencer. Effacez de nouveau. "
                    "Si cela continue, éteignez ce poste et appelez la personne qui s’en occupe."
                ),
                NoticeKind.BAD,
            )
        elif crashed:
            self.say(
                _("La visite s’est arrêtée d’un coup. Ce qui était rangé est gardé, sous enveloppe fermée."),
                NoticeKind.WAIT,
            )
        elif stopped:
            self.say(
                _(
                    "La visite s’est arrêtée : ce poste a été verrouillé ou mis en veille. "
                    "Ce qui était rangé est gardé, sous enveloppe fermée."
                ),
                NoticeKind.WAIT,
            )
        card = Card()
        # What does not hold comes first: it is what someone must see.
        for item in sorted(checklist.items, key=lambda item: item.ok):
            card.column.addWidget(_checked(item))
        self.body.addWidget(card)
        if waiting:
            self.body.addWidget(IconLine("email-lock-outline", waiting_words(waiting)))
        if missing:
            self.body.addWidget(IconLine("alert-circle-outline", missing_words(missing), color="bad"))


def _languages(screen: Screen) -> LanguagesRow:
    row = LanguagesRow()
    row.chosen.connect(screen.language_asked)
    return row


def _checked(item: CheckItem) -> IconLine:
    words = (CHECKED if item.ok else FAILED)[item.code]
    return IconLine("check-bold" if item.ok else "close-thick", _(words), color="ok" if item.ok else "bad")
