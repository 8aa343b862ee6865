"""Words that say little in each language; folded as `core.search.analysis` folds."""

_EN = """
a about above after again all also although am an and any are as at be been before being below
between both but by can could did do does doing down during each either et few for from further
had has have having he her here hers him his how i if in into is it its itself may me might more
most must my no nor not of off on once only or other our out over own per same shall she should so
some such than that the their them then there these they this those through to too under until up
upon us very was we were what when where which while who whom whose why will with within would you
your
"""
_FR = """
a ai au aux avec c ce ces cet cette d dans de des du elle elles en est et etait ete etre eu eux il
ils j je l la le les leur leurs lui m ma mais me meme mes moi mon n ne nos notre nous on ont ou
par pas pour plus qu que qui s sa sans se ses si son sont sur t ta te tes toi ton tu un une vos
votre vous y
"""
_DE = """
aber alle als also am an auch auf aus bei bin bis bist da damit das dass dein dem den der des die
dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es
euer fur hat hatte hier ich ihm ihn ihr ihre im in ist ja kein keine kann man mein mich mir mit
nach nicht noch nun nur ob oder ohne sehr sein seine sich sie sind so uber um und uns unser unter
vom von vor war was weg wenn wer wie wir wird zu zum zur
"""
_ES = """
a al como con cual cuando de del desde donde e el ella ellas ellos en entre era es esa ese eso esta
este esto estos fue ha hasta hay la las le les lo los mas me mi mis mucho muy ni no nos o os otra
otro para pero por porque que quien se ser si sin sobre son su sus te tu tus un una uno unos y ya
yo
"""
_IT = """
a ad agli ai al alla alle allo anche c che chi ci come con cui d da dagli dai dal dalla dalle de
degli dei del dell della delle dello di e ed era gli ha i il in io l la le lei li lo loro lui ma mi
mia mio ne nei nel nell nella nelle no noi non o per piu quale quando quella quello questa questo
se si sia sono su sua sue sugli sui sul sulla suo ti tra tu un una uno vi voi
"""
_PT = """
a ao aos as com como da das de dela dele do dos e ela elas ele eles em entre era essa esse esta
este eu foi ha isso isto ja la lhe mais mas me meu minha muito na nao nas nem no nos o os ou para
pela pelas pelo pelos por qual quando que quem se sem ser seu seus so sua suas tambem te tem um uma
umas uns voce
"""

STOP_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in (
        ("en", _EN), ("fr", _FR), ("de", _DE), ("es", _ES), ("it", _IT), ("pt", _PT),
    )
}  # fmt: skip
