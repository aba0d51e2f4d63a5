"""Personal data's own room."""

import pytest

from casework.lifecycle import Rules
from casework.report import Person, Role
from db.commands import admit_vault_key, rotate_vault
from db.database import Database
from db.inbox import LostFeed, Recorder, take_feed
from db.vault import Vault, VaultError, new_key
from tests.records import NOW, Feed, message, order, translated


def test_what_is_sealed_can_be_opened_only_in_its_place(vault: Vault) -> None:
    sealed = vault.seal("王五".encode(), "grid")
    assert "王五".encode() not in sealed
    assert vault.open(sealed, "grid").decode() == "王五"
    with pytest.raises(VaultError, match="altered or moved"):
        vault.open(sealed, "police110")


def test_a_changed_byte_is_noticed(vault: Vault) -> None:
    sealed = bytearray(vault.seal(b"text", "grid"))
    sealed[-1] ^= 1
    with pytest.raises(VaultError, match="altered"):
        vault.open(bytes(sealed), "grid")


def test_a_key_we_do_not_have_is_named(vault: Vault) -> None:
    with pytest.raises(VaultError, match="BIHUAN_VAULT_OLD_KEYS"):
        Vault([new_key()]).open(vault.seal(b"text", "grid"), "grid")


@pytest.mark.parametrize("key", ["", "short", "not base64 !"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(VaultError, match="32 bytes"):
        Vault([key])


def test_the_same_phone_hashes_the_same_however_it_is_written(vault: Vault) -> None:
    hashes = {vault.phone_hash(phone) for phone in ("19900001234", "199 0000 1234", "+86-199-0000-1234")}
    assert len(hashes) == 1
    assert vault.phone_hash("19900001235") not in hashes
    assert Vault([new_key()]).phone_hash("19900001234") not in hashes, "the hash is keyed"
    assert vault.phone_hash("110") is None


def test_a_report_keeps_its_persons_and_its_own_words(vault: Vault) -> None:
    report = translated(Feed.HOTLINE12345, order())
    sealed = vault.seal_report(report)
    persons, texts = vault.open_report(sealed.sealed)
    assert persons == (Person(Role.CALLER, "欧阳试验", "19900001234"),)
    assert "19900001234" in texts[1]
    assert sealed.caller_hash == vault.phone_hash("19900001234")
    assert sealed.contact_hash is None


def test_a_new_key_takes_over_and_the_old_one_still_opens(vault: Vault) -> None:
    old, new = new_key(), new_key()
    report = translated(Feed.HOTLINE12345, order())
    sealed = Vault([old]).seal_report(report)
    again = Vault([new, old]).reseal(sealed.sealed)
    assert Vault([new]).open_report(again.sealed)[0] == report.persons
    assert again.caller_hash == Vault([new]).phone_hash("19900001234")


def test_whoever_still_seals_with_the_old_key_loses_its_feeds(database: Database, rules: Rules) -> None:
    old, new = new_key(), new_key()
    with database.write() as session:
        admit_vault_key(session, Vault([old]), NOW)
        hold = take_feed(session, Feed.HOTLINE12345)
    with database.write() as session:
        rotate_vault(session, Vault([new, old]), NOW)
    with pytest.raises(LostFeed), database.write() as session:
        Recorder(rules, "YC").record(session, [message(Feed.HOTLINE12345, order(), "e1", 1)], [hold])
    with pytest.raises(VaultError, match="not the key"), database.write() as session:
        admit_vault_key(session, Vault([old]), NOW)
