# SPDX-License-Identifier: Apache-2.0
# lockarb: make is the door, CMake the graph, build/ the only output folder.

BUILD   := build
comma   := ,
RUN     := $(BUILD)/run
LOCKARB := $(BUILD)/sim/lockarb

# What a fresh Debian 12 or 13 lacks, by Debian's names. CMake checks versions where they matter.
DEBIAN_PACKAGES := \
  ca-certificates git cmake ninja-build pkg-config g++ clang \
  verilator zlib1g-dev iverilog yosys \
  libsystemc-dev libboost-context-dev libcli11-dev libyaml-cpp-dev nlohmann-json3-dev libfmt-dev \
  libdw-dev libgtest-dev libgmock-dev \
  cppcheck python3-venv python3-yaml gcc-riscv64-unknown-elf

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 16

# $(call install,PACKAGES): those of them that are missing.
define install
missing="$$(for p in $(1); do \
    dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done | xargs)"; \
if [ -z "$$missing" ]; then exit 0; fi; \
install="apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$missing"; \
if [ "$$(id -u)" = 0 ]; then sh -c "$$install"; \
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo sh -c "$$install"; \
elif command -v sudo >/dev/null && [ -t 0 ]; then sudo sh -c "$$install"; \
else echo "lockarb needs packages that only root can install. Run this as root, then make again:" >&2; \
  echo "  $$install" >&2; exit 1; fi
endef

.PHONY: deps
deps: ## Install the Debian packages that are missing (root or sudo)
	@$(call install,$(DEBIAN_PACKAGES))

# Only who builds for a board, or measures area, needs these.
.PHONY: synth-deps
synth-deps: deps
	@$(call install,nextpnr-ice40 fpga-icestorm)

.PHONY: tidy-deps
tidy-deps: deps
	@$(call install,clang-tidy)

# $(call venv,FLAGS): the Python tools of $<, in a virtual environment of their own around $@.
define venv
echo "Installing the Python tools of $< into $(@D)"
rm -rf $(@D)
python3 -m venv $(@D)
$(@D)/bin/pip install --quiet --disable-pip-version-check $(1) -r $<
touch $@
endef

# The optional Python tools.
VENV := $(BUILD)/venv
$(VENV)/.complete: rtl/regs/requirements.txt | deps
	@$(call venv,)

# What looks at sources, in the one version that everybody's are held against.
STATIC := $(BUILD)/static-venv
$(STATIC)/.complete: tests/static/requirements.txt | deps
	@$(call venv,)

# LiteX's host tools: what they depend on is named, the rest of it is for building hardware.
LITEX := $(BUILD)/litex
$(LITEX)/.complete: tests/sim/board/litex_requirements.txt | deps
	@$(call venv,--no-deps)

# What a folder of rtl/ needs beside them.
$(VENV)/.%-complete: rtl/%/requirements.txt $(VENV)/.complete
	@echo "Installing the Python tools of $< into $(VENV)"
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(BUILD)/build.ninja: | deps
	@cmake -S . -B $(BUILD) -G Ninja

.PHONY: build
build: deps $(BUILD)/build.ninja ## Build everything into build/
	@cmake --build $(BUILD)

.PHONY: run
run: deps $(BUILD)/build.ninja ## Run the main job: threads contend for a lock; prints where the waveform is
	@cmake --build $(BUILD) --target lockarb sim/programs/all
	@mkdir -p $(RUN)
	@$(LOCKARB) run sim/scenarios/handoff.yaml \
	  --trace $(RUN)/handoff.fst --json $(RUN)/handoff.json --replay-check
	@echo
	@echo "waveform: $(RUN)/handoff.fst   open it: make view"
	@echo "report:   $(RUN)/handoff.json"

.PHONY: view
VIEW ?= handoff
view: ## Open a waveform in GTKWave where it answers a question: VIEW=handoff|batch|apc|error|wake
	@command -v gtkwave >/dev/null || { echo "gtkwave is not installed: apt-get install gtkwave" >&2; exit 1; }
	@test -x $(LOCKARB) || { echo "$(LOCKARB) is missing: make run" >&2; exit 1; }
	@scenario=$$(rtl/views/views.py --scenario-of "$(VIEW)") && mkdir -p $(RUN) && \
	  $(LOCKARB) run sim/scenarios/$$scenario.yaml --trace $(RUN)/$(VIEW).fst >/dev/null && \
	  cd rtl/views && gtkwave ../../$(RUN)/$(VIEW).fst $(VIEW).gtkw

.PHONY: views
views: deps $(BUILD)/build.ninja ## Write the saved views of waveforms anew, from runs
	@cmake --build $(BUILD) --target lockarb
	@rtl/views/views.py $(LOCKARB) $(BUILD)/views

.PHONY: test
test: build $(VENV)/.complete $(STATIC)/.complete ## Run every test that CI runs
	@ctest --test-dir $(BUILD) --output-on-failure -j$$(($$(nproc) + 1)) # one more: some only wait

.PHONY: slurm-test
slurm-test: deps $(BUILD)/build.ninja ## Test a sweep as a job array, on a Slurm of one machine that it starts (root)
	@$(call install,munge slurm-wlm)
	@cmake --build $(BUILD) --target lockarb
	@tests/sim/sweep/slurm_test.py $(LOCKARB) $(BUILD)/slurm

.PHONY: report-plots
report-plots: ## Bundle what pages of lockarb report draw with, from npm (sim/report/plots)
	@command -v npm >/dev/null || { $(call install,npm); }
	@rm -rf $(BUILD)/report-plots
	@mkdir -p $(BUILD)/report-plots
	@cp sim/report/plots/* $(BUILD)/report-plots
	@cd $(BUILD)/report-plots && npm ci --silent --no-audit --no-fund --ignore-scripts && node bundle.mjs $(CURDIR)/sim/report

# The newest Chromium that Debian has, driven by playwright.
$(BUILD)/report-venv/.complete: tests/sim/report/requirements.txt | deps
	@$(call venv,)

.PHONY: report-test
report-test: $(BUILD)/report-venv/.complete $(BUILD)/build.ninja ## Test pages of lockarb report in headless Chromium; leaves their pictures
	@$(call install,chromium)
	@cmake --build $(BUILD) --target lockarb filesystem slowdown
	@$(BUILD)/report-venv/bin/python tests/sim/report/page_test.py $(LOCKARB) $(BUILD)/sim/programs/filesystem \
	  sim $(BUILD)/report
	@$(BUILD)/report-venv/bin/python tests/sim/report/walkthrough.py $(LOCKARB) $(BUILD)/sim/programs/slowdown \
	  $(BUILD)/walkthrough $(BUILD)/report

.PHONY: distro
distro: ## Run make run and make test in a fresh tree of DISTRO=bookworm|trixie (root)
	@tests/distro.sh $(DISTRO)

.PHONY: size
size: deps ## Measure what the smallest program takes of a RISC-V core's memory
	@tests/sw/riscv/size.py sw $(BUILD)/size

.PHONY: board-sim
board-sim: $(if $(SOC),board-sim-soc,board-sim-arbiter) ## Simulate a board; its UART is build/board.pty. TRACE=board.fst for a waveform, SOC=1 for cores

.PHONY: board-sim-arbiter
board-sim-arbiter: deps $(BUILD)/build.ninja
	@cmake --build $(BUILD) --target lockarb_board_sim lockarb
	@exec $(BUILD)/sim/lockarb_board_sim --link $(BUILD)/board.pty $(if $(TRACE),--trace $(TRACE))

# Runs two programs on it, one after the other, and stays there for more.
.PHONY: board-sim-soc
board-sim-soc: soc-build $(BUILD)/build.ninja
	@$(if $(filter rocket,$(SOC_CORE)),echo 'No board has cores of the kind rocket: SOC_CORE=vexriscv or picorv32' >&2; exit 2,:)
	@cmake --build $(BUILD) --target lockarb_load lockarb_probe
	@cmake --build $(SOC_BUILD) --target lockarb_soc_board_sim smallest_elf filesystem_elf
	@sim/soc/board.py $(SOC_BUILD)/lockarb_soc_board_sim $(BUILD)/sim $(BUILD)/board.pty $(if $(TRACE),--trace $(TRACE)) \
	  $(SOC_BUILD)/smallest.elf $(SOC_BUILD)/filesystem.elf

.PHONY: board-test
board-test: $(LITEX)/.complete $(BUILD)/build.ninja ## Test the simulated board, with LiteX's own host tools too
	@cmake --build $(BUILD) --target sim_board_test lockarb_sw_test
	@ctest --test-dir $(BUILD) --output-on-failure -R '^BoardSim\.'

SOC_CORE ?= vexriscv
SOC_BUILD := $(BUILD)/soc$(if $(filter-out vexriscv,$(SOC_CORE)),-$(SOC_CORE))
SOC_CORES ?= 4
SOC_MEMORY_KIB ?= $(if $(filter rocket,$(SOC_CORE)),1024,256)
SOC_SIMULATOR = lockarb_soc$(if $(TRACE),_trace)

.PHONY: soc-build
soc-build: deps $(VENV)/.soc-complete
	@$(if $(and $(TRACE),$(filter rocket,$(SOC_CORE))),echo 'Cores of the kind rocket are not recorded: leave TRACE out' >&2; exit 2,:)
	@cmake -S sim/soc -B $(SOC_BUILD) -G Ninja -DLOCKARB_SOC_CORES=$(SOC_CORES) -DLOCKARB_SOC_CORE=$(SOC_CORE) \
	  -DLOCKARB_SOC_MEMORY_KIB=$(SOC_MEMORY_KIB) -DLOCKARB_SOC_PYTHON=$(abspath $(VENV)/bin/python)

.PHONY: soc
soc: soc-build ## Run programs on simulated RISC-V cores: SOC_CORES=4 SOC_CORE=vexriscv|picorv32|rocket TRACE=soc.fst
	@cmake --build $(SOC_BUILD) --target $(SOC_SIMULATOR) programs
	@$(SOC_BUILD)/$(SOC_SIMULATOR) $(SOC_BUILD)/smallest.elf
	@$(SOC_BUILD)/$(SOC_SIMULATOR) $(SOC_BUILD)/handoff.elf $(if $(TRACE),--trace $(TRACE))

.PHONY: soc-test
soc-test: soc-build $(BUILD)/build.ninja ## Test the simulated SoC: threads, faults, bad input, an interrupt at each of 2000 clocks
	@cmake --build $(BUILD) --target lockarb lockarb_load lockarb_probe sim/programs/all
	@cmake --build $(SOC_BUILD) --target lockarb_soc $(if $(filter rocket,$(SOC_CORE)),,lockarb_soc_board_sim) all_programs soc_test_programs
	@tests/sim/soc/soc_test.py $(SOC_BUILD) $(SOC_CORE) $(BUILD)/sim

.PHONY: soc-contract
soc-contract: ## Run the contract suite on the simulated RISC-V cores: a quarter of an hour on 2 cores
	@$(if $(filter 4,$(SOC_CORES)),,echo 'The actors need four cores: leave SOC_CORES=$(SOC_CORES) out' >&2; exit 2)
	@$(if $(filter rocket,$(SOC_CORE)),echo 'Caches of rocket hide what the host writes: take another SOC_CORE' >&2; exit 2)
	@$(MAKE) --no-print-directory soc-build
	@cmake --build $(SOC_BUILD) --target soc_contract_test
	@ctest --test-dir $(SOC_BUILD)/tests --output-on-failure -j$$(nproc) -R contract

.PHONY: soc-bench
soc-bench: soc-build ## Measure what a lock costs on the simulated RISC-V cores
	@cmake --build $(SOC_BUILD) --target lockarb_soc bench_elf
	@tests/bench/soc/bench.py $(SOC_BUILD) $(SOC_CORES)

.PHONY: calibrate
calibrate: soc-build $(BUILD)/build.ninja ## Compare clocks of host threads, --costs vexriscv, with those of cores
	@cmake --build $(BUILD) --target lockarb operations sim/programs/all
	@cmake --build $(SOC_BUILD) --target lockarb_soc all_programs operations_elf
	@tests/bench/soc/calibrate.py $(SOC_BUILD) $(BUILD)/sim

GATE := $(BUILD)/gate

.PHONY: gate
gate: deps ## Run the tests of the RTL on the netlist of iCE40 cells that Yosys makes of it
	@cmake -S . -B $(GATE) -G Ninja -DLOCKARB_GATE_LEVEL=ON
	@cmake --build $(GATE) --target gate
	@ctest --test-dir $(GATE) --output-on-failure -j2 -L gate

.PHONY: equivalence
equivalence: deps ## Prove RTL and netlist to be the same function, at a small size
	@tests/gate/equivalence.sh $(BUILD)/equivalence

.PHONY: prove
prove: deps ## Prove the properties of tests/formal, and kill the mutants that each must catch
	@tests/formal/prove.py $(BUILD)/prove

.PHONY: lockstep
lockstep: deps $(BUILD)/build.ninja ## Send 20 million random commands into RTL and reference model
	@cmake --build $(BUILD) --target lockstep_test
	@$(BUILD)/tests/rtl/lockstep_test --commands 20000000

FAULTS ?= 10000
FIRST ?= 1

.PHONY: faults
faults: deps $(BUILD)/build.ninja ## Run 10 000 scenarios with random faults: FAULTS=how many FIRST=seed
	@cmake --build $(BUILD) --target lockarb
	@tests/faults/faults.py $(LOCKARB) $(BUILD)/faults --count $(FAULTS) --first $(FIRST)

.PHONY: seeded-bugs
seeded-bugs: deps ## Build the RTL with one fault at a time: a test must catch each
	@tests/rtl/seeded_bugs.py $(BUILD)

# Clang's runtimes; the plain build needs none.
.PHONY: fuzz-deps
fuzz-deps: deps
	@$(call install,libclang-rt-$$(clang -dumpversion | cut -d. -f1)-dev)

FUZZ := $(BUILD)/fuzz
MINUTES ?= 4

.PHONY: fuzz
fuzz: fuzz-deps ## Fuzz scenario parser, command stream and serial line for MINUTES=4
	@cmake -S . -B $(FUZZ) -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
	  -DLOCKARB_SANITIZE=fuzzer-no-link,address,undefined
	@cmake --build $(FUZZ) --target scenario_fuzz commands_fuzz line_fuzz
	@tests/fuzz/fuzz.py $(FUZZ) $(MINUTES)

.PHONY: outside
outside: build ## Build and run a project of somebody else's on lockarb: installed, and as a part of its build
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -C Outside -R '^Outside'

# Tests that do not run code of ours, and need no second look.
UNWATCHED := ^(rtl_lint|regs_check|Datasheet|Smoke|Outside|Format|Plan|Citations|Figures|Licence|Build|Prove|SeededBugs|sw\.(Layers|Headers|CompilesWithout))

.PHONY: sanitize
sanitize: deps ## Run the tests under ASan and UBSan, then under TSan
	@cmake -S . -B $(BUILD)/sanitize-address -G Ninja -DLOCKARB_SANITIZE=address,undefined
	@cmake --build $(BUILD)/sanitize-address
	@ctest --test-dir $(BUILD)/sanitize-address --output-on-failure -j2 -E '$(UNWATCHED)'
	@cmake -S . -B $(BUILD)/sanitize-thread -G Ninja -DLOCKARB_SANITIZE=thread
	@cmake --build $(BUILD)/sanitize-thread
	@TSAN_OPTIONS=atexit_sleep_ms=0 ctest --test-dir $(BUILD)/sanitize-thread --output-on-failure -j2 -E '$(UNWATCHED)'

COVERAGE := $(BUILD)/coverage
$(COVERAGE)-venv/.complete: tests/coverage/requirements.txt | deps
	@$(call venv,)

.PHONY: coverage
coverage: $(COVERAGE)-venv/.complete ## Count which lines, branches and bits the tests reach; fail below the goals
	@cmake -S . -B $(COVERAGE) -G Ninja -DLOCKARB_COVERAGE=ON
	@find $(COVERAGE) -name '*.gcda' -delete; rm -rf $(COVERAGE)/counters; mkdir $(COVERAGE)/counters
	@cmake --build $(COVERAGE)
	@LOCKARB_RTL_COVERAGE=$(abspath $(COVERAGE))/counters \
	  ctest --test-dir $(COVERAGE) --output-on-failure -j2 -E '$(UNWATCHED)'
	@$(COVERAGE)-venv/bin/python tests/coverage/coverage.py $(COVERAGE)

MUTATE := $(BUILD)/mutate-venv
$(MUTATE)/.complete: tests/mutate/requirements.txt | deps
	@$(call venv,)

.PHONY: mutate
mutate: $(MUTATE)/.complete ## Break RTL and driver in every small way: a test must catch 95 % of them
	@$(MUTATE)/bin/python tests/mutate/mutate.py $(BUILD)

.PHONY: bench
bench: deps $(BUILD)/build.ninja ## Measure hardware figures in clocks, simulation speeds as ratios
	@cmake --build $(BUILD) --target lockarb_bench
	@$(BUILD)/tests/bench/lockarb_bench --json $(BUILD)/bench.json
	@tests/bench/goals.py $(BUILD) --json $(BUILD)/bench.json
	@echo "report: $(BUILD)/bench.json"

BENCH_CLOCKS := $(BUILD)/bench_clocks.json
.PHONY: bench-clocks bench-check bench-baseline
bench-clocks: deps $(BUILD)/build.ninja
	@cmake --build $(BUILD) --target lockarb_bench
	@$(BUILD)/tests/bench/lockarb_bench --clocks-only --json $(BENCH_CLOCKS) >/dev/null
bench-check: bench-clocks ## Compare the figures in clocks with those that are committed: none may be worse
	@tests/bench/check.py tests/bench/baseline.json $(BENCH_CLOCKS)
bench-baseline: bench-clocks ## Commit to the figures in clocks of today
	@tests/bench/check.py tests/bench/baseline.json $(BENCH_CLOCKS) --write

BOARDS := hx8k icebreaker ulx3s ulx3s_soc
ECP5_BOARDS := ulx3s ulx3s_soc
BOARD_CHECK = $(if $(filter $(BOARD),$(BOARDS)),,$(error no board "$(BOARD)": BOARD is one of: $(BOARDS)))
ULX3S_SIZE ?= 85k
BITSTREAM = $(BUILD)/boards/$(BOARD)/lockarb_$(BOARD).$(if $(filter $(ECP5_BOARDS),$(BOARD)),bit,bin)
OPENFPGALOADER_hx8k := ice40_generic
OPENFPGALOADER_icebreaker := ice40_generic
OPENFPGALOADER_ulx3s := ulx3s
OPENFPGALOADER_ulx3s_soc := ulx3s

.PHONY: synth
synth: ## Build the bitstream of BOARD=hx8k|icebreaker|ulx3s|ulx3s_soc, or fail when its clock is not met
	@$(BOARD_CHECK)$(MAKE) --no-print-directory synth-deps $(if $(filter $(ECP5_BOARDS),$(BOARD)),$(VENV)/.boards-complete)
	@$(if $(filter ulx3s_soc,$(BOARD)),$(MAKE) --no-print-directory soc-memory-file)
	@ULX3S_SIZE=$(ULX3S_SIZE) $(if $(filter ulx3s_soc,$(BOARD)),SOC_PARAMETERS="$(SOC_$(ULX3S_SIZE))" \
	  SOC_PROGRAM=$(SOC_MEMORY)/smallest.hex) rtl/boards/synth.py $(BOARD) $(BUILD)/boards $(VENV)

# What fits into each of the FPGAs: block RAM decides.
SOC_85k := NumCores=4 MemoryKiB=256
SOC_45k := NumCores=4 MemoryKiB=128
SOC_25k := NumCores=2 MemoryKiB=80 NumThreads=16 NumLocks=16
SOC_12k := $(SOC_25k)
SOC_MEMORY := $(BUILD)/soc-$(ULX3S_SIZE)

# What is in the memory of a board with cores at first; small memory wants small code.
.PHONY: soc-memory-file
soc-memory-file: $(VENV)/.soc-complete
	@cmake -S sim/soc -B $(SOC_MEMORY) -G Ninja -DLOCKARB_SOC_PYTHON=$(abspath $(VENV)/bin/python) \
	  -DLOCKARB_SOC_MEMORY_KIB=$(patsubst MemoryKiB=%,%,$(filter MemoryKiB=%,$(SOC_$(ULX3S_SIZE)))) \
	  $(if $(filter 12k 25k,$(ULX3S_SIZE)),"-DLOCKARB_RISCV_OPTIONS=-Os;-Wl$(comma)--defsym=__most_cores=2")
	@cmake --build $(SOC_MEMORY) --target smallest_hex

.PHONY: flash
flash: ## Load the bitstream of make synth into BOARD with openFPGALoader
	@$(BOARD_CHECK)command -v openFPGALoader >/dev/null || \
	  { echo "openFPGALoader is not installed: apt-get install openfpgaloader" >&2; exit 1; }
	@test -f $(BITSTREAM) || { echo "$(BITSTREAM) is missing: make synth BOARD=$(BOARD)" >&2; exit 1; }
	@openFPGALoader --board $(OPENFPGALOADER_$(BOARD)) $(BITSTREAM) || \
	  { echo "openFPGALoader did not reach the $(BOARD): is it plugged in, and may you use it?" >&2; exit 1; }

.PHONY: area
area: synth-deps $(VENV)/.synth-complete ## Measure area and clock over the sizes and draw rtl/area.svg
	@rtl/synth/area.py measure $(BUILD)/area
	@$(VENV)/bin/python rtl/synth/area.py draw $(BUILD)/area rtl/area.svg
	@rtl/synth/area.py check $(BUILD)/area

.PHONY: timing
timing: $(VENV)/.timing-complete $(BUILD)/build.ninja ## Draw the timing diagrams of the datasheet from runs
	@cmake --build $(BUILD) --target lockarb
	@$(VENV)/bin/python rtl/timing/draw.py $(LOCKARB) $(BUILD)/timing

.PHONY: figures
figures: build timing $(STATIC)/.complete ## Write the figures of today into the documents, and the tables that long runs left
	@tests/static/figures.py $(BUILD) --write

.PHONY: regs
regs: $(VENV)/.complete ## Make the register products from rtl/regs/lockarb.rdl
	@$(VENV)/bin/python rtl/regs/generate.py

.PHONY: regs-check
regs-check: $(VENV)/.complete ## Fail when a register product is stale
	@$(VENV)/bin/python rtl/regs/generate.py --check

.PHONY: lint
lint: $(STATIC)/.complete ## Lint the Verilog with five tools, look for licences; without a build
	@tests/static/spdx.py
	@tests/rtl/lint.py verilator icarus yosys slang verible

.PHONY: tidy
tidy: tidy-deps $(BUILD)/build.ninja ## Hold the C and C++ sources against cppcheck and clang-tidy
	@tests/static/static_analysis.py cppcheck $(BUILD) || test $$? = 77
	@tests/static/static_analysis.py clang-tidy $(BUILD) || test $$? = 77

# C and C++ that people write; the register header is generated.
SOURCES = $(shell git ls-files '*.c' '*.h' '*.cpp' ':!sw/driver/lockarb_regs.h')

.PHONY: format
format: $(STATIC)/.complete ## Format the C and C++ sources
	@$(STATIC)/bin/clang-format -i $(SOURCES)

.PHONY: format-check
format-check: $(STATIC)/.complete ## Fail when a C or C++ source is not formatted
	@$(STATIC)/bin/clang-format --dry-run --Werror $(SOURCES)

.PHONY: clean
clean: ## Delete build/
	@rm -rf $(BUILD)
