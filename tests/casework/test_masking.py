import pytest

from casework.masking import scrub, speaks_of_protected_matter


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("请回电13812345678谢谢", "请回电[电话]谢谢"),
        ("请回电 138 1234 5678", "请回电 [电话]"),
        ("+86 13812345678", "[电话]"),
        ("请回电１３８１２３４５６７８", "请回电[电话]"),
        ("138.1234.5678 或 138—1234—5678", "[电话] 或 [电话]"),
        ("多写一位 138123456789", "多写一位 [长号码]"),
        ("座机0469-4661234", "座机[电话]"),
        ("身份证11010519491231002X", "身份证[证件号]"),
        ("卡号6222021234567890123", "卡号[长号码]"),
        ("黑J·A1234 乱停", "[车牌] 乱停"),
        ("新能源京AD12345挡路", "新能源[车牌]挡路"),
        ("3号楼12单元", "3号楼12单元"),
        ("2026年11月20日 08:00", "2026年11月20日 08:00"),
        ("", ""),
    ],
)
def test_numbers_that_lead_to_a_person_leave_only_their_kind(text: str, scrubbed: str) -> None:
    assert scrub(text) == scrubbed


def test_the_names_of_the_persons_concerned_are_shortened() -> None:
    assert scrub("来电人欧阳试验反映，欧阳试验称", ("欧阳试验",)) == "来电人欧某反映，欧某称"


def test_a_name_of_one_character_would_spoil_the_text_and_is_left() -> None:
    assert scrub("王府路", ("王",)) == "王府路"


@pytest.mark.parametrize(("text", "protected"), [("邻居有人轻生", True), ("丈夫家暴", True), ("路灯不亮", False)])
def test_protected_matters_are_recognised(text: str, protected: bool) -> None:
    assert speaks_of_protected_matter(text) is protected
