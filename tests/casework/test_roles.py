"""What an account may, by its role, and which cases are in its sight, by its place in the demo county."""

import pytest

from casework.county import UnitKind
from casework.roles import (
    COUNTY_ROLES,
    RIGHTS,
    Account,
    BadAccount,
    Right,
    Role,
    Sight,
    acting_unit,
    centre_of,
    checked_unit,
    sight_of,
)
from config.county import load_county
from tests.records import CONFIG

COUNTY = load_county(CONFIG / "county.toml")
CENTRE = centre_of(COUNTY)
DEPARTMENT = COUNTY.departments[1].code
TOWNSHIP = COUNTY.townships[1]
VILLAGE = COUNTY.villages_of(TOWNSHIP.code)[0]
GRID = next(grid for grid in COUNTY.grids if grid.village == VILLAGE.code)


def account(role: Role, unit: str) -> Account:
    return Account(7, "zhangmin", "张敏", role, unit)


def test_every_role_has_its_rights_and_every_right_somebody() -> None:
    assert set(RIGHTS) == set(Role)
    assert frozenset[Right]().union(*RIGHTS.values()) == set(Right)


@pytest.mark.parametrize(
    ("right", "roles"),
    [
        (Right.CASES, set(Role) - {Role.ADMINISTRATOR}),
        (Right.TEXTS, set(Role) - {Role.ADMINISTRATOR, Role.AUDITOR}),
        (Right.REVEAL, {Role.OPERATOR, Role.TOWNSHIP, Role.DEPARTMENT, Role.GRID}),
        (Right.CONSENT, {Role.LEADER}),
        (Right.ACT, {Role.OPERATOR, Role.LEADER, Role.TOWNSHIP, Role.DEPARTMENT, Role.GRID}),
        (Right.EXPORT, {Role.OPERATOR, Role.LEADER, Role.TOWNSHIP, Role.DEPARTMENT, Role.AUDITOR}),
        (Right.AUDIT, {Role.AUDITOR}),
        (Right.FEEDS, {Role.OPERATOR, Role.ADMINISTRATOR}),
        (Right.PEOPLE, {Role.ADMINISTRATOR}),
        (Right.DRIVE, {Role.OPERATOR, Role.LEADER}),
        (Right.MATCHES, {Role.OPERATOR, Role.LEADER}),
    ],
)
def test_who_has_a_right(right: Right, roles: set[Role]) -> None:
    assert {role for role in Role if account(role, CENTRE).may(right)} == roles


def test_who_asks_for_a_person_is_never_who_consents() -> None:
    assert not any({Right.REVEAL, Right.CONSENT} <= rights for rights in RIGHTS.values())


@pytest.mark.parametrize(
    ("role", "texts", "persons"),
    [(Role.OPERATOR, True, True), (Role.LEADER, True, True), (Role.AUDITOR, False, False)],
)
def test_the_centres_people_see_the_whole_county(role: Role, texts: bool, persons: bool) -> None:
    sight = sight_of(account(role, CENTRE), COUNTY)
    assert sight == Sight(whole_county=True, texts=texts, persons=persons)
    assert not sight.blind


def test_who_administers_accounts_sees_no_case() -> None:
    sight = sight_of(account(Role.ADMINISTRATOR, CENTRE), COUNTY)
    assert sight == Sight()
    assert sight.blind


def test_a_township_sees_its_place_and_what_its_units_work_on() -> None:
    sight = sight_of(account(Role.TOWNSHIP, TOWNSHIP.centre), COUNTY)
    committees = {village.code for village in COUNTY.villages_of(TOWNSHIP.code)}
    assert sight.units == {TOWNSHIP.centre, TOWNSHIP.station, TOWNSHIP.judicial_office} | committees
    assert sight == Sight(townships=frozenset({TOWNSHIP.code}), units=sight.units, texts=True, persons=True)


def test_no_unit_of_another_township_is_in_a_townships_sight() -> None:
    seen = [sight_of(account(Role.TOWNSHIP, each.centre), COUNTY).units for each in COUNTY.townships]
    assert sum(map(len, seen)) == len(frozenset[str]().union(*seen))


@pytest.mark.parametrize(
    "kind", [UnitKind.DEPARTMENT, UnitKind.POLICE_STATION, UnitKind.JUDICIAL_OFFICE], ids=lambda kind: kind.value
)
def test_a_department_sees_what_it_works_on_wherever_that_lies(kind: UnitKind) -> None:
    unit = next(unit.code for unit in COUNTY.units if unit.kind is kind)
    assert checked_unit("abc", Role.DEPARTMENT, unit, COUNTY) == unit
    expected = Sight(units=frozenset({unit}), texts=True, persons=True)
    assert sight_of(account(Role.DEPARTMENT, unit), COUNTY) == expected


def test_a_grid_worker_sees_the_grid_and_a_village_committee_the_village() -> None:
    worker = sight_of(account(Role.GRID, GRID.code), COUNTY)
    assert worker == Sight(grids=frozenset({GRID.code}), texts=True, persons=True)
    committee = sight_of(account(Role.GRID, VILLAGE.code), COUNTY)
    own = frozenset({VILLAGE.code})
    assert committee == Sight(villages=own, units=own, texts=True, persons=True)


def test_a_township_the_county_no_longer_has_leaves_its_account_blind() -> None:
    assert sight_of(account(Role.TOWNSHIP, "999999601000"), COUNTY).blind


def test_a_grid_worker_acts_for_the_village_committee_and_everybody_else_for_their_own_unit() -> None:
    assert acting_unit(account(Role.GRID, GRID.code), COUNTY) == VILLAGE.code
    assert acting_unit(account(Role.GRID, VILLAGE.code), COUNTY) == VILLAGE.code
    assert acting_unit(account(Role.TOWNSHIP, TOWNSHIP.centre), COUNTY) == TOWNSHIP.centre
    assert acting_unit(account(Role.OPERATOR, CENTRE), COUNTY) == CENTRE


@pytest.mark.parametrize("role", sorted(COUNTY_ROLES))
def test_the_centres_people_are_given_the_centre_as_their_unit(role: Role) -> None:
    assert checked_unit("abc", role, None, COUNTY) == checked_unit("abc", role, CENTRE, COUNTY) == CENTRE


@pytest.mark.parametrize(
    ("role", "unit", "sentence"),
    [
        (Role.OPERATOR, DEPARTMENT, "is of the county centre itself; give no unit"),
        (Role.TOWNSHIP, None, "an account of role township needs a unit"),
        (Role.TOWNSHIP, DEPARTMENT, "is for a township's centre"),
        (Role.TOWNSHIP, TOWNSHIP.code, "is for a township's centre"),
        (Role.TOWNSHIP, TOWNSHIP.station, "is for a township's centre"),
        (Role.DEPARTMENT, CENTRE, "is for a department, a police station or a judicial office"),
        (Role.DEPARTMENT, VILLAGE.code, "is for a department, a police station or a judicial office"),
        (Role.DEPARTMENT, "999921899000", "is for a department, a police station or a judicial office"),
        (Role.GRID, TOWNSHIP.centre, "is for a village's committee or a grid"),
        (Role.GRID, "", "is for a village's committee or a grid"),
    ],
)
def test_a_unit_that_does_not_fit_the_role_is_refused(role: Role, unit: str | None, sentence: str) -> None:
    with pytest.raises(BadAccount, match=sentence):
        checked_unit("abc", role, unit, COUNTY)


@pytest.mark.parametrize("login", ["", "a", "7up", "Zhang", "张敏", "a b", "a" * 33, "a\x00b", "ab\n", "-ab", "U-CITY"])
def test_a_login_that_could_be_mistaken_or_not_be_typed_is_refused(login: str) -> None:
    with pytest.raises(BadAccount, match="a login is 2 to 32 small letters"):
        checked_unit(login, Role.OPERATOR, None, COUNTY)


@pytest.mark.parametrize("login", ["ab", "zhang.min-2_x", "a" * 32])
def test_a_login_that_can_be(login: str) -> None:
    assert checked_unit(login, Role.OPERATOR, None, COUNTY) == CENTRE


@pytest.mark.parametrize("login", ["grid", "police110", "hotline12345", "ladder", "calendar"])
def test_no_account_is_named_like_another_actor_of_the_journal(login: str) -> None:
    with pytest.raises(BadAccount, match="the journal names somebody else so"):
        checked_unit(login, Role.OPERATOR, None, COUNTY)
