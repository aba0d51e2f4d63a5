"""The demo's accounts: one of each role, fitting the county they come with."""

from pathlib import Path

import pytest

from casework.errors import RuleError
from casework.roles import Role
from config.county import load_county
from config.demo_accounts import load_demo_accounts
from config.settings import DEFAULT_FOLDER

COUNTY = load_county(DEFAULT_FOLDER / "county.toml")
OPERATOR = '[[account]]\nlogin = "operator"\nname = "张敏"\nrole = "operator"\n'


def test_the_accounts_that_come_along_are_one_of_each_role() -> None:
    found = load_demo_accounts(DEFAULT_FOLDER / "demo_accounts.toml", COUNTY)
    assert [each.role for each in found] == list(Role)
    assert len({each.name for each in found}) == len(Role)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"demo_accounts\.toml: no account of role administrator, auditor, department, grid, leader, operator"),
        (OPERATOR + OPERATOR, r"toml:6: account\[1\]\.login: operator is an account already"),
        (OPERATOR.replace('"operator"\n', '"chief"\n', 2), r"toml:4: account\[0\]\.role: 'chief' is none of operator"),
        (
            OPERATOR.replace('role = "operator"', 'role = "grid"'),
            r"toml:1: account\[0\]: an account of role grid needs",
        ),
        (OPERATOR + 'unit = "999921802000"\n', r"toml:1: account\[0\]: an account of role operator is of the county"),
        (OPERATOR.replace('login = "operator"', 'login = "张敏"'), r"toml:1: account\[0\]: 张敏: a login is"),
        (OPERATOR + 'password = "12345678"\n', r"toml:5: account\[0\]\.password: is no field here"),
        (OPERATOR.replace('name = "张敏"\n', ""), r"account\[0\]\.name: expected text, found nothing"),
    ],
)
def test_an_account_that_can_not_be_is_refused_by_file_line_and_field(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "demo_accounts.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=sentence):
        load_demo_accounts(tmp_path / "demo_accounts.toml", COUNTY)
