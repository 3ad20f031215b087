"""An operator's shift: sew, scan, err now and then, and follow one's habits."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Final

from bartack_sim import (
    half_read,
    honest,
    late,
    mending,
    ordered,
    recounts,
    rework_tables,
    scan_modes,
    second_thoughts,
    slips,
    tricks,
    walked_off,
)
from bartack_sim.line import Bundle
from bartack_sim.seat import Seat
from bartack_sim.truth import Want
from bartack_sim.worker import SETTLE_S, GaveUpError, NotNowError, Worker

WRONG_LABELS: Final = (
    "1Z999AA10123456784",
    "(00)340123450000000018",
    "5901234123457",
    "X-CTN-004417",
    "LOT/88213/7",
)
"""Shipping labels and other factories' codes that lie about on a sewing floor."""

ACTS: Final = {
    **honest.ACTS,
    **second_thoughts.ACTS,
    **mending.ACTS,
    **recounts.ACTS,
    **late.ACTS,
    **scan_modes.ACTS,
    **ordered.ACTS,
    **rework_tables.ACTS,
    **walked_off.ACTS,
    **half_read.ACTS,
    **slips.ACTS,
    **tricks.ACTS,
}

ERRANDS: Final = {
    "rest": honest.scan_rest,
    "inspect": mending.inspect,
    "mend": mending.mend,
    "check": mending.check,
    "mend_here": mending.mend_here,
    "hold": late.hold_again,
    "stray": late.show_stray,
    "grab": scan_modes.grab_begun,
    "finish": scan_modes.finish_begun,
    "bring": ordered.bring,
    "come_back": walked_off.come_back,
    "recount": recounts.recount,
}

_TRIES = 4
"""Acts that are tried in a row where what they need is not there."""


def work_shift(seat: Seat) -> None:
    """Sew and scan until ``stop`` is set; returns within a second of it."""
    worker = Worker(seat)
    _arrive(worker)
    while not seat.stop.is_set():
        _run_errand(worker)
        if seat.stop.is_set():  # perhaps in the middle of the errand's questions
            return
        _next_bundle(worker)
        if seat.rng.random() < seat.act_rate and not seat.stop.is_set():
            _act(worker)


def _arrive(worker: Worker) -> None:
    """Tap the badge; some scan first and are told to badge in."""
    seat = worker.seat
    bundle: Bundle | None = None
    if seat.rng.random() < seat.mistakes.no_badge:
        bundle = seat.work.take(worker.operation)
    with worker.at_desk():
        if bundle is not None:
            worker.show(bundle, "no_badge", badged=False)
        worker.badge_in()
    if bundle is not None:
        worker.rest(SETTLE_S)
        worker.hand_in(bundle)


def _next_bundle(worker: Worker) -> None:
    """Take a bundle, sew it, hand it in; then perhaps make a mistake with it."""
    seat, finished = worker.seat, worker.finished
    bundle = seat.work.take(worker.operation)
    if bundle is None:
        seat.stop.wait(0.2)
        return
    worker.sew(bundle)
    if seat.rng.random() < seat.mistakes.wrong_label:
        _show_wrong_label(worker)
    worker.hand_in(bundle)
    if seat.rng.random() < seat.mistakes.double_scan and finished:
        worker.rest(SETTLE_S + seat.rng.uniform(0.5, 2.0))
        with worker.at_desk():
            worker.show(finished[-1], "double")
    elif seat.rng.random() < seat.mistakes.finished_bundle and len(finished) > 1:
        with worker.at_desk():
            worker.show(seat.rng.choice(finished[:-1]), "finished_bundle")


def _show_wrong_label(worker: Worker) -> None:
    text = worker.seat.rng.choice(WRONG_LABELS)
    intent = worker.intent("wrong_label", text)
    if worker.books is not None:
        intent = replace(intent, wants=(Want("refused", "unknown_code"),))
    with worker.at_desk():
        worker.present(intent, lambda lamp: lamp.outcome == "refused" and lamp.bundle is None)


def _run_errand(worker: Worker) -> None:
    """What a neighbour has asked for comes first."""
    seat = worker.seat
    if seat.company is None:
        return
    errand = seat.company.received(seat.station.code, seat.company.books.now_s())
    if errand is None:
        return
    worker.act = errand.act
    try:
        ERRANDS[errand.what](worker, errand)
    except GaveUpError:
        worker.recover()
    finally:
        worker.act = ""


def _act(worker: Worker) -> None:
    """The next act that can be done now: one that could not be done before, or one of the deck."""
    if worker.seat.company is None:
        return
    for name in worker.company.still_to_do():
        if _is_done(worker, name):
            return
    for name in itertools.islice(worker.seat.acts, _TRIES):
        if _is_done(worker, name):
            return
        worker.company.put_off(name)


def _is_done(worker: Worker, name: str) -> bool:
    """Carry out the act; False where what it needs is not there."""
    worker.act = name
    try:
        ACTS[name](worker)
        worker.company.did(name)
    except NotNowError:
        worker.put_back()
        return False
    except GaveUpError:
        worker.recover()
    finally:
        worker.act = ""
    return True
