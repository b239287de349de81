"""Words for every error: what happened, and what to do. The only place where errors have sentences.

An error carries a stable code and fields (sizes, counts), never words and never anything of the
person. A test walks the declared errors and wants a sentence for each. What is unknown still gets a
sentence: the person is never shown a code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import formats
from ui.text import _, mark, resayable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.errors import Field

__all__ = ["AT_THE_DOOR", "REFUSED_BECAUSE", "SENTENCES", "kind_name", "reason", "sentence"]

SENTENCES: dict[str, str] = {
    # -- reading aloud (ui/speech) ---------------------------------------------------------------
    "speech-missing": mark(
        "Ce poste ne sait pas lire à voix haute. La personne qui s’en occupe peut installer une voix."
    ),
    "sound-missing": mark(
        "Aucun son ne sort de ce poste. Branchez un casque ou un haut-parleur, puis recommencez."
    ),
    "voice-missing": mark(
        "Ce poste n’a pas de voix pour cette langue : {language}. "
        "La personne qui s’en occupe peut en installer une."
    ),
    "speech-stopped": mark("La voix s’est arrêtée. Appuyez de nouveau sur « Écouter »."),
    # -- the counter of a pharmacy (app/codes/gs1, app/counter) -----------------------------------
    "medicine-code-unreadable": mark(
        "Ce n’est pas le code d’une boîte de médicament. Scannez le petit carré de points."
    ),
    "medicine-code-check-digit": mark("Un chiffre du code est faux. Scannez la boîte de nouveau."),
    "medicine-code-expiry": mark(
        "La date limite du code n’existe pas. Lisez la boîte, et notez le vaccin sans le code."
    ),
    "scanner-keyboard-layout": mark(
        "La douchette écrit des signes à la place des chiffres. "
        "Réglez-la sur un clavier français, ou notez le vaccin sans le code."
    ),
    "scanner-separator-lost": mark(
        "Le numéro de lot ne se lit pas sûrement. Notez le vaccin sans le code, le lot à la main."
    ),
    "box-code-missing": mark(
        "Aucun code de boîte ne se lit sur cette image. Photographiez le carré de points de plus près."
    ),
    "box-code-several": mark(
        "Il y a plusieurs boîtes sur cette image. Photographiez seulement celle du vaccin donné."
    ),
    "vaccine-expired": mark("La date limite de ce vaccin est passée. Prenez une autre boîte."),
    # -- files (app/reader, app/intake) ---------------------------------------------------------
    "file-empty": mark("Ce fichier est vide. Choisissez un autre fichier, ou refaites la photo."),
    "file-too-heavy": mark(
        "Ce fichier pèse {size}. La limite est de {limit}. "
        "Scannez-le de nouveau en moins fin, ou rangez-le en plusieurs parties."
    ),
    "file-cannot-shrink": mark(
        "Ce fichier pèse {size}, même allégé. La limite est de {limit}. "
        "Scannez-le de nouveau en moins fin, ou rangez-le en plusieurs parties."
    ),
    "file-password-protected": mark(
        "Ce fichier est protégé par un mot de passe. "
        "Ouvrez-le avec son mot de passe, imprimez-le, puis scannez-le."
    ),
    "file-encrypted": mark(
        "Ce PDF est verrouillé par son auteur : on peut le lire, pas le ranger. "
        "Demandez-le sans protection, ou imprimez-le, puis scannez-le."
    ),
    "file-broken": mark(
        "Ce fichier est abîmé : il manque une partie. Demandez-le de nouveau, ou scannez le papier."
    ),
    "file-not-accepted": mark(
        "Ce fichier est {kind}. Nous rangeons les PDF, les photos (JPEG, PNG, TIFF) et les textes. "
        "Imprimez-le, puis scannez-le."
    ),
    "file-script-inside": mark(
        "Ce fichier contient un programme caché. Par prudence, il n’est pas rangé. "
        "Imprimez-le, puis scannez-le."
    ),
    "file-image-too-large": mark(
        "Cette image est trop grande : {megapixels}. "
        "La limite est de {limit} millions. Refaites la photo en moins grand."
    ),
    "file-too-complex": mark(
        "Ce fichier est trop compliqué pour être ouvert sans danger. Imprimez-le, puis scannez-le."
    ),
    "file-unsafe-xml": mark(
        "Ce fichier contient des instructions dangereuses. Il n’est pas ouvert. "
        "Demandez le document en PDF."
    ),
    "file-unsafe-archive": mark(
        "Cette archive ZIP est construite d’une façon dangereuse. Elle n’est pas ouverte. "
        "Demandez les documents en PDF."
    ),
    "file-already-filed": mark("Ce papier est déjà rangé dans votre espace. Vous n’avez rien à faire."),
    "file-not-found": mark("Ce fichier n’existe pas. Vérifiez son nom et son dossier."),
    "file-not-readable": mark(
        "Ce fichier ou ce dossier ne peut pas être ouvert. Vérifiez que vous y avez droit."
    ),
    "output-not-written": mark(
        "Le texte n’a pas pu être écrit. Vérifiez qu’il reste de la place sur le disque."
    ),
    "file-gone": mark("Ce fichier n’est plus là. Rebranchez la clé USB, puis choisissez-le de nouveau."),
    "place-not-permitted": mark(
        "Sur ce poste, on ne choisit pas un fichier à cet endroit. Choisissez-le dans la liste."
    ),
    "scan-not-removed": mark(
        "Le scan est encore dans le dossier commun. Demandez à un agent de l’effacer."
    ),
    "file-unreadable": mark(
        "Ce fichier ne peut pas être lu. "
        "Rebranchez la clé USB, ou choisissez-en un autre."
    ),
    "reader-took-too-long": mark(
        "Ce document est trop long à ouvrir. Nous avons arrêté après {seconds}. "
        "Demandez-le en plus simple, ou scannez le papier."
    ),
    "reader-not-protected": mark(
        "Ce poste n’a pas de protection pour ouvrir les images. Seuls les textes sont montrés. "
        "Prévenez son responsable : « tandem self-test » dit quoi installer."
    ),
    "reader-failed": mark("Ce document n’a pas pu être ouvert. Recommencez, ou choisissez un autre fichier."),
    # -- health and people (app/edits, app/medical_profile, app/relatives) -----------------------
    "entry-unknown": mark(
        "Cette ligne n’est plus dans la liste. Elle a été retirée sur un autre appareil. "
        "Regardez la liste à jour."
    ),
    "entry-words-too-long": mark("C’est trop long : {length}. La limite est de {limit}."),
    "profile-name-missing": mark("Il manque le nom. Choisissez dans la liste, ou écrivez-le."),
    "profile-day-missing": mark("Cette date ne va pas. Écrivez au moins l’année, par exemple 2019."),
    "profile-day-in-future": mark("Cette date n’est pas encore passée. Vérifiez le jour et l’année."),
    "profile-day-before-birth": mark("Cette date est avant votre naissance. Vérifiez l’année."),
    "profile-already-noted": mark("Cette allergie est déjà dans votre liste. Vous n’avez rien à faire."),
    "profile-written-by-professional": mark(
        "Un professionnel de santé a écrit cette ligne. Demandez-lui de la changer."
    ),
    "relative-name-missing": mark("Il manque le nom de cette personne. Écrivez son prénom ou son nom."),
    "relative-phone-missing": mark("Il manque le téléphone. Écrivez le numéro où l’appeler."),
    "relative-phone-unreadable": mark(
        "Ce numéro de téléphone ne va pas. Écrivez seulement les chiffres, par exemple 06 12 34 56 78."
    ),
    "trusted-person-not-for-minor": mark(
        "Il faut avoir {adult} pour choisir une personne de confiance. "
        "Vous pouvez ajouter une personne à prévenir."
    ),
    "trusted-person-needs-judge": mark(
        "Avec une tutelle, il faut l’accord du juge pour choisir une personne de confiance. "
        "Parlez-en avec votre tuteur."
    ),
    # -- paper: scanner and words of a page (app/scanning, app/reader/ocr) ----------------------
    "scanner-missing": mark(
        "Aucun scanner ne répond. Vérifiez qu’il est branché et allumé, puis recommencez. "
        "Vous pouvez aussi prendre le papier en photo."
    ),
    "scanner-busy": mark("Le scanner est occupé. Attendez un instant, puis recommencez."),
    "paper-jam": mark(
        "Une feuille est coincée dans le scanner. Retirez-la doucement, puis recommencez. "
        "Les pages déjà scannées sont gardées."
    ),
    "feeder-empty": mark("Il n’y a pas de feuille dans le scanner. Posez les feuilles, puis recommencez."),
    "cover-open": mark("Le capot du scanner est ouvert. Fermez-le, puis recommencez."),
    "scanner-failed": mark(
        "Le scanner s’est arrêté. Éteignez-le, rallumez-le, puis recommencez. "
        "Les pages déjà scannées sont gardées."
    ),
    "paper-too-many-pages": mark(
        "Il y a trop de pages pour un seul papier : {pages}. Rangez-le en plusieurs parties."
    ),
    "paper-not-a-page": mark(
        "Ce fichier n’est pas une photo. Rangez-le tout seul, ou choisissez une photo."
    ),
    "ocr-missing": mark(
        "Ce poste ne sait pas lire les mots d’une image. "
        "Le papier sera rangé, mais ses mots ne seront pas trouvés. Vous pouvez continuer."
    ),
    "ocr-failed": mark(
        "Les mots de cette page n’ont pas pu être lus. "
        "Le papier sera rangé, mais ses mots ne seront pas trouvés. Vous pouvez continuer."
    ),
    # -- the store (app/vault, app/records) -----------------------------------------------------
    "disk-full": mark(
        "Le disque de ce poste est plein. Rien n’est perdu. "
        "Terminez la visite, puis appelez la personne qui s’occupe de ce poste."
    ),
    "store-busy": mark("L’espace est occupé un instant. Attendez un peu, puis recommencez."),
    "store-damaged": mark(
        "L’espace ouvert sur ce poste est abîmé. Terminez la visite et recommencez : "
        "ce qui était envoyé est en sûreté."
    ),
    "store-unreadable": mark(
        "Ce poste n’arrive plus à lire l’espace. Terminez la visite et recommencez."
    ),
    "store-wrong-key": mark("La clé n’ouvre pas cet espace. Terminez la visite et recommencez."),
    "store-newer": mark(
        "Cet espace vient d’une version plus récente du programme. Faites mettre ce poste à jour."
    ),
    "store-of-another-kind": mark("Ce dossier n’est pas un espace de Tandem. Choisissez le bon dossier."),
    "store-missing": mark("L’espace n’est plus sur ce poste. Terminez la visite et recommencez."),
    "store-exists": mark("Un espace est déjà ouvert ici. Terminez la visite et recommencez."),
    "store-not-encrypted": mark("Cet espace n’est pas protégé : il n’est pas ouvert. Terminez la visite."),
    "store-closed": mark("L’espace est déjà fermé. Terminez la visite et recommencez."),
    "file-damaged": mark(
        "Ce document est abîmé sur ce poste. Attendez le réseau : il sera demandé de nouveau."
    ),
    "file-missing": mark("Ce document n’est pas encore sur ce poste. Il arrivera avec le réseau."),
    # -- the network (sync) ---------------------------------------------------------------------
    "offline": mark("Pas de réseau. Vous pouvez continuer : tout est gardé et partira tout seul."),
    "captive-portal": mark(
        "Le réseau de ce lieu demande une connexion. Ouvrez-la dans le navigateur, puis revenez. "
        "En attendant, tout est gardé."
    ),
    "certificate-not-trusted": mark(
        "L’adresse qui répond n’est pas sûre : rien n’a été envoyé. "
        "Appelez la personne qui s’occupe de ce poste."
    ),
    "proxy-refused": mark(
        "Le réseau de ce lieu bloque le passage. Tout est gardé. "
        "Appelez la personne qui s’occupe du réseau."
    ),
    "service-broken": mark(
        "Le service a mal répondu. Vous pouvez continuer : tout est gardé et partira tout seul."
    ),
    "service-stalled": mark(
        "Le service ne répond plus. Vous pouvez continuer : tout est gardé et partira tout seul."
    ),
    "service-busy": mark("Le service a beaucoup de travail. Attendez un peu : nous réessayons tout seuls."),
    "service-restored": mark(
        "Le service a été remis en arrière. Rien n’est effacé ici. Prévenez la structure avant de continuer."
    ),
    "peer-unusable": mark(
        "Les dossiers de ce service ne peuvent pas être lus d’ici. Tout est gardé. Prévenez la structure."
    ),
    "signed-out": mark("La connexion est terminée. Terminez la visite, puis connectez-vous de nouveau."),
    "forbidden": mark("Le service n’autorise pas cela. Vérifiez le mandat, ou faites-le avec la personne."),
    "not-found-there": mark("Le service ne trouve pas ce document. Il a peut-être été retiré."),
    "changed-elsewhere": mark(
        "Quelqu’un a changé cela avant vous. "
        "Regardez la nouvelle version, puis recommencez."
    ),
    "too-large-for-service": mark(
        "Le service refuse ce fichier : il est trop lourd. "
        "Rangez-le en plusieurs parties."
    ),
    "service-refused": mark(
        "Le service a refusé cet envoi. Vérifiez ce qui est écrit, corrigez-le, puis envoyez de nouveau."
    ),
    "address-not-allowed": mark(
        "L’adresse du service n’est pas sûre. Appelez la personne qui s’occupe de ce poste."
    ),
    # -- sign-in (sync/oidc) --------------------------------------------------------------------
    "sign-in-cancelled": mark("La connexion a été annulée. Vous pouvez recommencer."),
    "browser-closed": mark(
        "La fenêtre du navigateur s’est fermée avant la fin. Recommencez et attendez que cet écran avance."
    ),
    "sign-in-timed-out": mark("La connexion a pris trop de temps. Recommencez quand vous êtes prêt."),
    "sign-in-refused": mark("La connexion a été refusée. Vérifiez l’identifiant, puis recommencez."),
    "sign-in-not-trusted": mark(
        "La réponse reçue n’est pas sûre : nous l’avons écartée. "
        "Recommencez. Si cela continue, appelez la personne qui s’occupe de ce poste."
    ),
    "slip-refused": mark(
        "Ce code de mandat n’est pas reconnu. Relisez les mots du coupon, un par un. "
        "Le mandat est peut-être terminé : la personne peut aussi se connecter."
    ),
    "too-many-tries": mark(
        "Trop d’essais. Attendez {minutes} avant de recommencer. La personne peut aussi se connecter."
    ),
    # -- filing and reading (app/documents, app/acts) --------------------------------------------
    "act-not-sealed": mark(
        "Le papier est rangé et partira avec le réseau. "
        "Gardez ce poste allumé jusqu’à ce que « À jour » s’affiche en haut."
    ),
    "document-date-in-future": mark(
        "Cette date n’est pas encore arrivée. "
        "Corrigez le jour, le mois ou l’année."
    ),
    "document-title-missing": mark("Ce papier n’a pas de nom. Donnez-lui un nom, pour le retrouver."),
    "document-title-too-long": mark(
        "Ce nom est trop long : {length}. La limite est de {limit}. Raccourcissez-le."
    ),
    "document-unknown": mark("Ce document n’est plus dans la liste. Il a été retiré sur un autre appareil."),
    "document-not-here": mark("Ce document n’est pas encore sur ce poste. Il arrivera avec le réseau."),
    "document-damaged": mark(
        "Ce document est abîmé sur ce poste. Attendez le réseau : il sera demandé de nouveau."
    ),
    # -- mandates -------------------------------------------------------------------------------
    "mandate-missing": mark(
        "Sans mandat, la personne qui aide n’agit pas à votre place. Faites-le ensemble, ou donnez un mandat."
    ),
    "mandate-expired": mark("Le mandat est terminé. Faites-le ensemble, ou donnez un nouveau mandat."),
    "mandate-revoked": mark("Le mandat a été arrêté. Faites-le ensemble, ou donnez un nouveau mandat."),
    "mandate-scope-not-granted": mark(
        "Le mandat ne permet pas cela. Faites-le ensemble, ou donnez un mandat plus large."
    ),
    "mandate-nothing-chosen": mark("Rien n’est coché. Cochez au moins une chose, ou revenez en arrière."),
    "mandate-refused-minor": mark(
        "Avant {adult}, on ne donne pas de mandat à un professionnel. "
        "Un parent a son propre accès, noté par le service. Vous pouvez faire ensemble."
    ),
    "mandate-refused-protected-adult": mark(
        "Cette personne est protégée par un juge : elle ne donne pas de mandat à un professionnel. "
        "Son tuteur a son propre accès, noté par le service. Son curateur l’assiste. "
        "Vous pouvez faire ensemble."
    ),
    "representation-noted": mark(
        "Cet accès vient de la loi : le service l’a noté, après avoir vu un document. "
        "Pour l’arrêter, demandez au service."
    ),
    "mandate-edited": mark(
        "Ce mandat ne dit plus ce que vous avez accepté. Il ne permet rien. "
        "Donnez un nouveau mandat, et dites-le au service."
    ),
    "mandate-duration-not-allowed": mark("Ici, un mandat ne dure pas si longtemps. Choisissez plus court."),
    # -- the signed list of who looked (app/access_proof) ----------------------------------------
    "access-list-unreadable": mark(
        "Ce fichier ne s’ouvre pas, ou il est trop gros pour une liste. Vérifiez son nom, puis recommencez."
    ),
    "access-list-not-trusted": mark(
        "Ce qui est arrivé n’est pas la liste signée par votre service. Rien n’est gardé. "
        "Essayez plus tard, ou prévenez la personne qui s’occupe de ce poste."
    ),
    # -- a mandate on paper ---------------------------------------------------------------------
    "mandate-paper-not-a-mandate": mark(
        "Ce code n’est pas celui d’un mandat. Montrez le papier « Mandat », le côté du code."
    ),
    "mandate-paper-damaged": mark(
        "Ce code est coupé ou abîmé. Scannez encore, bien à plat, ou demandez l’autre exemplaire."
    ),
    "mandate-paper-too-new": mark(
        "Ce mandat vient d’un Tandem plus récent. Appelez la personne qui s’occupe de ce poste."
    ),
    "mandate-paper-not-here": mark(
        "Ce poste n’est pas inscrit au service : il ne vérifie pas le code. Tapez le numéro du mandat."
    ),
    # -- what the person alone decides ----------------------------------------------------------
    "person-decides": mark(
        "Ce choix est le vôtre : personne ne le fait à votre place, même avec un mandat. "
        "Choisissez « Faire ensemble », puis appuyez vous-même."
    ),
    "person-not-confirmed": mark("Ce choix n’a pas été relu. Relisez-le, puis appuyez vous-même."),
    "person-confirmation-over": mark("Cette relecture est trop ancienne. Relisez encore, puis appuyez."),
    "access-professional-missing": mark("Il manque le nom du professionnel. Écrivez-le, puis continuez."),
    # -- the vault of this PC -------------------------------------------------------------------
    "store-rolled-back": mark(
        "Un ancien état est revenu sur ce poste. Par prudence, rien n’est ouvert. "
        "Appelez la personne qui s’occupe de ce poste."
    ),
    "journal-forked": mark(
        "Le journal de ce poste a été changé. Par prudence, rien n’est ouvert. "
        "Appelez la personne qui s’occupe de ce poste."
    ),
    "journal-set-aside": mark(
        "Le journal de ce poste n’est pas celui que nous connaissions. "
        "Il est mis de côté, un nouveau commence. "
        "Appelez la personne qui s’occupe de ce poste."
    ),
    "vault-set-aside": mark(
        "Le coffre de ce poste ne s’ouvre plus. "
        "Il est mis de côté, un nouveau commence. "
        "Appelez la personne qui s’occupe de ce poste."
    ),
    "vault-unusable": mark(
        "Le coffre de ce poste ne s’ouvre pas. Ne changez rien et appelez la personne qui s’en occupe."
    ),
    "journal-not-signable": mark(
        "Ce poste n’est pas inscrit : il ne peut pas signer son journal. "
        "Connectez-vous au poste, puis recommencez."
    ),
    "export-file-exists": mark("Ce fichier existe déjà. Choisissez un autre nom."),
    "journal-unreadable": mark(
        "Ce journal ne peut pas être lu. "
        "Vérifiez le nom du fichier, puis recommencez."
    ),
    "keyring-refused": mark(
        "Le trousseau de clés de ce poste ne répond pas. Ouvrez-le, ou utilisez votre phrase secrète."
    ),
    "vault-wait": mark("Trop d’essais. Attendez {seconds} avant de recommencer."),
    "vault-locked": mark(
        "Trop d’essais : ce coffre est fermé. Ouvrez-le avec le code de secours imprimé."
    ),
    "vault-header-damaged": mark(
        "Le coffre de ce poste est abîmé. Ne changez rien et appelez la personne qui s’en occupe."
    ),
    "vault-person-gone": mark(
        "Ce dossier n’est plus sur ce poste. Récupérez-le de nouveau avec le réseau."
    ),
    "vault-epoch-lost": mark(
        "Les dossiers gardés sur ce poste ne s’ouvrent plus. Récupérez-les de nouveau avec le réseau."
    ),
    "vault-in-use": mark(
        "Le coffre de ce poste est déjà ouvert par un autre programme. Fermez-le, puis recommencez."
    ),
    "wrong-secret": mark("Ce n’est pas la bonne phrase. Vérifiez les majuscules, puis recommencez."),
    "vault-no-such-slot": mark("Ce coffre ne s’ouvre pas de cette façon. Choisissez une autre façon."),
    # -- at home --------------------------------------------------------------------------------
    "home-passphrase-needed": mark(
        "Cet ordinateur n’a pas de trousseau de clés sûr. Choisissez une phrase secrète."
    ),
    "home-passphrase-short": mark("Cette phrase est trop courte. Prenez quatre mots, par exemple."),
    "home-key-missing": mark(
        "Le trousseau de cet ordinateur n’a plus la clé de votre espace. Prenez votre feuille de secours."
    ),
    "home-sheet-differs": mark(
        "Ce n’est pas le dernier groupe de la feuille. Relisez la feuille, puis recommencez."
    ),
    "home-other-account": mark(
        "Cet ordinateur garde déjà l’espace d’une autre personne. Rien n’a été ouvert. "
        "Chacun ouvre sa propre session d’ordinateur."
    ),
    "care-over": mark("L’accord avec cette personne est terminé. Demandez-lui un nouvel accord."),
    "invitation-over": mark(
        "Cette invitation n’est pas reconnue, ou ne vaut plus. Demandez-en une nouvelle à votre proche."
    ),
    "carer-limit": mark(
        "Cette aide n’est pas possible : la limite est atteinte, ou elle existe déjà. "
        "Arrêtez d’abord une aide en cours."
    ),
    "carer-may-not": mark(
        "Un proche aidant ne peut pas le faire. Seule la personne le fait, depuis son compte."
    ),
    "carer-name-missing": mark("Il manque le nom de la personne qui vous aide. Écrivez-le, puis continuez."),
    # -- this PC --------------------------------------------------------------------------------
    "font-missing": mark(
        "Les lettres de Tandem manquent sur ce poste : d’autres les remplacent. "
        "La personne qui s’en occupe peut installer Tandem de nouveau."
    ),
    "language-missing": mark("Cette langue n’est pas installée sur ce poste. L’écran reste en français."),
    "screen-small": mark(
        "Cet écran est petit : faites défiler la page pour voir la suite. "
        "Un texte plus petit aide aussi : appuyez sur « Affichage »."
    ),
    # -- advisers and prepared visits -----------------------------------------------------------
    "adviser-unknown": mark("Vous n’avez pas de phrase sur ce poste. Connectez-vous avec votre compte."),
    "adviser-locked": mark(
        "Trop d’essais : cette phrase ne sert plus. "
        "Connectez-vous avec votre compte, puis choisissez-en une autre."
    ),
    "phrase-too-weak": mark("Cette phrase est trop facile à deviner. Prenez quatre mots, ou douze lettres."),
    "visit-gone": mark(
        "Cette visite n’est plus sur ce poste : son jour est passé, ou elle a été retirée. "
        "Préparez-en une autre, avec du réseau."
    ),
    "visit-locked": mark("Trop d’essais : cette visite ne s’ouvre plus. Retirez-la de la liste."),
    "visit-wrong-code": mark("Ce ne sont pas les mots de cette visite. Comparez avec le papier."),
    "visit-code-unreadable": mark(
        "Il faut les huit mots du papier, sans faute. Le mot numéro {number} est à revoir."
    ),
    "visit-code-of-another": mark(
        "Ce papier est celui d’une autre visite. Vérifiez le nom, puis prenez le bon papier."
    ),
    "visit-no-adviser-phrase": mark(
        "Le conseiller n’a pas de phrase secrète sur ce poste. "
        "Il la choisit sur la page « Poste prêt », avant la visite."
    ),
    "visit-not-prepared": mark(
        "La visite n’a pas pu être préparée. Rien n’est gardé. Recommencez dans un moment."
    ),
    # -- the desk -------------------------------------------------------------------------------
    "desk-already-open": mark(
        "Tandem est déjà ouvert sur ce poste. Rien n’a été touché. "
        "Fermez cette fenêtre, puis revenez à l’autre."
    ),
    "config-broken": mark(
        "Le réglage de ce poste ne peut pas être lu. Appelez la personne qui s’occupe de ce poste."
    ),
    "no-browser": mark(
        "Aucun navigateur ne s’ouvre sur ce poste. Faites installer Firefox ou Chromium, puis recommencez."
    ),
    "browser-profile-left": mark(
        "La connexion du navigateur n’a pas pu être oubliée. Fermez le navigateur, puis recommencez."
    ),
    "enrolment-not-trusted": mark(
        "Ce poste n’a pas pu être inscrit auprès du service. Appelez la personne qui s’occupe de ce poste."
    ),
    # -- this PC and its organization (sync/enrolment, app/policy) ------------------------------
    "enrolment-code-wrong": mark("Ce code de poste n’est pas reconnu. Vérifiez-le, puis recommencez."),
    "enrolment-code-used": mark("Ce code de poste a déjà servi. Demandez un nouveau code à votre structure."),
    "enrolment-code-expired": mark(
        "Ce code de poste n’est plus valable : il dure un jour. Demandez-en un nouveau à votre structure."
    ),
    "enrolment-tries-over": mark(
        "Trop d’essais avec un code de poste. Attendez {minutes}, puis recommencez."
    ),
    "device-revoked": mark(
        "Ce poste a été retiré par sa structure : il n’ouvre plus rien. "
        "Appelez la personne qui s’occupe des postes."
    ),
    "pc-not-enrolled": mark(
        "Ce poste n’est pas encore celui d’une structure. Ajoutez-le avec le code de votre structure."
    ),
    "pc-of-another-organization": mark(
        "Ce poste est celui d’une autre structure. Connectez-vous sur un poste de la vôtre."
    ),
    "pc-clock-wrong": mark(
        "L’heure de ce poste n’est pas juste. Faites-la régler, puis recommencez."
    ),
    "second-factor-missing": mark(
        "Il faut un mot de passe et un code pour aider quelqu’un. Déconnectez-vous, puis reconnectez-vous."
    ),
    "policy-refused": mark(
        "Une règle de votre structure n’est pas possible. Appelez la personne qui s’occupe des postes."
    ),
    "space-empty": mark("Le service n’a rien envoyé de votre espace. Attendez un peu, puis réessayez."),
    # -- printing (ui/printing) -----------------------------------------------------------------
    "printer-missing": mark(
        "Aucune imprimante n’est prête ici. "
        "Choisissez-en une, ou appelez la personne qui s’occupe de ce poste."
    ),
    "printing-not-allowed": mark(
        "La structure de ce poste ne permet pas d’imprimer ici. Demandez-lui où imprimer."
    ),
    "printer-stopped": mark("L’imprimante est arrêtée. Rallumez-la, ou choisissez-en une autre."),
    "printer-paper": mark(
        "L’imprimante n’a plus de papier. Remettez-en : l’impression continue toute seule."
    ),
    "printer-jammed": mark(
        "Une feuille est coincée dans l’imprimante. "
        "Retirez-la doucement : l’impression continue toute seule."
    ),
    "printer-open": mark("L’imprimante est ouverte. Fermez-la : l’impression continue toute seule."),
    "printer-ink": mark(
        "L’imprimante n’a plus d’encre. Changez la cartouche, ou choisissez une autre imprimante."
    ),
    "printer-offline": mark("L’imprimante ne répond pas. Vérifiez qu’elle est allumée et branchée."),
    "printer-failed": mark(
        "L’imprimante n’a pas pu imprimer. Réessayez, ou choisissez une autre imprimante."
    ),
    "reprint-no-words": mark(
        "Ce document est une image : ses mots ne peuvent pas être recopiés. "
        "Imprimez-le comme l’original."
    ),
    # -- copies that the person takes along (app/copies) ----------------------------------------
    "copy-shared-pc": mark(
        "Ce poste sert à plusieurs personnes : aucune copie ne peut en sortir. "
        "Vous pouvez imprimer ce document."
    ),
    "copy-full": mark(
        "Il n’y a plus assez de place à cet endroit. "
        "Rien n’a été enregistré. Libérez de la place, ou choisissez un autre endroit."
    ),
    "copy-read-only": mark(
        "On ne peut rien écrire à cet endroit : il est verrouillé. "
        "Déverrouillez la clé, ou choisissez un autre endroit."
    ),
    "copy-gone": mark(
        "La clé a été retirée, ou ce dossier n’est plus là. "
        "La copie n’est pas enregistrée. Rebranchez la clé, puis recommencez."
    ),
    "copy-failed": mark(
        "La copie n’a pas pu être enregistrée. Réessayez, ou choisissez un autre endroit."
    ),
    "copy-cancelled": mark("L’enregistrement est arrêté. Aucune copie n’a été gardée."),
    # -- a picture from the person's phone (sync/drops.py) --------------------------------------
    "drop-over": mark("La page du téléphone est fermée. Demandez une nouvelle page."),
    "phone-no-picture": mark(
        "Aucune photo ne se lit dans cet envoi. Demandez une nouvelle page, puis reprenez la photo."
    ),
    "parcel-damaged": mark("La photo est arrivée abîmée. Demandez une nouvelle page, puis renvoyez-la."),
    # -- files that travel ----------------------------------------------------------------------
    "no-file-there": mark(
        "Le service n’a pas le fichier de ce document. "
        "Demandez-le à la personne qui l’a envoyé."
    ),
    "download-damaged": mark(
        "Ce document est arrivé abîmé deux fois. Réessayez plus tard, ou demandez-le à son auteur."
    ),
    "upload-damaged": mark("L’envoi est arrivé abîmé deux fois. Il est gardé et repartira tout seul."),
    "not-read-back": mark(
        "Le service a dit oui, mais ne l’a pas gardé. Tout est gardé ici et repart tout seul."
    ),
    "waiting-over": mark("Cet envoi vient de changer. Regardez de nouveau la liste."),
    "removals-changed": mark("Le service vient d’en retirer d’autres. Regardez de nouveau, puis répondez."),
    "delivering-elsewhere": mark("L’envoi est déjà en cours sur ce poste. Attendez un instant."),
    "sync-failed": mark("La mise à jour n’a pas marché. Tout est gardé : nous réessayons tout seuls."),
    # -- the service's own start ----------------------------------------------------------------
    "service-key-missing": mark(
        "Le dossier du service n’a pas sa clé : il n’a pas été copié en entier. Rendez le fichier de la clé."
    ),
    "broker-bad": mark(
        "Le fichier des connexions du service n’est pas utilisable. Corrigez-le, puis relancez le service."
    ),
    "mail-server-bad": mark(
        "Le fichier du serveur de mail n’est pas compris. Corrigez-le, puis relancez le service."
    ),
    "service-certificate-bad": mark(
        "Le certificat du service n’est pas celui de sa clé. Retirez-le, ou faites-en faire un autre."
    ),
    "service-key-bad": mark("La clé du service n’est pas lisible. Rendez le fichier d’origine."),
    "objects-away": mark(
        "Le service n’arrive pas à joindre ses documents en ce moment. Attendez un peu, puis recommencez."
    ),
    "objects-unusable": mark(
        "Le service ne peut pas garder ses documents à l’endroit indiqué. Vérifiez cet endroit et ses clés."
    ),
    "records-away": mark(
        "Le service n’arrive pas à joindre ses données en ce moment. Attendez un peu, puis recommencez."
    ),
    "records-older": mark(
        "Les tables du service sont d’une version antérieure. Arrêtez-le, puis mettez-les à jour (--migrate)."
    ),
    "records-role": mark(
        "Le rôle PostgreSQL du service passe outre la sécurité par ligne. Donnez-lui un rôle ordinaire."
    ),
    "records-unguarded": mark(
        "La sécurité par ligne a été retirée d’une table du service. Rétablissez-la, puis relancez-le."
    ),
    "records-server": mark(
        "Le service demande PostgreSQL 15 ou plus récent, avec une base en UTF-8. Choisissez une autre base."
    ),
    "records-denied": mark(
        "Le rôle PostgreSQL du service n’a pas le droit de créer ou de lire ses tables. Donnez-lui ce droit."
    ),
    "records-file-missing": mark(
        "Le fichier qui contient l’adresse de la base manque, ou ne se lit pas. Vérifiez-le, puis relancez."
    ),
    "records-file-open": mark(
        "Le fichier qui contient l’adresse de la base est lisible par d’autres. Protégez-le, puis relancez."
    ),
    "records-in-use": mark(
        "Des services travaillent encore sur cette base. Arrêtez-les tous, puis recommencez."
    ),
    # -- a copy of the service --------------------------------------------------------------------
    "backup-exists": mark("Il y a déjà quelque chose à cet endroit. Donnez un nom nouveau."),
    "backup-missing": mark("Ce dossier n’est pas une sauvegarde entière. Choisissez-en une autre."),
    "backup-newer": mark(
        "Cette sauvegarde vient d’une version plus récente du programme. Mettez le programme à jour."
    ),
    "backup-wrong-key": mark(
        "Cette sauvegarde est celle d’une autre clé. Mettez sa clé dans le dossier, puis recommencez."
    ),
    "backup-damaged": mark("La sauvegarde est abîmée. Rien n’a été écrit : prenez-en une autre."),
    "restore-not-empty": mark(
        "Ce dossier n’est pas vide. Donnez-en un qui ne contient que la clé du service."
    ),
    # -- envelopes ------------------------------------------------------------------------------
    "envelope-damaged": mark(
        "Un envoi gardé sur ce poste est abîmé. Appelez la personne qui s’occupe de ce poste."
    ),
    "envelope-too-new": mark(
        "Un envoi gardé vient d’une version plus récente. Faites mettre ce poste à jour."
    ),
    "envelope-untrusted": mark(
        "Un envoi gardé n’est pas signé par ce poste. Appelez la personne qui s’occupe de ce poste."
    ),
    "envelope-not-for-us": mark(
        "Un envoi gardé est destiné à un autre service. Appelez la personne qui s’occupe de ce poste."
    ),
}  # fmt: skip

_MANDATE_OVER = mark(
    "Le mandat nommé dans cet envoi ne vaut plus. Réessayez ensemble, ou donnez un nouveau mandat."
)
_MANDATE_SCOPE = mark(
    "Le mandat ne permet pas cet envoi. Réessayez ensemble, ou donnez un mandat plus large."
)
_MANDATE_TEXT = mark("Le service ne reconnaît pas ce mandat. Ne l’envoyez plus, puis donnez-en un nouveau.")
_PERSON_ONLY = mark("Seule la personne peut envoyer cela. Faites-le ensemble, puis réessayez.")
_NOT_THIS_ACCOUNT = mark("Ce compte n’a pas le droit d’envoyer cela. Prévenez la structure.")
_NOT_THIS_PC = mark("Ce poste n’a pas le droit d’envoyer cela. Prévenez la structure.")
_NOT_UNDERSTOOD = mark(
    "Le service ne comprend pas cet envoi. Ce n’est pas votre faute : prévenez la structure."
)
_NO_LONGER_THERE = mark("Cet envoi parle d’une chose que le service n’a plus. Prévenez la structure.")
_FILE_CUT = mark("Le fichier n’est pas arrivé entier au service. Réessayez : il repart en entier.")
_KIND_OF_FILE = mark("Le service ne prend pas cette sorte de fichier. Imprimez-le, puis scannez-le.")

# What our own service says of an act it refuses (its code, in ``reason``), more exactly than the class does.
REFUSED_BECAUSE: dict[str, str] = {
    **dict.fromkeys(("mandate-missing", "mandate-over", "mandate-duration"), _MANDATE_OVER),
    **dict.fromkeys(("mandate-scope", "carer-never", "representative-noted"), _MANDATE_SCOPE),
    "mandate-text": _MANDATE_TEXT,
    **dict.fromkeys(("person-decides", "presence-missing", "presence-over"), _PERSON_ONLY),
    **dict.fromkeys(
        ("not-allowed", "read-only-type", "another-person", "account-kind", "patient-changed"),
        _NOT_THIS_ACCOUNT,
    ),
    **dict.fromkeys(
        ("device-unknown", "device-revoked", "device-clock", "device-needed", "device-elsewhere"),
        _NOT_THIS_PC,
    ),
    **dict.fromkeys(
        (
            "method", "patch-not-permitted", "accept", "not-json", "name-twice", "too-deep", "number-large",
            "content-encoding", "no-body", "type-mismatch", "id-mismatch",
            "id-missing", "bad-id", "bad-etag", "bad-parameter", "unknown-parameter", "bad-modifier",
            "bad-bundle", "bad-entry", "entry-twice", "bad-patch", "patch-failed", "element-missing",
            "element-type", "element-unknown", "element-empty", "element-value", "element-forbidden",
            "code-unknown", "reference-form", "patient-required", "upload-headers", "digest-required",
        ),
        _NOT_UNDERSTOOD,
    ),
    **dict.fromkeys(("reference-unknown", "patient-unknown"), _NO_LONGER_THERE),
    **dict.fromkeys(
        ("binary-missing", "digest-differs", "size-differs", "not-base64", "upload-digest", "range"),
        _FILE_CUT,
    ),
    "content-type": _KIND_OF_FILE,
}  # fmt: skip
_MORE_EXACT = frozenset({"forbidden", "service-refused"})

# While no space is open: nothing is kept that one could go on with, one tries again.
AT_THE_DOOR: dict[str, str] = {
    "offline": mark(
        "Pas de réseau : la connexion n’est pas possible maintenant. "
        "Vérifiez le réseau de ce poste, puis recommencez."
    ),
    "captive-portal": mark(
        "Le réseau de ce lieu demande une connexion. Ouvrez-la dans le navigateur, puis recommencez."
    ),
    "proxy-refused": mark(
        "Le réseau de ce lieu bloque le passage. Appelez la personne qui s’occupe du réseau."
    ),
    "service-broken": mark("Le service a mal répondu. Attendez un peu, puis recommencez."),
    "service-stalled": mark("Le service ne répond plus. Attendez un peu, puis recommencez."),
    "service-busy": mark("Le service a beaucoup de travail. Attendez un peu, puis recommencez."),
    "sync-failed": mark("Votre espace n’a pas pu s’ouvrir. Attendez un peu, puis recommencez."),
}  # fmt: skip

# Faults of ours: nobody in the room can mend them, and one sentence is enough.
OUR_FAULTS = frozenset({
    "act-malformed", "document-candidate-changed", "document-category-unknown", "journal-entry-malformed",
    "key-wiped",
    "mandate-text-differs", "nested-transaction", "object-taken", "operation-unknown", "read-back-differs",
    "session-not-possible-now", "store-constraint", "store-fault", "wipe-refused",
})  # fmt: skip

_FAULT = mark("Le programme a fait une erreur. Rien de ce qui est rangé n’est perdu. Recommencez.")
_UNKNOWN = mark("Quelque chose n’a pas marché. Rien de ce qui est rangé n’est perdu. Recommencez.")

_KINDS: dict[str, str] = {
    "zip": mark("une archive ZIP"),
    "doc": mark("un document Word"),
    "docx": mark("un document Word"),
    "word": mark("un document Word"),
    "xlsx": mark("un tableau Excel"),
    "excel": mark("un tableau Excel"),
    "pptx": mark("une présentation"),
    "odt": mark("un document LibreOffice"),
    "html": mark("une page web"),
    "xml": mark("un fichier technique"),
    "cda": mark("un compte rendu électronique"),
    "xdm": mark("un lot de documents électroniques"),
    "executable": mark("un programme"),
    "video": mark("une vidéo"),
    "audio": mark("un enregistrement"),
    "heic": mark("une photo d’iPhone (HEIC)"),
    "gif": mark("une image GIF"),
    "webp": mark("une image WebP"),
    "dicom": mark("une image médicale (DICOM)"),
    "picture": mark("une image d’un autre format"),
}


@resayable
def kind_name(kind: str) -> str:
    """Name a kind of file as a person would."""
    return _(_KINDS.get(kind.lower(), mark("d’un type que nous ne connaissons pas")))


def sentence(error: BaseException, *, at_the_door: bool = False) -> str:
    """Return what happened and what to do, in whole sentences; ``at_the_door``: no space is open yet."""
    code = getattr(error, "code", "")
    fields = getattr(error, "fields", {})
    return reason(
        code if isinstance(code, str) else "",
        fields if isinstance(fields, dict) else {},
        at_the_door=at_the_door,
    )


@resayable
def reason(code: str | None, fields: Mapping[str, Field] | None = None, *, at_the_door: bool = False) -> str:
    """Return the sentence of a code kept in the store (an operation that was refused)."""
    if code in OUR_FAULTS:
        return _(_FAULT)
    because = REFUSED_BECAUSE.get(str((fields or {}).get("reason"))) if code in _MORE_EXACT else None
    if because is not None:
        return _(because)
    wanted = (AT_THE_DOOR if at_the_door else SENTENCES).get(code or "") or SENTENCES.get(code or "")
    if wanted is None:
        return _(_UNKNOWN)
    return _(wanted).format_map(_Said(fields or {}))


class _Said(dict[str, str]):
    """Fields as people say them; one that is missing becomes a word that keeps the sentence whole."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        super().__init__({name: _said(name, value) for name, value in fields.items()})

    def __missing__(self, name: str) -> str:
        return {"size": _("trop lourd"), "kind": kind_name(""), "minutes": _("quelques minutes")}.get(
            name, "…"
        )


def _said(name: str, value: Field) -> str:
    if name == "kind":
        return kind_name(str(value))
    if isinstance(value, int | float) and name in formats.COUNTED:
        return formats.counted(name, max(1, round(value)) if name == "minutes" else round(value))
    # Octets; the same word also counts megapixels, which are small numbers.
    if name in {"size", "limit"} and isinstance(value, int) and value >= 10_000:  # noqa: PLR2004
        return formats.size(value)
    return str(value)
