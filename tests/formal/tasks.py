# SPDX-License-Identifier: Apache-2.0
"""What prove.py proves: modules, their property files, sizes, and how."""

import dataclasses


@dataclasses.dataclass
class Size:
    name: str
    parameters: dict
    limit: int = 120    # seconds
    fast: str = ''      # part of make test: 'proof', or 'mutants too'
    covers: bool = True  # it is large enough to reach all of them
    before: str = ''    # what ABC does before PDR
    induction: bool = False  # by one step of induction instead of PDR
    frames: int = 2  # clocks of the step
    clocks: int = 0  # not for all time: in so many clocks after a reset only


@dataclasses.dataclass
class Task:
    name: str
    top: str
    properties: str
    files: list
    sizes: list
    depth: int = 30  # clocks in which covers are reached and mutants killed
    # (wire, RAM) of what the property file sees of RAMs.
    rams: list = dataclasses.field(default_factory=list)
    # Of the whole: the properties of all modules with it, and what each takes for granted (FV-79); but not these,
    # which their module's own proof shows.
    joint: bool = False
    apart: tuple = ()
    # Instead: no flip-flop changes while f_idle; {data: its valid bit}: these may while their bit is 0.
    idle: dict = dataclasses.field(default_factory=dict)
    structural: bool = False  # a property of the netlist, that Yosys alone shows: properties is its script

    def method(self, size):
        return ('netlist' if self.structural else f'{size.clocks} clocks' if size.clocks
                else 'induction' if size.induction else 'PDR')


# With registers behind the RAMs.
STAGE = ' stage'


def staged(size, **more):
    return dataclasses.replace(size, name=size.name + STAGE, parameters={**size.parameters, 'RamStage': 1}, **more)


def grant_size(cores, threads, **more):
    return Size(f'{1 << cores}x{1 << threads}', {'CoreWidth': cores, 'ThreadWidth': threads}, induction=True, **more)


ENGINE = ['lockarb_ram.v', 'lockarb_stage.v', 'lockarb_check.v', 'lockarb_decide.v', 'lockarb_statistics.v',
          'lockarb_store.v', 'lockarb_walker.v', 'lockarb_command.v', 'lockarb_pipeline.v', 'lockarb_engine.v']
WHOLE = [*ENGINE, 'lockarb_apc.v', 'lockarb_grant.v', 'lockarb_axil.v', 'lockarb_regs.v', 'lockarb.v']


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
                                               **widths(cores, threads, locks)}, induction=True, limit=600, **more)


def words_of(module, *rams, inside=''):
    return [(f'{module}f_words_u_{ram}', f'{module}{inside}u_{ram}.words') for ram in rams]


# Of the engine without parity: its bits are those of the words that the properties name, and nothing flips in a
# proof.
def engine_rams(module=''):
    return words_of(module, 'row', 'hold', 'thread', 'next', 'walk_next', 'core', 'walk_core', inside='u_store.')


def apc_rams(module=''):
    return words_of(module, 'kernel', 'special', 'irql', 'pending')


def grant_rams(module=''):
    return words_of(module, 'link')


# Of lockarb_regs: what each core says it runs, and its OPERAND.
REGS_RAMS = [(f'f_{name}', f'u_regs.{name}_q') for name in ('current_thread', 'operand')]


def joint_size(cores, threads, locks, name='', **more):
    size = whole_size(cores, threads, locks, name, induction=True, **more)
    size.parameters |= {'Parity': 0, 'Statistics': 0, **widths(cores, threads, locks)}
    return size


# What may change while its valid bit is 0.
IDLE = {'u_axil.acc_q': 'u_axil.acc_valid_q'} | {f'u_axil.r{n}_q': f'u_axil.r_valid_q [{n}]' for n in range(4)}


_TASKS = [
    Task('decide', 'decide_proof', 'decide_proof.v',
         ['lockarb_check.v', 'lockarb_decide.v', 'decide_proof.v'], [Size('all', {}, fast='mutants too')], depth=2),
    Task('grant', 'lockarb_grant', 'lockarb_grant_props.vh', ['lockarb_ram.v', 'lockarb_stage.v', 'lockarb_grant.v'],
         [grant_size(1, 1, fast='mutants too'), grant_size(1, 2, fast='mutants too'), grant_size(2, 2),
          staged(grant_size(1, 2, fast='proof'))],
         rams=grant_rams()),
    Task('apc', 'lockarb_apc', 'lockarb_apc_props.vh', ['lockarb_ram.v', 'lockarb_stage.v', 'lockarb_apc.v'],
         [Size('2 cores', {'CoreWidth': 1}, induction=True, fast='mutants too'),
          Size('4 cores', {'CoreWidth': 2}, induction=True),
          staged(Size('2 cores', {'CoreWidth': 1}, induction=True, fast='proof'))], depth=16,
         rams=apc_rams()),
    Task('regs', 'lockarb_regs', 'lockarb_regs_props.vh', ['lockarb_regs.v'],
         [Size('2 cores', {'NumCores': 2, 'NumThreads': 3, 'NumLocks': 2, 'CoreWidth': 1, 'ThreadWidth': 2,
                           'LockWidth': 1}, induction=True, fast='mutants too'),
          Size('3 cores user', {'NumCores': 3, 'NumThreads': 5, 'NumLocks': 3, 'CheckUser': 1, 'Statistics': 1,
                                'CoreWidth': 2, 'ThreadWidth': 3, 'LockWidth': 2}, induction=True)], depth=12),
    Task('axil', 'lockarb_axil', 'lockarb_axil_props.vh', ['lockarb_axil.v'],
         [Size('all', {}, limit=400, before='dc2; scorr;')]),
    Task('engine', 'lockarb_engine', 'lockarb_engine_props.vh', ENGINE,
         [engine_size(2, 1, cores=1, covers=False), engine_size(3, 1, fast='proof'), engine_size(4, 1),
          engine_size(3, 2, covers=False), engine_size(4, 2, covers=False),
          staged(engine_size(2, 1, cores=1, covers=False), frames=3), staged(engine_size(3, 1), frames=3)],
         rams=engine_rams(), depth=52),
    Task('lockarb', 'lockarb', 'lockarb_props.vh', WHOLE,
         [whole_size(1, 2, 1), whole_size(2, 3, 1), whole_size(2, 4, 2), whole_size(3, 3, 1), whole_size(2, 3, 3, ALL)],
         depth=40, rams=REGS_RAMS),
    Task('pins', 'lockarb', 'lockarb_pins_props.vh', WHOLE,
         [joint_size(1, 2, 1, covers=False, fast='proof'), joint_size(2, 3, 1),
          joint_size(2, 4, 2, limit=900, covers=False), joint_size(2, 3, 2, ' user', limit=900, covers=False),
          # Not inductive, as far as was found; each clock more takes half as long again.
          staged(joint_size(1, 2, 1, covers=False, limit=900), clocks=16)],
         depth=40, joint=True, apart=('FV-46',), idle=IDLE, rams=engine_rams('u_engine.') + apc_rams('u_apc.') + grant_rams('u_grant.')
         + REGS_RAMS),
    Task('idle', 'lockarb', 'lockarb_props.vh', WHOLE, [whole_size(2, 3, 1), whole_size(2, 3, 3, ALL)],
         depth=32, idle=IDLE, rams=REGS_RAMS),
    Task('paths', 'lockarb', 'handshake_paths.ys', WHOLE, [whole_size(2, 3, 1, fast='mutants too')], structural=True),
]
TASKS = {task.name: task for task in _TASKS}
