"""What to do when one cannot sign in, and which person helps: a number to call, a counter to go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.codes.helplines import HELPERS, SignInTrouble
from ui.screen import Screen
from ui.screens.cannot_sign_in import TROUBLES
from ui.text import _, mark
from ui.widgets import Card, IconLine, SectionHeading

if TYPE_CHECKING:
    from app.codes.helplines import Helper
    from ui.session.context import SessionContext
    from ui.text import Words

__all__ = ["SignInHelp"]

STEPS: dict[SignInTrouble, tuple[str, ...]] = {
    SignInTrouble.FORGOTTEN: (
        mark("Dans le navigateur, appuyez sur « Mot de passe oublié »."),
        mark("Il faut votre téléphone ou votre adresse mail."),
    ),
    SignInTrouble.NO_ACCOUNT: (
        mark("Un compte se crée ensemble, avec la carte Vitale."),
        mark("Ou à La Poste : l’Identité numérique est gratuite. Apportez une pièce d’identité."),
    ),
    SignInTrouble.NO_CODE: (
        mark("Regardez le bon téléphone, et attendez deux minutes."),
        mark("Si votre numéro a changé, votre caisse le corrige."),
    ),
    SignInTrouble.NOT_RECOGNISED: (
        mark("Essayez votre nom de naissance, avec ses tirets."),
        mark("Si votre état civil est faux, votre caisse le corrige."),
    ),
    SignInTrouble.SOMEONE_DECIDES: (
        mark("Votre tuteur, votre curateur ou votre parent se connecte avec son propre compte."),
        mark("Prenez rendez-vous ensemble. Vous pouvez être là."),
    ),
}

NAMES: dict[str, str] = {
    "mon-espace-sante": mark("L’aide de Mon espace santé"),
    "assurance-maladie": mark("Votre caisse d’assurance maladie"),
    "la-poste": mark("Le bureau de poste le plus proche"),
    "representative": mark("La personne qui décide avec vous ou pour vous"),
}


class SignInHelp(Screen):
    """Two steps at most, then a human."""

    name: ClassVar[str] = "sign_in_help"

    def __init__(self, context: SessionContext, *, trouble: SignInTrouble) -> None:
        super().__init__(_(TROUBLES[trouble][0]), main=_("Essayer de nouveau"), finish=True)
        self.help_text = _(
            "Cette page dit quoi faire, et quelle personne peut aider. "
            "Rien de ce que vous dites ici n’est gardé. "
            "« Essayer de nouveau » revient au début."
        )
        self._context = context
        self.body.addWidget(_card(_("Quoi faire"), _steps(trouble)))
        self.body.addWidget(_card(_("Qui peut aider"), _helpers(trouble)))

    def pressed(self) -> None:
        """Begin again."""
        self._context.home()


def _card(title: str, lines: list[IconLine]) -> Card:
    card = Card()
    for widget in (SectionHeading(title), *lines):
        card.column.addWidget(widget)
    return card


def _steps(trouble: SignInTrouble) -> list[IconLine]:
    steps = enumerate(STEPS[trouble], 1)
    return [IconLine(f"numeric-{number}-circle-outline", _(words)) for number, words in steps]


def _helpers(trouble: SignInTrouble) -> list[IconLine]:
    icons = ["phone-outline" if each.phone else "account-outline" for each in HELPERS[trouble]]
    return [IconLine(icon, _who(each)) for icon, each in zip(icons, HELPERS[trouble], strict=True)]


def _who(helper: Helper) -> Words:
    name = _(NAMES[helper.code])
    return _("{name} : {phone}").format(name=name, phone=helper.phone) if helper.phone else name
