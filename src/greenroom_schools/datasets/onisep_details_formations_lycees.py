"""Programmes taught at each place of secondary education, from ONISEP."""

from greenroom import Bounds, Check, Column, Dataset, Form
from greenroom_schools.ips import ENGINE
from greenroom_schools.onisep import AF_ID, ENS_ID, FOR_ID, UAI_TRAPS, day, source

_ADDRESSES = (
    Column("for_url", headers=("FOR URL et ID Onisep",), note="page of the programme at ONISEP"),
    Column("ens_url", headers=("ENS URL et ID Onisep",), note="page of the place at ONISEP"),
    Column(
        "af_id",
        headers=("Action de Formation (AF) identifiant Onisep", "action_de_formation_af_identifiant_onisep"),
        note="the offer (action de formation); not unique",
    ),
)
_DETAILS = (
    Column(
        "for_libelle",
        headers=("Formation (FOR) libellé", "formation_for_libelle"),
        required=True,
        note="name of the programme",
    ),
    Column("for_domaine", headers=("FOR indexation domaine web Onisep",), note="fields of work, as ONISEP files them"),
    Column("for_type", headers=("FOR type",), note="kind of diploma"),
    Column("for_nature_certificat", headers=("FOR nature du certificat",), note="who stands behind the diploma"),
    Column("for_url_referentiel", headers=("FOR URL référentiel",), note="page of its specification"),
    Column("for_niveau_sortie", headers=("FOR niveau de sortie",), note="level reached"),
    Column(
        "ens_libelle",
        headers=("Lieu d'enseignement (ENS) libellé", "lieu_d_enseignement_ens_libelle"),
        note="name of the place",
    ),
    Column("uai", headers=("ENS code UAI", "code_uai"), clean="uai", note="school number; missing on some 1 %"),
    Column("ens_statut", headers=("ENS statut",), note="public, privé …, as published"),
    Column("ens_adresse", headers=("ENS adresse",), note="street and number"),
    Column("ens_code_postal", headers=("ENS code postal",), clean="postal_onisep", note="postal code, five digits"),
    Column("ens_commune", headers=("ENS commune",), note="name of the commune"),
    Column("ens_departement", headers=("ENS département",), note="name of the département"),
    Column("ens_academie", headers=("ENS académie",), note="name of the académie"),
    Column("ens_region", headers=("ENS région",), note="name of the region"),
    Column("latitude", "double precision", headers=("ENS latitude",), clean="number", note="degrees north"),
    Column("longitude", "double precision", headers=("ENS longitude",), clean="number", note="degrees east"),
    Column("ens_telephone", headers=("ENS n° téléphone", "ens_n_telephone"), note="telephone, as published"),
    Column("ens_site_web", headers=("ENS site web",), note="web site"),
    Column("ens_hebergement", headers=("ENS hébergement",), note="boarding"),
    Column("ens_accessibilite", headers=("ENS accessibilité",), note="access for the disabled"),
    Column("af_duree", headers=("AF durée cycle standard",), note="usual length: 2 ans"),
    Column("af_modalites_scolarite", headers=("AF modalités scolarité",), note="full time, apprenticeship …"),
    Column("af_elements_enseignement", headers=("AF éléments d'enseignement",), note="what it is made of"),
    Column("af_cout_scolarite", headers=("AF coût scolarité",), note="fees, free text"),
    Column("af_modalites_accueil", headers=("AF modalités accueil",), note="how pupils are received"),
    Column("af_page_web", headers=("AF page web",), note="page of the offer"),
    day("date_modification", "when ONISEP last changed the offer", "AF date de modification"),
)

onisep_details_formations_lycees = Dataset(
    name="onisep_details_formations_lycees",
    table="onisep_details_formations_lycees",
    columns=(
        Column("af_id", required=True, pattern=AF_ID, note="the offer (action de formation), AF.5992; not unique"),
        Column("ens_id", required=True, pattern=ENS_ID, note="the place of teaching, ENS.16488"),
        Column("for_id", required=True, pattern=FOR_ID, note="the programme, FOR.4816"),
        Column(
            "variante",
            "integer",
            required=True,
            note="1, and 2 and on where the file tells the same offer, place and programme in several ways",
        ),
        *(Column(c.name, note=c.note) for c in _ADDRESSES if c.name != "af_id"),
        *(Column(c.name, c.type, required=c.required, clean=c.clean, note=c.note) for c in _DETAILS),
        *(column for column in ENGINE if column.name != "withheld"),
    ),
    key=("af_id", "ens_id", "for_id", "variante"),
    label=("af_id", "for_libelle", "ens_libelle"),
    forms=(
        Form(
            "onisep",
            (
                *(Column(c.name, headers=c.headers, expected=True, note=c.note) for c in _ADDRESSES),
                *(
                    Column(c.name, headers=c.headers, expected=c.required or c.name == "uai", note=c.note)
                    for c in _DETAILS
                ),
            ),
            shape="onisep_details_formations_lycees.sql",
            note="The published file of 31 or 32 columns, CSV or JSON.",
        ),
    ),
    traps=(
        *UAI_TRAPS,
        "The id of an offer (AF) is not unique; rows that are equal in all columns are folded into one.",
        "AF coût scolarité and AF modalités accueil are free text and mostly empty.",
    ),
    differs="The source document names no columns; these are the published ones. Counts by school: formations_par_uai.",
    # 42,140 rows in February 2026
    bounds=Bounds(least=1, complete=33_000, most=60_000),
    checks=(
        Check(
            "offer_twice",
            query="formations_variantes.sql",
            note="the same offer, place and programme told in several ways; each is kept as a variante",
        ),
    ),
    note="Programmes taught at places of secondary education, one row per offer, place and programme.",
)

file = source("onisep_details_formations_lycees", "Idéo-Actions de formation initiale, univers lycée", "605340ddc19a9")
