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

import operator
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import carray, config, njit, types
from numba.core.datamodel import models
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_getattr,
    infer_global,
)
from numba.core.typing.templates import signature as typing_signature
from numba.core.imputils import lower_builtin, lower_getattr_generic, lower_setattr_generic
from numba.extending import intrinsic, overload, register_model
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
    arrival_times,
    exponential_quantile,
    length_biased_quantile,
    name_hash,
    quantile,
    uniforms,
)
from flowsim.engine.plan import POISSON, WAITING, Plan
from flowsim.errors import SimulationError

if TYPE_CHECKING:
    from flowsim.engine.arrays import Workspace

Integers = NDArray[np.int32]
Longs = NDArray[np.int64]
Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function into those that call it."""
    return cast(Function, _without_literals(njit(**_OPTIONS)(function)))


def inlined(function: Function) -> Function:
    """Compile a function into its callers' own code: for what happens at every event."""
    return cast(Function, _without_literals(njit(**_OPTIONS, forceinline=True)(function)))


_OPTIONS = {
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,  # never called from Python
    "no_cfunc_wrapper": True,
}


def _without_literals(dispatcher: Any) -> Any:
    """Compile a function once for all numbers: numba does so anew for each that a call spells out."""
    if not config.DISABLE_JIT:
        resolve = dispatcher.get_call_template
        dispatcher.get_call_template = lambda args, kws: resolve(
            tuple(types.unliteral(kind) for kind in args), kws
        )
    return dispatcher


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
VARIATE_KIND, TABLE, TABLE_LENGTH, N_VARIATE = range(4)
NO_LIMIT = 2**31 - 1


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
NEXT, PREVIOUS = range(2)  # links of a node; in the heap, NEXT is the position
NOWHERE, IN_HEAP, IN_BATCH = -1, -2, -3  # values of PREVIOUS; from BUCKET_0 down: first of a bucket
BUCKET_0 = -4


# Memory ---------------------------------------------------------------------------------------
#
# All functions below are handed one thing, a world, and read and write `world.people[p, STATE]`.
# Uncompiled, a world is an object with NumPy arrays. Compiled, it is an address: that of 64-bit
# slots, one for each of FIELDS, which hold numbers or the addresses of the arrays. NumPy arrays as
# numba knows them would be counted references, at every access, and 56 bytes of arguments each, at
# every call: twenty times the run time and ten times the compilation.


class Table(types.Type):  # type: ignore[misc, unused-ignore]
    """The type of an array of a world: kind of its numbers as NumPy names it, numbers in a row."""

    def __init__(self, kind: str, width: int = 1) -> None:
        self.kind, self.width = kind, width
        self.item = {"f8": types.float64, "u8": types.uint64}.get(kind, types.int64)
        super().__init__(name=f"Table({kind}, {width})")


FIELDS: dict[str, Any] = {
    # The plan, made by `flowsim.engine.arrays.pack`; never changed
    "end": "f8",  # [day]
    "turned_away": "i8",  # the exit
    "yearly_groups": "i8",  # whether a group waits for a new calendar year
    "sleepers": "i8",  # whether a group has a cut-off
    "n_steps": "i8",
    "n_stations": "i8",
    "n_teams": "i8",
    "n_posts": "i8",
    "n_sources": "i8",
    "n_groups": "i8",  # the source included
    "n_lanes": "i8",
    "n_visited": "i8",  # columns of `visits`
    "steps": Table("i4", N_STEP),
    "step_hash": Table("u8"),
    "per": Table("i4"),  # groups by which a step's stations are split
    "factors": Table("i4", 2),  # group, value
    "factor": Table("f8"),
    "priority": Table("i4", 2),  # group, value
    "routes": Table("i4", 2),  # target, delay (a variate)
    "cumulative": Table("f8"),  # of the routes
    "routes_for": Table("i4", 4),  # group, value, range of routes
    "interruptions": Table("i4", 2),  # variate, exit
    "stations": Table("i4", N_STATION),
    "station_times": Table("f8", N_STATION_TIME),
    "station_teams": Table("i4"),
    "intervals": Table("f8", 2),  # closures and pauses [from, until)
    "queues": Table("i4", N_QUEUE),
    "teams": Table("i4", N_TEAM),
    "team_times": Table("f8", N_TEAM_TIME),
    "team_stations": Table("i4"),
    "team_posts": Table("i4"),
    "changes": Table("f8", 2),  # instant, places
    "times": Table("f8"),
    "posts": Table("i4", N_POST),
    "post_hash": Table("u8"),
    "post_figures": Table("f8", N_POST_FIGURE),
    "turnover_hash": "u8",
    "exits": Table("i4", N_EXIT),
    "exit_hash": Table("u8"),
    "exit_figures": Table("f8", N_SHARE),
    "sources": Table("i4", N_SOURCE),
    "source_hash": Table("u8"),
    "given": Table("i4"),  # of those in lists, a value of each group but the source; -1: drawn
    "group_hash": Table("u8"),
    "group_sizes": Table("i4"),
    "mixes": Table("i4", 3),  # range of `mix`, the value that all have or -1; by source and group
    "mix": Table("f8"),  # cumulative shares
    "variates": Table("i4", N_VARIATE),
    "parameters": Table("f8", 3),
    "tables": Table("f8"),  # of the variates, each (2, n)
    "year_starts": Table("f8"),  # an infinite one after the last
    # The replication
    "key0": "u8",  # seed
    "key1": "u8",  # replication
    "n_people": "i8",
    "first": Table("i8"),  # number of the first participant of each source, and n_people
    "arrivals": Table("f8"),  # when each participant is referred
    # What changes during a run
    "n_rows": "i8",
    "bucket": "i8",  # the current one
    "n_heap": "i8",
    "n_candidates": "i8",
    "n_groups_flagged": "i8",
    "n_joined": "i8",
    "n_freed": "i8",
    "n_changed": "i8",
    "year": "i8",
    "round": "i8",
    "lost": "i8",  # a participant whom the ends of teams send round in a circle, -1: none
    "n_buckets": "i8",
    "buckets_per_day": "f8",
    "buckets": Table("i4"),  # the first node of each
    "due": Table("f8"),  # by node
    "links": Table("i4", 2),  # by node
    "heap_due": Table("f8"),
    "heap": Table("i4"),
    "batch": Table("i8"),  # the nodes due in this round
    "leaving": Table("i8"),  # participants to sort and to send away
    "people": Table("i4", N_PERSON),
    "figures": Table("f8", N_FIGURE),
    "values": Table("i4"),  # of each group, by participant
    "visits": Table("i4"),  # by participant
    "joined": Table("i4"),  # who joined a list in this round
    "chosen": Table("i4"),  # who starts at an intake
    "lanes": Table("i4", N_LANE_STATE),
    "cursors": Table("i4"),  # by queue
    "station_state": Table("i4", N_STATION_STATE),
    "candidates": Table("i4"),  # stations where somebody may be able to start
    "team_state": Table("i4", N_TEAM_STATE),
    "post_state": Table("i4", N_POST_STATE),
    "post_luck": Table("f8"),  # uniforms of the vacancies
    # The log; rows beyond n_rows_room are counted and not written
    "n_rows_room": "i8",
    **{f"log_{name}": Table(np.dtype(kind).str[1:]) for name, kind in COLUMNS.items()},
}


class World:
    """A world, uncompiled: each of FIELDS as a number or an array."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...


class WorldType(types.Type):  # type: ignore[misc, unused-ignore]
    """What numba knows a world as."""

    def __init__(self) -> None:
        super().__init__(name="World")


register_model(Table)(models.OpaqueModel)
register_model(WorldType)(models.OpaqueModel)
WORLD_TYPE = WorldType()
SLOTS = {name: position for position, name in enumerate(FIELDS)}
LLVM_TYPES = {
    "f8": ir.DoubleType(),
    "u8": ir.IntType(64),
    "i8": ir.IntType(64),
    "i4": ir.IntType(32),
    "i1": ir.IntType(8),
}


def open_world(world: Any) -> World:
    """Return the world of an array of slots; uncompiled, it is a world already."""
    return cast(World, world)


@overload(open_world, strict=False)  # type: ignore[untyped-decorator, unused-ignore]
def _compiled_open_world(world: Any) -> Any:
    return lambda world: _address_of(world)


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def _address_of(typing_context: Any, slots: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.bitcast(array.data, context.get_value_type(WORLD_TYPE))

    return WORLD_TYPE(slots), generate


def part(table: Any, begin: int, n: int) -> Floats:
    """Return 2 n numbers of a table as an array (2, n)."""
    return cast(Floats, table[begin : begin + 2 * n].reshape(2, n))


@overload(part, strict=False)  # type: ignore[untyped-decorator, unused-ignore]
def _compiled_part(table: Any, begin: Any, n: Any) -> Any:
    return lambda table, begin, n: carray(_pointer_to(table, begin), (2, n))


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def _pointer_to(typing_context: Any, table: Any, begin: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _pointer(builder, "f8", arguments[0], arguments[1])

    return types.CPointer(types.float64)(table, types.int64), generate


def _pointer(builder: Any, kind: str, address: Any, position: Any) -> Any:
    """Return the pointer to a number at a position of an array."""
    return builder.gep(builder.bitcast(address, LLVM_TYPES[kind].as_pointer()), [position])


def _mark(builder: Any, access: Any, name: str) -> None:
    """Tell LLVM that a field or an array overlaps with none of another name."""
    module = builder.module
    root = module.add_metadata([ir.MetaDataString(module, "flowsim world")])
    offset = ir.Constant(ir.IntType(64), 0)
    kind = module.add_metadata([ir.MetaDataString(module, name), root, offset])
    access.set_metadata("tbaa", module.add_metadata([kind, kind, offset]))


@infer_getattr
class _WorldFields(AttributeTemplate):  # type: ignore[misc, unused-ignore]
    key = WorldType

    def generic_resolve(self, world: Any, name: str) -> Any:
        field = FIELDS[name]
        if isinstance(field, Table):
            return field
        return types.float64 if field == "f8" else types.uint64 if field == "u8" else types.int64


def _slot(builder: Any, world: Any, name: str) -> Any:
    field = FIELDS[name]
    kind = "u8" if isinstance(field, Table) else field
    return _pointer(builder, kind, world, ir.Constant(ir.IntType(64), SLOTS[name]))


@lower_getattr_generic(WorldType)  # type: ignore[untyped-decorator, unused-ignore]
def _read_field(context: Any, builder: Any, world_type: Any, world: Any, name: str) -> Any:
    value = builder.load(_slot(builder, world, name))
    if isinstance(FIELDS[name], Table):
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
        return builder.inttoptr(value, context.get_value_type(FIELDS[name]))
    _mark(builder, value, name)
    return value


@lower_setattr_generic(WorldType)  # type: ignore[untyped-decorator, unused-ignore]
def _write_field(context: Any, builder: Any, signature: Any, arguments: Any, name: str) -> None:
    world, value = arguments
    _mark(builder, builder.store(value, _slot(builder, world, name)), name)


@infer_global(operator.getitem)
class _TableItems(AbstractTemplate):  # type: ignore[misc, unused-ignore]
    def generic(self, arguments: Any, keywords: Any) -> Any:
        table, _ = arguments
        if isinstance(table, Table):
            return typing_signature(table.item, table, _index_type(table))
        return None


@infer_global(operator.setitem)
class _TableStores(AbstractTemplate):  # type: ignore[misc, unused-ignore]
    def generic(self, arguments: Any, keywords: Any) -> Any:
        table, _, _ = arguments
        if isinstance(table, Table):
            return typing_signature(types.none, table, _index_type(table), table.item)
        return None


def _index_type(table: Table) -> Any:
    return types.intp if table.width == 1 else types.UniTuple(types.intp, 2)


def _item_pointer(builder: Any, table: Table, address: Any, index: Any) -> Any:
    if table.width > 1:
        row, column = (builder.extract_value(index, i) for i in range(2))
        width = ir.Constant(ir.IntType(64), table.width)
        index = builder.add(builder.mul(row, width, flags=["nsw"]), column, flags=["nsw"])
    return _pointer(builder, table.kind, address, index)


def _read_item(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    table = signature.args[0]
    value = builder.load(_item_pointer(builder, table, *arguments))
    _mark(builder, value, str(table))
    return builder.sext(value, ir.IntType(64)) if table.kind in ("i4", "i1") else value


def _write_item(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    table = signature.args[0]
    address, index, value = arguments
    if table.kind in ("i4", "i1"):
        value = builder.trunc(value, LLVM_TYPES[table.kind])
    store = builder.store(value, _item_pointer(builder, table, address, index))
    _mark(builder, store, str(table))
    return context.get_dummy_value()


for _index in (types.Integer, types.UniTuple):
    lower_builtin(operator.getitem, Table, _index)(_read_item)
    lower_builtin(operator.setitem, Table, _index, types.Any)(_write_item)


# Writing rows ---------------------------------------------------------------------------------


@inlined
def write(w: World, at: float, p: int, step: int, event: int, name: int, number: int) -> None:
    """Append a row about a participant."""
    write_row(
        w,
        at,
        w.people[p, SOURCE],
        w.people[p, ORDINAL],
        w.people[p, EPISODE],
        step,
        event,
        name,
        number,
    )


@compiled
def note(w: World, at: float, step: int, event: int, name: int, number: int) -> None:
    """Append a row about a team, a post or a meeting."""
    write_row(w, at, -1, -1, 0, step, event, name, number)


@inlined
def write_row(
    w: World,
    at: float,
    source: int,
    participant: int,
    episode: int,
    step: int,
    event: int,
    name: int,
    number: int,
) -> None:
    row = w.n_rows
    w.n_rows = row + 1
    if row < w.n_rows_room:
        w.log_time[row] = at
        w.log_source[row] = source
        w.log_participant[row] = participant
        w.log_episode[row] = episode
        w.log_step[row] = step
        w.log_event[row] = event
        w.log_name[row] = name
        w.log_number[row] = number


# Draws ----------------------------------------------------------------------------------------


@inlined
def block(
    w: World, p: int, thing: np.uint64, visit: int, number: int
) -> tuple[float, float, float, float]:
    """Return the four uniforms of a block of a participant's draws for a step, exit or group."""
    return uniforms(
        w.key0,
        w.key1,
        w.source_hash[w.people[p, SOURCE]],
        np.uint64(w.people[p, ORDINAL]),
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
def step_luck(w: World, p: int, number: int, lane: int) -> float:
    """Return a uniform of a later block of the participant's present visit."""
    step = w.stations[w.people[p, AT], STEP]
    return pick(block(w, p, w.step_hash[step], w.people[p, VISIT], number), lane)


@inlined
def sample(w: World, variate: int, u: float) -> float:
    """Return the quantile of a variate of the plan."""
    return quantile(
        w.variates[variate, VARIATE_KIND],
        w.parameters[variate, 0],
        w.parameters[variate, 1],
        w.parameters[variate, 2],
        table_of(w, variate),
        u,
    )


@inlined
def table_of(w: World, variate: int) -> Floats:
    """Return the table (2, n) of a variate, n = 0 for those without one."""
    return part(w.tables, w.variates[variate, TABLE], w.variates[variate, TABLE_LENGTH])


# The calendar ---------------------------------------------------------------------------------
#
# The run is cut into equal buckets, each a linked list of its nodes; only those of the current
# bucket stand in a heap. So putting in and taking out cost the same for ten nodes and a million.


@inlined
def schedule(w: World, node: int, at: float) -> None:
    """Put a node that is nowhere into the calendar; what lies beyond the end never happens."""
    if not at < w.end:
        return
    w.due[node] = at
    bucket = min(int(at * w.buckets_per_day), w.n_buckets - 1)
    if bucket <= w.bucket:
        push(w, node, at)
        return
    following = w.buckets[bucket]
    w.links[node, NEXT] = following
    w.links[node, PREVIOUS] = BUCKET_0 - bucket
    if following >= 0:
        w.links[following, PREVIOUS] = node
    w.buckets[bucket] = node


@inlined
def cancel(w: World, node: int) -> None:
    """Take a node out of wherever it is."""
    previous = w.links[node, PREVIOUS]
    if previous == NOWHERE:
        return
    if previous == IN_HEAP:
        take_from_heap(w, w.links[node, NEXT])
    elif previous != IN_BATCH:
        following = w.links[node, NEXT]
        if previous >= 0:
            w.links[previous, NEXT] = following
        else:
            w.buckets[BUCKET_0 - previous] = following
        if following >= 0:
            w.links[following, PREVIOUS] = previous
    w.links[node, PREVIOUS] = NOWHERE


@inlined
def push(w: World, node: int, at: float) -> None:
    """Put a node into the heap."""
    place = w.n_heap
    w.n_heap = place + 1
    w.links[node, PREVIOUS] = IN_HEAP
    rise(w, place, node, at)


@inlined
def rise(w: World, place: int, node: int, at: float) -> None:
    """Move a node from a free place of the heap towards the top, to where it belongs."""
    while place > 0:
        above = (place - 1) >> 1
        if w.heap_due[above] <= at:
            break
        put(w, place, w.heap[above], w.heap_due[above])
        place = above
    put(w, place, node, at)


@inlined
def put(w: World, place: int, node: int, at: float) -> None:
    w.heap[place] = node
    w.heap_due[place] = at
    w.links[node, NEXT] = place


@compiled
def sink(w: World, place: int, node: int, at: float) -> None:
    """Move a node from a free place of the heap away from the top, to where it belongs."""
    size = w.n_heap
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and w.heap_due[below + 1] < w.heap_due[below]:
            below += 1
        if w.heap_due[below] >= at:
            break
        put(w, place, w.heap[below], w.heap_due[below])
        place = below
    put(w, place, node, at)


@inlined
def take_from_heap(w: World, place: int) -> None:
    """Fill a place of the heap with its last node."""
    last = w.n_heap - 1
    w.n_heap = last
    if place == last:
        return
    node, at = w.heap[last], w.heap_due[last]
    if place > 0 and at < w.heap_due[(place - 1) >> 1]:
        rise(w, place, node, at)
    else:
        sink(w, place, node, at)


@inlined
def next_instant(w: World) -> float:
    """Return when the next node is due, -1 if none is."""
    while w.n_heap == 0:
        bucket = w.bucket + 1
        while bucket < w.n_buckets and w.buckets[bucket] < 0:
            bucket += 1
        if bucket >= w.n_buckets:
            return -1.0
        w.bucket = bucket
        node = w.buckets[bucket]
        while node >= 0:
            following = w.links[node, NEXT]
            push(w, node, w.due[node])
            node = following
    return w.heap_due[0]


@inlined
def take_due(w: World, at: float) -> int:
    """Move what is due now from the calendar to the batch, in the order of a round."""
    n = 0
    while w.n_heap > 0 and w.heap_due[0] == at:
        node = w.heap[0]
        take_from_heap(w, 0)
        w.links[node, PREVIOUS] = IN_BATCH
        w.batch[n] = node
        n += 1
    if n > 1:
        order_batch(w, n)
    return n


CLASS_SHIFT, PLACE_SHIFT = 60, 32
NODE_MASK = 2**PLACE_SHIFT - 1
CAPACITY, ENDS, PATIENCES, ARRIVALS, STARTS = range(5)  # classes


@compiled
def order_batch(w: World, n: int) -> None:
    """Sort what is due by (class, team or step, participant)."""
    for i in range(n):
        w.batch[i] = batch_key(w, w.batch[i])
    sort(w.batch, n)
    for i in range(n):
        w.batch[i] &= NODE_MASK


@compiled
def batch_key(w: World, node: int) -> int:
    """Return a number that sorts as the events of a round are ordered."""
    if node < w.n_people:
        situation = w.people[node, STATE]
        if situation == INSIDE:
            rank, place = ENDS, int(w.stations[w.people[node, AT], STEP])
        elif situation == IN_LIST:
            rank, place = PATIENCES, int(w.stations[w.people[node, AT], STEP])
        else:
            # Delayed exits come after all who join a step.
            target = int(w.people[node, TARGET])
            rank, place = ARRIVALS, target if target >= 0 else w.n_steps
    else:
        kind, thing = timer(w, node)
        rank, place = CAPACITY, 0
        if kind == POST:
            place = int(w.posts[thing, POST_TEAM])
        elif kind == TEAM_END or kind == TEAM_TIME:
            place = thing
        elif kind == MEETING_TIME or kind == WAKING:
            rank, place = STARTS, thing if kind == MEETING_TIME else 0
    return (rank << CLASS_SHIFT) | (place << PLACE_SHIFT) | node


# Nodes after the participants: posts, then teams twice, stations twice, the year, and, where a
# group has a cut-off, once more each participant.
POST, TEAM_TIME, TEAM_END, DOOR, MEETING_TIME, NEW_YEAR, WAKING = range(7)


@compiled
def timer(w: World, node: int) -> tuple[int, int]:
    """Return what a node beyond the participants stands for: its kind, and which of them."""
    rest = node - w.n_people
    for kind, n in (
        (POST, w.n_posts),
        (TEAM_TIME, w.n_teams),
        (TEAM_END, w.n_teams),
        (DOOR, w.n_stations),
        (MEETING_TIME, w.n_stations),
        (NEW_YEAR, 1),
    ):
        if rest < n:
            return kind, rest
        rest -= n
    return WAKING, rest


@compiled
def timer_node(w: World, kind: int, thing: int) -> int:
    """Return the node of a post, team, station, year or sleeper."""
    node = w.n_people + thing
    for before, n in (
        (POST, w.n_posts),
        (TEAM_TIME, w.n_teams),
        (TEAM_END, w.n_teams),
        (DOOR, w.n_stations),
        (MEETING_TIME, w.n_stations),
        (NEW_YEAR, 1),
    ):
        if before < kind:
            node += n
    return node


@compiled
def sort(numbers: Any, n: int) -> None:
    """Sort the first n of whole numbers, by Shell's method.

    References
    ----------
    Gonnet, Baeza-Yates (1991), Handbook of algorithms and data structures: the steps.
    """
    gap = n
    while gap > 1:
        gap = max((5 * gap - 1) // 11, 1)
        for i in range(gap, n):
            number, place = numbers[i], i
            while place >= gap and numbers[place - gap] > number:
                numbers[place] = numbers[place - gap]
                place -= gap
            numbers[place] = number


# Waiting lists --------------------------------------------------------------------------------


@inlined
def earlier(w: World, p: int, q: int) -> bool:
    """Whether p comes before q among those of one rank."""
    if w.figures[p, JOINED_AT] != w.figures[q, JOINED_AT]:
        return w.figures[p, JOINED_AT] < w.figures[q, JOINED_AT]
    if w.figures[p, REFERRED_AT] != w.figures[q, REFERRED_AT]:
        return w.figures[p, REFERRED_AT] < w.figures[q, REFERRED_AT]
    return p < q


@inlined
def better(w: World, p: int, q: int) -> bool:
    """Whether p starts before q."""
    if w.people[p, RANK] != w.people[q, RANK]:
        return w.people[p, RANK] < w.people[q, RANK]
    return earlier(w, p, q)


@inlined
def enqueue(w: World, lane: int, p: int) -> None:
    """Put a participant into its place on a lane: nearly always the last."""
    before = w.lanes[lane, TAIL]
    if before >= 0 and not earlier(w, before, p):
        before = search(w, lane, p)
    after = w.people[before, AFTER] if before >= 0 else w.lanes[lane, HEAD]
    w.people[p, LANE] = lane
    w.people[p, BEFORE] = before
    w.people[p, AFTER] = after
    if before >= 0:
        w.people[before, AFTER] = p
    else:
        w.lanes[lane, HEAD] = p
    if after >= 0:
        w.people[after, BEFORE] = p
    else:
        w.lanes[lane, TAIL] = p
    w.lanes[lane, LATEST] = p


@compiled
def search(w: World, lane: int, p: int) -> int:
    """Return after whom p belongs, -1 for the head.

    From where somebody was put in last: several who join at one instant come in few ascending
    runs, and each run is walked through once.
    """
    before = w.lanes[lane, LATEST]
    while before >= 0 and not earlier(w, before, p):
        before = w.people[before, BEFORE]
    if before < 0:
        return -1
    after = w.people[before, AFTER]
    while after >= 0 and earlier(w, after, p):
        before, after = after, w.people[after, AFTER]
    return before


@inlined
def dequeue(w: World, p: int) -> None:
    """Take a participant out of its waiting list."""
    lane = w.people[p, LANE]
    before, after = w.people[p, BEFORE], w.people[p, AFTER]
    if before >= 0:
        w.people[before, AFTER] = after
    else:
        w.lanes[lane, HEAD] = after
    if after >= 0:
        w.people[after, BEFORE] = before
    else:
        w.lanes[lane, TAIL] = before
    if w.lanes[lane, LATEST] == p:
        w.lanes[lane, LATEST] = before if before >= 0 else after
    w.station_state[w.people[p, AT], N_WAITING] -= 1


@inlined
def head(w: World, queue: int) -> int:
    """Return the first of a queue, -1 if it is empty."""
    for lane in range(w.queues[queue, FIRST_LANE], w.queues[queue, LANES_END]):
        if w.lanes[lane, HEAD] >= 0:
            return w.lanes[lane, HEAD]
    return -1


@inlined
def queue_of(w: World, station: int, holds: int) -> int:
    """Return the queue of a station for those who hold a station's places (-1: none)."""
    queue = w.stations[station, QUEUES]
    while w.queues[queue, QUEUE_HOLDS] != holds:
        queue += 1
    return queue


# Places ---------------------------------------------------------------------------------------


@inlined
def flag(w: World, station: int) -> None:
    """Remember that somebody may be able to start at a station now, if anybody waits there."""
    if w.station_state[station, FLAGGED] or w.station_state[station, N_WAITING] == 0:
        return
    kind = w.stations[station, KIND]
    if kind == SINGLE:
        w.candidates[w.n_candidates] = station
        w.n_candidates += 1
    elif kind == GROUPS:
        w.n_groups_flagged += 1
    else:
        return
    w.station_state[station, FLAGGED] = 1


@inlined
def free(w: World, team: int, n: int) -> None:
    """Give places of a team back, and see who may start."""
    w.team_state[team, FREE] += n
    if w.team_state[team, FREE] > 0:
        for i in range(w.teams[team, STATIONS], w.teams[team, STATIONS_END]):
            flag(w, w.team_stations[i])


@inlined
def free_later(w: World, team: int) -> None:
    """Give a place of a team back in the next round."""
    w.team_state[team, FREE_NEXT] += 1
    w.n_freed += 1


@compiled
def free_what_was_given_up(w: World) -> None:
    """Give back the places that starts and intake stops of the last round gave up."""
    w.n_freed = 0
    for team in range(w.n_teams):
        n = w.team_state[team, FREE_NEXT]
        if n > 0:
            w.team_state[team, FREE_NEXT] = 0
            free(w, team, n)


@inlined
def give_up_all(w: World, p: int, later: bool) -> int:
    """Give up all places a participant holds; return how many."""
    station = w.people[p, HOLDS]
    if station < 0:
        return 0
    w.people[p, HOLDS] = -1
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        if later:
            free_later(w, w.station_teams[i])
        else:
            free(w, w.station_teams[i], 1)
    return w.stations[station, TEAMS_END] - w.stations[station, TEAMS]


@inlined
def release(w: World, now: float, p: int, later: bool) -> None:
    """Give up the places that somebody on a list has kept, if any."""
    station = w.people[p, HOLDS]
    if station >= 0:
        n = give_up_all(w, p, later)
        write(w, now, p, w.stations[station, STEP], RELEASED, -1, n)


@inlined
def has_team(w: World, station: int, team: int) -> bool:
    """Whether a station (-1: none) needs a team."""
    if station >= 0:
        for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
            if w.station_teams[i] == team:
                return True
    return False


@inlined
def lacks_nothing(w: World, station: int, holds: int) -> bool:
    """Whether the places are free that one lacks at a station."""
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        team = w.station_teams[i]
        if w.team_state[team, FREE] <= 0 and not has_team(w, holds, team):
            return False
    return True


@compiled
def team_ended(w: World, station: int) -> int:
    """Return the first of a station's teams that has ended, -1 if none has."""
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        if w.team_state[w.station_teams[i], ENDED]:
            return w.station_teams[i]
    return -1


# Moving on ------------------------------------------------------------------------------------

STAYS = -(2**31)  # no step and no exit: the participant has got somewhere


@inlined
def station_of(w: World, p: int, step: int) -> int:
    """Return where a participant waits for a step: the station of its own values."""
    index = 0
    for i in range(w.steps[step, PER], w.steps[step, PER_END]):
        group = w.per[i]
        index = index * w.group_sizes[group] + w.values[p * w.n_groups + group]
    return w.steps[step, STATION] + index


@inlined
def rank_of(w: World, p: int, step: int) -> int:
    """Return the position of the first priority that a participant matches."""
    first, last = w.steps[step, PRIORITY], w.steps[step, PRIORITY_END]
    for i in range(first, last):
        if w.values[p * w.n_groups + w.priority[i, 0]] == w.priority[i, 1]:
            return i - first
    return last - first


@inlined
def count_visit(w: World, p: int, column: int) -> int:
    """Return how often a participant has been there before, and count this time."""
    if column < 0:
        return 0
    visit = w.visits[p * w.n_visited + column]
    w.visits[p * w.n_visited + column] = visit + 1
    return visit


@inlined
def move(w: World, now: float, p: int, to: int) -> None:
    """Let a participant join a step (to >= 0) or leave by an exit (-1 - to), and what follows."""
    hops = 0
    while to >= 0:
        to = join(w, now, p, to)
        hops += 1
        if hops > w.n_stations:  # from one ended team to the next, in a circle
            w.lost = p
            return
    if to != STAYS:
        leave(w, now, p, -1 - to)


@inlined
def join(w: World, now: float, p: int, step: int) -> int:
    """Let a participant join a waiting list; return where it goes instead, or STAYS."""
    station = station_of(w, p, step)
    w.people[p, AT] = station
    w.people[p, VISIT] = count_visit(w, p, w.steps[step, STEP_VISITS])
    w.figures[p, JOINED_AT] = now
    write(w, now, p, step, JOINED, -1, 0)
    ended = team_ended(w, station)
    if ended >= 0:
        release(w, now, p, False)
        write(w, now, p, step, TEAM_ENDED, -1, 0)
        return w.teams[ended, ENDS_TO]
    draw_luck(w, p, step)
    if w.steps[step, SINCE_REFERRAL] and w.people[p, HOLDS] < 0 and (
        expiry(w, p, step) < now
    ):
        write(w, now, p, step, WITHDREW, -1, 0)
        return -1 - w.steps[step, PATIENCE_EXIT]
    wait(w, p, station)
    if w.people[p, JOINED_IN] != w.round:
        w.people[p, JOINED_IN] = w.round
        w.joined[w.n_joined] = p
        w.n_joined += 1
    flag(w, station)
    return STAYS


@inlined
def draw_luck(w: World, p: int, step: int) -> None:
    """Draw a visit's first block: stay, patience, route, first interruption."""
    visit = w.people[p, VISIT]
    stay, patience, route, cut = block(w, p, w.step_hash[step], visit, 0)
    w.figures[p, STAY_U] = stay
    w.figures[p, PATIENCE_U] = patience
    w.figures[p, ROUTE_U] = route
    w.figures[p, INTERRUPTION_U] = cut


@inlined
def expiry(w: World, p: int, step: int) -> float:
    """Return when the patience of somebody who has joined a list runs out."""
    since = JOINED_AT if not w.steps[step, SINCE_REFERRAL] else REFERRED_AT
    patience = sample(w, w.steps[step, PATIENCE], w.figures[p, PATIENCE_U])
    return w.figures[p, since] + patience


@inlined
def wait(w: World, p: int, station: int) -> None:
    """Put a participant on the list of a station."""
    rank = rank_of(w, p, w.stations[station, STEP])
    queue = queue_of(w, station, w.people[p, HOLDS])
    w.people[p, RANK] = rank
    w.people[p, STATE] = IN_LIST
    enqueue(w, w.queues[queue, FIRST_LANE] + rank, p)
    w.station_state[station, N_WAITING] += 1
    if w.stations[station, KIND] == GROUPS and w.station_times[station, CUT_OFF] > 0.0:
        sleep(w, p, station)


@compiled
def sleep(w: World, p: int, station: int) -> None:
    """Look again whether a group can form when somebody has waited long enough for it."""
    node = timer_node(w, WAKING, p)
    cancel(w, node)
    at = w.figures[p, JOINED_AT] + w.station_times[station, CUT_OFF]
    if at >= 0.0:
        schedule(w, node, at)


@inlined
def leave(w: World, now: float, p: int, way: int) -> None:
    """Let a participant exit, and draw whether the exit holds and whether it comes back."""
    step = w.stations[w.people[p, AT], STEP]
    write(w, now, p, step, EXITED, way, 0)
    w.people[p, STATE] = GONE
    held, back = w.exit_figures[way, SUSTAINED_SHARE], w.exit_figures[way, RETURN_SHARE]
    if held <= 0.0 and back <= 0.0:
        return
    visit = count_visit(w, p, w.exits[way, EXIT_VISITS])
    holding, returning, luck, _ = block(w, p, w.exit_hash[way], visit, 0)
    delay = np.inf
    if returning < back:
        delay = sample(w, w.exits[way, RETURN_DELAY], luck)
    if holding < held and not delay < w.exit_figures[way, HOLD_TIME]:
        write(w, now, p, step, SUSTAINED, way, 0)
    if returning < back:
        w.people[p, STATE] = RETURNING
        w.people[p, TARGET] = w.exits[way, RETURNS_TO]
        schedule(w, p, now + delay)


# What happens to a participant ----------------------------------------------------------------


@inlined
def happen(w: World, now: float, p: int) -> None:
    """Do what is due for a participant, and all that it brings about at once."""
    situation = w.people[p, STATE]
    if situation == INSIDE:
        if w.people[p, CUT_BY] >= 0:
            to = interrupt(w, now, p)
        else:
            to = finish(w, now, p)
    elif situation == IN_LIST:
        to = withdraw(w, now, p)
    else:
        to = arrive(w, now, p)
    if to != STAYS:
        move(w, now, p, to)


@inlined
def arrive(w: World, now: float, p: int) -> int:
    """A referral, a return, or the end of a delay."""
    to = w.people[p, TARGET]
    if w.people[p, STATE] == REFERRING:
        w.figures[p, REFERRED_AT] = now
        write(w, now, p, to, REFERRED, -1, 0)
    elif w.people[p, STATE] == RETURNING:
        w.people[p, EPISODE] += 1
        write(w, now, p, to, RETURNED, -1, 0)
    return to


@inlined
def withdraw(w: World, now: float, p: int) -> int:
    """Patience has run out."""
    station = w.people[p, AT]
    step = w.stations[station, STEP]
    dequeue(w, p)
    if w.stations[station, KIND] == GROUPS:
        flag(w, station)  # one who would have taken places is gone
    write(w, now, p, step, WITHDREW, -1, 0)
    return -1 - w.steps[step, PATIENCE_EXIT]


@inlined
def interrupt(w: World, now: float, p: int) -> int:
    """A stay is cut short."""
    give_up_all(w, p, False)
    write(w, now, p, w.stations[w.people[p, AT], STEP], INTERRUPTED, -1, 0)
    return -1 - w.people[p, CUT_BY]


@inlined
def finish(w: World, now: float, p: int) -> int:
    """A stay is over: choose the route, and keep or give up the place."""
    step = w.stations[w.people[p, AT], STEP]
    write(w, now, p, step, FINISHED, -1, 0)
    route = choose_route(w, p, step)
    to = w.routes[route, 0]
    if to < 0 or not w.steps[step, KEEPS_PLACE]:
        give_up_all(w, p, False)
    if w.routes[route, 1] < 0:
        return to
    delay = sample(w, w.routes[route, 1], step_luck(w, p, 1, 0))
    w.people[p, STATE] = UNDER_WAY
    w.people[p, TARGET] = to
    schedule(w, p, now + delay)
    return STAYS


@inlined
def choose_route(w: World, p: int, step: int) -> int:
    """Return the route after a step: of the first conditions that hold, or the usual ones."""
    route, last = w.steps[step, ROUTES], w.steps[step, ROUTES_END] - 1
    for i in range(w.steps[step, ROUTES_FOR], w.steps[step, ROUTES_FOR_END]):
        if w.values[p * w.n_groups + w.routes_for[i, 0]] == w.routes_for[i, 1]:
            route, last = w.routes_for[i, 2], w.routes_for[i, 3] - 1
            break
    u = w.figures[p, ROUTE_U]
    while route < last and not u < w.cumulative[route]:
        route += 1
    return route


# Starts ---------------------------------------------------------------------------------------


@inlined
def start(w: World, now: float, p: int) -> None:
    """Let somebody on a list start: take the places it lacks, give up those it does not need."""
    station, kept = w.people[p, AT], w.people[p, HOLDS]
    dequeue(w, p)
    cancel(w, p)
    write(w, now, p, w.stations[station, STEP], STARTED, -1, 0)
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        team = w.station_teams[i]
        if not has_team(w, kept, team):
            w.team_state[team, FREE] -= 1
    if kept >= 0:
        give_up_the_rest(w, now, p, station)
    stay_inside(w, p, station, now, now + draw_stay(w, p, station))


@compiled
def give_up_the_rest(
    w: World, now: float, p: int, station: int
) -> None:
    """Give up the kept places that a station does not need."""
    kept, n = w.people[p, HOLDS], 0
    for i in range(w.stations[kept, TEAMS], w.stations[kept, TEAMS_END]):
        team = w.station_teams[i]
        if not has_team(w, station, team):
            free_later(w, team)
            n += 1
    if n > 0:
        write(w, now, p, w.stations[kept, STEP], RELEASED, -1, n)


@inlined
def draw_stay(w: World, p: int, station: int) -> float:
    """Return a length of stay, with the participant's factors."""
    step = w.stations[station, STEP]
    stay = sample(w, w.steps[step, STAY], w.figures[p, STAY_U])
    return with_factors(w, p, step, stay)


@inlined
def with_factors(w: World, p: int, step: int, stay: float) -> float:
    for i in range(w.steps[step, FACTORS], w.steps[step, FACTORS_END]):
        if w.values[p * w.n_groups + w.factors[i, 0]] == w.factors[i, 1]:
            stay *= w.factor[i]
    return stay


@inlined
def stay_inside(
    w: World, p: int, station: int, since: float, end: float
) -> None:
    """Hold the station's places until the stay ends or is interrupted.

    Parameters
    ----------
    since : when the interruption clocks start
    end : the end of the stay, before pauses
    """
    needs_team = w.stations[station, TEAMS] < w.stations[station, TEAMS_END]
    w.people[p, STATE] = INSIDE
    w.people[p, HOLDS] = station if needs_team else -1
    w.people[p, CUT_BY] = -1
    pauses = w.stations[station, PAUSES] < w.stations[station, PAUSES_END]
    if pauses:
        end = after_pauses(w, station, since, end)
    step = w.stations[station, STEP]
    first, last = w.steps[step, INTERRUPTIONS], w.steps[step, INTERRUPTIONS_END]
    for i in range(first, last):
        cut = since + draw_interruption(w, p, i, i - first)
        if pauses:
            cut = after_pauses(w, station, since, cut)
        if cut < end:
            end = cut
            w.people[p, CUT_BY] = w.interruptions[i, 1]
    schedule(w, p, end)


@inlined
def draw_interruption(w: World, p: int, i: int, number: int) -> float:
    """Return how long after the start an interruption strikes; `number` counts from 0."""
    if number == 0:
        u = w.figures[p, INTERRUPTION_U]
    elif number == 1:
        u = step_luck(w, p, 1, 3)
    else:
        u = step_luck(w, p, 2 + (number - 2) // 4, (number - 2) % 4)
    return sample(w, w.interruptions[i, 0], u)


@compiled
def after_pauses(w: World, station: int, since: float, at: float) -> float:
    """Move an instant past the pauses that begin before it; `since` never lies in a pause."""
    last = w.stations[station, PAUSES_END]
    pause = w.station_state[station, NEXT_PAUSE]
    while pause < last and w.intervals[pause, 1] <= since:
        pause += 1
    w.station_state[station, NEXT_PAUSE] = pause
    while pause < last and w.intervals[pause, 0] < at:
        at += w.intervals[pause, 1] - w.intervals[pause, 0]
        pause += 1
    return at


@inlined
def start_singles(w: World, now: float) -> None:
    """One participant at a time: the best of all whose lacking places are free.

    During a round places only get fewer here, so a station where nobody can start is done with.
    """
    while w.n_candidates > 0:
        best, i = -1, 0
        while i < w.n_candidates:
            station = w.candidates[i]
            found = first_able(w, station)
            if found < 0:
                last = w.n_candidates - 1
                w.n_candidates = last
                w.candidates[i] = w.candidates[last]
                w.station_state[station, FLAGGED] = 0
                continue
            if best < 0 or better(w, found, best):
                best = found
            i += 1
        if best >= 0:
            start(w, now, best)


@inlined
def first_able(w: World, station: int) -> int:
    """Return the first on a station's list whose lacking places are free, -1 if there is none."""
    best = -1
    if w.station_state[station, IS_CLOSED]:
        return best
    for queue in range(w.stations[station, QUEUES], w.stations[station, QUEUES_END]):
        p = head(w, queue)
        if p >= 0 and lacks_nothing(w, station, w.queues[queue, QUEUE_HOLDS]):
            if best < 0 or better(w, p, best):
                best = p
    return best


# Meetings and groups --------------------------------------------------------------------------


@compiled
def meet(w: World, now: float, station: int) -> None:
    """Hold a meeting, unless it is dropped, and plan the next."""
    w.station_state[station, N_MEETING] += 1
    number = w.station_state[station, N_MEETING]
    following = w.station_times[station, FIRST] + number * w.station_times[station, EVERY]
    schedule(w, timer_node(w, MEETING_TIME, station), following)
    if not w.station_state[station, IS_CLOSED] and all_alive(w, station, now):
        start_group(w, now, station)


@compiled
def all_alive(w: World, station: int, now: float) -> bool:
    """Whether all teams of a station have begun and none has ended."""
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        team = w.station_teams[i]
        if w.team_state[team, ENDED] or now < w.team_times[team, FROM_AT]:
            return False
    return True


@compiled
def start_groups(w: World, now: float) -> None:
    """Form groups, step by step, group after group."""
    for station in range(w.n_stations):
        if w.stations[station, KIND] == GROUPS and w.station_state[station, FLAGGED]:
            w.station_state[station, FLAGGED] = 0
            if not w.station_state[station, IS_CLOSED]:
                while start_group(w, now, station) > 0:
                    pass
    w.n_groups_flagged = 0


@compiled
def start_group(w: World, now: float, station: int) -> int:
    """Start those at the head of a list who can start together; return how many.

    A meeting is logged even if nobody starts, a group only if somebody does.
    """
    n = gather(w, now, station)
    if n == 0 and w.stations[station, KIND] == GROUPS:
        return 0
    first = w.stations[station, TEAMS]
    team = w.station_teams[first] if first < w.stations[station, TEAMS_END] else -1
    note(w, now, w.stations[station, STEP], MEETING, team, n)
    for i in range(n):
        start(w, now, w.chosen[i])
    w.station_state[station, N_THIS_YEAR] += n
    return n


@compiled
def gather(w: World, now: float, station: int) -> int:
    """Walk down a list and choose who starts together; return how many, 0 if too few."""
    least, most = w.stations[station, MIN], left_to_start(w, now, station)
    if most < least or w.station_state[station, N_WAITING] < least:
        return 0
    first, last = w.stations[station, QUEUES], w.stations[station, QUEUES_END]
    for queue in range(first, last):
        lane = w.queues[queue, FIRST_LANE]
        candidate = first_in_time(w, now, station, queue, lane)
        w.cursors[queue] = candidate
    n = 0
    while n < most:
        queue = best_queue(w, station)
        if queue < 0:
            break
        p = w.cursors[queue]
        w.chosen[n] = p
        n += 1
        take(w, station, w.queues[queue, QUEUE_HOLDS], 1)
        following = w.people[p, AFTER]
        if following < 0 or too_late(w, now, station, following):
            lane = w.people[p, LANE] + 1
            following = first_in_time(w, now, station, queue, lane)
        w.cursors[queue] = following
    for i in range(n):
        take(w, station, w.people[w.chosen[i], HOLDS], -1)
    return n if n >= least else 0


@compiled
def left_to_start(w: World, now: float, station: int) -> int:
    """Return how many may start at an intake: `max` and what is left of `max_per_year`."""
    year = w.year
    while w.year_starts[year + 1] <= now:
        year += 1
    w.year = year
    if w.station_state[station, COUNTED_YEAR] != year:
        w.station_state[station, COUNTED_YEAR] = year
        w.station_state[station, N_THIS_YEAR] = 0
    left = w.stations[station, MAX_PER_YEAR] - w.station_state[station, N_THIS_YEAR]
    return min(w.stations[station, MAX], left)


@compiled
def too_late(w: World, now: float, station: int, p: int) -> bool:
    """Whether somebody has joined too late for an intake held now."""
    return w.figures[p, JOINED_AT] + w.station_times[station, CUT_OFF] > now


@compiled
def first_in_time(
    w: World, now: float, station: int, queue: int, lane: int
) -> int:
    """Return the first, from a lane on, who joined in time for an intake, -1 if nobody has.

    Nobody further down a lane has joined before its first one.
    """
    for at in range(lane, w.queues[queue, LANES_END]):
        p = w.lanes[at, HEAD]
        if p >= 0 and not too_late(w, now, station, p):
            return p
    return -1


@compiled
def best_queue(w: World, station: int) -> int:
    """Return the queue whose next one comes first of all who find the places they lack.

    Places get fewer during the walk: a queue whose next one does not find them is done with.
    """
    best = -1
    for queue in range(w.stations[station, QUEUES], w.stations[station, QUEUES_END]):
        p = w.cursors[queue]
        if p < 0:
            continue
        if not lacks_nothing(w, station, w.queues[queue, QUEUE_HOLDS]):
            w.cursors[queue] = -1
        elif best < 0 or better(w, p, w.cursors[best]):
            best = queue
    return best


@compiled
def take(w: World, station: int, holds: int, n: int) -> None:
    """Take n places of each team that those who hold a station's places lack."""
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        team = w.station_teams[i]
        if not has_team(w, holds, team):
            w.team_state[team, FREE] -= n


# Those who have joined in this round ----------------------------------------------------------


@inlined
def settle(w: World, now: float) -> None:
    """After the starts: turn away those whom a list has no room for; patience of the others.

    Patience is drawn here, not at joining, because most who start at once need none: the draw is
    the same, and whatever it brings about falls in a later round either way.
    """
    n = w.n_joined
    w.n_joined = 0
    for i in range(n):
        p = w.joined[i]
        if w.people[p, STATE] == IN_LIST:
            step = w.stations[w.people[p, AT], STEP]
            if w.steps[step, MAX_WAITING] >= 0:
                if w.station_state[w.people[p, AT], N_WAITING] > w.steps[step, MAX_WAITING]:
                    turn_away_too_many(w, now, n)
                if w.people[p, STATE] != IN_LIST:
                    continue
            if w.steps[step, PATIENCE] >= 0 and w.people[p, HOLDS] < 0:
                schedule(w, p, expiry(w, p, step))


@compiled
def turn_away_too_many(w: World, now: float, n: int) -> None:
    """Stop the intake of every list that is too long: the last of this round's joiners go."""
    found = 0
    for i in range(n):
        p = w.joined[i]
        if w.people[p, STATE] == IN_LIST:
            w.leaving[found] = (np.int64(w.people[p, AT]) << PLACE_SHIFT) | (NODE_MASK - p)
            found += 1
    sort(w.leaving, found)
    for i in range(found):
        p = NODE_MASK - (w.leaving[i] & NODE_MASK)
        station = w.people[p, AT]
        step = w.stations[station, STEP]
        if w.people[p, STATE] == IN_LIST and (
            0 <= w.steps[step, MAX_WAITING] < w.station_state[station, N_WAITING]
        ):
            cancel(w, p)
            dequeue(w, p)
            if w.stations[station, KIND] == GROUPS:
                flag(w, station)
            release(w, now, p, True)
            write(w, now, p, step, TURNED_AWAY, -1, 0)
            leave(w, now, p, w.turned_away)


# Teams and posts ------------------------------------------------------------------------------


@compiled
def change_capacity(w: World, now: float, node: int) -> None:
    """Do what is due for a post, a team, a station or the year."""
    kind, thing = timer(w, node)
    if kind == POST:
        change_post(w, now, thing, node)
    elif kind == TEAM_TIME:
        mark_changed(w, thing)
        plan_next_change(w, thing)
    elif kind == TEAM_END:
        end_team(w, now, thing)
    elif kind == DOOR:
        open_or_close(w, now, thing, node)
    elif kind == MEETING_TIME:
        if w.n_changed > 0:
            count_places(w, now)
        meet(w, now, thing)
    elif kind == NEW_YEAR:
        begin_year(w, now, node)
    elif w.people[thing, STATE] == IN_LIST:  # WAKING
        flag(w, w.people[thing, AT])


@compiled
def mark_changed(w: World, team: int) -> None:
    """Remember to count a team's places when all changes of this round are made."""
    w.team_state[team, CHANGED] = 1
    w.n_changed += 1


@compiled
def change_post(w: World, now: float, post: int, node: int) -> None:
    """Somebody comes to a post or leaves it."""
    mark_changed(w, w.posts[post, POST_TEAM])
    until = w.post_figures[post, POST_UNTIL]
    if not w.post_state[post, FILLED]:
        w.post_state[post, FILLED] = 1
        note(w, now, -1, FILLED_POST, post, 0)
        schedule(w, node, min(now + time_in_post(w, post), until))
        return
    w.post_state[post, FILLED] = 0
    w.post_state[post, SPELL] += 1
    note(w, now, -1, LEFT_POST, post, 0)
    if now < until:
        back = now + sample(w, w.posts[post, VACANCY], w.post_luck[post])
        if back < until:
            schedule(w, node, back)


@compiled
def time_in_post(w: World, post: int) -> float:
    """Draw how long a person stays, and the luck of the vacancy that follows."""
    mean = w.post_figures[post, MEAN_IN_POST]
    if mean == np.inf:
        return mean
    leaving, vacancy, _, _ = uniforms(
        w.key0,
        w.key1,
        w.post_hash[post],
        np.uint64(w.posts[post, PERSON]),
        w.turnover_hash,
        np.uint64(64 * w.post_state[post, SPELL]),
    )
    w.post_luck[post] = vacancy
    return exponential_quantile(mean, leaving)


@compiled
def plan_next_change(w: World, team: int) -> None:
    """Look at a team's places again when they may change."""
    at = w.team_state[team, NEXT_TIME]
    if at < w.teams[team, TIMES_END]:
        w.team_state[team, NEXT_TIME] = at + 1
        schedule(w, timer_node(w, TEAM_TIME, team), w.times[at])


@compiled
def open_or_close(w: World, now: float, station: int, node: int) -> None:
    """A closure of a station begins or ends."""
    closure = w.station_state[station, NEXT_CLOSURE]
    if now < w.intervals[closure, 1]:
        w.station_state[station, IS_CLOSED] = 1
        schedule(w, node, w.intervals[closure, 1])
        return
    w.station_state[station, IS_CLOSED] = 0
    w.station_state[station, NEXT_CLOSURE] = closure + 1
    if closure + 1 < w.stations[station, CLOSED_END]:
        schedule(w, node, w.intervals[closure + 1, 0])
    flag(w, station)


@compiled
def begin_year(w: World, now: float, node: int) -> None:
    """Groups whose yearly number was used up may form again."""
    for station in range(w.n_stations):
        if w.stations[station, KIND] == GROUPS:
            flag(w, station)
    following = 0
    while w.year_starts[following] <= now:
        following += 1
    schedule(w, node, w.year_starts[following])


@compiled
def end_team(w: World, now: float, team: int) -> None:
    """A team ceases to exist: who waits for or is inside its steps goes where it says."""
    w.team_state[team, ENDED] = 1
    mark_changed(w, team)
    n = 0
    for p in range(w.n_people):
        situation = w.people[p, STATE]
        if (situation == IN_LIST or situation == INSIDE) and (
            has_team(w, w.people[p, AT], team)
        ):
            step = np.int64(w.stations[w.people[p, AT], STEP])
            w.leaving[n] = (step << PLACE_SHIFT) | p
            n += 1
    sort(w.leaving, n)
    for i in range(n):
        p = w.leaving[i] & NODE_MASK
        cancel(w, p)
        if w.people[p, STATE] == IN_LIST:
            dequeue(w, p)
            release(w, now, p, False)
        else:
            give_up_all(w, p, False)
        step = w.stations[w.people[p, AT], STEP]
        write(w, now, p, step, TEAM_ENDED, -1, 0)
        move(w, now, p, w.teams[team, ENDS_TO])


@compiled
def count_places(w: World, now: float) -> None:
    """When all changes of a round are made: one row for each team whose places have changed."""
    w.n_changed = 0
    at_first = w.round == 1
    for team in range(w.n_teams):
        if w.team_state[team, CHANGED]:
            w.team_state[team, CHANGED] = 0
            places = places_of(w, now, team)
            change = places - w.team_state[team, IN_FORCE]
            if change != 0 or at_first:
                note(w, now, -1, PLACES, team, places)
                w.team_state[team, IN_FORCE] = places
                free(w, team, change)


@compiled
def places_of(w: World, now: float, team: int) -> int:
    """Return a team's places now: those dated, or the whole ones that its staff in post give."""
    if w.team_state[team, ENDED]:
        return 0
    if w.teams[team, FROM_CASELOADS]:
        total = 0.0
        for i in range(w.teams[team, POSTS], w.teams[team, POSTS_END]):
            post = w.team_posts[i]
            if w.post_state[post, FILLED]:
                total += w.post_figures[post, POST_PLACES]
        return int(np.floor(total + 1e-6))
    places = 0
    for i in range(w.teams[team, CHANGES], w.teams[team, CHANGES_END]):
        if w.changes[i, 0] <= now:
            places = int(w.changes[i, 1])
    return places


# The beginning --------------------------------------------------------------------------------


@compiled
def set_up(w: World) -> None:
    """Make the state of a new run, and plan all that is known to come."""
    w.n_rows = w.bucket = w.n_heap = w.n_candidates = w.n_groups_flagged = 0
    w.n_joined = w.n_freed = w.n_changed = w.year = 0
    w.round = 1
    w.lost = -1
    for i in range(w.n_buckets):
        w.buckets[i] = -1
    for i in range(w.n_people * w.n_visited):
        w.visits[i] = 0
    for node in range(w.n_people, timer_node(w, WAKING, w.n_people if w.sleepers else 0)):
        w.links[node, PREVIOUS] = NOWHERE
    for source in range(w.n_sources):
        enter(w, source)
        for group in range(w.n_groups - 1):
            draw_values(w, source, group)
    plan_teams(w)
    plan_stations(w)


@compiled
def enter(w: World, source: int) -> None:
    """Give every participant of a source its row, and its arrival if it comes later."""
    comes = w.sources[source, SOURCE_KIND] < WAITING
    to = w.sources[source, SOURCE_TO]
    for p in range(w.first[source], w.first[source + 1]):
        w.people[p, SOURCE] = source
        w.people[p, ORDINAL] = p - w.first[source]
        w.people[p, EPISODE] = 1
        w.people[p, STATE] = REFERRING
        w.people[p, HOLDS] = -1
        w.people[p, JOINED_IN] = 0
        w.people[p, TARGET] = to
        w.links[p, PREVIOUS] = NOWHERE
        w.values[p * w.n_groups + w.n_groups - 1] = source
        if comes:
            schedule(w, p, w.arrivals[p])


@compiled
def draw_values(w: World, source: int, group: int) -> None:
    """Give every participant of a source its value of a group: listed, or drawn from the mix."""
    row = source * (w.n_groups - 1) + group
    low, last, sure = w.mixes[row, 0], w.mixes[row, 1] - 1, w.mixes[row, 2]
    first, given = w.first[source], w.sources[source, GIVEN]
    for p in range(first, w.first[source + 1]):
        value = sure
        if given >= 0:
            listed = w.given[(given + p - first) * (w.n_groups - 1) + group]
            value = listed if listed >= 0 else sure
        if value < 0:
            u = block(w, p, w.group_hash[group], 0, 0)[0]
            at = low
            while at < last and not u < w.mix[at]:
                at += 1
            value = at - low
        w.values[p * w.n_groups + group] = value


@compiled
def plan_teams(w: World) -> None:
    """Plan when posts are filled, places change and teams end."""
    for post in range(w.n_posts):
        w.post_state[post, FILLED] = w.post_state[post, SPELL] = 0
        from_at, until = w.post_figures[post, POST_FROM], w.post_figures[post, POST_UNTIL]
        if from_at < until:
            schedule(w, timer_node(w, POST, post), from_at)
    for team in range(w.n_teams):
        for i in range(N_TEAM_STATE):
            w.team_state[team, i] = 0
        mark_changed(w, team)
        w.team_state[team, NEXT_TIME] = w.teams[team, TIMES]
        plan_next_change(w, team)
        node = timer_node(w, TEAM_END, team)
        schedule(w, node, max(w.team_times[team, UNTIL_AT], 0.0))


@compiled
def plan_stations(w: World) -> None:
    """Plan closures, meetings and, where a group waits for it, the next calendar year."""
    for lane in range(w.n_lanes):
        for i in range(N_LANE_STATE):
            w.lanes[lane, i] = -1
    for station in range(w.n_stations):
        for i in range(N_STATION_STATE):
            w.station_state[station, i] = 0
        w.station_state[station, NEXT_PAUSE] = w.stations[station, PAUSES]
        closure = w.stations[station, CLOSED]
        w.station_state[station, NEXT_CLOSURE] = closure
        if closure < w.stations[station, CLOSED_END]:
            node = timer_node(w, DOOR, station)
            schedule(w, node, w.intervals[closure, 0])
        if w.stations[station, KIND] == MEETINGS:
            plan_first_meeting(w, station)
    if w.yearly_groups:
        schedule(w, timer_node(w, NEW_YEAR, 0), w.year_starts[1])


@compiled
def plan_first_meeting(w: World, station: int) -> None:
    """Plan the first meeting that does not lie before the run."""
    first, every = w.station_times[station, FIRST], w.station_times[station, EVERY]
    number = max(int(-first / every) - 1, 0)
    while first + number * every < 0.0:
        number += 1
    w.station_state[station, N_MEETING] = number
    node = timer_node(w, MEETING_TIME, station)
    schedule(w, node, first + number * every)


@compiled
def place_initial(w: World, source: int) -> None:
    """Put those on lists and in service who are there at the start of the run."""
    step = w.sources[source, SOURCE_TO]
    for p in range(w.first[source], w.first[source + 1]):
        w.people[p, AT] = station_of(w, p, step)
        w.people[p, VISIT] = count_visit(w, p, w.steps[step, STEP_VISITS])
        draw_luck(w, p, step)
        if w.sources[source, SOURCE_KIND] == WAITING:
            joined = -draw_waited(w, p, source)
            w.figures[p, JOINED_AT] = joined
            w.figures[p, REFERRED_AT] = joined
            write(w, joined, p, step, WAS_WAITING, -1, 0)
        else:
            place_in_service(w, p, step)
    if w.sources[source, SOURCE_KIND] == WAITING:
        place_waiting(w, w.first[source], w.first[source + 1], step)


@compiled
def draw_waited(w: World, p: int, source: int) -> float:
    variate = w.sources[source, WAITED]
    return sample(w, variate, step_luck(w, p, 1, 1)) if variate >= 0 else 0.0


@compiled
def place_waiting(w: World, first: int, last: int, step: int) -> None:
    """Put initial participants on their lists, those first who have waited longest."""
    for i in range(order_waiting(w, first, last)):
        p = w.leaving[i] & NODE_MASK
        station = w.people[p, AT]
        wait(w, p, station)
        flag(w, station)
        if w.steps[step, PATIENCE] >= 0:
            patience = sample(w, w.steps[step, PATIENCE], w.figures[p, PATIENCE_U])
            since = w.figures[p, REFERRED_AT] if w.steps[step, SINCE_REFERRAL] else 0.0
            schedule(w, p, max(since + patience, 0.0))


@compiled
def order_waiting(w: World, first: int, last: int) -> int:
    """Sort initial participants, nearly: by joining to 2**-30 of the longest wait, by number.

    Only so that their lists are not searched through for each: those decide on the order.
    """
    longest = 0.0
    for p in range(first, last):
        longest = max(longest, -w.figures[p, JOINED_AT])
    for p in range(first, last):
        share = 1.0 + w.figures[p, JOINED_AT] / longest if longest > 0.0 else 0.0
        w.leaving[p - first] = (np.int64(share * 2**30) << PLACE_SHIFT) | p
    sort(w.leaving, last - first)
    return last - first


@compiled
def place_in_service(w: World, p: int, step: int) -> None:
    """Put somebody into a step with a residual life of the stay."""
    variate, station = w.steps[step, STAY], w.people[p, AT]
    length = length_biased_quantile(
        w.variates[variate, VARIATE_KIND],
        w.parameters[variate, 0],
        w.parameters[variate, 1],
        w.parameters[variate, 2],
        table_of(w, variate),
        w.figures[p, STAY_U],
    )
    length = with_factors(w, p, step, length)
    end = length * step_luck(w, p, 1, 2)
    begun = end - length
    w.figures[p, JOINED_AT] = begun
    w.figures[p, REFERRED_AT] = begun
    write(w, begun, p, step, WAS_IN_SERVICE, -1, 0)
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        w.team_state[w.station_teams[i], FREE] -= 1
    stay_inside(w, p, station, 0.0, end)


# The loop -------------------------------------------------------------------------------------

DONE, ENDLESS_INSTANT, ENDLESS_WAY = range(3)  # how a run ends
MOST_ROUNDS = 10_000


@inlined
def hold_round(w: World, now: float, n: int) -> None:
    """Hold one round: the n nodes of the batch, then starts, then intake stops."""
    if w.n_freed > 0:
        free_what_was_given_up(w)
    for i in range(n):
        node = w.batch[i]
        if w.links[node, PREVIOUS] != IN_BATCH:
            continue  # something earlier in this round has taken it away
        w.links[node, PREVIOUS] = NOWHERE
        if node >= w.n_people:
            change_capacity(w, now, node)
        else:
            if w.n_changed > 0:
                count_places(w, now)
            happen(w, now, node)
    if w.n_changed > 0:
        count_places(w, now)
    if w.n_groups_flagged > 0:
        start_groups(w, now)
    start_singles(w, now)
    if w.n_joined > 0:
        settle(w, now)


@inlined
def hold_instant(w: World, now: float) -> int:
    """Hold rounds until nothing more is due at this instant; return how the run goes on."""
    rounds = 0
    while True:
        n = take_due(w, now)
        if n == 0 and w.n_freed == 0 and w.round > 1:
            return DONE
        rounds += 1
        if rounds > MOST_ROUNDS:
            w.n_joined = n
            return ENDLESS_INSTANT
        hold_round(w, now, n)
        if w.lost >= 0:
            return ENDLESS_WAY
        w.round += 1


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator, unused-ignore]
def run(world: Any) -> int:
    """Run one replication; return how it has ended: DONE, ENDLESS_INSTANT or ENDLESS_WAY.

    Parameters
    ----------
    world : the slots of a world, one for each of FIELDS (uint64), uncompiled the world itself;
        modified in place
    """
    w = open_world(world)
    set_up(w)
    for source in range(w.n_sources):
        if w.sources[source, SOURCE_KIND] >= WAITING:
            place_initial(w, source)
    now = 0.0
    while now >= 0.0:
        ended = hold_instant(w, now)
        if ended != DONE:
            return ended
        now = next_instant(w)
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


def simulate_in_place(plan: Plan, *, seed: int, replication: int, copy: bool = False) -> EventLog:
    """Run one replication; without `copy` the log is lost at the next call in this thread."""
    # At the top this would be a circle: the arrays are made in terms of the columns above.
    from flowsim.engine.arrays import Workspace

    if not hasattr(_here, "workspace"):
        _here.workspace = Workspace()
    space: Workspace = _here.workspace
    first, arrivals = _draw_arrivals(plan, np.uint64(seed), np.uint64(replication))
    space.prepare(plan, first, arrivals)
    space.set(key0=seed, key1=replication)
    ended = run(space.world)
    if ended != DONE:
        raise SimulationError(_complaint(plan, space, ended))
    n_rows = space.get("n_rows")
    if n_rows > space.get("n_rows_room"):
        space.make_room_for_log(n_rows)
        run(space.world)
    columns = {name: space.arrays[f"log_{name}"][:n_rows] for name in COLUMNS}
    n_groups = len(plan.groups)
    values = space.arrays["values"][: first[-1] * n_groups].reshape(-1, n_groups)
    if copy:
        columns = {name: column.copy() for name, column in columns.items()}
        values = values.copy()
    return EventLog(plan, seed, replication, **columns, first_participant=first, values=values)


_here = threading.local()


def _draw_arrivals(plan: Plan, key0: np.uint64, key1: np.uint64) -> tuple[Longs, Floats]:
    """Return the first participant of each source, and when each participant is referred."""
    pieces = []
    for source in plan.sources:
        if source.kind == POISSON:
            pieces.append(
                arrival_times(
                    key0,
                    key1,
                    np.uint64(source.hash),
                    ARRIVAL_HASH,
                    source.starts,
                    source.rates,
                    source.end,
                    source.at_most,
                )
            )
        else:
            pieces.append(source.starts if len(source.starts) else np.zeros(source.count))
    first = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(piece) for piece in pieces], out=first[1:])
    return first, np.concatenate(pieces)


ARRIVAL_HASH = np.uint64(name_hash("arrival", ""))


def _complaint(plan: Plan, space: Workspace, ended: int) -> str:
    """Say which steps a run that cannot go on goes round in."""
    if ended == ENDLESS_WAY:
        what = "teams that end send participants round in a circle"
        nodes = [space.get("lost")]
    else:
        what = f"more than {MOST_ROUNDS} rounds at one instant"
        nodes = space.arrays["batch"][: space.get("n_joined")]
    stations = {space.arrays["people"][p, AT] for p in nodes if p < space.get("n_people")}
    steps = dict.fromkeys(plan.steps[plan.stations[s].step].name for s in sorted(stations))
    return f"{what}; steps: {', '.join(steps)}"
