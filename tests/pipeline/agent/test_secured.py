"""Station and hub on the broker that config/ ships, with TLS, accounts and ACL."""

from __future__ import annotations

from pathlib import Path

import pytest

from factory_broker import ACCOUNTS, factory_broker, make_certificates
from installed import Require
from rig import Rig
from running import wait_until

ACCOUNT = 'username = "{0}"\npassword_file = "{0}.password"\nca_file = "ca.pem"'

pytestmark = pytest.mark.require("mosquitto", "mosquitto_passwd", "openssl")


def test_a_scan_crosses_the_secured_broker(rig: Rig, tmp_path: Path, require: Require) -> None:
    """With the shipped configuration nothing is denied that the product needs."""
    with factory_broker(tmp_path, require) as broker:
        for user, password in ACCOUNTS.items():
            (tmp_path / f"{user}.password").write_text(password, encoding="utf-8")
        station, hub = ACCOUNT.format("st07"), ACCOUNT.format("hub")
        rig.write_files("localhost", broker.port, station, hub)
        rig.import_reference(5)
        rig.hub.start()
        rig.agent.start()
        rig.wait_ready()
        rig.wait_reference()
        rig.tap()
        light = rig.scan("B000001")
        assert light["outcome"] == "ok"
        rig.wait_drained()
        assert (light["log"], light["seq"]) in {(e.log, e.seq) for e in rig.committed()}
        assert rig.status()["alarms"] == []


def test_a_broker_that_is_not_the_factorys_gets_no_password(
    rig: Rig, tmp_path: Path, require: Require
) -> None:
    """A broker whose certificate another authority signed is not spoken to."""
    with factory_broker(tmp_path, require) as broker:
        strangers = tmp_path / "strangers"
        strangers.mkdir()
        make_certificates(require("openssl"), strangers)
        (tmp_path / "st07.password").write_text(ACCOUNTS["st07"], encoding="utf-8")
        account = ACCOUNT.format("st07").replace("ca.pem", "strangers/ca.pem")
        rig.write_files("localhost", broker.port, account)
        rig.agent.start()
        rig.wait_ready()
        wait_until(lambda: "certificate" in rig.status()["broker"]["detail"], "the reason")
        assert rig.scan("B000001")["reason"] == "no_operator"
