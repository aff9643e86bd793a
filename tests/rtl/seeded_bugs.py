#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the RTL with one small fault at a time; tests must catch each of them.

    seeded_bugs.py BUILD [WORD]    all faults, or those whose description has WORD
    seeded_bugs.py --texts         only looks whether each text is still there

Every fault is a text that is replaced in a copy of rtl/ below BUILD. The copy is Verilated and run
through decide_test and a lockstep of a small size, those of this source tree. Exit status 1 when
a fault survives.
"""

import concurrent.futures
import filecmp
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'static'))
sys.dont_write_bytecode = True  # build/ is the only output folder
import measured

SOURCE = pathlib.Path(__file__).resolve().parents[2]
RTL = SOURCE / 'rtl'
JOBS = 2
# The smallest that have queues of both kinds, windows of several cores, and no powers of two.
SIZES = ['-GNumCores=4', '-GNumThreads=13', '-GNumLocks=6', '-GHoldWidth=3', '-GStatistics=1',
         '-GCheckUser=1']
TOPS = {'lockarb': SIZES, 'lockarb_check': [], 'lockarb_decide': []}
VERILATOR = pathlib.Path('/usr/share/verilator/include')
CXX = ['ccache', 'g++'] if shutil.which('ccache') else ['g++']
FLAGS = ['-std=c++17', '-O1', '-w', f'-I{SOURCE}', '-isystem', str(VERILATOR), '-isystem',
         str(VERILATOR / 'vltstd')]

REFERENCE_MODEL = [f'sim/reference/{name}.cpp' for name in (
    'access_text', 'contract_tables', 'reference_model', 'reference_rules', 'reference_queues')]

# What goes wrong, where, the text, and what stands there instead.
BUGS = [
    # Acquires.
    ('any thread recurses on an exclusive lock', 'decide',
     'KindExclusive: ok = free || x_me;', 'KindExclusive: ok = free || exclusive_i;'),
    ('a new reader passes exclusive waiters', 'decide',
     '(shared && (!ew || mine))', '(shared)'),
    ('a shared owner waits behind exclusive waiters', 'decide',
     '(shared && (!ew || mine))', '(shared && !ew)'),
    ('STARVE_EXCLUSIVE waits for exclusive waiters', 'decide',
     'ok = free || x_me || shared;', 'ok = free || x_me || (shared && !ew);'),
    ('WAIT_FOR_EXCLUSIVE recurses as SHARED does', 'decide',
     'default: ok = free || x_me || (shared && !ew);',
     'default: ok = free || x_me || (shared && (!ew || mine));'),
    ('a shared waiter queues with a full hold count', 'decide',
     '(ok || (wait_i && !wants_exclusive))', '(ok)'),
    ('a self-block is not reported', 'decide',
     'said(queued && mine, `LOCKARB_STATUS_WAITING_SELF_BLOCK)',
     'said(queued && mine, `LOCKARB_STATUS_WAITING)'),
    ('a recursion counts as one owner more', 'decide',
     'owners_inc_o = (granted && !mine)', 'owners_inc_o = granted'),
    # Releases.
    ('a stranger releases', 'decide',
     'wire released = release_i && mine || drained;', 'wire released = release_i || drained;'),
    ('a hand-off to a batch keeps the lock exclusive', 'decide',
     '!(released_last || converted ||', '!(released_last && !to_batch || converted ||'),
    ('writers first is ignored', 'decide',
     ' && !(writer_first_i && ew);', ';'),
    ('a writer is handed the lock before readers', 'decide',
     ' && !(writer_first_i && ew);', ' && !ew;'),
    ('a shared owner that leaves wakes a writer though others own the lock', 'decide',
     'wire released_last = left && owners_one_i;', 'wire released_last = left && (owners_one_i || ew);'),
    # Convert, owner pointers, lifetime
    ('convert wakes nobody', 'decide',
     '(released_last && to_batch) || (converted && sw)\n', '(released_last && to_batch)\n'),
    ('a shared owner converts', 'decide',
     'wire converted = convert_i && x_me;', 'wire converted = convert_i && mine;'),
    ('the owners are not fewer when counts are added at set owner', 'decide',
     ' || given && owner_owns_i;', ';'),
    ('set owner names a thread that waits', 'walker',
     '!s2_pointer_i || found_head || !thread_idle_i', '!s2_pointer_i || found_head'),
    ('set owner overflows the hold count', 'command',
     '(hold_sum[HoldWidth])', "(1'b0)"),
    ('a lock with shared waiters is deleted', 'decide',
     '(reinitialize_i || delete_i) && !ew && !sw;', '(reinitialize_i || delete_i) && !ew;'),
    ('reinitialize forgets the order of waiters', 'decide',
     'assign writer_first_o = initialize_i ?', 'assign writer_first_o = initialize_i || reinitialize_i ?'),
    ('initialize leaves the hold count of the last thread', 'walker',
     "walk_left_d = {1'b0, ThreadCount} - Two;", "walk_left_d = {1'b0, ThreadCount} - Two - 1'b1;"),
    # Parity: a bit that flips in a RAM is noticed.
    ('parity of a row is not looked at', 'store',
     'assign bad_row_o = HasParity && (', "assign bad_row_o = 1'b0 && ("),
    ('parity of the ends of the queues is not looked at', 'store',
     "wire bad_shared_ends = shared_word[CountWidth-1:0] != {CountWidth{1'b0}}\n", "wire bad_shared_ends = 1'b0\n"),
    ('parity of a hold count is not looked at', 'store',
     'assign bad_hold_o = HasParity &&', "assign bad_hold_o = 1'b0 &&"),
    ('parity of what a thread does is not looked at', 'store',
     '      HasParity && ^{thread_parity,', "      1'b0 && ^{thread_parity,"),
    ('a batch goes on behind a link of wrong parity', 'walker',
     '!walk_last && link_q[ThreadWidth];', "1'b0;"),
    ('a cancel goes on behind a link of wrong parity', 'walker',
     'wire walk_bad = walk_q[ThreadWidth];', "wire walk_bad = 1'b0;"),
    ('a core of wrong parity is interrupted', 'store',
     '{CoreWidth{!(HasParity && ^push_core)}}', "{CoreWidth{1'b1}}"),
    ('the parity of a hold count is that of the count before', 'store',
     '.wdata_i({^hold, hold})', '.wdata_i({^hold_o, hold})'),
    ('the parity of the owners is not counted on', 'store',
     'coded_count(owners), coded_count(shared), coded_count(exclusives),',
     "{1'b0, owners[CountWidth-1:0]}, coded_count(shared), coded_count(exclusives),"),
    ('a row of wrong parity cannot be initialized', 'check',
     'initialize && live_i && !bad_row_i', 'initialize && live_i'),
    # Cancel and drain
    ('cancel leaves readers behind nobody', 'decide',
     'wire cancel_frees = waits_exclusive_i && exclusive_waiters_one_i && shared && sw;',
     "wire cancel_frees = 1'b0;"),
    ('cancel frees readers although another writer waits', 'decide',
     'waits_exclusive_i && exclusive_waiters_one_i && shared && sw',
     'waits_exclusive_i && shared && sw'),
    ('cancel loses the tail', 'command',
     'if (s2_exclusive_tail_q == s2_link) exclusive_tail_d = walk_i;', ''),
    ('cancel loses who stands behind', 'store',
     'walk_unlink_i ? walk_next_word : coded_link', "walk_unlink_i ? coded_link({1'b0, walk_thread_i}) : coded_link"),
    ('a cancelled thread still counts as waiting', 'store',
     '|| grant_removed_i || granted || walk_unlink_i\n', '|| grant_removed_i || granted\n'),
    ('a reader that cancel frees counts twice when it owned the lock', 'command',
     'walk_count_i && s2_hold_zero_q;', 'walk_count_i;'),
    ('drain leaves levels', 'command',
     ' & {HoldWidth{!(s2_drain_q && run_i)}}', ''),
    # Queues, grants, pipeline
    ('a batch wakes one reader only', 'walker',
     "walk_left_d = grant_batch_i ? {1'b0, s2_shared_i} - Two : {(CountWidth + 1) {1'b1}};",
     "walk_left_d = {(CountWidth + 1) {1'b1}};"),
    ('the newest writer is served first', 'command',
     'if (!s2_ew_q) exclusive_head_d = s2_link;', 'exclusive_head_d = s2_link;'),
    ('two commands on one lock overlap', 'pipeline',
     's1_alone_q || s0_lock == s1_addr_q[2+:LockWidth]\n', 's1_alone_q\n'),
    ('two commands of one core overlap', 'pipeline',
     's1_addr_q[2+:LockWidth]\n          || s0_core == s1_addr_q[20+:CoreWidth])',
     's1_addr_q[2+:LockWidth])'),
    ('a thread waits twice', 'pipeline',
     '.thread_busy_i(!thread_idle_i || s1_just_queued),', '.thread_busy_i(s1_just_queued),'),
    ('a grant goes to the core that released', 'store',
     'push_core = run_i ? core_word :',
     'push_core = run_i ? {^s2_core_i, s2_core_i} :'),
    ('a thread commands before its grant is removed', 'store',
     'granted ? ThreadGranted\n', 'granted ? ThreadIdle\n'),
    ('a lock out of range shows the owners of another one', 'pipeline',
     'assign s1_no_counts_o = s1_bad_lock_q || bad_row_i;',
     'assign s1_no_counts_o = bad_row_i;'),
    ('a later grant hides the first one', 'grant',
     'if (!valid_q[push_core_i]) head_q', 'head_q'),
    ('taking a grant drops those behind it', 'grant',
     'pop_i && head_q[pop_core_i] == tail_q[pop_core_i];', 'pop_i;'),
    # Refusals
    ('a thread that waits may ask for its hold count', 'check',
     'needs_thread && !ForOperandOps[op_i];', 'needs_thread && !ForOperandOps[op_i] && !hold_count;'),
    ('convert above APC_LEVEL', 'check',
     '= LowIrqlOps[op_i];', '= LowIrqlOps[op_i] && !convert;'),
    ('a deleted lock is released', 'check',
     '(!live_i && !initialize)', '(!live_i && !initialize && !release_any)'),
    ('a later error takes the place of the first one', 'regs',
     'if (s2_refused_i && s2_privileged_i && !error_valid_q) begin', 'if (s2_refused_i && s2_privileged_i) begin'),
    ('an unprivileged access cancels', 'regs',
     '!PrivilegedOps[s1_op];', '(!PrivilegedOps[s1_op] || s1_op == `LOCKARB_OP_CANCEL);'),
    # Isolation
    ('a closed aperture takes commands', 'regs',
     ': !aperture_q[s1_core])\n', ": 1'b0)\n"),
    ('the aperture of any core opens all', 'regs',
     'aperture_q <= (aperture_q & ~s2_bit) | ({Windows{wdata_i[0]}} & s2_bit);',
     'aperture_q <= {Windows{wdata_i[0]}};'),
    ('ARM arms every command', 'regs',
     'armed_q[s1_core] && s1_word_i[18:2] == s1_addr_i[18:2];', 'armed_q[s1_core];'),
    ('ARM arms an operation on all locks', 'regs',
     's1_word_i[18:2] == s1_addr_i[18:2];', 's1_word_i[18:14] == s1_addr_i[18:14];'),
    ('the ARM of any core arms', 'regs',
     'wire s1_armed = armed_q[s1_core] &&', "wire s1_armed = armed_q != {Windows{1'b0}} &&"),
    ('a command leaves ARM as it is', 'regs',
     ' & ~s1_bit;', ';'),
    ('a change of the thread leaves ARM as it is', 'regs',
     'if (write_current) armed_d', 'if (1\'b0) armed_d'),
    ('a lock is deleted without ARM', 'check',
     'ArmedOps[op_i];', 'ArmedOps[op_i] && !delete;'),
    ('a write of ISSUE has to be armed', 'regs',
     's1_armed_o = s1_issue_i || s1_armed;', 's1_armed_o = s1_armed;'),
    ('the answer to unprivileged code goes to ANSWER', 'regs',
     '(s2_privileged_i ? AnswerWord : UserAnswerWord)', 'AnswerWord'),
    ('unprivileged code takes a lock of the other class', 'regs',
     '!(s1_privileged_i || s1_own && s1_user_lock_i)', '!(s1_privileged_i || s1_own)'),
    ('a deleted lock keeps its class', 'command',
     's2_user_q && live && !leave_bad_i', 's2_user_q && !leave_bad_i'),
    ('every initialize makes a lock for everybody', 'command',
     "wire user = s2_initialize_q ? s2_op_q == `LOCKARB_OP_INITIALIZE_USER\n      || s2_op_q == `LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST :",
     "wire user = s2_initialize_q ? 1'b1 :"),
    ('an error of unprivileged code hides one of privileged code', 'regs',
     'if (s2_refused_i && s2_privileged_i && !error_valid_q) begin', 'if (s2_refused_i && !error_valid_q) begin'),
    ('a write of ERROR clears USER_ERROR', 'regs',
     "if (write_user_error) user_error_valid_d = 1'b0;",
     "if (write_user_error || write_error) user_error_valid_d = 1'b0;"),
    ('a thread is the current one of two cores', 'regs',
     ' && !s1_elsewhere_q;', ';'),
    ('TAKE takes while the aperture is closed', 'regs',
     's1_own_grant_q && aperture_q[s1_core];', 's1_own_grant_q;'),
    ('TAKE takes the grant of any thread', 'regs',
     '\n          && grant_head_i == s0_current[ThreadWidth-1:0];', ';'),
    ('TAKE takes without saying so', 'regs',
     "{1'b1, s1_bad_word_i, s1_taken, any_error,", "{1'b1, s1_bad_word_i, 1'b0, any_error,"),
    ('any master reaches the window of a core', 'regs',
     'CheckUser != 0 && s1_user_i', "1'b0 && s1_user_i"),
    # APC mask
    ('the mask moves with a refused release', 'decide',
     '&& !overflow) || released);', '&& !overflow) || release_i);'),
    ('the mask does not move when the thread has to wait', 'decide',
     '(acquire_i && (ok || wait_i)', '(acquire_i && ok'),
    ('a user APC runs inside a critical region', 'apc',
     'pending_d[4] && normal_open_d;', 'pending_d[4] && any_open_d;'),
    ('a special APC runs at APC_LEVEL', 'apc',
     "irql_we_i ? wdata_i[4:0] == 5'd0", "irql_we_i ? wdata_i[4:1] == 4'd0"),
    ('a leave to exactly zero does not open the mask', 'apc',
     "kernel_q == (up_i ? 16'hFFFF : 16'd1)", "kernel_q == (up_i ? 16'd1 : 16'hFFFF)"),
    # Statistics
    ('the contention of an exclusive waiter is not counted', 'engine',
     '.queued_i    (queue),', '.queued_i    (queue && !queue_exclusive),'),
    ('a batch is counted as one acquisition', 'command',
     'acquired_o = grant_batch ? shared_o :',
     "acquired_o = grant_batch ? {{(CountWidth - 1) {1'b0}}, 1'b1} :"),
    ('a conversion counts as a change of hands', 'command',
     'granted && s2_owners_zero_q || ended && handed', 'granted && s2_owners_zero_q || handed'),
    ('the longest wait is the last one', 'statistics',
     'w_handed_q && w_wait_q > w_longest_wait_q', 'w_handed_q'),
    ('statistics outlive an initialize', 'engine',
     '.clear_i     (forget),', ".clear_i     (1'b0),"),
]


def run(command, **options):
    """Stops with the output of a command that fails."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f'{" ".join(map(str, command))}\n{done.stdout}{done.stderr}')
    return done.stdout


def verilate(rtl, out):
    """The objects of the three models, each compiled as one file."""
    files = [rtl / 'lockarb.vlt'] + [rtl / name for name in (rtl / 'lockarb.f').read_text().split()]
    objects = []
    for top, sizes in TOPS.items():
        name = f'V{top}'
        run(['verilator', '--cc', '-Wno-fatal', '-Wno-lint', '--top-module', top, '--prefix', name,
             '--Mdir', out, f'-I{rtl}', *sizes, *files])
        one = out / f'{name}_all.cpp'
        parts = sorted(path.name for path in out.glob(f'{name}_*.cpp') if path != one and
                       (path.name.startswith(f'{name}___') or path.name.startswith(f'{name}__Syms')))
        one.write_text(''.join(f'#include "{part}"\n' for part in [f'{name}.cpp', *parts]))
        run([*CXX, *FLAGS, f'-I{out}', '-c', one, '-o', out / f'{name}.o'])
        objects.append(out / f'{name}.o')
    return objects


def build_tests(base):
    """What does not change with a fault: the tests, and Verilator's own part."""
    sources = [*(SOURCE / file for file in REFERENCE_MODEL), SOURCE / 'tests/rtl/access_list.cpp',
               SOURCE / 'tests/rtl/seeded_bug_lockstep.cpp', SOURCE / 'tests/rtl/decide_test.cpp',
               VERILATOR / 'verilated.cpp', VERILATOR / 'verilated_threads.cpp']
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(lambda source: run([*CXX, *FLAGS, f'-I{base}', '-c', source, '-o',
                                          base / f'{source.stem}.o']), sources))


def caught_by(base, out, objects):
    """The tests that fail on the models in `objects`."""
    for top in TOPS:
        if not filecmp.cmp(base / f'V{top}.h', out / f'V{top}.h', shallow=False):
            raise RuntimeError(f'{out}: the ports of {top} are not those that the tests were built with')
    common = [base / f'{name}.o' for name in (*(pathlib.Path(file).stem for file in REFERENCE_MODEL),
                                              'access_list', 'verilated', 'verilated_threads')]
    lockstep, decide = out / 'lockstep', out / 'decide_test'
    model, *parts = objects
    run(['g++', base / 'seeded_bug_lockstep.o', model, *common, '-lpthread', '-o', lockstep])
    run(['g++', base / 'decide_test.o', *parts, *common, '-lgtest', '-lgtest_main', '-lpthread', '-o',
         decide])
    tests = []
    output = subprocess.run([decide, '--gtest_brief=1'], capture_output=True, text=True).stdout
    tests += sorted(set(re.findall(r'^\[  FAILED  \] (Decide\.\w+) \(', output, re.M)))
    output = subprocess.run([lockstep], capture_output=True, text=True).stdout
    found = re.search(r'set (\S+), seed (\d+).* (\d+) accesses are enough', output, re.S)
    if found:
        tests.append(f'lockstep ({found[3]} accesses)')
    return tests


def with_bug(number):
    """The file of rtl/, and its text with the fault."""
    description, where, text, instead = BUGS[number]
    path = RTL / f'lockarb_{where}.v'
    source = path.read_text()
    if source.count(text) != 1:
        sys.exit(f'seeded_bugs.py: {description}: {path.name} has {source.count(text)} times: {text}')
    return path, source.replace(text, instead)


def try_bug(build, base, number):
    out = build / f'{number:02}'
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    rtl = out / 'rtl'
    shutil.copytree(RTL, rtl, ignore=shutil.ignore_patterns('regs', 'synth', 'views', 'boards'))
    path, source = with_bug(number)
    (rtl / path.name).write_text(source)
    return caught_by(base, out, verilate(rtl, out))


def main():
    # A text that is no longer there would be told after minutes.
    for number in range(len(BUGS)):
        with_bug(number)
    if sys.argv[1:] == ['--texts']:
        return 0
    build = pathlib.Path(sys.argv[1]).resolve() / 'seeded_bugs'
    word = sys.argv[2] if len(sys.argv) > 2 else ''
    chosen = [number for number, bug in enumerate(BUGS) if word in bug[0]]
    base = build / 'base'
    base.mkdir(parents=True, exist_ok=True)
    objects = verilate(RTL, base)
    build_tests(base)
    if caught_by(base, base, objects):
        raise RuntimeError('the tests fail without a fault')

    width = max(len(BUGS[number][0]) for number in chosen)
    survivors, rows = 0, []
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        results = pool.map(lambda number: try_bug(build, base, number), chosen)
        for number, tests in zip(chosen, results):
            survivors += not tests
            # The first test of the decision says most; lockstep sees all of the block.
            few = tests if len(tests) <= 2 else [tests[0], tests[-1]]
            print(f'{BUGS[number][0]:{width}}  {", ".join(few) if few else "SURVIVED"}', flush=True)
            rows.append((BUGS[number][0],
                         ', '.join(f'`{name}`' if '.' in name else name for name in few) or 'nothing'))
    if not word:
        measured.keep(sys.argv[1], 'Seeded bugs', ('fault', 'caught by'), rows)
    print(f'{len(chosen)} faults, {survivors} survived')
    return 1 if survivors else 0


if __name__ == '__main__':
    sys.exit(main())
