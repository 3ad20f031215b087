"""What a station tells its line of faulty pieces: found here, and repaired for others. Pure."""

from __future__ import annotations

from heapq import nlargest

from bartack.projection import State
from bartack.wire import FAULTS_MAX, NeighbourFault, NeighbourFaults, NeighbourRepair


def faults_of(state: State) -> NeighbourFaults:
    """The faults that were found here and the repairs that are reported to others.

    What was found or repaired last stands first. Of what is repaired only the neighbour that is to
    give something back must hear.
    """
    station, log = state.rules.place.station, state.head.log
    told = {seq: it for seq, it in state.defects.items() if it.charged_at or not it.repaired_by}
    newest = nlargest(FAULTS_MAX, told, key=lambda seq: max(seq, told[seq].repaired_seq))
    found = tuple(
        NeighbourFault(
            *(station, log, seq, it.bundle, it.operation, it.fault, it.pieces),
            *(it.finder, it.owner, it.charged_at, it.repaired_by),
        )
        for seq, it in ((seq, told[seq]) for seq in newest)
    )
    reported = sorted(state.reports.items(), key=lambda item: item[1].seq, reverse=True)
    repairs = tuple(
        NeighbourRepair(station, log, it.seq, *fault, it.operator, it.at) for fault, it in reported
    )
    return NeighbourFaults(station, log, found, repairs)
