"""How much a text looks like one that people wrote: the measure by which guesses of an encoding are ranked.

A wrong guess among the Chinese encodings seldom fails, it gives rare letters instead. The most frequent 500 letters
make up about three quarters of running Chinese text, and level 1 of GB 2312 (3,755 letters) or of Big5 (5,401) almost
all of it; a text read in the wrong encoding has few of either.
"""

from __future__ import annotations

import unicodedata
from functools import cache

#: The most frequent letters of modern Chinese, and the words of this field, simplified and traditional.
_FREQUENT = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学"
    "法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外"
    "天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很"
    "情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手"
    "角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极"
    "交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马"
    "节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技"
    "备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层"
    "片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严编纬址街村镇乡移塔杆基站监控摄井缆纤盐城亭湖都丰响滨阜宁射阳"
    "這為個國時來們對會發動學經進著電裡裏現實兩體機當點從業應開還與關線內數變條沒結解問無係軍黨員總設長頭資邊級圖統見計別"
    "論運農幾區強決戰則據處隊給門規熱領東導壓爭濟階術極聯認權證轉單風帶場車務達積議聲報鬥類離華確張馬節話況傳許廣記須驗連斷"
    "難礦備辦習響約勞團歷稱準號維劃選標寫親層專狀廠識適屬圓滿縣參紅細聽鐵價嚴編緯監攝纜纖鹽豐濱寧陽備註設臺灣"
)  # fmt: skip
_MARKS = frozenset("°′″²³×±·µ–—…‘’“”「」『』《》〈〉【】、。，；：？！（）　～￥℃Φ№→←↑↓■□●○◆◇★☆√✓")
_MOST = 20_000


def plausibility(text: str) -> float:
    """0 (nobody writes so) to 1 (common letters only) of a decoded text; 1 where all is ASCII."""
    seen = 0
    total = 0.0
    frequent, usual = _letters()
    for at, letter in enumerate(text):
        if letter.isascii():
            continue
        seen += 1
        before = text[at - 1] if at else " "
        after = text[at + 1] if at + 1 < len(text) else " "
        total += _weight(letter, before, after, frequent, usual)
        if seen == _MOST:
            break
    return total / seen if seen else 1.0


def _weight(letter: str, before: str, after: str, frequent: frozenset[str], usual: frozenset[str]) -> float:
    if letter in _MARKS:
        return 0.8
    number = ord(letter)
    beside_latin = (before.isascii() and before.islower()) or (after.isascii() and after.islower())
    if letter in usual or 0x3400 <= number <= 0x9FFF or 0x20000 <= number <= 0x323AF:
        weight = 1.0 if letter in frequent else 0.7 if letter in usual else 0.1
        return weight * 0.4 if beside_latin else weight
    if 0xC0 <= number <= 0x24F:  # accented letters stand among plain ones
        return 0.9 if (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha()) else 0.1
    if 0xFF01 <= number <= 0xFF5E:
        return 0.8
    if 0x3040 <= number <= 0x30FF or 0xAC00 <= number <= 0xD7A3 or 0x400 <= number <= 0x45F:
        return 0.5
    if letter == "\ufffd" or unicodedata.category(letter) in ("Cc", "Cf", "Cn", "Co", "Cs"):
        return 0.0
    return 0.2


@cache
def _letters() -> tuple[frozenset[str], frozenset[str]]:
    """(the frequent ones, level 1 of GB 2312 and of Big5 together)."""
    level = {bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)}
    usual = {pair.decode("gb2312", errors="ignore") for pair in level}
    lows = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    usual |= {bytes((high, low)).decode("big5", errors="ignore") for high in range(0xA4, 0xC6) for low in lows}
    return frozenset(_FREQUENT), frozenset(usual - {""}) | frozenset(_FREQUENT)
