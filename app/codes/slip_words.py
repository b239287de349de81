"""Words of slips (mandates, prepared visits): short, common, told apart by ear, without accents to type."""

__all__ = ["WORDS"]

WORDS: tuple[str, ...] = tuple(
    """
    abeille abricot agneau aiguille album allumette ami ananas ancre anneau arbre arc argent armoire
    artiste assiette atelier automne avion avoine balai balcon ballon banane banc barque barrage
    bateau bijou billet biscuit bocal bois bonbon bonnet botte bouche bougie bouquet bouteille
    bouton branche brebis bronze brosse bureau cabane cadeau cadre cahier caillou calme camion
    canard canot carafe carotte carte cascade casque castor cave ceinture cerise chaise chalet
    chaleur champ chapeau charbon chat chaussure chemin chemise cheval chien chocolat cigale citron
    clairon cloche coffre colline colombe concert corbeille corde coton coude couleur coussin
    couteau crayon cuisine cygne danse dauphin dentelle dessin domino dragon drapeau dune echelle
    ecole ecorce ecureuil eglise encre enfant envol epaule escalier etang etoile facteur farine
    fauteuil fenetre ferme feuille ficelle figue filet flacon flamme fleur fleuve flocon foin
    fontaine foret fourmi fraise framboise fromage fruit galet galop gant garage gare gateau gazon
    genou girafe glace gomme gourde graine grange grillon grotte guitare hamac haricot herbe
    herisson heron hibou hiver horloge huile image insecte ivoire jambon jardin jasmin jouet journal
    jupe lac laine lait lampe lanterne lapin lavande lecture lettre libellule licorne lierre ligne
    lilas lion lit livre loupe lune lutin maison manteau marche marmite marron matin melon menthe
    mer miel miroir moineau montagne montre mouette moulin mouton muguet mur musique nappe navire
    neige nid noisette noix nuage oiseau olive ombre orage orange oreille ours outil page paille
    pain palette panda panier papier papillon parasol parc parfum passerelle peigne peinture pelle
    perle perroquet phare piano pierre pigeon pin pinceau piscine plage planche plante pluie plume
    poche poire poisson poivre pomme pont porte potager poule poupee prairie prune puits pull quai
    rail raisin rame ranch rateau ravin recolte regard renard rideau riviere robe rocher rose roseau
    roue route ruban ruche ruisseau sable sabot salade sapin saule savon seau sel semelle serrure
    sifflet singe sirop soie soleil sommet source souris stylo sucre tableau tablier tambour tapis
    tarte tasse tigre tilleul timbre toile toit tomate torrent tortue tour train traineau tresor
    tulipe vague valise vallee vase velo vent verger verre veste vigne village violon voile voiture
    voyage wagon zebre
    """.split()  # noqa: SIM905 (a list of one a line would be seven pages)
)
