"""The compiled engine: the rules of `semantics.md` as one loop over flat arrays.

Whatever will happen at a known instant is a *node* of the calendar: each participant has one (the
next thing that happens to them: an arrival, the end of patience, the end of a stay), and so has
each post, team, station. A *lane* is the part of a waiting list that is served first come, first
served: those of one rank who hold the same places (a *queue* has one lane for each rank).

Order within an instant (the one place where it is written down):

1. in a round, by class: CAPACITY, ENDS, PATIENCE, ARRIVALS, by (team or step, participant)
2. then meetings, groups, and single starts; places given up here are free in the next round
3. then those who joined a list that is too long in this round are turned away

A participant's number is its row in the log's table, so numbers stand in the order of
(source, ordinal).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from flowsim.engine.eventlog import (
    COLUMNS,
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
    TEAM_ENDED,
    TURNED_AWAY,
    WAS_IN_SERVICE,
    WAS_WAITING,
    WITHDREW,
    EventLog,
)
from flowsim.engine.kernel import (
    EMPIRICAL,
    EXPONENTIAL,
    HYPEREXPONENTIAL,
    arrival_times,
    length_biased_quantile,
    name_hash,
    quantile,
    uniforms,
)
from flowsim.engine.plan import IN_SERVICE, POISSON, WAITING, Plan
from flowsim.errors import SimulationError

Integers = NDArray[np.int32]
Longs = NDArray[np.int64]
Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function into those that call it."""
    return cast(Function, njit(nogil=True, error_model="numpy")(function))


def inlined(function: Function) -> Function:
    """Compile a function into its callers' own code: for what happens at every event."""
    return cast(Function, njit(nogil=True, error_model="numpy", forceinline=True)(function))


# The plan as arrays ---------------------------------------------------------------------------
#
# Pairs X, X_END are a range of rows of another array. -1 means "none".

(
    STATION,  # the first one
    PER,  # range of `per`
    PER_END,
    STAY,  # a variate
    FACTORS,
    FACTORS_END,
    PRIORITY,
    PRIORITY_END,
    ROUTES,
    ROUTES_END,
    ROUTES_FOR,
    ROUTES_FOR_END,
    PATIENCE,  # a variate
    SINCE_REFERRAL,
    PATIENCE_EXIT,
    INTERRUPTIONS,
    INTERRUPTIONS_END,
    KEEPS_PLACE,
    MAX_WAITING,
    STEP_VISITS,  # column of `visits`; -1: nobody comes twice
    N_STEP,
) = range(21)
(
    STEP,
    TEAMS,
    TEAMS_END,
    QUEUES,
    QUEUES_END,
    CLOSED,
    CLOSED_END,
    PAUSES,
    PAUSES_END,
    KIND,
    MIN,
    MAX,
    MAX_PER_YEAR,
    N_STATION,
) = range(14)
SINGLE, MEETINGS, GROUPS = range(3)  # kinds of stations
EVERY, FIRST, CUT_OFF, N_STATION_TIME = range(4)
QUEUE_HOLDS, FIRST_LANE, LANES_END, N_QUEUE = range(4)  # holds: the station whose places are kept
(
    STATIONS,
    STATIONS_END,
    POSTS,
    POSTS_END,
    CHANGES,  # of places
    CHANGES_END,
    TIMES,  # when places may change
    TIMES_END,
    FROM_CASELOADS,
    ENDS_TO,
    N_TEAM,
) = range(11)
FROM_AT, UNTIL_AT, N_TEAM_TIME = range(3)
POST_TEAM, PERSON, VACANCY, N_POST = range(4)
POST_FROM, POST_UNTIL, POST_PLACES, MEAN_IN_POST, N_POST_FIGURE = range(5)
RETURNS_TO, RETURN_DELAY, EXIT_VISITS, N_EXIT = range(4)
SUSTAINED_SHARE, HOLD_TIME, RETURN_SHARE, N_SHARE = range(4)
SOURCE_KIND, SOURCE_TO, WAITED, GIVEN, N_SOURCE = range(5)
VARIATE_KIND, TABLE, TABLE_END, N_VARIATE = range(4)
NO_LIMIT = 2**31 - 1


class Rules(NamedTuple):
    """A plan in flat arrays; nothing here changes. Made by `flowsim.engine.arrays.pack`."""

    end: float  # [days]
    turned_away: int  # the exit
    yearly_groups: bool  # whether a group waits for a new calendar year
    sleepers: bool  # whether a group has a cut-off
    steps: Integers  # (n_steps, N_STEP)
    step_hash: Words
    per: Integers  # groups by which a step's stations are split
    factors: Integers  # (n, 2): group, value
    factor: Floats
    priority: Integers  # (n, 2): group, value
    routes: Integers  # (n, 2): target, delay (a variate)
    cumulative: Floats  # of the routes
    routes_for: Integers  # (n, 4): group, value, range of routes
    interruptions: Integers  # (n, 2): variate, exit
    stations: Integers  # (n_stations, N_STATION)
    station_times: Floats  # (n_stations, N_STATION_TIME)
    station_teams: Integers
    intervals: Floats  # (n, 2): closures and pauses [from, until)
    queues: Integers  # (n_queues, N_QUEUE)
    n_lanes: int
    teams: Integers  # (n_teams, N_TEAM)
    team_times: Floats  # (n_teams, N_TEAM_TIME)
    team_stations: Integers
    team_posts: Integers
    changes: Floats  # (n, 2): instant, places
    times: Floats
    posts: Integers  # (n_posts, N_POST)
    post_hash: Words
    post_figures: Floats  # (n_posts, N_POST_FIGURE)
    turnover_hash: Words  # (1,)
    exits: Integers  # (n_exits, N_EXIT)
    exit_hash: Words
    exit_figures: Floats  # (n_exits, N_SHARE)
    sources: Integers  # (n_sources, N_SOURCE)
    source_hash: Words
    given: Integers  # (n, n_groups - 1): values of those in lists, -1: drawn
    group_hash: Words
    group_sizes: Longs
    mixes: Integers  # (n_sources, n_groups - 1, 3): range of `mix`, the value all have or -1
    mix: Floats  # cumulative shares
    variates: Integers  # (n, N_VARIATE)
    parameters: Floats  # (n, 3)
    tables: Floats  # flat, each (2, n)
    no_table: Floats  # (2, 0)
    year_starts: Floats  # with an infinite one after the last


# The state of a run ---------------------------------------------------------------------------

(
    SOURCE,
    ORDINAL,
    EPISODE,
    STATE,
    AT,  # the station waited for, stayed in, or last left
    HOLDS,  # the station whose teams' places are held
    VISIT,
    TARGET,  # where an arrival, a return or a delay leads: a step, or -1 - exit
    LANE,
    RANK,
    BEFORE,  # neighbours on the lane
    AFTER,
    CUT_BY,  # exit of the interruption that ends the stay, -1: it is finished
    JOINED_IN,  # number of the last round in which it joined a list
    N_PERSON,
) = range(15)
REFERRING, RETURNING, UNDER_WAY, IN_LIST, INSIDE, GONE = range(6)  # states
(
    JOINED_AT,
    REFERRED_AT,
    STAY_U,
    PATIENCE_U,
    ROUTE_U,
    INTERRUPTION_U,
    N_FIGURE,
) = range(7)
HEAD, TAIL, LATEST, N_LANE_STATE = range(4)  # latest: where somebody was put in last
(
    N_WAITING,
    IS_CLOSED,
    FLAGGED,  # somebody may be able to start
    N_THIS_YEAR,
    COUNTED_YEAR,
    NEXT_CLOSURE,
    NEXT_PAUSE,
    N_MEETING,
    N_STATION_STATE,
) = range(9)
IN_FORCE, FREE, FREE_NEXT, ENDED, CHANGED, NEXT_TIME, N_TEAM_STATE = range(7)
FILLED, SPELL, N_POST_STATE = range(3)
(
    N_ROWS,
    N_PEOPLE,
    BUCKET,  # the calendar's current one
    N_HEAP,
    N_CANDIDATES,
    N_GROUPS_FLAGGED,
    N_JOINED,
    N_FREED,
    N_CHANGED,
    YEAR,
    ROUND,
    LOST,  # a participant whom the ends of teams send round in a circle, or -1
    N_COUNTS,
) = range(13)
NEXT, PREVIOUS = range(2)  # links of a node; in the heap, NEXT is the position
NOWHERE, IN_HEAP, IN_BATCH = -1, -2, -3  # values of PREVIOUS; from BUCKET_0 down: first of a bucket
BUCKET_0 = -4


class State(NamedTuple):
    """What changes during a run; reused by the next one of the same thread."""

    buckets_per_day: float
    key: Words  # seed, replication
    counts: Longs  # (N_COUNTS,)
    due: Floats  # (n_nodes,)
    links: Integers  # (n_nodes, 2)
    buckets: Integers  # first node of each
    heap_due: Floats  # the nodes of the current bucket, earliest first
    heap: Integers
    batch: Longs  # what is due in this round
    leaving: Longs
    people: Integers  # (n_people, N_PERSON)
    figures: Floats  # (n_people, N_FIGURE)
    values: Integers  # (n_people, n_groups)
    visits: Integers
    joined: Integers  # who joined a list in this round
    chosen: Integers  # who starts at an intake
    lanes: Integers  # (n_lanes, N_LANE_STATE)
    cursors: Integers  # (n_queues,)
    stations: Integers  # (n_stations, N_STATION_STATE)
    candidates: Integers  # stations where somebody may be able to start
    teams: Integers  # (n_teams, N_TEAM_STATE)
    posts: Integers  # (n_posts, N_POST_STATE)
    post_luck: Floats  # uniforms of the vacancies


class Columns(NamedTuple):
    """The log's columns; rows beyond their length are counted and not written."""

    time: Floats
    source: Integers
    participant: Longs
    episode: Integers
    step: Integers
    event: NDArray[np.int8]
    name: Integers
    number: Integers


# Writing rows ---------------------------------------------------------------------------------


@inlined
def write(
    state: State, log: Columns, at: float, p: int, step: int, event: int, name: int, number: int
) -> None:
    """Append a row about a participant."""
    row = state.counts[N_ROWS]
    state.counts[N_ROWS] = row + 1
    if row < log.time.size:
        log.time[row] = at
        log.source[row] = state.people[p, SOURCE]
        log.participant[row] = state.people[p, ORDINAL]
        log.episode[row] = state.people[p, EPISODE]
        log.step[row] = step
        log.event[row] = event
        log.name[row] = name
        log.number[row] = number


@compiled
def note(
    state: State, log: Columns, at: float, step: int, event: int, name: int, number: int
) -> None:
    """Append a row about a team, a post or a meeting."""
    row = state.counts[N_ROWS]
    state.counts[N_ROWS] = row + 1
    if row < log.time.size:
        log.time[row] = at
        log.source[row] = -1
        log.participant[row] = -1
        log.episode[row] = 0
        log.step[row] = step
        log.event[row] = event
        log.name[row] = name
        log.number[row] = number


# Draws ----------------------------------------------------------------------------------------


@inlined
def block(
    rules: Rules, state: State, p: int, thing: np.uint64, visit: int, number: int
) -> tuple[float, float, float, float]:
    """Return the four uniforms of a block of a participant's draws for a step, exit or group."""
    return uniforms(
        state.key[0],
        state.key[1],
        rules.source_hash[state.people[p, SOURCE]],
        np.uint64(state.people[p, ORDINAL]),
        thing,
        np.uint64(64 * visit + number),
    )


@inlined
def pick(lanes: tuple[float, float, float, float], lane: int) -> float:
    """Return one of four uniforms; numba's tuples of floats are indexed by constants only."""
    if lane == 0:
        return lanes[0]
    if lane == 1:
        return lanes[1]
    return lanes[2] if lane == 2 else lanes[3]


@compiled
def step_luck(rules: Rules, state: State, p: int, number: int, lane: int) -> float:
    """Return a uniform of a later block of the participant's present visit."""
    step = rules.stations[state.people[p, AT], STEP]
    return pick(block(rules, state, p, rules.step_hash[step], state.people[p, VISIT], number), lane)


@inlined
def sample(rules: Rules, variate: int, u: float) -> float:
    """Return the quantile of a variate of the plan."""
    kind = rules.variates[variate, VARIATE_KIND]
    a = rules.parameters[variate, 0]
    b = rules.parameters[variate, 1]
    c = rules.parameters[variate, 2]
    if kind == EMPIRICAL or kind == HYPEREXPONENTIAL:
        return quantile(kind, a, b, c, table_of(rules, variate), u)
    return quantile(kind, a, b, c, rules.no_table, u)


@compiled
def table_of(rules: Rules, variate: int) -> Floats:
    """Return the table (2, n) of a variate, n = 0 for those without one."""
    table, table_end = rules.variates[variate, TABLE], rules.variates[variate, TABLE_END]
    return rules.tables[table:table_end].reshape(2, (table_end - table) // 2)


# The calendar ---------------------------------------------------------------------------------
#
# The run is cut into equal buckets, each a linked list of its nodes; only those of the current
# bucket stand in a heap. So putting in and taking out cost the same for ten nodes and a million.


@inlined
def schedule(rules: Rules, state: State, node: int, at: float) -> None:
    """Put a node that is nowhere into the calendar; what lies beyond the end never happens."""
    if not at < rules.end:
        return
    state.due[node] = at
    bucket = min(int(at * state.buckets_per_day), state.buckets.size - 1)
    if bucket <= state.counts[BUCKET]:
        push(state, node, at)
        return
    following = state.buckets[bucket]
    state.links[node, NEXT] = following
    state.links[node, PREVIOUS] = BUCKET_0 - bucket
    if following >= 0:
        state.links[following, PREVIOUS] = node
    state.buckets[bucket] = node


@inlined
def cancel(state: State, node: int) -> None:
    """Take a node out of wherever it is."""
    previous = state.links[node, PREVIOUS]
    if previous == NOWHERE:
        return
    if previous == IN_HEAP:
        take_from_heap(state, state.links[node, NEXT])
    elif previous != IN_BATCH:
        following = state.links[node, NEXT]
        if previous >= 0:
            state.links[previous, NEXT] = following
        else:
            state.buckets[BUCKET_0 - previous] = following
        if following >= 0:
            state.links[following, PREVIOUS] = previous
    state.links[node, PREVIOUS] = NOWHERE


@inlined
def push(state: State, node: int, at: float) -> None:
    """Put a node into the heap."""
    place = state.counts[N_HEAP]
    state.counts[N_HEAP] = place + 1
    state.links[node, PREVIOUS] = IN_HEAP
    rise(state, place, node, at)


@inlined
def rise(state: State, place: int, node: int, at: float) -> None:
    """Move a node from a free place of the heap towards the top, to where it belongs."""
    while place > 0:
        above = (place - 1) >> 1
        if state.heap_due[above] <= at:
            break
        put(state, place, state.heap[above], state.heap_due[above])
        place = above
    put(state, place, node, at)


@inlined
def put(state: State, place: int, node: int, at: float) -> None:
    state.heap[place] = node
    state.heap_due[place] = at
    state.links[node, NEXT] = place


@compiled
def sink(state: State, place: int, node: int, at: float) -> None:
    """Move a node from a free place of the heap away from the top, to where it belongs."""
    size = state.counts[N_HEAP]
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and state.heap_due[below + 1] < state.heap_due[below]:
            below += 1
        if state.heap_due[below] >= at:
            break
        put(state, place, state.heap[below], state.heap_due[below])
        place = below
    put(state, place, node, at)


@inlined
def take_from_heap(state: State, place: int) -> None:
    """Fill a place of the heap with its last node."""
    last = state.counts[N_HEAP] - 1
    state.counts[N_HEAP] = last
    if place == last:
        return
    node, at = state.heap[last], state.heap_due[last]
    if place > 0 and at < state.heap_due[(place - 1) >> 1]:
        rise(state, place, node, at)
    else:
        sink(state, place, node, at)


@inlined
def next_instant(state: State) -> float:
    """Return when the next node is due, -1 if none is."""
    while state.counts[N_HEAP] == 0:
        bucket = state.counts[BUCKET] + 1
        while bucket < state.buckets.size and state.buckets[bucket] < 0:
            bucket += 1
        if bucket >= state.buckets.size:
            return -1.0
        state.counts[BUCKET] = bucket
        node = state.buckets[bucket]
        while node >= 0:
            following = state.links[node, NEXT]
            push(state, node, state.due[node])
            node = following
    return state.heap_due[0]


@inlined
def take_due(rules: Rules, state: State, at: float) -> int:
    """Move what is due now from the calendar to the batch, in the order of a round."""
    n = 0
    while state.counts[N_HEAP] > 0 and state.heap_due[0] == at:
        node = state.heap[0]
        take_from_heap(state, 0)
        state.links[node, PREVIOUS] = IN_BATCH
        state.batch[n] = node
        n += 1
    if n > 1:
        order_batch(rules, state, n)
    return n


CLASS_SHIFT, PLACE_SHIFT = 60, 32
NODE_MASK = 2**PLACE_SHIFT - 1
CAPACITY, ENDS, PATIENCES, ARRIVALS, STARTS = range(5)  # classes


@compiled
def order_batch(rules: Rules, state: State, n: int) -> None:
    """Sort what is due by (class, team or step, participant)."""
    for i in range(n):
        state.batch[i] = batch_key(rules, state, state.batch[i])
    if n < 20:
        for i in range(1, n):
            key, j = state.batch[i], i
            while j > 0 and state.batch[j - 1] > key:
                state.batch[j] = state.batch[j - 1]
                j -= 1
            state.batch[j] = key
    else:
        state.batch[:n].sort()
    for i in range(n):
        state.batch[i] &= NODE_MASK


@compiled
def batch_key(rules: Rules, state: State, node: int) -> int:
    """Return a number that sorts as the events of a round are ordered."""
    if node < state.counts[N_PEOPLE]:
        situation = state.people[node, STATE]
        if situation == INSIDE:
            rank, place = ENDS, int(rules.stations[state.people[node, AT], STEP])
        elif situation == IN_LIST:
            rank, place = PATIENCES, int(rules.stations[state.people[node, AT], STEP])
        else:
            # Delayed exits come after all who join a step.
            target = int(state.people[node, TARGET])
            rank, place = ARRIVALS, target if target >= 0 else len(rules.steps)
    else:
        kind, thing = timer(rules, state, node)
        rank, place = CAPACITY, 0
        if kind == POST:
            place = int(rules.posts[thing, POST_TEAM])
        elif kind == TEAM_END or kind == TEAM_TIME:
            place = thing
        elif kind == MEETING_TIME or kind == WAKING:
            rank, place = STARTS, thing if kind == MEETING_TIME else 0
    return (rank << CLASS_SHIFT) | (place << PLACE_SHIFT) | node


# Nodes after the participants: posts, then teams twice, stations twice, the year, and, where a
# group has a cut-off, once more each participant.
POST, TEAM_TIME, TEAM_END, DOOR, MEETING_TIME, NEW_YEAR, WAKING = range(7)


@compiled
def timer(rules: Rules, state: State, node: int) -> tuple[int, int]:
    """Return what a node beyond the participants stands for: its kind, and which of them."""
    rest = node - state.counts[N_PEOPLE]
    for kind, n in (
        (POST, len(rules.posts)),
        (TEAM_TIME, len(rules.teams)),
        (TEAM_END, len(rules.teams)),
        (DOOR, len(rules.stations)),
        (MEETING_TIME, len(rules.stations)),
        (NEW_YEAR, 1),
    ):
        if rest < n:
            return kind, rest
        rest -= n
    return WAKING, rest


@compiled
def timer_node(rules: Rules, state: State, kind: int, thing: int) -> int:
    """Return the node of a post, team, station, year or sleeper."""
    node = state.counts[N_PEOPLE] + thing
    for before, n in (
        (POST, len(rules.posts)),
        (TEAM_TIME, len(rules.teams)),
        (TEAM_END, len(rules.teams)),
        (DOOR, len(rules.stations)),
        (MEETING_TIME, len(rules.stations)),
        (NEW_YEAR, 1),
    ):
        if before < kind:
            node += n
    return node


# Waiting lists --------------------------------------------------------------------------------


@inlined
def earlier(state: State, p: int, q: int) -> bool:
    """Whether p comes before q among those of one rank."""
    if state.figures[p, JOINED_AT] != state.figures[q, JOINED_AT]:
        return state.figures[p, JOINED_AT] < state.figures[q, JOINED_AT]
    if state.figures[p, REFERRED_AT] != state.figures[q, REFERRED_AT]:
        return state.figures[p, REFERRED_AT] < state.figures[q, REFERRED_AT]
    return p < q


@inlined
def better(state: State, p: int, q: int) -> bool:
    """Whether p starts before q."""
    if state.people[p, RANK] != state.people[q, RANK]:
        return state.people[p, RANK] < state.people[q, RANK]
    return earlier(state, p, q)


@inlined
def enqueue(state: State, lane: int, p: int) -> None:
    """Put a participant into its place on a lane: nearly always the last."""
    before = state.lanes[lane, TAIL]
    if before >= 0 and not earlier(state, before, p):
        before = search(state, lane, p)
    after = state.people[before, AFTER] if before >= 0 else state.lanes[lane, HEAD]
    state.people[p, LANE] = lane
    state.people[p, BEFORE] = before
    state.people[p, AFTER] = after
    if before >= 0:
        state.people[before, AFTER] = p
    else:
        state.lanes[lane, HEAD] = p
    if after >= 0:
        state.people[after, BEFORE] = p
    else:
        state.lanes[lane, TAIL] = p
    state.lanes[lane, LATEST] = p


@compiled
def search(state: State, lane: int, p: int) -> int:
    """Return after whom p belongs, -1 for the head.

    From where somebody was put in last: several who join at one instant come in few ascending
    runs, and each run is walked through once.
    """
    before = state.lanes[lane, LATEST]
    while before >= 0 and not earlier(state, before, p):
        before = state.people[before, BEFORE]
    if before < 0:
        return -1
    after = state.people[before, AFTER]
    while after >= 0 and earlier(state, after, p):
        before, after = after, state.people[after, AFTER]
    return before


@inlined
def dequeue(state: State, p: int) -> None:
    """Take a participant out of its waiting list."""
    lane = state.people[p, LANE]
    before, after = state.people[p, BEFORE], state.people[p, AFTER]
    if before >= 0:
        state.people[before, AFTER] = after
    else:
        state.lanes[lane, HEAD] = after
    if after >= 0:
        state.people[after, BEFORE] = before
    else:
        state.lanes[lane, TAIL] = before
    if state.lanes[lane, LATEST] == p:
        state.lanes[lane, LATEST] = before if before >= 0 else after
    state.stations[state.people[p, AT], N_WAITING] -= 1


@inlined
def head(rules: Rules, state: State, queue: int) -> int:
    """Return the first of a queue, -1 if it is empty."""
    for lane in range(rules.queues[queue, FIRST_LANE], rules.queues[queue, LANES_END]):
        if state.lanes[lane, HEAD] >= 0:
            return state.lanes[lane, HEAD]
    return -1


@inlined
def queue_of(rules: Rules, station: int, holds: int) -> int:
    """Return the queue of a station for those who hold a station's places (-1: none)."""
    queue = rules.stations[station, QUEUES]
    while rules.queues[queue, QUEUE_HOLDS] != holds:
        queue += 1
    return queue


# Places ---------------------------------------------------------------------------------------


@inlined
def flag(rules: Rules, state: State, station: int) -> None:
    """Remember that somebody may be able to start at a station now, if anybody waits there."""
    if state.stations[station, FLAGGED] or state.stations[station, N_WAITING] == 0:
        return
    kind = rules.stations[station, KIND]
    if kind == SINGLE:
        state.candidates[state.counts[N_CANDIDATES]] = station
        state.counts[N_CANDIDATES] += 1
    elif kind == GROUPS:
        state.counts[N_GROUPS_FLAGGED] += 1
    else:
        return
    state.stations[station, FLAGGED] = 1


@inlined
def free(rules: Rules, state: State, team: int, n: int) -> None:
    """Give places of a team back, and see who may start."""
    state.teams[team, FREE] += n
    if state.teams[team, FREE] > 0:
        for i in range(rules.teams[team, STATIONS], rules.teams[team, STATIONS_END]):
            flag(rules, state, rules.team_stations[i])


@inlined
def free_later(state: State, team: int) -> None:
    """Give a place of a team back in the next round."""
    state.teams[team, FREE_NEXT] += 1
    state.counts[N_FREED] += 1


@compiled
def free_what_was_given_up(rules: Rules, state: State) -> None:
    """Give back the places that starts and intake stops of the last round gave up."""
    state.counts[N_FREED] = 0
    for team in range(len(rules.teams)):
        n = state.teams[team, FREE_NEXT]
        if n > 0:
            state.teams[team, FREE_NEXT] = 0
            free(rules, state, team, n)


@inlined
def give_up_all(rules: Rules, state: State, p: int, later: bool) -> int:
    """Give up all places a participant holds; return how many."""
    station = state.people[p, HOLDS]
    if station < 0:
        return 0
    state.people[p, HOLDS] = -1
    for i in range(rules.stations[station, TEAMS], rules.stations[station, TEAMS_END]):
        if later:
            free_later(state, rules.station_teams[i])
        else:
            free(rules, state, rules.station_teams[i], 1)
    return rules.stations[station, TEAMS_END] - rules.stations[station, TEAMS]


@inlined
def release(rules: Rules, state: State, log: Columns, now: float, p: int, later: bool) -> None:
    """Give up the places that somebody on a list has kept, if any."""
    station = state.people[p, HOLDS]
    if station >= 0:
        n = give_up_all(rules, state, p, later)
        write(state, log, now, p, rules.stations[station, STEP], RELEASED, -1, n)


@inlined
def has_team(rules: Rules, station: int, team: int) -> bool:
    """Whether a station (-1: none) needs a team."""
    if station >= 0:
        for i in range(rules.stations[station, TEAMS], rules.stations[station, TEAMS_END]):
            if rules.station_teams[i] == team:
                return True
    return False


@inlined
def lacks_nothing(rules: Rules, state: State, station: int, holds: int) -> bool:
    """Whether the places are free that one lacks at a station."""
    for i in range(rules.stations[station, TEAMS], rules.stations[station, TEAMS_END]):
        team = rules.station_teams[i]
        if state.teams[team, FREE] <= 0 and not has_team(rules, holds, team):
            return False
    return True


@compiled
def team_ended(rules: Rules, state: State, station: int) -> int:
    """Return the first of a station's teams that has ended, -1 if none has."""
    for i in range(rules.stations[station, TEAMS], rules.stations[station, TEAMS_END]):
        if state.teams[rules.station_teams[i], ENDED]:
            return rules.station_teams[i]
    return -1


# Moving on ------------------------------------------------------------------------------------

STAYS = -(2**31)  # no step and no exit: the participant has got somewhere


@inlined
def station_of(rules: Rules, state: State, p: int, step: int) -> int:
    """Return where a participant waits for a step: the station of its own values."""
    index = 0
    for i in range(rules.steps[step, PER], rules.steps[step, PER_END]):
        group = rules.per[i]
        index = index * rules.group_sizes[group] + state.values[p, group]
    return rules.steps[step, STATION] + index


@inlined
def rank_of(rules: Rules, state: State, p: int, step: int) -> int:
    """Return the position of the first priority that a participant matches."""
    first, last = rules.steps[step, PRIORITY], rules.steps[step, PRIORITY_END]
    for i in range(first, last):
        if state.values[p, rules.priority[i, 0]] == rules.priority[i, 1]:
            return i - first
    return last - first


@inlined
def count_visit(state: State, p: int, column: int) -> int:
    """Return how often a participant has been there before, and count this time."""
    if column < 0:
        return 0
    visit = state.visits[p, column]
    state.visits[p, column] = visit + 1
    return visit


@inlined
def move(rules: Rules, state: State, log: Columns, now: float, p: int, to: int) -> None:
    """Let a participant join a step (to >= 0) or leave by an exit (-1 - to), and what follows."""
    hops = 0
    while to >= 0:
        to = join(rules, state, log, now, p, to)
        hops += 1
        if hops > len(rules.stations):  # from one ended team to the next, in a circle
            state.counts[LOST] = p
            return
    if to != STAYS:
        leave(rules, state, log, now, p, -1 - to)


@inlined
def join(rules: Rules, state: State, log: Columns, now: float, p: int, step: int) -> int:
    """Let a participant join a waiting list; return where it goes instead, or STAYS."""
    station = station_of(rules, state, p, step)
    state.people[p, AT] = station
    state.people[p, VISIT] = count_visit(state, p, rules.steps[step, STEP_VISITS])
    state.figures[p, JOINED_AT] = now
    write(state, log, now, p, step, JOINED, -1, 0)
    ended = team_ended(rules, state, station)
    if ended >= 0:
        release(rules, state, log, now, p, False)
        write(state, log, now, p, step, TEAM_ENDED, -1, 0)
        return rules.teams[ended, ENDS_TO]
    draw_luck(rules, state, p, step)
    if rules.steps[step, SINCE_REFERRAL] and state.people[p, HOLDS] < 0 and (
        expiry(rules, state, p, step) < now
    ):
        write(state, log, now, p, step, WITHDREW, -1, 0)
        return -1 - rules.steps[step, PATIENCE_EXIT]
    wait(rules, state, p, station)
    if state.people[p, JOINED_IN] != state.counts[ROUND]:
        state.people[p, JOINED_IN] = state.counts[ROUND]
        state.joined[state.counts[N_JOINED]] = p
        state.counts[N_JOINED] += 1
    flag(rules, state, station)
    return STAYS


@inlined
def draw_luck(rules: Rules, state: State, p: int, step: int) -> None:
    """Draw a visit's first block: stay, patience, route, first interruption."""
    visit = state.people[p, VISIT]
    stay, patience, route, cut = block(rules, state, p, rules.step_hash[step], visit, 0)
    state.figures[p, STAY_U] = stay
    state.figures[p, PATIENCE_U] = patience
    state.figures[p, ROUTE_U] = route
    state.figures[p, INTERRUPTION_U] = cut


@inlined
def expiry(rules: Rules, state: State, p: int, step: int) -> float:
    """Return when the patience of somebody who has joined a list runs out."""
    since = JOINED_AT if not rules.steps[step, SINCE_REFERRAL] else REFERRED_AT
    patience = sample(rules, rules.steps[step, PATIENCE], state.figures[p, PATIENCE_U])
    return state.figures[p, since] + patience


@inlined
def wait(rules: Rules, state: State, p: int, station: int) -> None:
    """Put a participant on the list of a station."""
    rank = rank_of(rules, state, p, rules.stations[station, STEP])
    queue = queue_of(rules, station, state.people[p, HOLDS])
    state.people[p, RANK] = rank
    state.people[p, STATE] = IN_LIST
    enqueue(state, rules.queues[queue, FIRST_LANE] + rank, p)
    state.stations[station, N_WAITING] += 1
    if rules.stations[station, KIND] == GROUPS and rules.station_times[station, CUT_OFF] > 0.0:
        sleep(rules, state, p, station)


@compiled
def sleep(rules: Rules, state: State, p: int, station: int) -> None:
    """Look again whether a group can form when somebody has waited long enough for it."""
    node = timer_node(rules, state, WAKING, p)
    cancel(state, node)
    at = state.figures[p, JOINED_AT] + rules.station_times[station, CUT_OFF]
    if at >= 0.0:
        schedule(rules, state, node, at)


@inlined
def leave(rules: Rules, state: State, log: Columns, now: float, p: int, way: int) -> None:
    """Let a participant exit, and draw whether the exit holds and whether it comes back."""
    step = rules.stations[state.people[p, AT], STEP]
    write(state, log, now, p, step, EXITED, way, 0)
    state.people[p, STATE] = GONE
    held, back = rules.exit_figures[way, SUSTAINED_SHARE], rules.exit_figures[way, RETURN_SHARE]
    if held <= 0.0 and back <= 0.0:
        return
    visit = count_visit(state, p, rules.exits[way, EXIT_VISITS])
    holding, returning, luck, _ = block(rules, state, p, rules.exit_hash[way], visit, 0)
    delay = np.inf
    if returning < back:
        delay = sample(rules, rules.exits[way, RETURN_DELAY], luck)
    if holding < held and not delay < rules.exit_figures[way, HOLD_TIME]:
        write(state, log, now, p, step, SUSTAINED, way, 0)
    if returning < back:
        state.people[p, STATE] = RETURNING
        state.people[p, TARGET] = rules.exits[way, RETURNS_TO]
        schedule(rules, state, p, now + delay)


# What happens to a participant ----------------------------------------------------------------


@inlined
def happen(rules: Rules, state: State, log: Columns, now: float, p: int) -> None:
    """Do what is due for a participant, and all that it brings about at once."""
    situation = state.people[p, STATE]
    if situation == INSIDE:
        if state.people[p, CUT_BY] >= 0:
            to = interrupt(rules, state, log, now, p)
        else:
            to = finish(rules, state, log, now, p)
    elif situation == IN_LIST:
        to = withdraw(rules, state, log, now, p)
    else:
        to = arrive(state, log, now, p)
    if to != STAYS:
        move(rules, state, log, now, p, to)


@inlined
def arrive(state: State, log: Columns, now: float, p: int) -> int:
    """A referral, a return, or the end of a delay."""
    to = state.people[p, TARGET]
    if state.people[p, STATE] == REFERRING:
        state.figures[p, REFERRED_AT] = now
        write(state, log, now, p, to, REFERRED, -1, 0)
    elif state.people[p, STATE] == RETURNING:
        state.people[p, EPISODE] += 1
        write(state, log, now, p, to, RETURNED, -1, 0)
    return to


@inlined
def withdraw(rules: Rules, state: State, log: Columns, now: float, p: int) -> int:
    """Patience has run out."""
    station = state.people[p, AT]
    step = rules.stations[station, STEP]
    dequeue(state, p)
    if rules.stations[station, KIND] == GROUPS:
        flag(rules, state, station)  # one who would have taken places is gone
    write(state, log, now, p, step, WITHDREW, -1, 0)
    return -1 - rules.steps[step, PATIENCE_EXIT]


@inlined
def interrupt(rules: Rules, state: State, log: Columns, now: float, p: int) -> int:
    """A stay is cut short."""
    give_up_all(rules, state, p, False)
    write(state, log, now, p, rules.stations[state.people[p, AT], STEP], INTERRUPTED, -1, 0)
    return -1 - state.people[p, CUT_BY]


@inlined
def finish(rules: Rules, state: State, log: Columns, now: float, p: int) -> int:
    """A stay is over: choose the route, and keep or give up the place."""
    step = rules.stations[state.people[p, AT], STEP]
    write(state, log, now, p, step, FINISHED, -1, 0)
    route = choose_route(rules, state, p, step)
    to = rules.routes[route, 0]
    if to < 0 or not rules.steps[step, KEEPS_PLACE]:
        give_up_all(rules, state, p, False)
    if rules.routes[route, 1] < 0:
        return to
    delay = sample(rules, rules.routes[route, 1], step_luck(rules, state, p, 1, 0))
    state.people[p, STATE] = UNDER_WAY
    state.people[p, TARGET] = to
    schedule(rules, state, p, now + delay)
    return STAYS


@inlined
def choose_route(rules: Rules, state: State, p: int, step: int) -> int:
    """Return the route after a step: of the first conditions that hold, or the usual ones."""
    route, last = rules.steps[step, ROUTES], rules.steps[step, ROUTES_END] - 1
    for i in range(rules.steps[step, ROUTES_FOR], rules.steps[step, ROUTES_FOR_END]):
        if state.values[p, rules.routes_for[i, 0]] == rules.routes_for[i, 1]:
            route, last = rules.routes_for[i, 2], rules.routes_for[i, 3] - 1
            break
    u = state.figures[p, ROUTE_U]
    while route < last and not u < rules.cumulative[route]:
        route += 1
    return route


# Starts ---------------------------------------------------------------------------------------


@inlined
def start(rules: Rules, state: State, log: Columns, now: float, p: int) -> None:
    """Let somebody on a list start: take the places it lacks, give up those it does not need."""
    station, kept = state.people[p, AT], state.people[p, HOLDS]
    dequeue(state, p)
    cancel(state, p)
    write(state, log, now, p, rules.stations[station, STEP], STARTED, -1, 0)
    for i in range(rules.stations[station, TEAMS], rules.stations[station, TEAMS_END]):
        team = rules.station_teams[i]
        if not has_team(rules, kept, team):
            state.teams[team, FREE] -= 1
    if kept >= 0:
        give_up_the_rest(rules, state, log, now, p, station)
    stay_inside(rules, state, p, station, now, now + draw_stay(rules, state, p, station))


@compiled
def give_up_the_rest(
    rules: Rules, state: State, log: Columns, now: float, p: int, station: int
) -> None:
    """Give up the kept places that a station does not need."""
    kept, n = state.people[p, HOLDS], 0
    for i in range(rules.stations[kept, TEAMS], rules.stations[kept, TEAMS_END]):
        team = rules.station_teams[i]
        if not has_team(rules, station, team):
            free_later(state, team)
            n += 1
    if n > 0:
        write(state, log, now, p, rules.stations[kept, STEP], RELEASED, -1, n)


@inlined
def draw_stay(rules: Rules, state: State, p: int, station: int) -> float:
    """Return a length of stay, with the participant's factors."""
    step = rules.stations[station, STEP]
    stay = sample(rules, rules.steps[step, STAY], state.figures[p, STAY_U])
    return with_factors(rules, state, p, step, stay)


@inlined
def with_factors(rules: Rules, state: State, p: int, step: int, stay: float) -> float:
    for i in range(rules.steps[step, FACTORS], rules.steps[step, FACTORS_END]):
        if state.values[p, rules.factors[i, 0]] == rules.factors[i, 1]:
            stay *= rules.factor[i]
    return stay


@inlined
def stay_inside(
    rules: Rules, state: State, p: int, station: int, since: float, end: float
) -> None:
    """Hold the station's places until the stay ends or is interrupted.

    Parameters
    ----------
    since : when the interruption clocks start
    end : the end of the stay, before pauses
    """
    needs_team = rules.stations[station, TEAMS] < rules.stations[station, TEAMS_END]
    state.people[p, STATE] = INSIDE
    state.people[p, HOLDS] = station if needs_team else -1
    state.people[p, CUT_BY] = -1
    pauses = rules.stations[station, PAUSES] < rules.stations[station, PAUSES_END]
    if pauses:
        end = after_pauses(rules, state, station, since, end)
    step = rules.stations[station, STEP]
    first, last = rules.steps[step, INTERRUPTIONS], rules.steps[step, INTERRUPTIONS_END]
    for i in range(first, last):
        cut = since + draw_interruption(rules, state, p, i, i - first)
        if pauses:
            cut = after_pauses(rules, state, station, since, cut)
        if cut < end:
            end = cut
            state.people[p, CUT_BY] = rules.interruptions[i, 1]
    schedule(rules, state, p, end)


@inlined
def draw_interruption(rules: Rules, state: State, p: int, i: int, number: int) -> float:
    """Return how long after the start an interruption strikes; `number` counts from 0."""
    if number == 0:
        u = state.figures[p, INTERRUPTION_U]
    elif number == 1:
        u = step_luck(rules, state, p, 1, 3)
    else:
        u = step_luck(rules, state, p, 2 + (number - 2) // 4, (number - 2) % 4)
    return sample(rules, rules.interruptions[i, 0], u)


@compiled
def after_pauses(rules: Rules, state: State, station: int, since: float, at: float) -> float:
    """Move an instant past the pauses that begin before it; `since` never lies in a pause."""
    last = rules.stations[station, PAUSES_END]
    pause = state.stations[station, NEXT_PAUSE]
    while pause < last and rules.intervals[pause, 1] <= since:
        pause += 1
    state.stations[station, NEXT_PAUSE] = pause
    while pause < last and rules.intervals[pause, 0] < at:
        at += rules.intervals[pause, 1] - rules.intervals[pause, 0]
        pause += 1
    return at


@inlined
def start_singles(rules: Rules, state: State, log: Columns, now: float) -> None:
    """One participant at a time: the best of all whose lacking places are free.

    During a round places only get fewer here, so a station where nobody can start is done with.
    """
    while state.counts[N_CANDIDATES] > 0:
        best, i = -1, 0
        while i < state.counts[N_CANDIDATES]:
            station = state.candidates[i]
            found = first_able(rules, state, station)
            if found < 0:
                last = state.counts[N_CANDIDATES] - 1
                state.counts[N_CANDIDATES] = last
                state.candidates[i] = state.candidates[last]
                state.stations[station, FLAGGED] = 0
                continue
            if best < 0 or better(state, found, best):
                best = found
            i += 1
        if best >= 0:
            start(rules, state, log, now, best)


@inlined
def first_able(rules: Rules, state: State, station: int) -> int:
    """Return the first on a station's list whose lacking places are free, -1 if there is none."""
    best = -1
    if state.stations[station, IS_CLOSED]:
        return best
    for queue in range(rules.stations[station, QUEUES], rules.stations[station, QUEUES_END]):
        p = head(rules, state, queue)
        if p >= 0 and lacks_nothing(rules, state, station, rules.queues[queue, QUEUE_HOLDS]):
            if best < 0 or better(state, p, best):
                best = p
    return best


# Meetings and groups --------------------------------------------------------------------------


@compiled
def meet(rules: Rules, state: State, log: Columns, now: float, station: int) -> None:
    """Hold a meeting, unless it is dropped, and plan the next."""
    state.stations[station, N_MEETING] += 1
    number = state.stations[station, N_MEETING]
    following = rules.station_times[station, FIRST] + number * rules.station_times[station, EVERY]
    schedule(rules, state, timer_node(rules, state, MEETING_TIME, station), following)
    if not state.stations[station, IS_CLOSED] and all_alive(rules, state, station, now):
        start_group(rules, state, log, now, station)


@compiled
def all_alive(rules: Rules, state: State, station: int, now: float) -> bool:
    """Whether all teams of a station have begun and none has ended."""
    for i in range(rules.stations[station, TEAMS], rules.stations[station, TEAMS_END]):
        team = rules.station_teams[i]
        if state.teams[team, ENDED] or now < rules.team_times[team, FROM_AT]:
            return False
    return True


@compiled
def start_groups(rules: Rules, state: State, log: Columns, now: float) -> None:
    """Form groups, step by step, group after group."""
    for station in range(len(rules.stations)):
        if rules.stations[station, KIND] == GROUPS and state.stations[station, FLAGGED]:
            state.stations[station, FLAGGED] = 0
            if not state.stations[station, IS_CLOSED]:
                while start_group(rules, state, log, now, station) > 0:
                    pass
    state.counts[N_GROUPS_FLAGGED] = 0


@compiled
def start_group(rules: Rules, state: State, log: Columns, now: float, station: int) -> int:
    """Start those at the head of a list who can start together; return how many.

    A meeting is logged even if nobody starts, a group only if somebody does.
    """
    n = gather(rules, state, now, station)
    if n == 0 and rules.stations[station, KIND] == GROUPS:
        return 0
    first = rules.stations[station, TEAMS]
    team = rules.station_teams[first] if first < rules.stations[station, TEAMS_END] else -1
    note(state, log, now, rules.stations[station, STEP], MEETING, team, n)
    for i in range(n):
        start(rules, state, log, now, state.chosen[i])
    state.stations[station, N_THIS_YEAR] += n
    return n


@compiled
def gather(rules: Rules, state: State, now: float, station: int) -> int:
    """Walk down a list and choose who starts together; return how many, 0 if too few."""
    least, most = rules.stations[station, MIN], left_to_start(rules, state, now, station)
    if most < least or state.stations[station, N_WAITING] < least:
        return 0
    first, last = rules.stations[station, QUEUES], rules.stations[station, QUEUES_END]
    for queue in range(first, last):
        lane = rules.queues[queue, FIRST_LANE]
        candidate = first_in_time(rules, state, now, station, queue, lane)
        state.cursors[queue] = candidate
    n = 0
    while n < most:
        queue = best_queue(rules, state, station)
        if queue < 0:
            break
        p = state.cursors[queue]
        state.chosen[n] = p
        n += 1
        take(rules, state, station, rules.queues[queue, QUEUE_HOLDS], 1)
        following = state.people[p, AFTER]
        if following < 0 or too_late(rules, state, now, station, following):
            lane = state.people[p, LANE] + 1
            following = first_in_time(rules, state, now, station, queue, lane)
        state.cursors[queue] = following
    for i in range(n):
        take(rules, state, station, state.people[state.chosen[i], HOLDS], -1)
    return n if n >= least else 0


@compiled
def left_to_start(rules: Rules, state: State, now: float, station: int) -> int:
    """Return how many may start at an intake: `max` and what is left of `max_per_year`."""
    year = state.counts[YEAR]
    while rules.year_starts[year + 1] <= now:
        year += 1
    state.counts[YEAR] = year
    if state.stations[station, COUNTED_YEAR] != year:
        state.stations[station, COUNTED_YEAR] = year
        state.stations[station, N_THIS_YEAR] = 0
    left = rules.stations[station, MAX_PER_YEAR] - state.stations[station, N_THIS_YEAR]
    return min(rules.stations[station, MAX], left)


@compiled
def too_late(rules: Rules, state: State, now: float, station: int, p: int) -> bool:
    """Whether somebody has joined too late for an intake held now."""
    return state.figures[p, JOINED_AT] + rules.station_times[station, CUT_OFF] > now


@compiled
def first_in_time(
    rules: Rules, state: State, now: float, station: int, queue: int, lane: int
) -> int:
    """Return the first, from a lane on, who joined in time for an intake, -1 if nobody has.

    Nobody further down a lane has joined before its first one.
    """
    for at in range(lane, rules.queues[queue, LANES_END]):
        p = state.lanes[at, HEAD]
        if p >= 0 and not too_late(rules, state, now, station, p):
            return p
    return -1


@compiled
def best_queue(rules: Rules, state: State, station: int) -> int:
    """Return the queue whose next one comes first of all who find the places they lack.

    Places get fewer during the walk: a queue whose next one does not find them is done with.
    """
    best = -1
    for queue in range(rules.stations[station, QUEUES], rules.stations[station, QUEUES_END]):
        p = state.cursors[queue]
        if p < 0:
            continue
        if not lacks_nothing(rules, state, station, rules.queues[queue, QUEUE_HOLDS]):
            state.cursors[queue] = -1
        elif best < 0 or better(state, p, state.cursors[best]):
            best = queue
    return best


@compiled
def take(rules: Rules, state: State, station: int, holds: int, n: int) -> None:
    """Take n places of each team that those who hold a station's places lack."""
    for i in range(rules.stations[station, TEAMS], rules.stations[station, TEAMS_END]):
        team = rules.station_teams[i]
        if not has_team(rules, holds, team):
            state.teams[team, FREE] -= n


# Those who have joined in this round ----------------------------------------------------------


@inlined
def settle(rules: Rules, state: State, log: Columns, now: float) -> None:
    """After the starts: turn away those whom a list has no room for; patience of the others.

    Patience is drawn here, not at joining, because most who start at once need none: the draw is
    the same, and whatever it brings about falls in a later round either way.
    """
    n = state.counts[N_JOINED]
    state.counts[N_JOINED] = 0
    for i in range(n):
        p = state.joined[i]
        if state.people[p, STATE] == IN_LIST:
            step = rules.stations[state.people[p, AT], STEP]
            if rules.steps[step, MAX_WAITING] >= 0:
                if state.stations[state.people[p, AT], N_WAITING] > rules.steps[step, MAX_WAITING]:
                    turn_away_too_many(rules, state, log, now, n)
                if state.people[p, STATE] != IN_LIST:
                    continue
            if rules.steps[step, PATIENCE] >= 0 and state.people[p, HOLDS] < 0:
                schedule(rules, state, p, expiry(rules, state, p, step))


@compiled
def turn_away_too_many(rules: Rules, state: State, log: Columns, now: float, n: int) -> None:
    """Stop the intake of every list that is too long: the last of this round's joiners go."""
    found = 0
    for i in range(n):
        p = state.joined[i]
        if state.people[p, STATE] == IN_LIST:
            state.leaving[found] = (np.int64(state.people[p, AT]) << PLACE_SHIFT) | (NODE_MASK - p)
            found += 1
    state.leaving[:found].sort()
    for i in range(found):
        p = NODE_MASK - (state.leaving[i] & NODE_MASK)
        station = state.people[p, AT]
        step = rules.stations[station, STEP]
        if state.people[p, STATE] == IN_LIST and (
            0 <= rules.steps[step, MAX_WAITING] < state.stations[station, N_WAITING]
        ):
            cancel(state, p)
            dequeue(state, p)
            if rules.stations[station, KIND] == GROUPS:
                flag(rules, state, station)
            release(rules, state, log, now, p, True)
            write(state, log, now, p, step, TURNED_AWAY, -1, 0)
            leave(rules, state, log, now, p, rules.turned_away)


# Teams and posts ------------------------------------------------------------------------------


@compiled
def change_capacity(rules: Rules, state: State, log: Columns, now: float, node: int) -> None:
    """Do what is due for a post, a team, a station or the year."""
    kind, thing = timer(rules, state, node)
    if kind == POST:
        change_post(rules, state, log, now, thing, node)
    elif kind == TEAM_TIME:
        mark_changed(state, thing)
        plan_next_change(rules, state, thing)
    elif kind == TEAM_END:
        end_team(rules, state, log, now, thing)
    elif kind == DOOR:
        open_or_close(rules, state, now, thing, node)
    elif kind == MEETING_TIME:
        if state.counts[N_CHANGED] > 0:
            count_places(rules, state, log, now)
        meet(rules, state, log, now, thing)
    elif kind == NEW_YEAR:
        begin_year(rules, state, now, node)
    elif state.people[thing, STATE] == IN_LIST:  # WAKING
        flag(rules, state, state.people[thing, AT])


@compiled
def mark_changed(state: State, team: int) -> None:
    """Remember to count a team's places when all changes of this round are made."""
    state.teams[team, CHANGED] = 1
    state.counts[N_CHANGED] += 1


@compiled
def change_post(rules: Rules, state: State, log: Columns, now: float, post: int, node: int) -> None:
    """Somebody comes to a post or leaves it."""
    mark_changed(state, rules.posts[post, POST_TEAM])
    until = rules.post_figures[post, POST_UNTIL]
    if not state.posts[post, FILLED]:
        state.posts[post, FILLED] = 1
        note(state, log, now, -1, FILLED_POST, post, 0)
        schedule(rules, state, node, min(now + time_in_post(rules, state, post), until))
        return
    state.posts[post, FILLED] = 0
    state.posts[post, SPELL] += 1
    note(state, log, now, -1, LEFT_POST, post, 0)
    if now < until:
        back = now + sample(rules, rules.posts[post, VACANCY], state.post_luck[post])
        if back < until:
            schedule(rules, state, node, back)


@compiled
def time_in_post(rules: Rules, state: State, post: int) -> float:
    """Draw how long a person stays, and the luck of the vacancy that follows."""
    mean = rules.post_figures[post, MEAN_IN_POST]
    if mean == np.inf:
        return mean
    leaving, vacancy, _, _ = uniforms(
        state.key[0],
        state.key[1],
        rules.post_hash[post],
        np.uint64(rules.posts[post, PERSON]),
        rules.turnover_hash[0],
        np.uint64(64 * state.posts[post, SPELL]),
    )
    state.post_luck[post] = vacancy
    return quantile(EXPONENTIAL, mean, 0.0, 0.0, rules.no_table, leaving)


@compiled
def plan_next_change(rules: Rules, state: State, team: int) -> None:
    """Look at a team's places again when they may change."""
    at = state.teams[team, NEXT_TIME]
    if at < rules.teams[team, TIMES_END]:
        state.teams[team, NEXT_TIME] = at + 1
        schedule(rules, state, timer_node(rules, state, TEAM_TIME, team), rules.times[at])


@compiled
def open_or_close(rules: Rules, state: State, now: float, station: int, node: int) -> None:
    """A closure of a station begins or ends."""
    closure = state.stations[station, NEXT_CLOSURE]
    if now < rules.intervals[closure, 1]:
        state.stations[station, IS_CLOSED] = 1
        schedule(rules, state, node, rules.intervals[closure, 1])
        return
    state.stations[station, IS_CLOSED] = 0
    state.stations[station, NEXT_CLOSURE] = closure + 1
    if closure + 1 < rules.stations[station, CLOSED_END]:
        schedule(rules, state, node, rules.intervals[closure + 1, 0])
    flag(rules, state, station)


@compiled
def begin_year(rules: Rules, state: State, now: float, node: int) -> None:
    """Groups whose yearly number was used up may form again."""
    for station in range(len(rules.stations)):
        if rules.stations[station, KIND] == GROUPS:
            flag(rules, state, station)
    for following in rules.year_starts:
        if following > now:
            schedule(rules, state, node, following)
            break


@compiled
def end_team(rules: Rules, state: State, log: Columns, now: float, team: int) -> None:
    """A team ceases to exist: who waits for or is inside its steps goes where it says."""
    state.teams[team, ENDED] = 1
    mark_changed(state, team)
    n = 0
    for p in range(state.counts[N_PEOPLE]):
        situation = state.people[p, STATE]
        if (situation == IN_LIST or situation == INSIDE) and (
            has_team(rules, state.people[p, AT], team)
        ):
            step = np.int64(rules.stations[state.people[p, AT], STEP])
            state.leaving[n] = (step << PLACE_SHIFT) | p
            n += 1
    state.leaving[:n].sort()
    for i in range(n):
        p = state.leaving[i] & NODE_MASK
        cancel(state, p)
        if state.people[p, STATE] == IN_LIST:
            dequeue(state, p)
            release(rules, state, log, now, p, False)
        else:
            give_up_all(rules, state, p, False)
        step = rules.stations[state.people[p, AT], STEP]
        write(state, log, now, p, step, TEAM_ENDED, -1, 0)
        move(rules, state, log, now, p, rules.teams[team, ENDS_TO])


@compiled
def count_places(rules: Rules, state: State, log: Columns, now: float) -> None:
    """When all changes of a round are made: one row for each team whose places have changed."""
    state.counts[N_CHANGED] = 0
    at_first = state.counts[ROUND] == 1
    for team in range(len(rules.teams)):
        if state.teams[team, CHANGED]:
            state.teams[team, CHANGED] = 0
            places = places_of(rules, state, now, team)
            change = places - state.teams[team, IN_FORCE]
            if change != 0 or at_first:
                note(state, log, now, -1, PLACES, team, places)
                state.teams[team, IN_FORCE] = places
                free(rules, state, team, change)


@compiled
def places_of(rules: Rules, state: State, now: float, team: int) -> int:
    """Return a team's places now: those dated, or the whole ones that its staff in post give."""
    if state.teams[team, ENDED]:
        return 0
    if rules.teams[team, FROM_CASELOADS]:
        total = 0.0
        for i in range(rules.teams[team, POSTS], rules.teams[team, POSTS_END]):
            post = rules.team_posts[i]
            if state.posts[post, FILLED]:
                total += rules.post_figures[post, POST_PLACES]
        return int(np.floor(total + 1e-6))
    places = 0
    for i in range(rules.teams[team, CHANGES], rules.teams[team, CHANGES_END]):
        if rules.changes[i, 0] <= now:
            places = int(rules.changes[i, 1])
    return places


# The beginning --------------------------------------------------------------------------------


@compiled
def set_up(rules: Rules, state: State, first: Longs, arrivals: Floats) -> None:
    """Make the state of a new run, and plan all that is known to come.

    Parameters
    ----------
    first : number of the first participant of each source, shape (n_sources + 1,)
    arrivals : when each participant is referred, shape (n_people,)
    """
    state.counts[:] = 0
    state.counts[N_PEOPLE] = first[-1]
    state.counts[ROUND] = 1
    state.counts[LOST] = -1
    state.buckets[:] = -1
    n_nodes = timer_node(rules, state, WAKING, first[-1] if rules.sleepers else 0)
    state.links[first[-1] : n_nodes, PREVIOUS] = NOWHERE
    state.visits[: first[-1]] = 0
    state.lanes[:] = -1
    state.stations[:] = 0
    state.teams[:] = 0
    state.posts[:] = 0
    for source in range(len(rules.sources)):
        enter(rules, state, first, arrivals, source)
    plan_teams(rules, state)
    plan_stations(rules, state)


@compiled
def enter(rules: Rules, state: State, first: Longs, arrivals: Floats, source: int) -> None:
    """Give every participant of a source its row, its values and its arrival."""
    comes = rules.sources[source, SOURCE_KIND] < WAITING
    for p in range(first[source], first[source + 1]):
        state.people[p, SOURCE] = source
        state.people[p, ORDINAL] = p - first[source]
        state.people[p, EPISODE] = 1
        state.people[p, STATE] = REFERRING
        state.people[p, HOLDS] = -1
        state.people[p, JOINED_IN] = 0
        state.people[p, TARGET] = rules.sources[source, SOURCE_TO]
        state.links[p, PREVIOUS] = NOWHERE
        if comes:
            schedule(rules, state, p, arrivals[p])
    for group in range(len(rules.group_hash)):
        draw_values(rules, state, first, source, group)
    state.values[first[source] : first[source + 1], len(rules.group_hash)] = source


@compiled
def draw_values(rules: Rules, state: State, first: Longs, source: int, group: int) -> None:
    """Give every participant of a source its value of a group: listed, or drawn from the mix."""
    low, last = rules.mixes[source, group, 0], rules.mixes[source, group, 1] - 1
    given, sure = rules.sources[source, GIVEN], rules.mixes[source, group, 2]
    for p in range(first[source], first[source + 1]):
        value = sure
        if given >= 0 and rules.given[given + p - first[source], group] >= 0:
            value = rules.given[given + p - first[source], group]
        if value < 0:
            u = block(rules, state, p, rules.group_hash[group], 0, 0)[0]
            at = low
            while at < last and not u < rules.mix[at]:
                at += 1
            value = at - low
        state.values[p, group] = value


@compiled
def plan_teams(rules: Rules, state: State) -> None:
    """Plan when posts are filled, places change and teams end."""
    for post in range(len(rules.posts)):
        from_at, until = rules.post_figures[post, POST_FROM], rules.post_figures[post, POST_UNTIL]
        if from_at < until:
            schedule(rules, state, timer_node(rules, state, POST, post), from_at)
    for team in range(len(rules.teams)):
        mark_changed(state, team)
        state.teams[team, NEXT_TIME] = rules.teams[team, TIMES]
        plan_next_change(rules, state, team)
        node = timer_node(rules, state, TEAM_END, team)
        schedule(rules, state, node, max(rules.team_times[team, UNTIL_AT], 0.0))


@compiled
def plan_stations(rules: Rules, state: State) -> None:
    """Plan closures, meetings and, where a group waits for it, the next calendar year."""
    for station in range(len(rules.stations)):
        state.stations[station, NEXT_PAUSE] = rules.stations[station, PAUSES]
        closure = rules.stations[station, CLOSED]
        state.stations[station, NEXT_CLOSURE] = closure
        if closure < rules.stations[station, CLOSED_END]:
            node = timer_node(rules, state, DOOR, station)
            schedule(rules, state, node, rules.intervals[closure, 0])
        if rules.stations[station, KIND] == MEETINGS:
            plan_first_meeting(rules, state, station)
    if rules.yearly_groups:
        schedule(rules, state, timer_node(rules, state, NEW_YEAR, 0), rules.year_starts[1])


@compiled
def plan_first_meeting(rules: Rules, state: State, station: int) -> None:
    """Plan the first meeting that does not lie before the run."""
    first, every = rules.station_times[station, FIRST], rules.station_times[station, EVERY]
    number = max(int(-first / every) - 1, 0)
    while first + number * every < 0.0:
        number += 1
    state.stations[station, N_MEETING] = number
    node = timer_node(rules, state, MEETING_TIME, station)
    schedule(rules, state, node, first + number * every)


@compiled
def place_initial(rules: Rules, state: State, log: Columns, first: Longs, source: int) -> None:
    """Put those on lists and in service who are there at the start of the run."""
    step = rules.sources[source, SOURCE_TO]
    for p in range(first[source], first[source + 1]):
        state.people[p, AT] = station_of(rules, state, p, step)
        state.people[p, VISIT] = count_visit(state, p, rules.steps[step, STEP_VISITS])
        draw_luck(rules, state, p, step)
        if rules.sources[source, SOURCE_KIND] == WAITING:
            joined = -draw_waited(rules, state, p, source)
            state.figures[p, JOINED_AT] = joined
            state.figures[p, REFERRED_AT] = joined
            write(state, log, joined, p, step, WAS_WAITING, -1, 0)
        else:
            place_in_service(rules, state, log, p, step)
    if rules.sources[source, SOURCE_KIND] == WAITING:
        place_waiting(rules, state, first[source], first[source + 1], step)


@compiled
def draw_waited(rules: Rules, state: State, p: int, source: int) -> float:
    variate = rules.sources[source, WAITED]
    return sample(rules, variate, step_luck(rules, state, p, 1, 1)) if variate >= 0 else 0.0


@compiled
def place_waiting(rules: Rules, state: State, first: int, last: int, step: int) -> None:
    """Put initial participants on their lists, those first who have waited longest."""
    for p in first + np.argsort(state.figures[first:last, JOINED_AT].copy(), kind="mergesort"):
        station = state.people[p, AT]
        wait(rules, state, p, station)
        flag(rules, state, station)
        if rules.steps[step, PATIENCE] >= 0:
            patience = sample(rules, rules.steps[step, PATIENCE], state.figures[p, PATIENCE_U])
            since = state.figures[p, REFERRED_AT] if rules.steps[step, SINCE_REFERRAL] else 0.0
            schedule(rules, state, p, max(since + patience, 0.0))


@compiled
def place_in_service(rules: Rules, state: State, log: Columns, p: int, step: int) -> None:
    """Put somebody into a step with a residual life of the stay."""
    variate, station = rules.steps[step, STAY], state.people[p, AT]
    length = length_biased_quantile(
        rules.variates[variate, VARIATE_KIND],
        rules.parameters[variate, 0],
        rules.parameters[variate, 1],
        rules.parameters[variate, 2],
        table_of(rules, variate),
        state.figures[p, STAY_U],
    )
    length = with_factors(rules, state, p, step, length)
    end = length * step_luck(rules, state, p, 1, 2)
    begun = end - length
    state.figures[p, JOINED_AT] = begun
    state.figures[p, REFERRED_AT] = begun
    write(state, log, begun, p, step, WAS_IN_SERVICE, -1, 0)
    for i in range(rules.stations[station, TEAMS], rules.stations[station, TEAMS_END]):
        state.teams[rules.station_teams[i], FREE] -= 1
    stay_inside(rules, state, p, station, 0.0, end)


# The loop -------------------------------------------------------------------------------------

DONE, ENDLESS_INSTANT, ENDLESS_WAY = range(3)  # how a run ends
MOST_ROUNDS = 10_000


@inlined
def hold_round(rules: Rules, state: State, log: Columns, now: float, n: int) -> None:
    """Hold one round: the n nodes of the batch, then starts, then intake stops."""
    if state.counts[N_FREED] > 0:
        free_what_was_given_up(rules, state)
    for i in range(n):
        node = state.batch[i]
        if state.links[node, PREVIOUS] != IN_BATCH:
            continue  # something earlier in this round has taken it away
        state.links[node, PREVIOUS] = NOWHERE
        if node >= state.counts[N_PEOPLE]:
            change_capacity(rules, state, log, now, node)
        else:
            if state.counts[N_CHANGED] > 0:
                count_places(rules, state, log, now)
            happen(rules, state, log, now, node)
    if state.counts[N_CHANGED] > 0:
        count_places(rules, state, log, now)
    if state.counts[N_GROUPS_FLAGGED] > 0:
        start_groups(rules, state, log, now)
    start_singles(rules, state, log, now)
    if state.counts[N_JOINED] > 0:
        settle(rules, state, log, now)


@inlined
def hold_instant(rules: Rules, state: State, log: Columns, now: float) -> int:
    """Hold rounds until nothing more is due at this instant; return how the run goes on."""
    rounds = 0
    while True:
        n = take_due(rules, state, now)
        if n == 0 and state.counts[N_FREED] == 0 and state.counts[ROUND] > 1:
            return DONE
        rounds += 1
        if rounds > MOST_ROUNDS:
            state.counts[N_JOINED] = n
            return ENDLESS_INSTANT
        hold_round(rules, state, log, now, n)
        if state.counts[LOST] >= 0:
            return ENDLESS_WAY
        state.counts[ROUND] += 1


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator, unused-ignore]
def run(rules: Rules, state: State, log: Columns, first: Longs, arrivals: Floats) -> int:
    """Run one replication; the log and the values of the participants are filled in place.

    Parameters
    ----------
    rules : the plan
    state, log : room for at least first[-1] participants; modified in place
    first, arrivals : see `set_up`

    Returns
    -------
    how the run has ended: DONE, ENDLESS_INSTANT or ENDLESS_WAY
    """
    set_up(rules, state, first, arrivals)
    for source in range(len(rules.sources)):
        if rules.sources[source, SOURCE_KIND] >= WAITING:
            place_initial(rules, state, log, first, source)
    now = 0.0
    while now >= 0.0:
        ended = hold_instant(rules, state, log, now)
        if ended != DONE:
            return ended
        now = next_instant(state)
    return DONE


# The public side ------------------------------------------------------------------------------


def simulate(plan: Plan, *, seed: int, replication: int) -> EventLog:
    """Run one replication of a plan.

    The log owns its columns; `simulate_in_place` spares the copy.

    Parameters
    ----------
    plan : what to simulate
    seed, replication : key of the draws

    Raises
    ------
    SimulationError
        If an instant never ends.
    """
    return simulate_in_place(plan, seed=seed, replication=replication, copy=True)


def simulate_in_place(
    plan: Plan, *, seed: int, replication: int, copy: bool = False
) -> EventLog:
    """Run one replication; without `copy` the log is lost at the next call in this thread."""
    # At the top this would be a circle: the arrays are made in terms of the columns above.
    from flowsim.engine.arrays import Workspace, pack

    packed = pack(plan)
    first, arrivals = _draw_arrivals(plan, seed, replication)
    if not hasattr(_here, "workspace"):
        _here.workspace = Workspace()
    while True:
        state, log = _here.workspace.room_for(packed, int(first[-1]), seed, replication)
        ended = run(packed.rules, state, log, first, arrivals)
        if ended != DONE:
            raise SimulationError(_complaint(plan, state, ended))
        n_rows, n_people = int(state.counts[N_ROWS]), int(first[-1])
        if n_rows <= log.time.size:
            break
        packed.expect_rows(n_rows)  # and once more, with room for all
    columns = {name: getattr(log, name)[:n_rows] for name in COLUMNS}
    values = state.values[:n_people]
    if copy:
        columns = {name: column.copy() for name, column in columns.items()}
        values = values.copy()
    return EventLog(
        plan, seed, replication, **columns, first_participant=first, values=values
    )


_here = threading.local()


def _draw_arrivals(plan: Plan, seed: int, replication: int) -> tuple[Longs, Floats]:
    """Return the first participant of each source, and when each participant is referred."""
    key0, key1 = np.uint64(seed), np.uint64(replication)
    pieces = []
    for source in plan.sources:
        if source.kind == POISSON:
            pieces.append(
                arrival_times(
                    key0,
                    key1,
                    np.uint64(source.hash),
                    _arrival_hash(),
                    source.starts,
                    source.rates,
                    source.end,
                    source.at_most,
                )
            )
        elif source.kind in (WAITING, IN_SERVICE):
            pieces.append(np.zeros(source.count))
        else:
            pieces.append(source.starts)
    first = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(piece) for piece in pieces], out=first[1:])
    return first, np.concatenate([*pieces, np.empty(0)])


@lru_cache(maxsize=1)
def _arrival_hash() -> np.uint64:
    return np.uint64(name_hash("arrival", ""))


def _complaint(plan: Plan, state: State, ended: int) -> str:
    """Say which steps an endless instant goes round in."""
    if ended == ENDLESS_WAY:
        stations = {int(state.people[state.counts[LOST], AT])}
        what = "teams that end send participants round in a circle"
    else:
        n_people = state.counts[N_PEOPLE]
        nodes = [p for p in state.batch[: state.counts[N_JOINED]] if p < n_people]
        stations = {int(state.people[p, AT]) for p in nodes}
        what = f"more than {MOST_ROUNDS} rounds at one instant"
    steps = dict.fromkeys(plan.steps[plan.stations[s].step].name for s in sorted(stations))
    return f"{what}; steps: {', '.join(steps)}"
