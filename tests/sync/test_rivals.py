"""What other sync engines got wrong, each as a test of ours (``sync.md`` §2).

The engine's own code against the model of a service (``tests/simulation``), one step at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.records import OperationState
from app.vault.keys import Key
from app.vault.patient import PatientVault
from app.vault.sqlcipher import StoreBusy
from sync.guard import Question
from sync.incoming import FEED
from sync.lanes import Lane
from tests.simulation.disk import Crash
from tests.simulation.still import Stage

if TYPE_CHECKING:
    from pathlib import Path


def test_android_fhir_saved_its_cursor_before_the_page() -> None:
    """The program dies at the page's commit: the page is read again, nothing is missing."""
    stage = Stage()
    key = stage.there(alpha="one")
    with pytest.raises(Crash):
        stage.round(trouble="crash-before")
    assert stage.device.records.cursor(FEED) is None
    stage.device.restart()
    stage.round()
    assert stage.device.records.get(*key.split("/")) == stage.at_service(key)


def test_android_fhir_1149_deletions_were_invisible() -> None:
    """What is deleted elsewhere goes here, and does not come back with an older page (#856)."""
    stage = Stage(page=1)
    gone, stays = stage.there(alpha="gone"), stage.there(alpha="stays")
    stage.round()
    stage.service.change(gone, None)
    stage.round()
    assert stage.device.records.get(*gone.split("/")) is None
    assert stage.device.records.get(*stays.split("/")) is not None


def test_android_fhir_1096_a_telephone_number_landed_in_the_e_mail_entry() -> None:
    """Both add to a list: every entry stays what it is, whatever its place."""
    stage = Stage()
    mail = {"system": "email", "value": "a@b.fr", "rank": 1}
    key = stage.there(telecom=[mail])
    stage.round()
    phone = {"system": "phone", "value": "0611"}
    before = stage.device.records.get(*key.split("/"))
    assert before is not None
    op_id = stage.world.mint("f")
    stage.device.means(op_id, key, "+0611", value=True)
    stage.device.commit(op_id, [{**before, "telecom": [phone, mail]}], {key: "1"}, {key: before})
    fax = {"system": "fax", "value": "0499"}
    stage.service.change(key, {**stage.at_service(key), "telecom": [fax, mail]})
    stage.until(lambda: stage.device.records.operations() == [])
    found = stage.at_service(key)["telecom"]
    assert sorted(each["value"] for each in found) == ["0499", "0611", "a@b.fr"]
    assert mail in found
    assert stage.world.failures == []


def test_android_fhir_2342_patches_were_merged_out_of_order() -> None:
    """Three edits of one thing without a network arrive in their order, the last one last."""
    stage = Stage()
    key = stage.there(alpha="0")
    stage.round()
    for value in "123":
        stage.edit(key, alpha=value)
    stage.until(lambda: stage.device.records.operations() == [])
    seen = [body["alpha"] for name, _, body in stage.service.log if name == key and body]
    assert seen == ["0", "1", "2", "3"]


def test_android_fhir_ordered_by_the_wall_clock() -> None:
    """A PC whose clock is an hour slow edits after another: its edit counts as what it is, the later one."""
    stage = Stage(devices=2)
    key = stage.there(alpha="0")
    stage.until(lambda: all(each.records.get(*key.split("/")) for each in stage.devices))
    stage.edit(key, alpha="first")
    stage.until(lambda: stage.at_service(key)["alpha"] == "first")
    stage.round(1)
    stage.world.now -= 3600
    stage.edit(key, device=1, alpha="second")
    stage.until(lambda: stage.at_service(key)["alpha"] == "second")
    stage.world.now += 3600
    stage.until(lambda: (stage.device.records.get(*key.split("/")) or {})["alpha"] == "second")


def test_android_fhir_stopped_all_uploads_at_the_first_failure() -> None:
    """And nothing was parked: here the bad act is set aside with its reason, the others go."""
    stage = Stage()
    keys = [stage.there(alpha=str(number)) for number in range(5)]
    stage.round()
    bad = [stage.edit(keys[2], poison=True)]
    good = [stage.edit(key, beta="x") for key in (*keys[:2], *keys[3:])]
    stage.until(lambda: len(stage.service.filed) == len(good))
    (left,) = stage.device.records.operations()
    assert (left.state, left.op_id) == (OperationState.PARKED, bad[0])
    assert left.reason == "service-refused"
    assert left.fields["expression"]


@pytest.mark.parametrize("named", [True, False])
def test_fhircore_2775_one_bad_resource_blocked_its_bundle(named: bool) -> None:  # noqa: FBT001
    """The culprit is found, whether the service names it or not, and in a few requests."""
    stage = Stage()
    stage.service.poison_is_named = named
    keys = [stage.there(alpha=str(number)) for number in range(16)]
    stage.round()
    for number, key in enumerate(keys):
        stage.edit(key, **({"poison": True} if number == 11 else {"beta": "x"}))
    before = stage.device.wire.requests
    stage.until(lambda: len(stage.service.filed) == 15, rounds=2)
    assert stage.device.wire.requests - before <= (8 if named else 16)


def test_fhircore_3543_a_first_sync_took_hours() -> None:
    """Its requests are its pages, not its resources."""
    stage = Stage(page=200)
    for number in range(2000):
        stage.there(alpha=str(number))
    stage.round()
    assert len(stage.device.records.all("Flag")) == 2000
    assert stage.device.wire.requests <= 2000 / 200 + 2


def test_securedrop_kept_its_queue_in_memory() -> None:
    """The program ends with acts unsent: they are there when it starts again."""
    stage = Stage()
    key = stage.there(alpha="0")
    stage.round()
    stage.device.wire.is_up = False
    stage.edit(key, alpha="1")
    stage.device.restart()
    stage.until(lambda: stage.at_service(key)["alpha"] == "1")


def test_securedrop_1457_a_reply_that_failed_arrived_later() -> None:
    """Given up as lost and sent again, then the first one arrives all the same: it is filed once."""
    stage = Stage(remembers=False)
    key = stage.there(alpha="0")
    stage.round()
    stage.edit(key, alpha="1")
    sent: list[bytes] = []
    handle = stage.service.handle

    def once(asked):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if asked.method == "POST" and not sent:
            sent.append(asked)
            return handle(type(asked)("GET", "fhir/Basic/none", {}, {}, {}, b""))
        return handle(asked)

    stage.service.handle = once  # type: ignore[method-assign]
    stage.until(lambda: stage.at_service(key)["alpha"] == "1" or bool(sent))
    stage.device.records.release(stage.device.records.operations()[0].seq)
    stage.until(lambda: stage.device.records.operations() == [])
    handle(sent[0])
    assert [body["alpha"] for name, _, body in stage.service.log if name == key and body] == ["0", "1"]


def test_powersync_native_15_a_failed_upload_waited_for_the_next_write() -> None:
    """It is tried again by itself, when its time has come."""
    stage = Stage()
    key = stage.there(alpha="0")
    stage.round()
    stage.edit(key, alpha="1")
    stage.round(trouble="broken")
    stage.until(lambda: stage.at_service(key)["alpha"] == "1")


def test_powersync_dart_307_a_partition_stopped_uploads_for_good() -> None:
    """Away for days, then back: the next round sends."""
    stage = Stage()
    key = stage.there(alpha="0")
    stage.round()
    stage.edit(key, alpha="1")
    stage.device.wire.is_up = False
    waits = [stage.round() for _ in range(40)]
    assert max(waits) <= 5, "without a network a try costs nothing"
    stage.device.wire.is_up = True
    stage.round()
    assert stage.at_service(key)["alpha"] == "1"


def test_nextcloud_8059_chunks_were_skipped_and_success_was_told() -> None:
    """A service whose upload lost its bytes has no document, and gets them again."""
    stage = Stage()
    stage.round()
    op_id = stage.device.file_once()
    assert stage.device.deposits.step(Lane.DOCUMENTS, lambda: False)
    stage.service.binaries.clear()
    stage.service.uploads.clear()
    stage.round()
    assert stage.service.filed == {}
    stage.world.now += 1000
    assert stage.device.deposits.step(Lane.DOCUMENTS, lambda: False)
    stage.until(lambda: op_id in stage.service.filed)
    stage.until(lambda: stage.device.records.operations() == [])


@pytest.mark.parametrize("quietly", [True, False])
def test_nextcloud_1015_a_restored_server_made_its_clients_delete(quietly: bool) -> None:  # noqa: FBT001
    """Nothing goes here; what this PC had filed is offered again when the person says so, once."""
    stage = Stage()
    old = stage.there(alpha="0")
    stage.round()
    copy = stage.service.copy()
    op_id = stage.edit(old, alpha="1")
    stage.until(lambda: stage.device.records.operations() == [])
    new = stage.there(beta="by another")
    stage.round()
    stage.service.put_back(copy, quietly=quietly)
    stage.round()
    assert stage.device.board.present.question is Question.SERVICE_RESTORED
    assert stage.device.records.get(*new.split("/")) is not None
    stage.round(times=3)
    assert stage.at_service(old)["alpha"] == "0", "nothing is sent unasked"
    stage.device.records.settle_lost(FEED, offer_again=True)
    stage.until(lambda: stage.at_service(old)["alpha"] == "1")
    stage.until(lambda: stage.device.records.operations() == [])
    assert stage.service.filed[op_id] == 1
    assert stage.device.board.present.question is None
    assert stage.device.records.get(*new.split("/")) is not None


def test_owncloud_2547_two_clients_worked_on_one_journal(tmp_path: Path) -> None:
    """A person's store is open in one process at a time."""
    with Key.random() as key:
        with PatientVault.create(tmp_path, key.copy(), name="one"), pytest.raises(StoreBusy):
            PatientVault.open(tmp_path, key.copy(), "one")
        PatientVault.open(tmp_path, key.copy(), "one").close()


def test_dhis2_another_user_s_login_destroyed_unsent_work() -> None:
    """Signed out, and another signs in: what waits stays, and goes when its person is there again."""
    stage = Stage()
    key = stage.there(alpha="0")
    stage.round()
    stage.edit(key, alpha="1")
    assert stage.round(trouble="signed-out") >= 3600, "it stands still until someone signs in"
    assert [each.state for each in stage.device.records.operations()] == [OperationState.PENDING]
    stage.device.restart()
    stage.until(lambda: stage.at_service(key)["alpha"] == "1")


def test_anki_4366_one_side_had_to_be_chosen_whole() -> None:
    """Two edit different things of one resource: both hold, and nobody is asked."""
    stage = Stage(devices=2)
    key = stage.there(alpha="0", beta="0")
    stage.until(lambda: all(each.records.get(*key.split("/")) for each in stage.devices))
    stage.edit(key, device=0, alpha="one")
    stage.edit(key, device=1, beta="two")
    stage.until(lambda: not any(each.records.operations() for each in stage.devices))
    assert (stage.at_service(key)["alpha"], stage.at_service(key)["beta"]) == ("one", "two")
    assert stage.world.failures == []


def test_opencloud_desktop_971_a_409_wedged_it() -> None:
    """A conflict keeps its own resource waiting, for a person; everything else flows."""
    stage = Stage()
    clashing, free = stage.there(alpha="0"), stage.there(alpha="0")
    stage.round()
    stage.edit(clashing, alpha="ours")
    stage.service.change(clashing, {**stage.at_service(clashing), "alpha": "theirs"})
    stage.edit(free, alpha="1")
    stage.until(lambda: stage.at_service(free)["alpha"] == "1")
    (left,) = stage.device.records.operations()
    assert (left.state, left.reason) == (OperationState.CONFLICT, "changed-elsewhere")
    stage.edit(free, alpha="2")
    stage.until(lambda: stage.at_service(free)["alpha"] == "2")


def test_pglite_879_a_409_was_asked_for_ever() -> None:
    """A service that says 412 and never tells what is there: after a few tries a person is asked."""
    stage = Stage()
    key = stage.there(alpha="0")
    stage.round()
    stage.service.current[key] = (7, stage.at_service(key))
    stage.edit(key, alpha="1")
    before = stage.device.wire.requests
    stage.round(times=20)
    (left,) = stage.device.records.operations()
    assert left.state is OperationState.CONFLICT
    assert stage.device.wire.requests - before <= 20 + 20


def test_medplum_9811_a_200_for_what_was_rolled_back() -> None:
    """An answer is no filing: what the feed does not bring is sent again."""
    stage = Stage()
    key = stage.there(alpha="0")
    stage.round()
    stage.edit(key, alpha="1")
    stage.round(trouble="phantom")
    assert stage.at_service(key)["alpha"] == "0"
    assert stage.device.records.operations() != []
    stage.until(lambda: stage.at_service(key)["alpha"] == "1")


def test_medplum_9506_a_429_hid_in_a_200() -> None:
    """Every entry's own status is read; the act waits as long as it was asked to."""
    stage = Stage()
    key = stage.there(alpha="0")
    stage.round()
    stage.edit(key, alpha="1")
    stage.troubles = ["entry-busy"]
    stage.device.rounds.once()
    (waiting,) = stage.device.records.operations()
    assert waiting.state is not OperationState.ANSWERED
    stage.until(lambda: stage.device.records.operations() == [])
    assert list(stage.service.filed.values()) == [1]
