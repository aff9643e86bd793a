"""What prove.py proves: modules, their property files, sizes, and how."""

import dataclasses


@dataclasses.dataclass
class Size:
    name: str
    parameters: dict
    bound: int = 0      # clocks; 0: for all time
    limit: int = 120    # seconds
    fast: bool = False  # part of make test
    covers: bool = True  # it is large enough to reach all of them
    before: str = ''    # what ABC does before PDR


@dataclasses.dataclass
class Task:
    name: str
    top: str
    properties: str
    files: list
    sizes: list
    depth: int = 30  # clocks in which covers are reached and mutants killed
    # (wire, RAM, words, width) of what the property file sees of a RAM.
    rams: object = lambda parameters: []
    # Instead: what the modules inside take for granted, together with the properties of all of them.
    joint: bool = False
    # Instead: no flip-flop changes while f_idle; {data: its valid bit}: these may while their bit is 0.
    idle: dict = dataclasses.field(default_factory=dict)
    structural: bool = False  # a property of the netlist, that Yosys alone shows: properties is its script

    def method(self, size):
        return 'netlist' if self.structural else f'bound {size.bound}' if size.bound else 'PDR'


def grant_size(cores, threads, **more):
    return Size(f'{1 << cores}x{1 << threads}', {'CoreWidth': cores, 'ThreadWidth': threads}, **more)


ENGINE = ['lockarb_ram.v', 'lockarb_check.v', 'lockarb_decide.v', 'lockarb_statistics.v', 'lockarb_engine.v']
WHOLE = [*ENGINE, 'lockarb_apc.v', 'lockarb_grant.v', 'lockarb_axil.v', 'lockarb.v']


# With statistics, and the user checked.
ALL = ' all'


def whole_size(cores, threads, locks, name='', **more):
    parameters = {'NumCores': cores, 'NumThreads': threads, 'NumLocks': locks, 'HoldWidth': 2}
    if name:
        parameters |= {'Statistics': 1, 'CheckUser': 1}
    return Size(f'{cores}x{threads}x{locks}{name}', parameters, **more)


def widths(cores, threads, locks):
    return {f'{name}Width': max(1, (number - 1).bit_length())
            for name, number in (('Core', cores), ('Thread', threads), ('Lock', locks))}


def engine_size(threads, locks, cores=2, **more):
    return Size(f'{cores}x{threads}x{locks}', {'NumThreads': threads, 'NumLocks': locks, 'HoldWidth': 2, 'Parity': 0,
                                               **widths(cores, threads, locks)}, **more)


def words_of(rams):
    return [(f'f_words_u_{ram}', f'u_{ram}', words, width) for ram, words, width in rams]


# Without parity: its bits are those of the words that the properties name, and nothing flips in a proof.
def engine_rams(p):
    slots, rows = 1 << p['ThreadWidth'], 1 << p['LockWidth']
    row = 4 + 3 * p['NumThreads'].bit_length() + 4 * p['ThreadWidth']
    sizes = [('row', rows, row), ('hold', rows * slots, p['HoldWidth']), ('thread', slots, 3 + p['LockWidth']),
             ('next', slots, p['ThreadWidth']), ('walk_next', slots, p['ThreadWidth']),
             ('core', slots, p['CoreWidth']), ('walk_core', slots, p['CoreWidth'])]
    return words_of(sizes)


def apc_rams(p):
    cores = 1 << p['CoreWidth']
    return words_of([('kernel', cores, 16), ('special', 4 * cores, 16), ('irql', cores, 5), ('pending', 4 * cores, 16)])


def grant_rams(p):
    return words_of([('link', 1 << p['ThreadWidth'], p['ThreadWidth'])])


def joint_rams(p):
    return [(f'{module}.{wire}', f'{module}.{ram}', *sizes)
            for module, rams in (('u_engine', engine_rams), ('u_apc', apc_rams), ('u_grant', grant_rams))
            for wire, ram, *sizes in rams(p)]


def joint_size(cores, threads, locks, **more):
    size = whole_size(cores, threads, locks, **more)
    size.parameters |= {'Parity': 0, **widths(cores, threads, locks)}
    return size


# What may change while its valid bit is 0.
IDLE = {'u_axil.acc_q': 'u_axil.acc_valid_q'} | {f'u_axil.r{n}_q': f'u_axil.r_valid_q [{n}]' for n in range(4)}


_TASKS = [
    Task('decide', 'decide_proof', 'decide_proof.v',
         ['lockarb_check.v', 'lockarb_decide.v', 'decide_proof.v'], [Size('all', {}, fast=True)], depth=2),
    Task('grant', 'lockarb_grant', 'lockarb_grant_props.vh', ['lockarb_ram.v', 'lockarb_grant.v'],
         [grant_size(1, 1, fast=True), grant_size(1, 2, fast=True), grant_size(2, 2)],
         rams=grant_rams),
    Task('apc', 'lockarb_apc', 'lockarb_apc_props.vh', ['lockarb_ram.v', 'lockarb_apc.v'],
         [Size('2 cores', {'CoreWidth': 1}, fast=True), Size('4 cores', {'CoreWidth': 2})], depth=12,
         rams=apc_rams),
    Task('axil', 'lockarb_axil', 'lockarb_axil_props.vh', ['lockarb_axil.v'],
         [Size('all', {}, limit=400, fast=True, before='dc2; scorr;')]),
    Task('engine', 'lockarb_engine', 'lockarb_engine_props.vh', ENGINE,
         [engine_size(2, 1, cores=1, limit=300, covers=False, before='dc2; scorr;'),
          engine_size(3, 1, limit=1500, before='dc2; scorr;'), engine_size(4, 2, bound=28, limit=900)],
         rams=engine_rams, depth=28),
    Task('lockarb', 'lockarb', 'lockarb_props.vh', WHOLE,
         [whole_size(1, 2, 1), whole_size(2, 3, 1), whole_size(2, 4, 2), whole_size(3, 3, 1), whole_size(2, 3, 3, ALL)],
         depth=40),
    Task('joints', 'lockarb', 'lockarb_props.vh', WHOLE,
         [joint_size(1, 2, 1, limit=600, covers=False, before='dc2; scorr;'),
          joint_size(2, 3, 1, bound=24, limit=900, covers=False)], depth=26, joint=True, rams=joint_rams),
    Task('idle', 'lockarb', 'lockarb_props.vh', WHOLE,
         [whole_size(1, 2, 1, limit=500, fast=True), whole_size(2, 3, 1, fast=True), whole_size(2, 4, 2), whole_size(2, 3, 3, ALL)],
         depth=32, idle=IDLE),
    Task('paths', 'lockarb', 'handshake_paths.ys', WHOLE, [whole_size(2, 3, 1, fast=True)], structural=True),
]
TASKS = {task.name: task for task in _TASKS}
