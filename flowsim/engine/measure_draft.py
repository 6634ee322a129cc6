"""The compiled passes over an event log that every figure comes from.

`reconstruct` turns rows into visits and episodes, `tally` adds them up in cells (period, group,
slot), `ordered_waits` and `take_quantiles` do the quantiles, and `divide` makes the KPIs: each is
one slot over another. Public functions elsewhere allocate; these only fill `out` arrays.

A *visit* is one coming to a step: waiting list, stay, and the time it keeps its place after that.
An *episode* is what lies between a referral (or return) and the exit.
Cells are (1 + n_years, 1 + n_values, n_slots): row 0 is the whole run, column 0 is everybody.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from flowsim.engine.eventlog import (
    EXITED,
    FILLED_POST,
    FINISHED,
    INTERRUPTED,
    JOINED,
    LEFT_POST,
    MEETING,
    PLACES,
    REFERRED,
    RELEASED,
    RETURNED,
    STARTED,
    SUSTAINED,
    TURNED_AWAY,
    WAS_IN_SERVICE,
    WAS_WAITING,
    WITHDREW,
)

Floats = NDArray[np.float64]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Columns of a visit: instants [days], NaN where it did not (yet) happen; and whole numbers.
JOINED_AT, STARTED_AT, FINISHED_AT, LEFT_AT = range(4)
VISIT_ROW, VISIT_EPISODE, VISIT_STEP, VISIT_END, VISIT_FIRST, VISIT_INITIAL, VISIT_BEFORE = range(7)
# Columns of an episode.
ENTERED_AT, FIRST_START_AT, ENROLLED_AT, EXITED_AT = range(4)
EPISODE_ROW, EPISODE_NUMBER, EPISODE_EXIT, EPISODE_HELD = range(4)

# Slots of a cell: the first ones are there once, then one block for each step.
(
    ONE,
    DAYS,
    ALL_REFERRED,
    ALL_RETURNED,
    ALL_OPENING,
    ALL_NEW,
    ALL_PARTICIPANTS,
    ALL_LEFT,
    ALL_CLOSING,
    FIRST_START_SUM,
    FIRST_START_N,
    SYSTEM_SUM,
    SYSTEM_N,
    ALL_EXITS,
    HELD,
    N_ONCE,
) = range(16)
(
    N_JOINED,
    N_STARTED,
    N_FINISHED,
    N_INTERRUPTED,
    N_WITHDREW,
    N_TURNED_AWAY,
    WAIT_SUM,
    WITHIN_TARGET,
    LISTED_SUM,
    LISTED_N,
    TO_START_SUM,
    TO_START_N,
    WAITING_AREA,
    WAITING_END,
    STILL_SUM,
    STAY_AREA,
    BLOCKED_AREA,
    OPENING,
    PARTICIPANTS,
    N_LEFT,
    CLOSING,
    STAY_SUM,
    N_MEETINGS,
    N_EMPTY,
    WAIT_MEDIAN,
    WAIT_P90,
    N_PER_STEP,
) = range(27)
IN_USE, PLACE_DAYS, VACANT, N_PER_TEAM = range(4)

# How a slot of the run follows from those of the years.
SUM, FIRST, LAST = range(3)


@njit(cache=True, nogil=True)
def reconstruct(
    time: Floats,
    source: Int32s,
    participant: Int64s,
    episode: Int32s,
    step: Int32s,
    event: NDArray[np.int8],
    name: Int32s,
    first_participant: Int64s,
    keeps_place: Bools,
    counted_in: Bools,
    at: Floats,
    visit: Int32s,
    episode_at: Floats,
    episode_out: Int32s,
    team_rows: Int32s,
) -> tuple[int, int, int]:
    """Turn rows into visits and episodes; return how many of each, and of team rows.

    Parameters
    ----------
    time ... name : columns of the log, (n_rows,)
    first_participant : int64 (n_sources + 1,)
    keeps_place, counted_in : bool (n_steps,)
    at, visit : float64 (n_rows, 4), int32 (n_rows, 7). Modified in place
    episode_at, episode_out : float64 (n_rows, 4), int32 (n_rows, 4). Modified in place
    team_rows : int32 (n_rows,), rows of teams, posts and meetings. Modified in place
    """
    n_participants = first_participant[-1]
    waits = np.full(n_participants, -1, np.int32)  # the visit whose list it stands on
    stays = np.full(n_participants, -1, np.int32)  # the visit whose places it holds
    latest = np.full(n_participants, -1, np.int32)  # its latest visit
    current = np.full(n_participants, -1, np.int32)  # its episode
    n_visits = 0
    n_episodes = 0
    n_team_rows = 0
    for i in range(len(time)):
        what = event[i]
        if source[i] < 0:
            team_rows[n_team_rows] = i
            n_team_rows += 1
            continue
        row = first_participant[source[i]] + participant[i]
        now = time[i]
        if what in (JOINED, WAS_WAITING, WAS_IN_SERVICE):
            if what != JOINED:
                current[row] = n_episodes
                _open_episode(n_episodes, np.nan, row, 1, episode_at, episode_out)
                n_episodes += 1
            v = n_visits
            n_visits += 1
            for column in range(4):
                at[v, column] = np.nan
            visit[v, VISIT_ROW] = row
            visit[v, VISIT_EPISODE] = current[row]
            visit[v, VISIT_STEP] = step[i]
            visit[v, VISIT_END] = -1
            visit[v, VISIT_FIRST] = 0
            visit[v, VISIT_INITIAL] = what != JOINED
            visit[v, VISIT_BEFORE] = latest[row]
            latest[row] = v
            if what == WAS_IN_SERVICE:
                # Whoever was there at the start began before it, also after a stay of nought.
                begun = min(now, -5e-324)
                at[v, STARTED_AT] = begun
                visit[v, VISIT_FIRST] = 1
                stays[row] = v
                episode_at[current[row], FIRST_START_AT] = begun
                if counted_in[step[i]]:
                    episode_at[current[row], ENROLLED_AT] = begun
            else:
                at[v, JOINED_AT] = now
                waits[row] = v
        elif what == STARTED:
            v = waits[row]
            waits[row] = -1
            if stays[row] >= 0:  # its kept places become this step's, or are given up
                at[stays[row], LEFT_AT] = now
            stays[row] = v
            at[v, STARTED_AT] = now
            visit[v, VISIT_FIRST] = _is_first(v, at, visit)
            e = current[row]
            if np.isnan(episode_at[e, FIRST_START_AT]):
                episode_at[e, FIRST_START_AT] = now
            if counted_in[step[i]] and np.isnan(episode_at[e, ENROLLED_AT]):
                episode_at[e, ENROLLED_AT] = now
        elif what == FINISHED:
            v = stays[row]
            at[v, FINISHED_AT] = now
            visit[v, VISIT_END] = FINISHED
            if not keeps_place[step[i]]:
                at[v, LEFT_AT] = now
                stays[row] = -1
        elif what == RELEASED:
            v = stays[row]
            if v >= 0 and not np.isnan(at[v, FINISHED_AT]):  # else the start before it has said so
                at[v, LEFT_AT] = now
                stays[row] = -1
        elif what == EXITED:
            v = stays[row]
            if v >= 0:  # a step that keeps its place does not on the way to an exit
                at[v, LEFT_AT] = at[v, FINISHED_AT]
                stays[row] = -1
            e = current[row]
            episode_at[e, EXITED_AT] = now
            episode_out[e, EPISODE_EXIT] = name[i]
        elif what in (REFERRED, RETURNED):
            current[row] = n_episodes
            _open_episode(n_episodes, now, row, episode[i], episode_at, episode_out)
            n_episodes += 1
        elif what == SUSTAINED:
            episode_out[current[row], EPISODE_HELD] = 1
        else:  # withdrew, turned away, interrupted, team ended
            v = waits[row]
            if v >= 0:
                waits[row] = -1
            else:
                v = stays[row]
                stays[row] = -1
            at[v, LEFT_AT] = now
            visit[v, VISIT_END] = what
    return n_visits, n_episodes, n_team_rows


@njit(cache=True, nogil=True)
def _open_episode(
    e: int,
    entered_at: float,
    row: int,
    number: int,
    episode_at: Floats,
    episode_out: Int32s,
) -> None:
    for column in range(4):
        episode_at[e, column] = np.nan
    episode_at[e, ENTERED_AT] = entered_at
    episode_out[e, EPISODE_ROW] = row
    episode_out[e, EPISODE_NUMBER] = number
    episode_out[e, EPISODE_EXIT] = -1
    episode_out[e, EPISODE_HELD] = 0


@njit(cache=True, nogil=True)
def _is_first(v: int, at: Floats, visit: Int32s) -> int:
    """Whether a start is the first of its step in its episode."""
    before = visit[v, VISIT_BEFORE]
    while before >= 0 and visit[before, VISIT_EPISODE] == visit[v, VISIT_EPISODE]:
        same_step = visit[before, VISIT_STEP] == visit[v, VISIT_STEP]
        if same_step and not np.isnan(at[before, STARTED_AT]):
            return 0
        before = visit[before, VISIT_BEFORE]
    return 1


@njit(cache=True, nogil=True)
def tally(
    n_visits: int,
    n_episodes: int,
    at: Floats,
    visit: Int32s,
    episode_at: Floats,
    episode_out: Int32s,
    blocks_of: Int64s,
    edges: Floats,
    target_wait: Floats,
    tags: Bools,
    goal_step: Int64s,
    goal_within: Floats,
    goal_exits: Bools,
    first_step: int,
    first_exit: int,
    first_tag: int,
    first_goal: int,
    blocks: Floats,
) -> None:
    """Add visits and episodes to blocks of cells, by year and kind of participant.

    Parameters
    ----------
    blocks_of : int64 (n_participants, n_each), the blocks that a participant adds to
    edges : float64 (n_years + 1,), where the years begin and the last one ends [days]
    target_wait : float64 (n_steps,) [days]
    tags, goal_exits : bool (n_tags or n_goals, n_exits), the exits that count
    goal_step, goal_within : int64, float64 (n_goals,), the step and the time to follow [days]
    first_step, first_exit, first_tag, first_goal : where their slots begin
    blocks : float64 (n_blocks x (1 + n_years), n_slots), zeros; row 0 of a block is for what lies
        outside the years. Modified in place
    """
    n_years = len(edges) - 1
    years = np.empty((n_visits, 4), np.int64)
    _find_years(at, n_visits, edges, years)
    episode_years = np.empty((n_episodes, 4), np.int64)
    _find_years(episode_at, n_episodes, edges, episode_years)
    for each in range(blocks_of.shape[1]):
        block = blocks_of[:, each] * (1 + n_years)
        _add_waiting(at, visit, years, block, edges, target_wait, first_step, blocks)
        _add_stays(at, visit, years, block, edges, first_step, blocks)
        _add_first_starts(
            at,
            visit,
            years,
            episode_at,
            episode_out,
            block,
            edges,
            goal_step,
            goal_within,
            goal_exits,
            first_step,
            first_goal,
            blocks,
        )
        _add_episodes(
            episode_at,
            episode_out,
            episode_years,
            block,
            edges,
            tags,
            first_exit,
            first_tag,
            blocks,
        )


@njit(cache=True, nogil=True)
def _find_years(at: Floats, n: int, edges: Floats, years: Int64s) -> None:
    """Give 1 for an instant in the first year, and so on; 0 outside the years or not yet."""
    for v in range(n):
        for column in range(4):
            year = 0
            if at[v, column] >= edges[0] and at[v, column] < edges[-1]:
                year = 1
                while at[v, column] >= edges[year]:
                    year += 1
            years[v, column] = year


@njit(cache=True, nogil=True)
def _add_waiting(
    at: Floats,
    visit: Int32s,
    years: Int64s,
    block: Int64s,
    edges: Floats,
    target_wait: Floats,
    first_step: int,
    blocks: Floats,
) -> None:
    n_years = len(edges) - 1
    for v in range(len(years)):
        joined_at = at[v, JOINED_AT]
        if np.isnan(joined_at):
            continue
        row = block[visit[v, VISIT_ROW]]
        s = visit[v, VISIT_STEP]
        slot = first_step + s * N_PER_STEP
        if not visit[v, VISIT_INITIAL]:
            blocks[row + years[v, JOINED_AT], slot + N_JOINED] += 1.0
        starts = not np.isnan(at[v, STARTED_AT])
        column = STARTED_AT if starts else LEFT_AT
        until, last = at[v, column], years[v, column]
        if np.isnan(until):
            until, last = np.inf, n_years
        else:
            to = row + last
            wait = until - joined_at
            blocks[to, slot + LISTED_SUM] += wait
            blocks[to, slot + LISTED_N] += 1.0
            if starts:
                blocks[to, slot + N_STARTED] += 1.0
                blocks[to, slot + WAIT_SUM] += wait
                if wait <= target_wait[s]:
                    blocks[to, slot + WITHIN_TARGET] += 1.0
            elif visit[v, VISIT_END] == WITHDREW:
                blocks[to, slot + N_WITHDREW] += 1.0
            elif visit[v, VISIT_END] == TURNED_AWAY:
                blocks[to, slot + N_TURNED_AWAY] += 1.0
        for year in range(max(years[v, JOINED_AT], 1), last + 1):
            to = row + year
            end = edges[year]
            blocks[to, slot + WAITING_AREA] += min(until, end) - max(joined_at, edges[year - 1])
            if until >= end:
                blocks[to, slot + WAITING_END] += 1.0
                blocks[to, slot + STILL_SUM] += end - joined_at


@njit(cache=True, nogil=True)
def _add_stays(
    at: Floats,
    visit: Int32s,
    years: Int64s,
    block: Int64s,
    edges: Floats,
    first_step: int,
    blocks: Floats,
) -> None:
    n_years = len(edges) - 1
    for v in range(len(years)):
        started_at = at[v, STARTED_AT]
        if np.isnan(started_at):
            continue
        row = block[visit[v, VISIT_ROW]]
        slot = first_step + visit[v, VISIT_STEP] * N_PER_STEP
        until, last = at[v, LEFT_AT], years[v, LEFT_AT]
        if np.isnan(until):
            until, last = np.inf, n_years
        else:
            to = row + last
            blocks[to, slot + N_LEFT] += 1.0
            blocks[to, slot + STAY_SUM] += until - started_at
            if visit[v, VISIT_END] == INTERRUPTED:
                blocks[to, slot + N_INTERRUPTED] += 1.0
        for year in range(max(years[v, STARTED_AT], 1), last + 1):
            to = row + year
            begin, end = edges[year - 1], edges[year]
            blocks[to, slot + STAY_AREA] += min(until, end) - max(started_at, begin)
            if started_at < begin:
                blocks[to, slot + OPENING] += 1.0
            if until >= end:
                blocks[to, slot + CLOSING] += 1.0
        finished_at = at[v, FINISHED_AT]
        if not np.isnan(finished_at):
            blocks[row + years[v, FINISHED_AT], slot + N_FINISHED] += 1.0
            if until > finished_at:
                for year in range(max(years[v, FINISHED_AT], 1), last + 1):
                    kept = min(until, edges[year]) - max(finished_at, edges[year - 1])
                    blocks[row + year, slot + BLOCKED_AREA] += kept


@njit(cache=True, nogil=True)
def _add_first_starts(
    at: Floats,
    visit: Int32s,
    years: Int64s,
    episode_at: Floats,
    episode_out: Int32s,
    block: Int64s,
    edges: Floats,
    goal_step: Int64s,
    goal_within: Floats,
    goal_exits: Bools,
    first_step: int,
    first_goal: int,
    blocks: Floats,
) -> None:
    """Add what is measured at the first start of a step in an episode."""
    for v in range(len(years)):
        if not visit[v, VISIT_FIRST] or np.isnan(at[v, JOINED_AT]):
            continue
        e = visit[v, VISIT_EPISODE]
        row = block[visit[v, VISIT_ROW]]
        started_at = at[v, STARTED_AT]
        entered_at = episode_at[e, ENTERED_AT]
        if episode_out[e, EPISODE_NUMBER] == 1 and not np.isnan(entered_at):
            to = row + years[v, STARTED_AT]
            slot = first_step + visit[v, VISIT_STEP] * N_PER_STEP
            blocks[to, slot + TO_START_SUM] += started_at - entered_at
            blocks[to, slot + TO_START_N] += 1.0
        for k in range(len(goal_step)):
            if goal_step[k] != visit[v, VISIT_STEP]:
                continue
            until = started_at + goal_within[k]
            if until < edges[0] or until >= edges[-1]:
                continue
            year = 1
            while until >= edges[year]:
                year += 1
            to = row + year
            blocks[to, first_goal + 2 * k + 1] += 1.0
            if episode_at[e, EXITED_AT] <= until and goal_exits[k, episode_out[e, EPISODE_EXIT]]:
                blocks[to, first_goal + 2 * k] += 1.0


@njit(cache=True, nogil=True)
def _add_episodes(
    episode_at: Floats,
    episode_out: Int32s,
    years: Int64s,
    block: Int64s,
    edges: Floats,
    tags: Bools,
    first_exit: int,
    first_tag: int,
    blocks: Floats,
) -> None:
    n_years = len(edges) - 1
    for e in range(len(years)):
        row = block[episode_out[e, EPISODE_ROW]]
        entered_at = episode_at[e, ENTERED_AT]
        exited_at = episode_at[e, EXITED_AT]
        if not np.isnan(entered_at):
            to = row + years[e, ENTERED_AT]
            if episode_out[e, EPISODE_NUMBER] > 1:
                blocks[to, ALL_RETURNED] += 1.0
            else:
                blocks[to, ALL_REFERRED] += 1.0
                if not np.isnan(episode_at[e, FIRST_START_AT]):
                    to = row + years[e, FIRST_START_AT]
                    blocks[to, FIRST_START_SUM] += episode_at[e, FIRST_START_AT] - entered_at
                    blocks[to, FIRST_START_N] += 1.0
        last = n_years
        if not np.isnan(exited_at):
            last = years[e, EXITED_AT]
            to = row + last
            way_out = episode_out[e, EPISODE_EXIT]
            blocks[to, first_exit + way_out] += 1.0
            blocks[to, ALL_EXITS] += 1.0
            for tag in range(len(tags)):
                if tags[tag, way_out]:
                    blocks[to, first_tag + tag] += 1.0
            if episode_out[e, EPISODE_HELD]:
                blocks[to, HELD] += 1.0
            if not np.isnan(entered_at):
                blocks[to, SYSTEM_SUM] += exited_at - entered_at
                blocks[to, SYSTEM_N] += 1.0
        enrolled_at = episode_at[e, ENROLLED_AT]
        if np.isnan(enrolled_at):
            continue
        blocks[row + years[e, ENROLLED_AT], ALL_NEW] += 1.0
        if not np.isnan(exited_at):
            blocks[row + last, ALL_LEFT] += 1.0
        for year in range(max(years[e, ENROLLED_AT], 1), last + 1):
            if enrolled_at < edges[year - 1]:
                blocks[row + year, ALL_OPENING] += 1.0
            if not exited_at < edges[year]:
                blocks[row + year, ALL_CLOSING] += 1.0


@njit(cache=True, nogil=True)
def tally_teams(
    n_team_rows: int,
    team_rows: Int32s,
    time: Floats,
    step: Int32s,
    event: NDArray[np.int8],
    name: Int32s,
    number: Int32s,
    edges: Floats,
    is_open: Bools,
    first_step: int,
    post_days: Floats,
    place_days: Floats,
    cells: Floats,
) -> None:
    """Add up days in post, days of places, and meetings.

    Parameters
    ----------
    edges : float64 (n_years + 1,)
    is_open : bool (1 + n_values, n_teams), whether participants of a value can use a team
    post_days : float64 (1 + n_years, n_posts), zeros. Modified in place
    place_days : float64 (1 + n_years, n_teams), zeros. Modified in place
    cells : float64 (1 + n_years, 1 + n_values, n_slots). Modified in place
    """
    end = edges[-1]
    filled_at = np.full(post_days.shape[1], np.inf)
    places = np.zeros(place_days.shape[1])
    since = np.zeros(place_days.shape[1])
    for k in range(n_team_rows):
        i = team_rows[k]
        which = name[i]
        now = time[i]
        if event[i] == FILLED_POST:
            filled_at[which] = now
        elif event[i] == LEFT_POST:
            _add_days(filled_at[which], now, 1.0, edges, post_days, which)
            filled_at[which] = np.inf
        elif event[i] == PLACES:
            _add_days(since[which], now, places[which], edges, place_days, which)
            since[which] = now
            places[which] = number[i]
        elif event[i] == MEETING:
            year = _year_of(now, edges)
            slot = first_step + step[i] * N_PER_STEP
            if year > 0:
                for column in range(len(is_open)):
                    if which < 0 or is_open[column, which]:
                        cells[year, column, slot + N_MEETINGS] += 1.0
                        if number[i] == 0:
                            cells[year, column, slot + N_EMPTY] += 1.0
    for post in range(len(filled_at)):
        _add_days(filled_at[post], end, 1.0, edges, post_days, post)
    for team in range(len(places)):
        _add_days(since[team], end, places[team], edges, place_days, team)
    for year in range(1, len(edges)):
        post_days[0] += post_days[year]
        place_days[0] += place_days[year]


@njit(cache=True, nogil=True)
def _year_of(instant: float, edges: Floats) -> int:
    """Return 1 for the first year, ..., or 0 where the instant lies outside all years."""
    if instant < edges[0]:
        return 0
    for year in range(1, len(edges)):
        if instant < edges[year]:
            return year
    return 0


@njit(cache=True, nogil=True)
def _add_days(
    start: float,
    end: float,
    amount: float,
    edges: Floats,
    days: Floats,
    column: int,
) -> None:
    for year in range(1, len(edges)):
        inside = min(end, edges[year]) - max(start, edges[year - 1])
        if inside > 0.0:
            days[year, column] += amount * inside


@njit(cache=True, nogil=True)
def fold(
    how: NDArray[np.int8],
    blocks: Floats,
    columns_of: Int64s,
    step_team: Int64s,
    team_of: Int64s,
    is_open: Bools,
    post_team: Int64s,
    post_fte: Floats,
    due_days: Floats,
    post_days: Floats,
    place_days: Floats,
    days: Floats,
    first_step: int,
    first_team: int,
    cells: Floats,
) -> None:
    """Fill the cells of everybody and of the whole run, and those that follow from others.

    Parameters
    ----------
    how : int8 (n_slots,), SUM, FIRST or LAST
    blocks : float64 (n_blocks x (1 + n_years), n_slots), see `tally`
    columns_of : int64 (n_blocks, n_most), the columns that a block belongs to; -1: no more
    step_team : int64 (n_pairs, 2), which step uses which declared team
    team_of : int64 (n_teams,), the declared team of each
    post_team, post_fte : int64, float64 (n_posts,)
    due_days : float64 (1 + n_years, n_posts), days on which the post exists
    days : float64 (1 + n_years,)
    cells : float64 (1 + n_years, 1 + n_values, n_slots). Modified in place
    """
    n_periods, n_columns, n_slots = cells.shape
    for b in range(len(columns_of)):
        for column in columns_of[b]:
            if column >= 0:
                for year in range(1, n_periods):
                    for slot in range(n_slots):
                        cells[year, column, slot] += blocks[b * n_periods + year, slot]
    last = n_periods - 1
    for column in range(n_columns):
        for year in range(1, n_periods):
            for slot in range(n_slots):
                cells[0, column, slot] += cells[year, column, slot]
        for slot in range(n_slots):
            if how[slot] == FIRST:
                cells[0, column, slot] = cells[1, column, slot]
            elif how[slot] == LAST:
                cells[0, column, slot] = cells[last, column, slot]
    for period in range(n_periods):
        for column in range(n_columns):
            cell = cells[period, column]
            cell[ONE] = 1.0
            cell[DAYS] = days[period]
            cell[ALL_PARTICIPANTS] = cell[ALL_OPENING] + cell[ALL_NEW]
            for slot in range(first_step, first_team, N_PER_STEP):
                cell[slot + PARTICIPANTS] = cell[slot + OPENING] + cell[slot + N_STARTED]
            for pair in range(len(step_team)):
                used = cell[first_step + step_team[pair, 0] * N_PER_STEP + STAY_AREA]
                cell[first_team + step_team[pair, 1] * N_PER_TEAM + IN_USE] += used
            for team in range(len(team_of)):
                if is_open[column, team]:
                    slot = first_team + team_of[team] * N_PER_TEAM + PLACE_DAYS
                    cell[slot] += place_days[period, team]
            for post in range(len(post_team)):
                team = post_team[post]
                if is_open[column, team]:
                    slot = first_team + team_of[team] * N_PER_TEAM + VACANT
                    vacant = due_days[period, post] - post_days[period, post]
                    cell[slot] += post_fte[post] * vacant


@njit(cache=True, nogil=True)
def take_quantiles(
    n_visits: int,
    at: Floats,
    visit: Int32s,
    values: Int32s,
    first_value: Int64s,
    edges: Floats,
    first_step: int,
    n_steps: int,
    cells: Floats,
) -> None:
    """Fill WAIT_MEDIAN and WAIT_P90, interpolated linearly (NumPy's default).

    The waits of each step are sorted once and then dealt out, which keeps them sorted.
    """
    starts, waits = _waits_of_starts(n_visits, at, edges)
    order = _order(starts, waits, visit, n_steps)
    n_periods = cells.shape[0]
    n_columns = cells.shape[1]
    size = n_columns * n_steps
    begin = np.empty(n_periods * size, np.int64)
    total = 0
    for period in range(n_periods):
        for column in range(n_columns):
            for s in range(n_steps):
                begin[period * size + column * n_steps + s] = total
                total += int(cells[period, column, first_step + s * N_PER_STEP + N_STARTED])
    dealt = np.empty(total)
    for k in order:
        v = starts[k]
        s = visit[v, VISIT_STEP]
        year = 1
        while at[v, STARTED_AT] >= edges[year]:
            year += 1
        for group in range(-1, len(first_value)):
            place = s
            if group >= 0:
                row = visit[v, VISIT_ROW]
                place = (first_value[group] + values[row, group]) * n_steps + s
            dealt[begin[place]] = waits[k]
            begin[place] += 1
            place += year * size
            dealt[begin[place]] = waits[k]
            begin[place] += 1
    total = 0
    for period in range(n_periods):
        for column in range(n_columns):
            for s in range(n_steps):
                slot = first_step + s * N_PER_STEP
                until = begin[period * size + column * n_steps + s]
                cells[period, column, slot + WAIT_MEDIAN] = _quantile(dealt, total, until, 0.5)
                cells[period, column, slot + WAIT_P90] = _quantile(dealt, total, until, 0.9)
                total = until


@njit(cache=True, nogil=True)
def _waits_of_starts(n_visits: int, at: Floats, edges: Floats) -> tuple[Int64s, Floats]:
    starts = np.empty(n_visits, np.int64)
    waits = np.empty(n_visits)
    n = 0
    for v in range(n_visits):
        if at[v, STARTED_AT] >= edges[0] and not np.isnan(at[v, JOINED_AT]):
            starts[n] = v
            waits[n] = at[v, STARTED_AT] - at[v, JOINED_AT]
            n += 1
    return starts[:n], waits[:n]


CROWD = 50  # so many waits in one bucket: another method sorts faster


@njit(cache=True, nogil=True)
def _order(starts: Int64s, waits: Floats, visit: Int32s, n_steps: int) -> Int64s:
    """Return an order in which the waits of each step increase.

    A bucket sort, with as many buckets of equal width for a step as it has waits and one for
    its waits of nought (Knuth, The Art of Computer Programming 3, section 5.2): linear time
    unless a few waits are far longer than the rest.
    """
    n = len(waits)
    count = np.zeros(n_steps, np.int64)
    longest = np.zeros(n_steps)
    for k in range(n):
        s = visit[starts[k], VISIT_STEP]
        count[s] += 1
        longest[s] = max(longest[s], waits[k])
    first = np.zeros(n_steps + 1, np.int64)
    for s in range(n_steps):
        first[s + 1] = first[s] + count[s] + 2
    bucket = np.empty(n, np.int64)
    until = np.zeros(first[n_steps] + 1, np.int64)
    for k in range(n):
        s = visit[starts[k], VISIT_STEP]
        bucket[k] = first[s]
        if waits[k] > 0.0:
            bucket[k] += 1 + int(waits[k] / longest[s] * count[s])
        until[bucket[k] + 1] += 1
    for s in range(n_steps):
        for b in range(first[s] + 1, first[s + 1]):
            if until[b + 1] > CROWD:
                return np.argsort(waits)
    for b in range(len(until) - 1):
        until[b + 1] += until[b]
    order = np.empty(n, np.int64)
    for k in range(n):
        order[until[bucket[k]]] = k
        until[bucket[k]] += 1
    for k in range(1, n):
        moved = order[k]
        place = k
        while (
            place > 0
            and bucket[order[place - 1]] == bucket[moved]
            and waits[order[place - 1]] > waits[moved]
        ):
            order[place] = order[place - 1]
            place -= 1
        order[place] = moved
    return order


@njit(cache=True, nogil=True)
def _quantile(dealt: Floats, start: int, end: int, share: float) -> float:
    """Return a quantile of dealt[start:end], which increases."""
    if start == end:
        return np.nan
    position = share * (end - start - 1)
    below = int(position)
    low: float = dealt[start + below]
    high: float = dealt[min(start + below + 1, end - 1)]
    part = position - below
    if part >= 0.5:  # as numpy does, so that the last bit agrees
        return high - (high - low) * (1.0 - part)
    return low + (high - low) * part


@njit(cache=True, nogil=True)
def divide(cells: Floats, numerator: Int64s, denominator: Int64s, out: Floats) -> None:
    """Make KPIs: slot over slot, NaN over nought.

    Parameters
    ----------
    cells : float64 (n_periods, n_columns, n_slots)
    numerator, denominator : int64 (n_kpis,), slots; -1: filled elsewhere
    out : float64 (n_periods, n_columns, n_kpis). Modified in place
    """
    for period in range(cells.shape[0]):
        for column in range(cells.shape[1]):
            cell = cells[period, column]
            for k in range(len(numerator)):
                if numerator[k] < 0 or cell[denominator[k]] == 0.0:
                    out[period, column, k] = np.nan
                else:
                    out[period, column, k] = cell[numerator[k]] / cell[denominator[k]]
