"""What a blind person really hears: Orca, in French, its voice written down, through a whole visit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.accessibility.by_ear import BOX, HEADING, RADIO, folded
from tests.accessibility.stage import NotOnTheBus, until
from ui import formats

if TYPE_CHECKING:
    from tests.accessibility.by_ear import ByEar
    from tests.accessibility.conftest import SeenByNobody
    from tests.accessibility.voice import Voice

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("accessibility")]


class Spoken:
    """What was said since the last step."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._from = 0

    def says(self, *sentences: str, within: float = 30) -> None:
        """Wait until each of these was said, one after the other, each within so many seconds."""
        for sentence in sentences:
            wanted = folded(sentence)

            def found(wanted: str = wanted) -> bool:
                for number, words in enumerate(self._voice.said[self._from :]):
                    if wanted in folded(words):
                        self._from += number
                        return True
                return False

            try:
                until(f"“{sentence}” to be said", found, within)
            except NotOnTheBus as why:
                raise NotOnTheBus(f"{why} Said: {self._voice.said[self._from :]}") from why


def test_the_right_sentence_at_each_step(poste: SeenByNobody, voice: Voice, ear: ByEar) -> None:
    """Each screen says its title, its words, and what the keys are on; an error says how to mend it."""
    hears = Spoken(voice)
    # A screen reader that starts beside other work takes its time; the program is not yet there to be slow.
    hears.says("Lecteur d’écran activé", within=120)
    poste.start()
    hears.says("Bonjour. Qui aide aujourd’hui ?", "Connectez-vous pour aider quelqu’un")
    ear.press("Je me connecte")
    hears.says("Poste prêt", "Rien n’est gardé sur ce poste", "Accueillir une personne bouton")
    ear.press("Accueillir une personne")
    hears.says("Qui accompagnez-vous ?", "La personne se connecte bouton", "Avec son compte, sur ce poste")
    ear.press("La personne se connecte")
    hears.says("C’est bien vous ?", "Oui, c’est moi bouton", "Jeanne Martin, Née le 3 mai 1946")
    ear.press("Oui, c’est moi")
    hears.says("Comment voulez-vous faire ?", "Faire ensemble bouton")
    give_a_mandate(ear, hears)
    read(ear, hears)
    file_wrongly(poste, ear, hears)
    check(poste, ear, hears)
    ear.press("Ranger ce document")
    hears.says("C’est rangé")
    ear.press("Revenir à l’accueil")
    hears.says("Bonjour Madame Martin", "Lire mes documents bouton")
    ear.press("Terminer la visite")
    hears.says("Voici ce que nous avons fait", "Document lu", "Terminer bouton")
    ear.press("Terminer")
    # How it ends is said where it takes long enough to be; that all is erased is always said.
    hears.says("Tout est effacé", "Nous avons vérifié : il ne reste rien")


def give_a_mandate(ear: ByEar, hears: Spoken) -> None:
    """The questions, a forgotten answer, and the whole text."""
    ear.press("Faire à ma place", prefix=True)
    hears.says("Karim Benali peut vous aider pour quoi ?", "Rien n’est coché d’avance")
    hears.says("Mes documents case à cocher non cochée")
    ear.press("Continuer")
    hears.says("Il y a un problème", "Cochez")
    ear.press("Mes documents", BOX, prefix=True)
    ear.press("Continuer")
    hears.says("Que peut faire Karim Benali ?", "Regarder case à cocher non cochée")
    for action in ("Regarder", "Ajouter"):
        ear.press(action, BOX, prefix=True)
    ear.press("Continuer")
    ear.find("Jusqu’à quand ?", HEADING)
    hears.says("Jusqu’à quand ?", "Seulement aujourd’hui, pendant cette visite")
    ear.press("Continuer")
    hears.says("Voici le mandat", "Je donne ce mandat à Karim Benali", "d’accord bouton")
    ear.press("J’ai compris et je suis d’accord")
    hears.says("Le mandat est enregistré", "Lire mes documents bouton")


def read(ear: ByEar, hears: Spoken) -> None:
    """The list, row by row with the arrows; a document's words, line by line."""
    ear.press("Lire mes documents", prefix=True)
    # The people of the demonstration live near to the present day.
    prescribed, prevented = (formats.day(date.today() - timedelta(days=days)) for days in (5, 7))  # noqa: DTZ011
    hears.says("Vos documents", "Liste à", f"Ordonnance du docteur Lefèvre, {prescribed}")
    ear.key("Down")
    hears.says(f"Bilan de prévention, {prevented}")
    ear.key("Return")
    hears.says("Page 1 sur")
    ear.press("Voir le texte")
    hears.says("Texte du document")
    ear.until("its words", lambda: len(ear.lines("Texte du document")) > 2)
    lines = ear.lines("Texte du document")
    ear.key("Down")
    hears.says(lines[1])
    ear.press("Retour")
    hears.says("Vos documents", "Bilan de prévention")
    ear.press("Retour")
    hears.says("Lire mes documents bouton")


def file_wrongly(poste: SeenByNobody, ear: ByEar, hears: Spoken) -> None:
    """A broken file: what is wrong and how to mend it is said at once."""
    ear.press("Ranger un papier", prefix=True)
    hears.says("Montrez-moi le papier")
    broken = poste.on_stick("casse.pdf", b"%PDF-1.7\n" + bytes(range(256)))
    ear.write("Ou écrivez le nom complet du fichier", str(broken))
    ear.press("Ouvrir ce fichier")
    hears.says("Il y a un problème", "Demandez-le de nouveau")


def check(poste: SeenByNobody, ear: ByEar, hears: Spoken) -> None:
    """A good file, to « Vérifiez »: each answer is heard in one with its question."""
    ear.write("Ou écrivez le nom complet du fichier", str(poste.paper("matin")))
    ear.press("Ouvrir ce fichier")
    hears.says("On voit bien tout ?")
    ear.press("Oui, on voit bien")
    hears.says("C’est quoi ?")
    ear.press("Ordonnances et soins", RADIO, prefix=True)
    ear.press("Continuer")
    hears.says("De quand date-t-il ?", "Jour")
    ear.press("Aujourd’hui")
    ear.press("Continuer")
    hears.says("Un nom pour le retrouver", "Nom du papier")
    ear.write("Nom du papier", "Ordonnance du matin")
    ear.press("Continuer")
    hears.says("Vérifiez", "Le papier : matin", "C’est : Ordonnances et soins", "Nom : Ordonnance du matin")
