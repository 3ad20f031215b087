"""What people at a station may do, for hypothesis: cards, badges and tickets, right and wrong."""

from __future__ import annotations

from hypothesis import strategies as st

from sewing import CLERK, MECHANIC, SUPERVISOR, badge, bundle, card, press

badges = st.sampled_from(
    ["62E3086CED", "AA00000002", SUPERVISOR, MECHANIC, CLERK, "FFFFFFFFFF"]
).map(badge)
bundles = st.builds(bundle, st.integers(1, 5), st.sampled_from(["", "OP310", "OP320", "OP999"]))
commands = st.sampled_from(
    [
        card("undo"), card("dispute"), card("split", "5"), card("shared"), card("defect"),
        card("repair"), card("off-start", "NF"), card("off-start", "MT"), card("off-start", "PW"),
        card("off-end"), card("help"), card("help", "mechanic"), card("sign-out"),
        card("correct"), card("approve"), card("reject"), card("cancel"),
        card("pieces", "3"), card("pieces", "12"), card("pieces", "0"), card("pieces", "10000"),
        card("fault", "F01"), card("fault", "F99"), card("owner", "operator"),
        card("owner", "cutting"), card("reason", "miscount"), card("operation", "OP320"),
        press("undo"), press("help-answer"), press("pieces", "7"), press("nonsense"),
    ]
)  # fmt: skip
good_bundles = st.builds(bundle, st.integers(1, 4), st.sampled_from(["OP310", "OP310", "OP320"]))
whole_defects = st.tuples(
    good_bundles, st.integers(1, 13), st.sampled_from(["operator", "previous", "machine"])
).map(
    lambda it: [
        card("defect"), it[0], card("fault", "F01"), card("pieces", str(it[1])),
        card("owner", it[2]),
    ]
)  # fmt: skip
whole_corrections = st.tuples(good_bundles, st.integers(0, 13)).map(
    lambda it: [
        card("correct"), badge(SUPERVISOR), it[0], card("pieces", str(it[1])),
        card("reason", "miscount"),
    ]
)  # fmt: skip
whole_shares = good_bundles.map(lambda it: [card("shared"), badge("AA00000002"), it])
whole_splits = st.tuples(good_bundles, st.integers(1, 8)).map(
    lambda it: [card("split", str(it[1])), it[0]]
)
whole_repairs = good_bundles.map(lambda it: [card("repair"), it])
off_times = st.tuples(st.sampled_from(["NF", "MT", "PW"]), st.booleans()).map(
    lambda it: [card("off-start", it[0]), *([badge(SUPERVISOR)] if it[1] else []), card("off-end")]
)
some_undo = st.sampled_from([[card("undo")], [press("undo")], [card("dispute")]])
anything = st.one_of(badges, bundles, commands).map(lambda it: [it])
acts = st.lists(
    st.one_of(
        *[good_bundles.map(lambda it: [it])] * 6,
        *[whole_splits, whole_defects, whole_repairs, whole_corrections, whole_shares] * 2,
        *[off_times, some_undo, badges.map(lambda it: [it])] * 2,
        anything,
    ),
    min_size=2,
    max_size=40,
).map(lambda lists: [badge(), *(scan for part in lists for scan in part)])
ways = st.sampled_from(["finish", "finish", "start_finish", "start", "batch"])
checks = st.sampled_from(["off", "flag", "refuse"])
