"""The words of the signed list of accesses, in French. They name no document and nothing of one's health."""

from __future__ import annotations

__all__ = ["PAPER"]

PAPER: dict[str, str] = {
    "title": "Qui a regardé mon espace ?",
    "what": "Liste des accès, signée par le service",
    "whose": "Personne : {name}",
    "born": "Date de naissance : {day}",
    "period": "Période : du {start} au {end}",
    "asked": "Demandée le {day} à {time} par {who}",
    "you": "la personne elle-même",
    "count": "Visites : {visits}. Accès : {accesses}.",
    "zone": "Heures données pour : {zone}",
    "how": "Chaque ligne est une visite. Une visite peut compter plusieurs accès.",
    "no-names": "Cette liste ne nomme aucun document. Elle ne dit rien de votre santé.",
    "cut": "Seules les visites les plus récentes sont écrites : {count}.",
    "nobody": "Personne pendant cette période.",
    "you-title": "Vous",
    "program": "Un programme de santé",
    "nameless": "Une personne sans nom",
    "with": "Avec vous",
    "for": "À votre place",
    "uncovered": "À votre place, sans mandat valable",
    "opening": "Votre espace ouvert sur un poste",
    "failed": "Essai refusé ou manqué",
    "time": "{start} à {end}",
    "number": "Accès : {count}",
    "reports": "Ce que vous avez signalé",
    "no-reports": "Vous n’avez rien signalé pendant cette période.",
    "report": "Signalé le {day} à {time}",
    "report-seen": "Vu par la structure le {day}",
    "report-unseen": "Pas encore vu par la structure",
    "proof": "Ce qui prouve cette liste",
    "proof-how": "Ce fichier est signé par le service. Un lecteur de PDF montre sa signature.",
    "proof-paper": "Une feuille imprimée n’est plus signée. Gardez aussi le fichier.",
    "proof-check": "Pour vérifier le fichier : tandem verify-access-list",
    "root": "Empreinte des accès de la liste (arbre de Merkle, SHA-256) :",
    "key": "Empreinte de la clé du service (SHA-256) :",
    "page": "Page {number} sur {total}",
}
