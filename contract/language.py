"""Language codes: BCP 47 primary subtags in lower case, from a closed list so that counts are bounded."""

ALL_LANGUAGES = "*"
UNKNOWN_LANGUAGE = "und"

# ISO 639-1, then the longer codes that the networks' own language pickers offer.
_CODES = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu
hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb
lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nd ne ng nl nn no nr nv ny oc oj om or
os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
ast ckb cnr csb gsw jbo kab nds sco szl tok yue und
"""
LANGUAGES = frozenset(_CODES.split())

# Every three-letter code of ISO 639 that has a two-letter one. Where there are two, the terminological code comes
# before the bibliographic one.
_THREE_LETTERS = """
aar=aa abk=ab ave=ae afr=af aka=ak amh=am arg=an ara=ar asm=as ava=av aym=ay aze=az bak=ba bel=be bul=bg bih=bh
bis=bi bam=bm ben=bn bod=bo tib=bo bre=br bos=bs cat=ca che=ce cha=ch cos=co cre=cr ces=cs cze=cs chu=cu chv=cv
cym=cy wel=cy dan=da deu=de ger=de div=dv dzo=dz ewe=ee ell=el gre=el eng=en epo=eo spa=es est=et eus=eu baq=eu
fas=fa per=fa ful=ff fin=fi fij=fj fao=fo fra=fr fre=fr fry=fy gle=ga gla=gd glg=gl grn=gn guj=gu glv=gv hau=ha
heb=he hin=hi hmo=ho hrv=hr hat=ht hun=hu hye=hy arm=hy her=hz ina=ia ind=id ile=ie ibo=ig iii=ii ipk=ik ido=io
isl=is ice=is ita=it iku=iu jpn=ja jav=jv kat=ka geo=ka kon=kg kik=ki kua=kj kaz=kk kal=kl khm=km kan=kn kor=ko
kau=kr kas=ks kur=ku kom=kv cor=kw kir=ky lat=la ltz=lb lug=lg lim=li lin=ln lao=lo lit=lt lub=lu lav=lv mlg=mg
mah=mh mri=mi mao=mi mkd=mk mac=mk mal=ml mon=mn mar=mr msa=ms may=ms mlt=mt mya=my bur=my nau=na nde=nd nep=ne
ndo=ng nld=nl dut=nl nno=nn nor=no nbl=nr nav=nv nya=ny oci=oc oji=oj orm=om ori=or oss=os pan=pa pli=pi pol=pl
pus=ps por=pt que=qu roh=rm run=rn ron=ro rum=ro rus=ru kin=rw san=sa srd=sc snd=sd sme=se sag=sg sin=si slk=sk
slo=sk slv=sl smo=sm sna=sn som=so sqi=sq alb=sq srp=sr ssw=ss sot=st sun=su swe=sv swa=sw tam=ta tel=te tgk=tg
tha=th tir=ti tuk=tk tgl=tl tsn=tn ton=to tur=tr tso=ts tat=tt twi=tw tah=ty uig=ug ukr=uk urd=ur uzb=uz ven=ve
vie=vi vol=vo wln=wa wol=wo xho=xh yid=yi yor=yo zha=za zho=zh chi=zh zul=zu
"""
# Retired codes, and codes of single languages that networks use in place of the code for a group.
_OTHERS = """
iw=he in=id ji=yi jw=jv mo=ro mol=ro sh=sr hbs=sr scc=sr scr=hr nb=no nob=no fil=tl
als=sq arb=ar ayr=ay azj=az cmn=zh ekk=et gug=gn khk=mn kmr=ku lvs=lv npi=ne ory=or pbt=ps pes=fa plt=mg prs=fa quz=qu
swh=sw uzn=uz ydd=yi zsm=ms
"""
_ALIASES = dict(alias.split("=") for alias in (_THREE_LETTERS + _OTHERS).split())

_MAX_CODE_CHARACTERS = 35


def normalise_language(code: object) -> str:
    """Return the language of a network's code; ``und`` for an unknown value, of any type.

    ``zh-CN`` is ``zh``, ``jpn`` is ``ja``, ``iw`` is ``he``. A list counts as its first known language.
    """
    if not isinstance(code, str):
        return _first_known(code) if isinstance(code, list) else UNKNOWN_LANGUAGE
    if code in LANGUAGES:
        return code
    subtag = code[:_MAX_CODE_CHARACTERS].strip().replace("_", "-").split("-", 1)[0].lower()
    subtag = _ALIASES.get(subtag, subtag)
    return subtag if subtag in LANGUAGES else UNKNOWN_LANGUAGE


def _first_known(codes: list[object]) -> str:
    languages = (normalise_language(code) for code in codes if isinstance(code, str))
    return next((language for language in languages if language != UNKNOWN_LANGUAGE), UNKNOWN_LANGUAGE)
