"""A whole visit by someone who sees nothing, through the real accessibility bus, by role and name only."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.accessibility.by_ear import ALERT, BOX, BUTTON, FIELD, HEADING, LIST, NOTICE, RADIO

if TYPE_CHECKING:
    from tests.accessibility.by_ear import ByEar, Thing
    from tests.accessibility.conftest import SeenByNobody

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("accessibility")]

TITLE = "Ordonnance du matin"
TEXT = "Texte du document"


def test_a_whole_visit(poste: SeenByNobody, ear: ByEar) -> None:
    """Sign in, give a mandate, find and hear a document, file one with two errors, finish."""
    adviser_signs_in(poste, ear)
    person_signs_in(ear)
    mandate(ear)
    find_and_hear(ear)
    file_with_errors(poste, ear)
    finish(poste, ear)


def adviser_signs_in(poste: SeenByNobody, ear: ByEar) -> None:
    """From the first screen to a PC that is ready."""
    poste.start()
    ear.hears("Bonjour. Qui aide aujourd’hui ?")
    well_made(ear, "Bonjour. Qui aide aujourd’hui ?")
    ear.press("Je me connecte")
    ear.hears("Connectez-vous dans le navigateur")
    ear.hears("Poste prêt")
    well_made(ear, "Poste prêt")


def person_signs_in(ear: ByEar) -> None:
    """Welcome the person; their own window comes to the front and says so; they are read back."""
    desk = ear.find("Poste prêt", HEADING).pid
    ear.press("Accueillir une personne")
    ear.hears("Une visite est en cours")
    ear.hears("Qui accompagnez-vous ?")
    assert well_made(ear, "Qui accompagnez-vous ?") != desk
    ear.press("La personne se connecte")
    ear.hears("Connectez-vous dans le navigateur")
    ear.hears("C’est bien vous ?")
    well_made(ear, "C’est bien vous ?")
    assert ear.reads("Jeanne Martin")
    assert ear.reads("Née le 3 mai 1946")
    ear.press("Oui, c’est moi")
    ear.hears("Nous ouvrons votre espace")
    ear.hears("Comment voulez-vous faire ?")


def mandate(ear: ByEar) -> None:
    """Answer one question a screen; what was forgotten is told, and mended where it is told."""
    well_made(ear, "Comment voulez-vous faire ?")
    ear.press("Faire à ma place", prefix=True)
    ear.hears("Karim Benali peut vous aider pour quoi ?")
    ear.hears("Rien n’est coché d’avance")
    ear.press("Mes documents", BOX, prefix=True)
    ear.hears("Mes documents checked")
    ear.press("Continuer")
    ear.hears("Que peut faire Karim Benali ?")
    ear.press("Continuer")
    told = "Cochez au moins une chose, ou revenez en arrière."
    error_takes_over(ear, told)
    ear.press(told)
    ear.hears("Regarder")
    for action in ("Regarder", "Ajouter"):
        ear.press(action, BOX, prefix=True)
        ear.hears(f"{action} checked")
    ear.press("Continuer")
    ear.hears("Jusqu’à quand ?")
    assert "checked" in ear.find("Seulement aujourd’hui, pendant cette visite", RADIO).states
    ear.press("Continuer")
    ear.hears("Voici le mandat")
    well_made(ear, "Voici le mandat")
    assert ear.reads("Je donne ce mandat à Karim Benali")
    assert ear.reads("ne jamais me demander mes mots de passe")
    ear.press("J’ai compris et je suis d’accord")
    ear.hears("Le mandat est enregistré.")
    ear.hears("Bonjour Madame Martin")


def find_and_hear(ear: ByEar) -> None:
    """Find a document among many by its name, open it, have its words line by line."""
    well_made(ear, "Bonjour Madame Martin")
    assert ear.reads("L’espace de Jeanne Martin")
    ear.press("Lire mes documents", prefix=True)
    ear.hears("Vos documents")
    well_made(ear, "Vos documents")
    shown = ear.find("Vos documents", LIST)
    rows = ear.bus.ask("rows", id=shown.id)
    wanted = next(number for number, row in enumerate(rows) if row.startswith("Prise de sang"))
    assert ear.bus.ask("table", id=shown.id) == [len(rows), 1]
    ear.listen()
    assert ear.bus.ask("select", id=shown.id, number=wanted)
    ear.hears("Prise de sang")
    assert ear.bus.ask("selected", id=shown.id) == [rows[wanted]]
    ear.press("Lire ce document")
    ear.hears("Prise de sang")
    ear.hears("Page 1 sur")
    ear.press("Voir le texte")
    ear.hears(TEXT)
    ear.until("the words", lambda: any("MARTIN" in line for line in ear.lines(TEXT)))
    assert len(ear.lines(TEXT)) > 10
    ear.press("Retour")
    ear.hears("Vos documents")
    ear.press("Retour")
    ear.hears("Bonjour Madame Martin")


def file_with_errors(poste: SeenByNobody, ear: ByEar) -> None:
    """File a paper: first a broken file, then no name; each is told, and nothing else is lost."""
    field = "Ou écrivez le nom complet du fichier"
    ear.press("Ranger un papier", prefix=True)
    ear.hears("Montrez-moi le papier")
    well_made(ear, "Montrez-moi le papier")
    broken = poste.on_stick("casse.pdf", b"%PDF-1.7\n" + bytes(range(256)))
    ear.write(field, str(broken))
    ear.press("Ouvrir ce fichier")
    error_takes_over(ear, "Ce fichier est abîmé : il manque une partie.")
    ear.write(field, str(poste.paper("matin")))
    ear.press("Ouvrir ce fichier")
    ear.hears("On voit bien tout ?")
    well_made(ear, "On voit bien tout ?")
    ear.press("Oui, on voit bien")
    ear.hears("C’est quoi ?")
    ear.press("Ordonnances et soins", RADIO, prefix=True)
    ear.press("Continuer")
    ear.hears("De quand date-t-il ?")
    well_made(ear, "De quand date-t-il ?")
    ear.press("Aujourd’hui")
    ear.press("Continuer")
    ear.hears("Un nom pour le retrouver")
    ear.write("Nom du papier", "")
    ear.press("Continuer")
    told = "Écrivez un nom pour ce papier."
    error_takes_over(ear, told)
    assert told in ear.find("Nom du papier", FIELD).description
    ear.press(told)
    ear.hears("Nom du papier")
    ear.write("Nom du papier", TITLE)
    ear.press("Continuer")
    ear.hears("Vérifiez")
    assert ear.reads(TITLE)
    ear.press("Ranger ce document")
    ear.hears("C’est rangé dans l’espace de Jeanne Martin.")
    ear.hears("Envoyé.")


def finish(poste: SeenByNobody, ear: ByEar) -> None:
    """Hear what was done, end; the desk's window comes back and says that all is erased, and it is."""
    ear.press("Terminer la visite")
    ear.hears("Voici ce que nous avons fait")
    well_made(ear, "Voici ce que nous avons fait")
    assert ear.reads(f"Papier rangé : {TITLE}")
    assert ear.reads("Document lu : Prise de sang")
    ear.press("Terminer")
    ear.hears("La visite se termine")
    ear.hears("Tout est effacé")
    well_made(ear, "Tout est effacé")
    assert ear.reads("Nous avons vérifié : il ne reste rien.")
    poste.nothing_left()


def well_made(ear: ByEar, title: str) -> int:
    """Look at a screen as one hears it; return the process that shows it.

    Its title is a heading and the window's name, the focus is on something that has a name, and so has
    whatever the keys can reach; no two buttons have the same name.
    """
    ear.find(title, HEADING, prefix=True)
    things = ear.until("the focus to be somewhere", lambda: focused(ear.things()))
    assert things[0].name.startswith(title), things[0]
    assert [str(each) for each in things if each.can_focus and not each.name] == []
    buttons = sorted(each.name for each in things if each.role == BUTTON)
    assert [one for one, other in pairwise(buttons) if one == other] == []
    return things[0].pid


def focused(things: list[Thing]) -> list[Thing]:
    """Return the things if one of them, with a name, has the focus."""
    return things if any(each.has_focus and each.name for each in things) else []


def error_takes_over(ear: ByEar, words: str) -> None:
    """The summary says what is wrong as soon as it is there, and has the focus."""
    ear.hears("Il y a un problème")
    ear.hears(words)
    ear.until("the summary to have the focus", lambda: is_summary(ear.focus()))


def is_summary(thing: Thing | None) -> bool:
    """Whether that is the error summary."""
    return thing is not None and thing.role in {NOTICE, ALERT}
