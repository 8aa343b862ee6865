"""Languages as catalogues write them (eng, fre, en-US, de/en, English), as ISO 639-1 codes."""

import re

from core.kernel.errors import Invalid

# ISO 639-2 (bibliographic and terminological) → ISO 639-1. Source: Library of Congress code list.
_THREE_LETTERS = dict(
    pair.split(":")
    for pair in (
        "aar:aa abk:ab afr:af aka:ak alb:sq sqi:sq amh:am ara:ar arg:an arm:hy hye:hy asm:as "
        "ava:av aym:ay aze:az bak:ba bam:bm baq:eu eus:eu bel:be ben:bn bih:bh bos:bs bre:br "
        "bul:bg bur:my mya:my cat:ca che:ce chi:zh zho:zh chu:cu chv:cv cor:kw cos:co cre:cr "
        "cze:cs ces:cs dan:da div:dv dut:nl nld:nl dzo:dz eng:en epo:eo est:et ewe:ee fao:fo "
        "fij:fj fin:fi fre:fr fra:fr fry:fy ful:ff geo:ka kat:ka ger:de deu:de gla:gd gle:ga "
        "glg:gl glv:gv gre:el ell:el grn:gn guj:gu hat:ht hau:ha heb:he hin:hi hrv:hr hun:hu "
        "ibo:ig ice:is isl:is ido:io iku:iu ina:ia ind:id ita:it jav:jv jpn:ja kal:kl kan:kn "
        "kas:ks kaz:kk khm:km kin:rw kir:ky kor:ko kur:ku lao:lo lat:la lav:lv lim:li lin:ln "
        "lit:lt ltz:lb lug:lg mac:mk mkd:mk mal:ml mao:mi mri:mi mar:mr may:ms msa:ms mlg:mg "
        "mlt:mt mon:mn nav:nv nep:ne nno:nn nob:nb nor:no nya:ny oci:oc ori:or orm:om oss:os "
        "pan:pa per:fa fas:fa pli:pi pol:pl por:pt pus:ps que:qu roh:rm rum:ro ron:ro run:rn "
        "rus:ru san:sa sin:si slo:sk slk:sk slv:sl sme:se smo:sm sna:sn snd:sd som:so spa:es "
        "sot:st srd:sc srp:sr sun:su swa:sw swe:sv tam:ta tat:tt tel:te tgk:tg tgl:tl tha:th "
        "tib:bo bod:bo tir:ti ton:to tsn:tn tso:ts tuk:tk tur:tr twi:tw uig:ug ukr:uk urd:ur "
        "uzb:uz vie:vi vol:vo wel:cy cym:cy wln:wa wol:wo xho:xh yid:yi yor:yo zha:za zul:zu"
    ).split()
)
_TWO_LETTERS = frozenset(_THREE_LETTERS.values())
_NAMES = dict(
    pair.split(":")
    for pair in (
        "arabic:ar bengali:bn catalan:ca chinese:zh czech:cs danish:da dutch:nl english:en "
        "esperanto:eo finnish:fi french:fr german:de greek:el hebrew:he hindi:hi hungarian:hu "
        "icelandic:is indonesian:id irish:ga italian:it japanese:ja korean:ko latin:la "
        "norwegian:no persian:fa polish:pl portuguese:pt romanian:ro russian:ru spanish:es "
        "swedish:sv turkish:tr ukrainian:uk urdu:ur vietnamese:vi welsh:cy yiddish:yi"
    ).split()
)
# Several languages, not known, no language: they say nothing a reader could filter by.
_SAYS_NOTHING = frozenset({"mul", "und", "zxx", "mis", "unknown"})
_SEPARATORS = re.compile(r"[/,;|+ \x1f]")


class BadLanguage(Invalid): ...


def language_code(text: str) -> str | None:
    """ISO 639-1 where there is one ("eng", "en-US", "en/la" → "en"), else the ISO 639-3 code.

    The first of several counts. None for "mul", "und" and the like; raises BadLanguage else.
    """
    first = re.split(r"[-_]", _SEPARATORS.split(text.strip())[0])[0].lower()
    if not first or first in _SAYS_NOTHING:
        return None
    if code := _THREE_LETTERS.get(first) or _NAMES.get(first):
        return code
    if first in _TWO_LETTERS or (len(first) == 3 and first.isascii() and first.isalpha()):
        return first
    raise BadLanguage(f"language {text[:40]!r} is no ISO 639 code", remedy='write it like "en"')
