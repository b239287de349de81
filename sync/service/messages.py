"""The service's sentences, in French: what happened, and what to do. Nothing of the person in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.service.tongues import FRENCH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.errors import Field
    from sync.service.tongues import Tongue

__all__ = ["MAIL", "PAGES", "PHONE", "SENTENCES", "START", "WARNINGS", "sentence"]

SENTENCES: dict[str, str] = {
    "not-signed-in": "Il faut se connecter. Ouvrez une session, puis recommencez.",
    "token-refused": "La connexion a expiré ou a été fermée. Connectez-vous de nouveau.",
    "not-allowed": "Votre connexion ne donne pas ce droit. Connectez-vous avec un compte qui l’a.",
    "read-only-type": "Ces informations sont tenues par le service : elles se lisent mais ne se "
    "modifient pas ici.",
    "another-person": "Cette information concerne une autre personne que celle qui est connectée. "
    "Rien n’a été enregistré.",
    "mandate-missing": "Il n’y a pas de mandat en cours pour agir à la place de la personne. "
    "Faites-lui accepter un mandat, ou laissez-la agir elle-même.",
    "mandate-over": "Le mandat est terminé ou a été retiré. Faites accepter un nouveau mandat.",
    "mandate-duration": "Au comptoir, un mandat dure un jour au plus. Faites-en accepter un plus court.",
    "mandate-scope": "Le mandat ne couvre pas cette action. Faites accepter un mandat qui la nomme.",
    "person-decides": "Seule la personne peut le décider, et l’aidant ne peut pas le faire pour elle.",
    "unknown": "Cet élément n’existe pas, ou n’est pas accessible avec cette connexion.",
    "unknown-type": "« {type} » n’est pas un type de ressource FHIR R4.",
    "unknown-address": "Cette adresse n’existe pas. La liste de ce que sait faire le service est à "
    "/fhir/metadata.",
    "unknown-match": "Aucun élément ne correspond à ce critère.",
    "method": "Cette adresse n’accepte pas cette méthode.",
    "patch-not-permitted": "Seuls le statut, la confidentialité et l’archivage d’un document se "
    "modifient ainsi.",
    "accept": "Le service répond en JSON : demandez application/fhir+json.",
    "exists": "Cet élément existe déjà. Relisez-le avant de le modifier.",
    "id-taken": "Cet identifiant ne peut pas être utilisé. Choisissez-en un autre.",
    "already-answered": "Une autre action a déjà été enregistrée sous ce numéro. Relisez-la avant de "
    "recommencer.",
    "deleted": "Cet élément a été supprimé.",
    "cursor-ahead": "Le service a été rétabli à un état antérieur. Reprenez la lecture depuis le début.",
    "stale": "Cet élément a été modifié entre-temps. Relisez-le, puis recommencez.",
    "several-match": "Plusieurs éléments correspondent à ce critère : il n’en désigne pas un seul.",
    "too-large": "L’envoi dépasse {limit} octets. Envoyez le document par morceaux (/uploads).",
    "content-type": "Ce format n’est pas accepté. Envoyez du JSON : application/fhir+json.",
    "range": "La partie demandée est en dehors du document, qui a {size} octets.",
    "not-json": "Le contenu envoyé n’est pas du JSON correct.",
    "name-twice": "Le contenu envoyé donne deux fois le même nom dans un objet. Gardez-en un seul.",
    "too-deep": "Le contenu envoyé a trop d’objets les uns dans les autres. Aucune ressource n’en a autant.",
    "number-large": "Un nombre entier est trop long (chiffres au plus : 18) : il ne serait pas gardé "
    "tel quel. Rien n’a été enregistré.",
    "too-many-entries": "Ce lot est trop grand (entrées au plus : {limit}). Envoyez-le en plusieurs fois.",
    "content-encoding": "Le service ne lit pas de contenu compressé. Envoyez-le tel quel.",
    "body-stalled": "L’envoi n’arrive plus, ou trop lentement. Rien n’a été enregistré : recommencez.",
    "no-body": "L’envoi est vide.",
    "type-mismatch": "Le type de la ressource n’est pas celui de l’adresse.",
    "id-mismatch": "L’identifiant de la ressource n’est pas celui de l’adresse.",
    "id-missing": "La ressource doit porter l’identifiant de l’adresse.",
    "bad-id": "Cet identifiant n’a pas la bonne forme : 64 lettres, chiffres, points ou tirets au plus.",
    "bad-etag": 'If-Match doit être de la forme W/"3".',
    "bad-parameter": "La valeur du paramètre « {name} » n’est pas comprise.",
    "unknown-parameter": "Le paramètre « {name} » n’est pas connu pour ce type.",
    "bad-modifier": "Le complément « {name} » n’est pas pris en charge pour ce paramètre.",
    "bad-cursor": "Ce repère de lecture n’est pas du service. Reprenez depuis le début.",
    "bad-bundle": "Un lot doit être un Bundle de type transaction ou batch, avec ses entrées.",
    "bad-entry": "Une entrée du lot n’a pas de requête complète (méthode et adresse).",
    "entry-twice": "Le même élément figure deux fois dans le lot.",
    "bad-patch": "La modification doit être un JSON Patch (RFC 6902) ou des Parameters FHIRPath Patch.",
    "patch-failed": "La modification ne s’applique pas à cet élément : il a sans doute changé. Relisez-le.",
    "element-missing": "Il manque un élément obligatoire.",
    "element-type": "Un élément n’a pas la forme attendue : {expected}.",
    "element-unknown": "Un élément n’existe pas dans ce type de ressource.",
    "element-empty": "Un élément est vide : FHIR demande de ne pas l’envoyer.",
    "element-value": "La valeur d’un élément n’est pas correcte : {expected}.",
    "element-forbidden": "Cet élément n’est pas permis par le profil annoncé.",
    "code-unknown": "Ce code n’est pas dans la liste permise.",
    "reference-form": "Une référence n’a pas la bonne forme (Type/identifiant).",
    "reference-unknown": "Une référence désigne un élément qui n’existe pas.",
    "patient-unknown": "La personne désignée n’a pas de dossier ici. Créez d’abord sa ressource Patient.",
    "patient-changed": "Un élément ne change pas de personne. Supprimez-le et créez-en un autre.",
    "patient-required": "Il faut dire de quelle personne il s’agit.",
    "binary-missing": "Le fichier du document n’a pas été reçu en entier. Envoyez d’abord le fichier.",
    "digest-differs": "L’empreinte annoncée n’est pas celle du fichier reçu. Envoyez de nouveau le fichier.",
    "size-differs": "La taille annoncée n’est pas celle du fichier reçu ({size} octets).",
    "digest-required": "L’empreinte SHA-256 du document est obligatoire.",
    "not-base64": "Le contenu du fichier n’est pas du base64 correct.",
    "upload-digest": "Le fichier reçu n’est pas celui qui était annoncé. Il a été effacé : envoyez-le "
    "de nouveau.",
    "upload-offset": "L’envoi doit reprendre à l’octet {received}.",
    "upload-headers": "L’envoi par morceaux n’est pas bien annoncé : {name}.",
    "upload-version": "Le service suit tus 1.0.0.",
    "upload-expired": "Cet envoi a été abandonné trop longtemps. Recommencez-le depuis le début.",
    "upload-stalled": "Plus rien n’arrive depuis un moment. Reprenez l’envoi à l’octet {received}.",
    "device-unknown": "Ce poste n’est pas enregistré auprès du service, ou ne l’est plus.",
    "device-key": "La clé du poste n’est pas une clé Ed25519.",
    "mandate-text": "Le texte de ce mandat ne dit pas ce qu’il permet. Faites accepter un nouveau mandat.",
    "presence-missing": "Rien ne prouve que la personne était là. Refaites-le avec elle.",
    "presence-over": "Cet envoi ne date pas d’une visite que nous connaissons. Refaites-le avec la personne.",
    "journal-head": "La tête du journal de ce poste est illisible. Mettez Tandem à jour.",
    "journal-behind": "Le journal de ce poste n’est plus celui que nous connaissons. "
    "Appelez la personne qui s’occupe de ce poste.",
    "device-revoked": "Ce poste a été retiré par sa structure : il n’ouvre plus rien. "
    "Appelez la personne qui s’occupe des postes.",
    "device-clock": "L’heure de ce poste n’est pas juste. Faites-la régler, puis recommencez.",
    "device-needed": "Cette action ne se fait que depuis un poste enregistré par sa structure.",
    "device-elsewhere": "Ce poste est celui d’une autre structure. Connectez-vous sur un poste de la vôtre.",
    "enrolment-code": "Ce code de poste n’est pas reconnu. Vérifiez-le, puis recommencez.",
    "enrolment-used": "Ce code de poste a déjà servi. Demandez un nouveau code à votre structure.",
    "enrolment-expired": "Ce code de poste n’est plus valable : il dure un jour. "
    "Demandez-en un nouveau à votre structure.",
    "factor-wrong": "Ce code ne convient pas, ou il a déjà servi. Attendez le code suivant, puis tapez-le.",
    "factor-missing": "Il faut un mot de passe et un code pour aider quelqu’un. "
    "Déconnectez-vous, puis reconnectez-vous.",
    "account-kind": "Ce compte n’est pas de ceux qui se connectent ici. Choisissez-en un autre.",
    "sign-in-over": "Cette connexion a duré trop longtemps. Recommencez depuis le début.",
    "broker-state": "Cette connexion n’a pas commencé dans cette fenêtre, ou elle a déjà servi. "
    "Revenez dans Tandem et recommencez.",
    "broker-denied": "La connexion avec {label} a été arrêtée. Rien n’a été ouvert.",
    "broker-again": "{label} demande de recommencer la connexion. Rien n’a été ouvert.",
    "broker-away": "{label} ne répond pas en ce moment. Rien n’a été ouvert : réessayez plus tard, "
    "ou choisissez une autre façon de vous connecter.",
    "broker-untrusted": "La réponse reçue de {label} n’est pas sûre. Rien n’a été ouvert : recommencez. "
    "Si cela revient, prévenez la personne qui s’occupe du service.",
    "broker-level": "Cette façon de se connecter à {label} n’est pas assez sûre pour des données de santé. "
    "Recommencez, et choisissez-en une plus sûre.",
    "broker-traits": "{label} n’a pas donné toute votre identité. Rien n’a été ouvert : "
    "prévenez la personne qui s’occupe du service.",
    "broker-rpps": "{label} n’a pas donné votre numéro RPPS. Rien n’a été ouvert : connectez-vous autrement.",
    "broker-nobody": "Aucun compte d’ici ne correspond à l’identité donnée par {label}. "
    "Rien n’a été créé. Demandez au lieu qui vous accueille.",
    "broker-several": "Plusieurs comptes d’ici correspondent à l’identité donnée par {label}. "
    "Par prudence, aucun n’a été ouvert. Demandez au lieu qui vous accueille.",
    "broker-taken": "Le compte trouvé est déjà relié à quelqu’un d’autre sur {label}. "
    "Par prudence, il n’a pas été ouvert. Demandez au lieu qui vous accueille.",
    "broker-ended": "Ce compte est fermé. Demandez au lieu qui vous accueille.",
    "office-form": "Cette page n’est plus à jour. Rien n’a été changé : recommencez.",
    "login-taken": "Cet identifiant est déjà pris. Choisissez-en un autre.",
    "login-form": "Un identifiant a de 3 à 40 lettres ou chiffres, sans espace. Et le nom est obligatoire.",
    "password-short": "Ce mot de passe est trop court. Choisissez-en un plus long (minimum : {least}).",
    "invitation-over": "Cette invitation n’est pas reconnue, ou ne vaut plus. Demandez-en une nouvelle.",
    "carer-form": "Cette invitation n’est pas complète : {what}. Rien n’a été enregistré.",
    "carer-many": "La limite est atteinte : {most} au plus. Arrêtez d’abord une aide en cours.",
    "carer-already": "Vous aidez déjà cette personne. Ouvrez son espace depuis l’accueil.",
    "carer-self": "Cette invitation est la vôtre. Donnez-la à la personne qui vous aidera.",
    "representative-form": "Ce n’est pas complet ou pas possible : {what}. Rien n’a été noté.",
    "representative-person": "Cette qualité ne va pas pour cette personne. "
    "Un mineur a un parent ou un tuteur. Un adulte protégé a un tuteur, ou une personne habilitée. "
    "Un curateur assiste seulement : la personne peut l’inviter comme aidant.",
    "representative-noted": "Un représentant légal est noté par le service, qui a vu un document. "
    "Demandez au service.",
    "carer-never": "Un proche aidant ne peut pas le faire. Seule la personne le fait, depuis son compte.",
    "envelope-damaged": "L’enveloppe est abîmée. Envoyez-la de nouveau.",
    "envelope-too-new": "L’enveloppe vient d’une version plus récente du programme. Mettez le service à "
    "jour.",
    "envelope-untrusted": "L’enveloppe n’est pas signée par un poste enregistré.",
    "envelope-not-for-us": "L’enveloppe a été fermée pour un autre service.",
    "slip-unknown": "Ce code ne correspond à aucun mandat en cours. Vérifiez les mots sur la fiche de "
    "mandat.",
    "drop-closed": "Cette page est fermée. Demandez-en une nouvelle à la personne qui vous aide.",
    "drop-key": "La clé de la page n’a pas la bonne forme ({size} octets attendus).",
    "drop-empty": "Aucune photo n’est arrivée. Prenez une photo du papier, puis envoyez-la.",
    "drop-cut": "L’envoi a été coupé, rien n’a été gardé. Recommencez l’envoi.",
    "drop-kind": "Ce fichier n’est ni une photo ni un PDF. Envoyez une photo du papier.",
    "drop-heavy": "Cette photo est trop lourde : {limit} Mo au plus. Reprenez-la moins grande.",
    "drop-many": "C’est trop pour un seul envoi : {pictures} et {limit} Mo au plus. Enlevez-en, puis "
    "recommencez.",
    "drop-busy": "Beaucoup de photos arrivent en ce moment. Attendez un instant, puis recommencez.",
    "too-many-tries": "Trop d’essais. Attendez {seconds}, puis recommencez.",
    "disk-full": "Le service n’a plus de place. Rien n’a été enregistré : réessayez plus tard, ou prévenez "
    "la personne qui s’occupe du service.",
    "store-busy": "Le service est occupé. Réessayez dans un instant.",
    "records-away": "Le service ne joint pas ses données en ce moment. Ce qui vient d’être envoyé est "
    "peut-être enregistré : attendez quelques secondes, vérifiez, puis recommencez.",
    "put-back": "Le service a été remis en place depuis une copie. Relisez d’abord ce qu’il contient, puis "
    "recommencez.",
    "store-unreadable": "Le service n’arrive pas à lire ou à écrire son dossier. Rien n’a été enregistré : "
    "prévenez la personne qui s’occupe du service.",
    "store-damaged": "Une partie du dossier ne se lit plus. Prévenez la personne qui s’occupe du service.",
    "objects-away": "Les documents ne sont pas accessibles en ce moment. Rien n’a été enregistré : "
    "réessayez dans {seconds}.",
    "stopped": "Le service s’arrête. Réessayez dans un instant.",
    "fault": "Le service a rencontré une erreur. Rien n’a été enregistré : réessayez plus tard.",
}

WARNINGS: dict[str, str] = {
    "parameter-ignored": "Le paramètre « {name} » n’est pas connu pour ce type : il n’a pas été pris en "
    "compte.",
    "profile-element": "Le profil annoncé demande cet élément ; la ressource a été acceptée sans lui.",
}


def sentence(code: str, fields: Mapping[str, Field], tongue: Tongue = FRENCH) -> str:
    """Return the sentence of a refusal or a warning; a missing field shows as "?".

    ``tongue`` is that of the page that a person reads; what programs read stays in French.
    """
    counted = {name: _counted(tongue, name, value) for name, value in fields.items()}
    return tongue.say(SENTENCES.get(code) or WARNINGS[code]).format_map(_Known(counted))


def _counted(tongue: Tongue, name: str, value: Field) -> Field:
    """Say a number with its noun where the sentence does not: the noun changes with the number."""
    ngettext = tongue.ngettext
    match name, value:
        case "seconds", int():
            return ngettext("{count} seconde", "{count} secondes", value).format(count=value)
        case "pictures", int():
            return ngettext("{count} photo", "{count} photos", value).format(count=value)
        case _:
            return value


class _Known(dict[str, "Field"]):
    def __missing__(self, key: str) -> str:
        return "?"


PAGES: dict[str, str] = {
    "helper": "Connexion de l’aidant",
    "person": "Connexion de la personne",
    "wrong": "L’identifiant ou le mot de passe ne convient pas. Vérifiez-les, puis recommencez.",
    "other-kind": "Ce compte n’est pas de ceux qui se connectent ici. Choisissez-en un autre.",
    "made-up": "Démonstration : ces personnes n’existent pas. Choisissez qui se connecte.",
    "born": "Date de naissance : {day}",
    "by-password": "Ou avec un mot de passe",
    "elsewhere": "S’identifier avec {label}",
    "back": "Revenir à la connexion",
    "login": "Identifiant",
    "password": "Mot de passe",
    "sign-in": "Se connecter",
    "factor": "Le code de votre téléphone",
    "factor-how": "Ouvrez l’application de codes de votre téléphone. "
    "Tapez le code qu’elle affiche pour Tandem.",
    "code": "Code à six chiffres",
    "lost": "Sans téléphone, tapez un de vos codes de secours.",
    "on": "Continuer",
    "use-key": "Utiliser ma clé de sécurité",
    "on-and-key": "Continuer et ajouter une clé de sécurité",
    "set-up": "Protéger votre compte",
    "set-up-why": "Un mot de passe ne suffit pas pour aider quelqu’un. "
    "Il faut aussi un code de votre téléphone.",
    "set-up-how": "Ouvrez une application de codes sur votre téléphone. Prenez ce carré en photo avec elle.",
    "set-up-by-hand": "Sans appareil photo, tapez cette clé dans l’application :",
    "set-up-square": "Carré à photographier avec l’application de codes",
    "recovery": "Vos codes de secours",
    "recovery-how": "Notez ces huit codes sur un papier, et gardez-le chez vous. "
    "Chacun ouvre votre compte une fois, sans téléphone.",
    "recovery-once": "Ils ne seront plus jamais affichés.",
    "noted": "J’ai noté ces codes",
    "add-key": "Ajouter une clé de sécurité",
    "add-key-how": "Branchez votre clé, ou préparez votre téléphone. Appuyez ensuite sur le bouton.",
    "add-key-now": "Ajouter ma clé",
    "without-key": "Continuer sans clé",
    "no-key": "La clé n’a pas répondu. Recommencez, ou continuez sans elle.",
    "impossible": "Connexion impossible",
    "not-ours": "Cette demande de connexion ne vient pas de Tandem. "
    "Fermez cette page, revenez dans Tandem et recommencez.",
    "signed-out": "La session est fermée",
    "close": "Vous pouvez fermer cette page.",
    "failed": "Cette page ne s’ouvre pas",
    "nowhere": "Il n’y a rien à cette adresse. Vérifiez-la, ou revenez dans Tandem.",
    "languages": "Langue de la page",
    "keyboard": "Clavier",
    "capital": "Majuscule",
    "space": "Espace",
    "erase": "Effacer",
    "next": "Continuer",
    "away": "Fermer",
    "phone-title": "Se connecter avec ce téléphone",
    "phone-type": "Tapez le code affiché par l’ordinateur qui est devant vous.",
    "phone-code": "Code à neuf chiffres",
    "phone-asks": "Un ordinateur demande à ouvrir votre espace de santé. C’est celui de :",
    "phone-demo": "une démonstration de Tandem",
    "phone-same": "Regardez l’écran de l’ordinateur. Affiche-t-il exactement ce code ?",
    "phone-beware": "Si quelqu’un vous a envoyé ce code, ou vous l’a dit au téléphone, c’est une tromperie. "
    "Arrêtez.",
    "phone-yes": "Oui, c’est le même code",
    "phone-no": "Non, arrêter",
    "phone-wrong": "Ce code n’est pas reconnu, ou il a trop attendu. Vérifiez-le sur l’ordinateur, "
    "ou demandez-lui un nouveau code.",
    "phone-done": "C’est fait",
    "phone-look": "Regardez l’ordinateur : votre espace s’y ouvre. Vous pouvez fermer cette page.",
    "phone-stopped": "La demande est arrêtée",
    "phone-nothing": "L’ordinateur n’ouvrira rien. Vous pouvez fermer cette page.",
}
"""The words of the sign-in pages, and of what all pages share."""

PHONE: dict[str, str] = {
    "title": "Envoyer la photo d’un papier",
    "what": "Cette page envoie une photo à l’ordinateur qui est devant vous.",
    "once": "Cette page ne sert qu’une fois. Elle se ferme toute seule après dix minutes.",
    "only": "Photographiez seulement le papier à ranger : bien à plat, en entier, en pleine lumière.",
    "take": "Prendre une photo",
    "again": "Prendre une autre page",
    "choose": "Choisir une photo déjà prise",
    "send": "Envoyer à l’ordinateur",
    "sending": "Envoi en cours : {done} sur 100.",
    "photo": "Photo {number}",
    "ready": "Photo {number}, prête à partir",
    "remove": "Enlever",
    "cut": "L’envoi n’a pas marché. Vérifiez le réseau du téléphone, puis recommencez.",
    "secret": "Votre photo est fermée à clé dès son arrivée. Seul cet ordinateur peut l’ouvrir.",
    "problem": "Il y a un problème",
    "sent": "C’est envoyé",
    "look": "Regardez maintenant l’ordinateur. Vous pouvez fermer cette page.",
    "yours": "La photo reste aussi dans votre téléphone. Vous pouvez l’effacer si vous voulez.",
    "closed": "Cette page est fermée",
    "words": "Les mots affichés par l’ordinateur",
    "example": "Par exemple : olive chat moulin lune tasse",
    "open": "Ouvrir la page",
}
"""The words of the page that a phone sees."""

MAIL: dict[str, str] = {
    "subject": "Un reçu est dans votre espace de santé",
    "there": "Bonjour, un reçu est dans votre espace de santé.",
    "read": "Pour le lire, ouvrez votre espace comme d’habitude, "
    "ou faites-vous aider dans un lieu d’accueil.",
    "never": "Ce mail n’a pas de lien. Personne ne vous demandera votre mot de passe.",
}
"""The mail that tells of a receipt: nothing of the person is in it."""

START: dict[str, str] = {
    "mail-server-bad": "Le fichier du serveur de mail n’est pas compris. Corrigez-le, "
    "puis relancez le service.",
    "mail-server-bad-missing": "Le fichier du serveur de mail (--mail) ne se lit pas : {path}. "
    "Vérifiez son chemin et ses droits d’accès.",
    "mail-server-bad-security": "Le serveur de mail doit être joint par TLS : « security » vaut tls ou "
    "starttls. Sans TLS, seul celui de cette machine est permis.",
    "mail-server-bad-sender": "Dans le fichier du serveur de mail, « sender » n’est pas une adresse de mail. "
    "Corrigez-la, puis relancez le service.",
    "broker-bad-missing": "Le fichier des connexions (--broker) ne se lit pas : {path}. "
    "Vérifiez son chemin et ses droits d’accès.",
    "broker-bad-form": "Le fichier des connexions (--broker) n’est pas compris. Corrigez-le, "
    "puis relancez le service.",
    "broker-bad-issuer": "Dans le fichier des connexions (--broker), une adresse n’est pas en https. "
    "En http, seule celle de cette machine est permise.",
    "broker-bad-secret": "Le fichier d’un secret du fichier des connexions (--broker) manque ou est vide. "
    "Vérifiez son chemin.",
    "broker-bad-open-secret": "Le fichier d’un secret du fichier des connexions (--broker) peut être lu "
    "par d’autres comptes. Fermez-le (chmod 600), puis relancez le service.",
    "port-taken": "Ce port est déjà pris. Choisissez-en un autre, ou laissez le service en prendre un libre.",
    "port-reserved": "Ce port est réservé au système. Choisissez-en un au-dessus de 1023.",
    "service-none": "Il n’y a pas de service dans ce dossier : rien n’a été fait. Vérifiez --data.",
    "disk-full": "Il n’y a plus de place sur le disque. Libérez de la place, puis relancez le service.",
    "store-damaged": "Les données du service sont abîmées : elles ne sont plus ce qui a été écrit. "
    "Rien n’a été modifié. Rétablissez une sauvegarde complète du dossier.",
    "store-wrong-key": "La clé du dossier n’est pas celle de ses données. Rétablissez le fichier "
    "service.key d’origine.",
    "store-not-encrypted": "Le fichier service.db n’est pas chiffré : il n’est pas de ce service.",
    "store-newer": "Ces données viennent d’une version plus récente du programme. Mettez le programme à "
    "jour.",
    "store-missing": "Le dossier contient des documents mais plus de base (service.db). "
    "Rétablissez une sauvegarde complète du dossier.",
    "store-of-another-kind": "Le fichier service.db n’est pas celui d’un service central.",
    "records-away": "La base PostgreSQL ne s’ouvre pas : elle ne répond pas, elle n’existe pas, elle refuse "
    "ce rôle, ou son adresse n’est pas comprise. Vérifiez-la, puis relancez le service.",
    "records-denied": "Le rôle PostgreSQL n’a pas le droit de créer ou de lire les tables du service. "
    "Faites-en le propriétaire de la base, puis relancez le service.",
    "records-file-missing": "Le fichier qui contient l’adresse de la base (--records @FICHIER) manque, ne se "
    "lit pas ou est vide : {path}. Vérifiez son chemin et ses droits d’accès.",
    "records-older": "Les tables de PostgreSQL sont d’une version antérieure. Arrêtez tous les services, "
    "puis relancez avec --migrate.",
    "records-role": "Le rôle PostgreSQL est celui d’un superutilisateur, ou passe outre la sécurité par "
    "ligne. Donnez au service un rôle ordinaire (NOSUPERUSER NOBYPASSRLS).",
    "records-unguarded": "La sécurité par ligne a été retirée d’une table de PostgreSQL : une personne "
    "pourrait voir les données d’une autre. Rétablissez-la avant de relancer le service.",
    "records-server": "Il faut PostgreSQL 15 ou plus récent, avec une base en UTF-8.",
    "workers-alone": "Plusieurs processus demandent PostgreSQL (--records) : la base intégrée n’en sert "
    "qu’un.",
    "workers-here": "Ce système ne sait pas servir par plusieurs processus. Lancez le service sans "
    "--workers.",
    "records-file-open": "Le fichier qui contient l’adresse de la base est lisible par d’autres. Protégez-le "
    "(chmod 600), puis relancez le service.",
    "store-unreadable": "Le dossier des données ne peut pas être lu ou écrit. Vérifiez ses droits d’accès.",
    "store-busy": "Un autre service utilise déjà ce dossier. Arrêtez-le d’abord.",
    "service-key-missing": "Le fichier service.key manque : sans lui, les données ne s’ouvrent pas. "
    "Rétablissez une sauvegarde complète du dossier.",
    "objects-away": "Le dépôt des documents (--objects) ne répond pas. Vérifiez son adresse et le réseau, "
    "puis relancez le service.",
    "objects-unusable-address": "L’adresse des documents n’est pas comprise. Écrivez --objects "
    "s3://compartiment/préfixe ou file:///dossier, et AWS_ENDPOINT_URL pour le dépôt S3.",
    "objects-unusable-plain": "Le dépôt S3 doit être en https : en http, seul celui de cette machine "
    "est permis.",
    "objects-unusable-keys": "Les clés du dépôt S3 manquent ou ne se lisent pas. Donnez AWS_ACCESS_KEY_ID et "
    "AWS_SECRET_ACCESS_KEY, ou AWS_SECRET_ACCESS_KEY_FILE.",
    "objects-unusable-open-file": "Le fichier des clés du dépôt S3 peut être lu par d’autres comptes. "
    "Fermez-le (chmod 600), puis relancez le service.",
    "objects-unusable-authority": "Le fichier AWS_CA_BUNDLE ne se lit pas. Vérifiez son chemin.",
    "objects-unusable-refused": "Le dépôt S3 refuse l’accès avec ces clés. Vérifiez les clés, et leurs "
    "droits de lire, d’écrire, de lister et de supprimer.",
    "objects-unusable-bucket": "Ce compartiment n’existe pas dans le dépôt S3. Créez-le, ou corrigez "
    "--objects.",
    "objects-unusable-overwrites": "Ce dépôt S3 remplace un objet sans rien dire (il ignore If-None-Match) : "
    "un document pourrait être perdu. Choisissez un dépôt S3 qui le refuse.",
    "objects-unusable-another": "À cet endroit sont les documents d’un autre service, ou la clé n’est pas la "
    "bonne. Choisissez un autre préfixe, ou rétablissez le fichier service.key d’origine.",
    "service-key-bad": "Le fichier service.key est abîmé. Rétablissez celui d’origine.",
    "service-certificate-bad": "Le fichier certificate.pem n’est pas un certificat de la clé du service. "
    "Retirez-le, ou demandez un certificat avec --certificate-request.",
    "backup-exists": "Il y a déjà quelque chose à cet endroit. Donnez un nom nouveau : une sauvegarde n’en "
    "remplace jamais une autre.",
    "backup-disk-full": "Il n’y a plus de place pour la sauvegarde. Rien n’en a été gardé : libérez de la "
    "place, puis recommencez.",
    "backup-unreadable": "La sauvegarde ne peut pas être écrite à cet endroit, ou les données ne se lisent "
    "pas. Rien n’en a été gardé. Vérifiez les droits d’accès.",
    "backup-incomplete": "La sauvegarde est faite, mais des documents étaient déjà perdus ou abîmés dans le "
    "service : {count}. Gardez les sauvegardes d’avant, et cherchez pourquoi.",
    "backup-records": "Les données sont dans PostgreSQL : sauvegardez-les avec ses outils (pg_dump, "
    "archivage continu), avec le fichier service.key. Après les avoir rétablies, lancez --restored.",
    "backup-missing": "Ce dossier n’est pas une sauvegarde entière : il n’a pas de fichier manifest.json. "
    "Rien n’a été modifié.",
    "backup-newer": "Cette sauvegarde vient d’une version plus récente du programme. Mettez le programme à "
    "jour.",
    "backup-wrong-key": "Cette sauvegarde est celle d’une autre clé. Mettez dans le dossier le fichier "
    "service.key d’origine. Rien n’a été modifié.",
    "backup-damaged": "La sauvegarde est abîmée : « {file} » n’est plus ce qui a été écrit. "
    "Rien n’a été modifié. Prenez une autre sauvegarde.",
    "restore-not-empty": "Ce dossier n’est pas vide. Donnez-en un qui ne contient que le fichier "
    "service.key.",
    "restore-disk-full": "Il n’y a plus de place pour rétablir la sauvegarde. Le dossier est comme avant : "
    "libérez de la place, puis recommencez.",
    "restore-unreadable": "La sauvegarde ne se lit pas, ou le dossier ne peut pas être écrit. Vérifiez les "
    "droits d’accès.",
    "restored-look": "C’est rétabli. Chacun devra se reconnecter. Ce qui a été arrêté ou retiré depuis la "
    "sauvegarde est revenu (mandats, postes, comptes) : vérifiez-le avant d’ouvrir le service.",
    "restored-incomplete": "C’est rétabli, mais des documents manquent ou sont abîmés : {count}. "
    "Cherchez-les dans une autre sauvegarde ; les postes proposeront de renvoyer ceux qu’ils ont encore.",
    "records-in-use": "Des services travaillent encore sur cette base. Arrêtez-les tous, puis relancez "
    "avec --restored.",
    "other": "Le service ne peut pas démarrer sur ce dossier.",
}
