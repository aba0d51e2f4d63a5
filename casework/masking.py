"""Takes personal data out of free text, and knows which matters no wall may show."""

import re
from typing import Final

_PLATE_PLACES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_ID_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d{4}[0-9Xx](?![0-9A-Za-z])")
_MOBILE: Final = re.compile(r"(?<!\d)(?:\+?86[-– —. ]?)?1[3-9]\d(?:[-–—. ]?\d{4}){2}(?!\d)")
_LANDLINE: Final = re.compile(r"(?<!\d)0\d{2,3}[-–—. ]?\d{7,8}(?!\d)")
_CARD: Final = re.compile(r"(?<!\d)\d{11,}(?!\d)")
_PLATE: Final = re.compile(rf"[{_PLATE_PLACES}][A-HJ-NP-Z][·•. -]?[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]")
_WIDE_DIGITS: Final = str.maketrans("０１２３４５６７８９", "0123456789")
_SUSPECT: Final = re.compile(rf"[\d０-９]{{4}}|[{_PLATE_PLACES}][A-HJ-NP-Z]")
_SENSITIVE: Final = re.compile("家暴|家庭暴力|未成年|自杀|轻生|割腕|跳楼|强奸|猥亵|性侵|艾滋")


def scrub(text: str, names: tuple[str, ...] = ()) -> str:
    """`text` without ID numbers, phones, bank cards, plates and the given persons' names; each leaves a mark of its kind."""
    for name in names:
        if len(name) > 1 and name in text:
            text = text.replace(name, f"{name[0]}某")
    if _SUSPECT.search(text) is None:
        return text
    text = text.translate(_WIDE_DIGITS)
    text = _ID_NUMBER.sub("[证件号]", text)
    text = _MOBILE.sub("[电话]", text)
    text = _LANDLINE.sub("[电话]", text)
    text = _CARD.sub("[长号码]", text)
    return _PLATE.sub("[车牌]", text)


def speaks_of_protected_matter(text: str) -> bool:
    """Domestic violence, minors, suicide and sexual offences: counted, never shown as a card."""
    return _SENSITIVE.search(text) is not None


def masked_name(name: str) -> str:
    """王** for 王小明: the family name and a mark for what follows; one character alone is hidden."""
    if not name:
        return ""
    return f"{name[0]}**" if len(name) > 1 else "*"


def masked_phone(phone: str) -> str:
    """138****5678; a number too short to keep both ends is hidden whole."""
    digits = "".join(filter(str.isdigit, phone))
    if not digits:
        return ""
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 8 else "****"  # noqa: PLR2004 - three and four stay
