"""The screens of the home: what opens, whose space, the recovery sheet; ``HomeDriver`` leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from app.home_ways import SHEET_QR
from ui import theme
from ui.home.people_screen import HomePeople
from ui.screen import Screen
from ui.text import _, joined
from ui.widgets import (
    Card,
    EmptyState,
    Field,
    IconLine,
    LanguagesRow,
    Progress,
    Text,
)
from ui.widgets.qr import QrCode

if TYPE_CHECKING:
    from app.home_vault import HomePerson

__all__ = [
    "HomeInvitation",
    "HomePassphrase",
    "HomePeople",
    "HomeRecover",
    "HomeSheet",
    "HomeSignIn",
    "HomeStartAgain",
    "HomeStopCaring",
    "HomeStuck",
    "HomeUnlock",
    "HomeWait",
    "HomeWelcome",
    "secret_field",
]


def secret_field(label: str, help_words: str = "") -> Field:
    """Make a field whose letters are not shown."""
    field = Field(label, help_words)
    field.input.setEchoMode(QLineEdit.EchoMode.Password)
    return field


class HomeWait(Screen):
    """Something lasts a moment."""

    name: ClassVar[str] = "home_wait"

    def __init__(self, words: str) -> None:
        super().__init__(_("Un instant"), back=False)
        self.help_text = _(
            "Cette page montre que Tandem travaille. "
            "Attendez un instant, sans rien toucher. "
            "La page suivante vient toute seule."
        )
        self.body.addWidget(Progress(words))


class HomeWelcome(Screen):
    """« Bienvenue »: the very first start."""

    name: ClassVar[str] = "home_welcome"

    def __init__(self) -> None:
        super().__init__(
            _("Bienvenue dans votre espace de santé"),
            _("Connectez-vous une fois. Ensuite, vos documents restent ici, même sans réseau."),
            main=_("Je me connecte"),
            back=False,
        )
        self.help_text = _(
            "Cette page prépare votre espace sur cet ordinateur. "
            "Vous vous connectez dans le navigateur, avec votre compte. "
            "Ensuite, votre espace s’ouvre tout seul."
        )
        self.body.addWidget(EmptyState(_("Cet ordinateur est le vôtre"), icon_name="home-heart"))
        self.body.addWidget(
            IconLine(
                "shield-lock-outline", _("Tout ce qui est gardé ici est chiffré, illisible pour les autres.")
            )
        )
        languages = LanguagesRow()
        languages.chosen.connect(self.language_asked)
        self.body.addWidget(languages)


class HomeSignIn(Screen):
    """The browser is open; here one can only wait or give up."""

    name: ClassVar[str] = "home_sign_in"

    def __init__(self) -> None:
        super().__init__(
            _("Connectez-vous dans le navigateur"),
            _("Une fenêtre du navigateur s’est ouverte. Revenez ici ensuite : cet écran avance tout seul."),
            back=False,
        )
        self.help_text = _(
            "Cette page attend votre connexion. "
            "Le mot de passe se tape dans le navigateur seulement. "
            "Si sa fenêtre n’apparaît pas, annulez puis recommencez."
        )
        self.body.addWidget(Progress(_("Nous attendons votre connexion…")))
        self.cancel_button = self.add_action(_("Annuler"))


class HomePassphrase(Screen):
    """A passphrase is chosen: required without a keyring, a further lock with one."""

    name: ClassVar[str] = "home_passphrase"
    chosen = Signal(str)

    def __init__(self, *, required: bool) -> None:
        why = (
            _("Cet ordinateur n’a pas de trousseau sûr pour garder la clé. Une phrase secrète la remplace.")
            if required
            else _("Elle sera demandée à chaque ouverture, en plus de votre session d’ordinateur.")
        )
        super().__init__(
            _("Choisissez une phrase secrète"), why, main=_("Garder cette phrase"), back=not required
        )
        self.help_text = _(
            "Cette page protège votre espace avec une phrase. "
            "Prenez quatre mots sans rapport, faciles à retenir. "
            "Personne ne peut la retrouver : imprimez ensuite la feuille de secours."
        )
        self.first = secret_field(_("Phrase secrète"), _("Au moins 12 lettres. Par exemple quatre mots."))
        self.second = secret_field(_("La même phrase, encore une fois"))
        self.show_button = self.add_action(_("Montrer la phrase"))
        self.show_button.clicked.connect(self._show_it)
        for field in (self.first, self.second):
            self.body.addWidget(field)

    def pressed(self) -> None:
        """Compare the two, then tell."""
        differs = self.first.value != self.second.value
        words = _("Les deux phrases sont différentes. Tapez-les de nouveau.") if differs else ""
        if not self.first.value:
            words = _("Tapez une phrase secrète.")
        self.first.set_error(words)
        self.summary.show_errors([(words, self.first.take_focus)] if words else [])
        if not words:
            self.chosen.emit(self.first.value)

    def _show_it(self) -> None:
        for field in (self.first, self.second):
            field.input.setEchoMode(QLineEdit.EchoMode.Normal)


class HomeUnlock(Screen):
    """The passphrase is asked for."""

    name: ClassVar[str] = "home_unlock"
    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            _("Votre phrase secrète"),
            _("Elle ouvre votre espace sur cet ordinateur."),
            main=_("Ouvrir"),
            back=False,
        )
        self.help_text = _(
            "Cette page attend votre phrase secrète. "
            "Après cinq erreurs, il faut attendre un peu. "
            "Si vous l’avez oubliée, prenez votre feuille de secours."
        )
        self.passphrase = secret_field(_("Phrase secrète"))
        self.body.addWidget(self.passphrase)
        self.sheet_button = self.add_action(_("J’ai ma feuille de secours"))

    def pressed(self) -> None:
        """Tell what was typed."""
        words = "" if self.passphrase.value else _("Tapez votre phrase secrète.")
        self.summary.show_errors([(words, self.passphrase.take_focus)] if words else [])
        if not words:
            self.typed.emit(self.passphrase.value)

    def wrong(self, words: str) -> None:
        """Say that it does not open, and let it be typed again."""
        from ui.widgets import NoticeKind

        self.say(words, NoticeKind.BAD)
        self.passphrase.input.clear()
        self.passphrase.take_focus()


class HomeStuck(Screen):
    """It does not open: why, and the ways out."""

    name: ClassVar[str] = "home_stuck"

    def __init__(self, words: str, *, sheet: bool) -> None:
        super().__init__(_("Votre espace ne s’ouvre pas"), words, main=_("Réessayer"), back=False)
        self.help_text = _(
            "Cette page dit pourquoi votre espace ne s’ouvre pas. "
            "Rien n’est perdu pour l’instant. "
            "La feuille de secours l’ouvre quand le trousseau est perdu."
        )
        self.body.addWidget(EmptyState(_("Rien n’est effacé."), icon_name="lock-alert-outline"))
        self.sheet_button = self.add_action(_("J’ai ma feuille de secours"))
        self.again_button = self.add_action(_("Je n’ai plus ma feuille"))
        if not sheet:
            self.sheet_button.hide()
            self.again_button.hide()


class HomeRecover(Screen):
    """The code of the recovery sheet is typed."""

    name: ClassVar[str] = "home_recover"
    typed = Signal(str, str)

    def __init__(self, *, passphrase: bool) -> None:
        super().__init__(
            _("Votre feuille de secours"),
            _("Recopiez les huit groupes de la feuille, dans l’ordre."),
            main=_("Ouvrir avec la feuille"),
        )
        self.help_text = _(
            "Cette page ouvre votre espace avec la feuille de secours. "
            "Les espaces et les tirets ne comptent pas. "
            "La feuille reste bonne : rangez-la de nouveau."
        )
        self.code = Field(_("Code de la feuille"), _("Par exemple : 3F2A-90C1-…"))
        self.body.addWidget(self.code)
        self.passphrase = secret_field(
            _("Nouvelle phrase secrète"), _("Au moins 12 lettres. Par exemple quatre mots.")
        )
        self.body.addWidget(self.passphrase)
        if not passphrase:
            self.passphrase.hide()
        self.lost_button = self.add_action(_("Je n’ai plus ma feuille"))

    def pressed(self) -> None:
        """Tell what was typed."""
        words = "" if self.code.value else _("Tapez le code de la feuille.")
        self.summary.show_errors([(words, self.code.take_focus)] if words else [])
        if not words:
            self.typed.emit(self.code.value, self.passphrase.value)


class HomeStartAgain(Screen):
    """« Je n’ai plus ma feuille »: what is lost, what is not."""

    name: ClassVar[str] = "home_start_again"

    def __init__(self) -> None:
        super().__init__(_("Recommencer sur cet ordinateur ?"), main=_("Effacer et recommencer"))
        self.help_text = _(
            "Cette page efface ce que personne ne peut plus ouvrir ici. "
            "Vous vous connectez ensuite, et vos documents reviennent. "
            "« Retour » n’efface rien."
        )
        card = Card()
        for icon, words in (
            ("cloud-check-outline", _("Tout ce qui a été envoyé est gardé et va revenir.")),
            ("alert-outline", _("Ce qui n’était pas encore envoyé depuis cet ordinateur est perdu.")),
            (
                "account-group-outline",
                _("Les espaces de vos proches reviennent aussi, si leur accord court."),
            ),
        ):
            card.column.addWidget(IconLine(icon, words))
        self.body.addWidget(card)

    def first_focus(self) -> object:  # type: ignore[override]
        """Begin at the way back: a second press of Enter must not erase."""
        return self.back_button


class HomeSheet(Screen):
    """The recovery sheet: shown large to be printed or copied, and proven by typing the last group back."""

    name: ClassVar[str] = "home_sheet"
    proven = Signal(str)

    def __init__(self, code: str) -> None:
        super().__init__(
            _("Votre feuille de secours"),
            _(
                "Elle ouvre votre espace si cet ordinateur perd sa clé. "
                "Gardez-la avec vos papiers importants."
            ),
            main=_("C’est fait"),
        )
        self.help_text = _(
            "Cette page donne un code de secours. "
            "Imprimez-le ou recopiez-le, puis tapez le dernier groupe. "
            "Qui a cette feuille et cet ordinateur ouvre votre espace."
        )
        self.code = code
        card = Card()
        groups = code.split("-")
        for half in (groups[:4], groups[4:]):
            card.column.addWidget(Text(joined(" ", half), theme.Role.TITLE))
        card.column.addWidget(QrCode(SHEET_QR + code, _("Le même code, à scanner")))
        self.body.addWidget(card)
        self.body.addWidget(IconLine("folder-lock-outline", _("Ne la gardez pas à côté de l’ordinateur.")))
        self.last = Field(
            _("Pour vérifier, tapez le dernier groupe"), _("Les quatre derniers signes de la feuille")
        )
        self.body.addWidget(self.last)
        self.print_button = self.add_action(_("Imprimer"), icon_name="printer-outline")

    def pressed(self) -> None:
        """Tell what was typed."""
        self.proven.emit(self.last.value)


class HomeInvitation(Screen):
    """The code of an invitation is typed by the carer."""

    name: ClassVar[str] = "home_invitation"
    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            _("Vous avez une invitation ?"),
            _("La personne que vous aidez vous a donné un code. Il sert une fois, pendant sept jours."),
            main=_("Accepter l’invitation"),
        )
        self.help_text = _(
            "Cette page vous ouvre l’espace d’un proche qui vous fait confiance. "
            "Vous y voyez seulement ce que votre proche a choisi. "
            "Vous pouvez arrêter à tout moment, votre proche aussi."
        )
        self.code = Field(_("Code de l’invitation"), _("Par exemple : K7QW-3M5R-…"))
        self.body.addWidget(self.code)

    def pressed(self) -> None:
        """Tell what was typed."""
        words = "" if self.code.value else _("Tapez le code de l’invitation.")
        self.summary.show_errors([(words, self.code.take_focus)] if words else [])
        if not words:
            self.typed.emit(self.code.value)


class HomeStopCaring(Screen):
    """« Ne plus aider … ? »."""

    name: ClassVar[str] = "home_stop_caring"

    def __init__(self, person: HomePerson) -> None:
        super().__init__(_("Ne plus aider {name} ?").format(name=person.name), main=_("Arrêter cette aide"))
        self.help_text = _(
            "Cette page arrête l’aide que vous donnez à un proche. "
            "Ses documents s’effacent de cet ordinateur. "
            "Ils restent dans son espace."
        )
        self.body.addWidget(
            IconLine("broom", _("L’espace de {name} s’efface de cet ordinateur.").format(name=person.name))
        )

    def first_focus(self) -> object:  # type: ignore[override]
        """Begin at the way back."""
        return self.back_button
