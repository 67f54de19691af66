# SPDX-License-Identifier: MIT
# satbed: `make` builds build/satbed, `make run` runs a first scenario, `make check` runs all tests, `make help` lists the rest

# ?= for what a packager sets; satbed's own needs go to sb_*, so CFLAGS=-O0 never drops an include path.
CC ?= cc
AR ?= ar
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
O ?= build
Q := $(if $(V),,@)

PKGS := libnl-3.0 libnl-route-3.0 libcjson libpcap inih libxxhash libcurl libarchive gsl libxml-2.0 libmicrohttpd libseccomp sqlite3
AGENT_PKGS := jansson libseccomp
# The charts of the page: Debian's libjs-dygraphs, where it or npm put it.
DYGRAPHS ?= $(firstword $(patsubst %/dygraph.min.js,%,$(wildcard $(addsuffix /dygraph.min.js,\
	/usr/share/javascript/dygraphs /usr/share/nodejs/dygraphs/dist /usr/share/nodejs/dygraphs))))
DYGRAPHS_SYNC ?= $(firstword $(wildcard $(addsuffix /synchronizer.js,\
	$(DYGRAPHS)/extras $(DYGRAPHS)/src-es5/extras $(DYGRAPHS)/src/extras $(DYGRAPHS)/../src/extras)))

sb_warn := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wundef -Wvla -Wswitch-enum -Wimplicit-fallthrough
sb_san := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
# Inputs are hostile: a smashed stack, an overrun buffer, a written GOT end the program.  Sanitizers have better; -O0 has no _FORTIFY_SOURCE.
sb_hard := -fstack-protector-strong $(if $(SAN)$(filter -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
sb_cflags = -std=gnu11 -pthread -ffp-contract=off $(sb_warn) $(if $(WERROR),-Werror) $(sb_san) $(sb_hard) -fPIE
sb_ld := -Wl,-z,relro,-z,now,-z,noexecstack
sb_link := $(sb_ld) -pie
sb_cppflags = -Iinclude -Isrc -D_GNU_SOURCE $(patsubst -I%,-isystem%,$(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null))
sb_libs = $(shell $(PKG_CONFIG) --libs $(PKGS)) -lm
# A sanitizer's run-time cannot be linked statically.
agent_link = $(sb_ld) $(if $(SAN),-pie,-static-pie)
agent_libs = $(shell $(PKG_CONFIG) --libs $(AGENT_PKGS))

# The next release's; `make dist` asks git, and a tarball brings its own.
base_version := 0.1.0
VERSION := $(or $(shell cat .tarball-version 2>/dev/null),$(base_version))
AGENT_SRCS := $(sort $(wildcard src/agent/*.c src/agent/*/*.c))
AGENT_BASE_SRCS := src/base/err.c src/base/clock.c src/base/rng.c src/base/version.c src/base/base64.c src/base/offload.c \
	src/base/process/sched.c src/base/process/proc.c src/base/process/process.c src/base/sandbox/seccomp.c src/base/sandbox/landlock.c
EMULATOR_SRCS := $(sort $(wildcard src/emulator_main/*.c))
# In a guest's program these stand in for what it cannot use, and for the libraries behind that.
GUEST_PARTS := src/engine/guest_engines.c src/live/guest_board.c src/live/guest_metrics.c src/report/guest_junit.c src/run/guest/guest_here.c
GUEST_SRCS := $(sort $(wildcard src/guest_main/*.c)) $(GUEST_PARTS)
PRELOAD_SRCS := $(sort $(wildcard src/guest/preload/*.c))
LIB_SRCS := $(sort $(filter-out src/cli/main.c $(AGENT_SRCS) $(EMULATOR_SRCS) $(GUEST_SRCS) $(PRELOAD_SRCS),$(wildcard src/*/*.c src/*/*/*.c)))
UNIT_SRCS := $(sort $(wildcard tests/unit/test_*.c))
INTEG_SRCS := $(sort $(wildcard tests/integration/test_*.c))
E2E_SRCS := $(sort $(wildcard tests/e2e/*.c))
BENCH_SRCS := $(sort $(wildcard tests/bench/bench_*.c))
FAULT_BINS = $(addprefix $(O)/tests/fault/,fault.so sites satbed)
FUZZ_SRCS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
TESTLIB_SRCS := $(sort $(wildcard tests/lib/*.c))

obj = $(patsubst %.c,$(O)/obj/%.o,$(1))
bin = $(patsubst tests/%.c,$(O)/tests/%,$(1))
UNIT_BINS := $(call bin,$(UNIT_SRCS))
INTEG_BINS := $(call bin,$(INTEG_SRCS))
E2E_BINS := $(call bin,$(E2E_SRCS))
BENCH_BINS := $(call bin,$(BENCH_SRCS))
REPLAY_BINS := $(patsubst tests/fuzz/fuzz_%.c,$(O)/tests/fuzz/replay_%,$(FUZZ_SRCS))

# A stamp file changes only when its content would: objects follow flags, the archive follows the list of sources.
stamp = $(shell mkdir -p $(O); printf '%s\n' '$(subst ','\'',$(2))' | cmp -s - $(O)/$(1) || printf '%s\n' '$(subst ','\'',$(2))' >$(O)/$(1))
$(call stamp,.flags,$(CC) $(sb_cppflags) $(CPPFLAGS) $(sb_cflags) $(CFLAGS))
$(call stamp,.sources,$(LIB_SRCS))
$(call stamp,.version,$(VERSION))

.PHONY: all
all: $(O)/satbed  ## build satbed (default)

$(O)/obj/%.o: %.c $(O)/.flags | need-packages
	@mkdir -p $(@D)
	@$(if $(Q),printf '  CC      %s\n' $<)
	$(Q)$(CC) $(sb_cppflags) $(CPPFLAGS) $(sb_cflags) $(CFLAGS) $(extra_cflags) -MMD -MP -c -o $@ $<

$(O)/obj/src/base/version.o: $(O)/.version
$(O)/obj/src/base/version.o: extra_cflags = -DSB_VERSION='"$(VERSION)"'

$(O)/libsatbed.a: $(call obj,$(LIB_SRCS)) $(O)/obj/agent_image.o $(O)/obj/emulator_image.o \
		$(O)/obj/guest_image.o \
		$(O)/obj/guest_config.o $(O)/obj/preload_image.o \
		$(O)/obj/page_assets.o $(O)/.sources
	@$(if $(Q),printf '  AR      %s\n' $@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

# The agent goes into other people's containers: static, and carried inside satbed.
$(O)/satbed-agent: $(call obj,$(AGENT_SRCS)) $(call obj,$(AGENT_BASE_SRCS))
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) $(agent_link) $(sb_cflags) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(agent_libs)

# The emulator goes into a container of a daemon's: the parts of the library it needs, and with those libraries alone.
$(O)/libparts.a: $(call obj,$(LIB_SRCS)) $(O)/.sources
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)
$(O)/satbed-emulator: $(call obj,$(EMULATOR_SRCS)) $(O)/libparts.a
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) -s $(sb_cflags) $(CFLAGS) $(sb_link) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(sb_libs)

$(O)/obj/emulator_image.o: src/engine/emulator_image.S $(O)/satbed-emulator
	@mkdir -p $(@D)
	$(Q)$(CC) -c -DEMULATOR_PROGRAM='"$(O)/satbed-emulator"' -o $@ $<

# Process 1 of a guest on the virtual clock.
$(O)/satbed-guest: $(call obj,$(GUEST_SRCS)) $(O)/obj/agent_image.o $(O)/obj/page_assets.o $(O)/libparts.a
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) -s $(sb_cflags) $(CFLAGS) $(sb_link) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(sb_libs)

# What a sanitizer makes dynamic finds no library in other people's containers, and in a guest no room for its shadow memory:
# both get a plain one.
static_agent := $(if $(SAN),$(O)/plain/satbed-agent)
guest_program := $(O)$(if $(SAN),/plain)/satbed-guest
ifdef SAN
$(static_agent) $(guest_program): FORCE
	$(Q)+$(MAKE) --no-print-directory O=$(O)/plain SAN= $@
.PHONY: FORCE
$(guest_program): | $(static_agent)
endif
$(O)/obj/guest_image.o: src/guest/guest_image.S $(guest_program)
	@mkdir -p $(@D)
	$(Q)$(CC) -c -DGUEST_PROGRAM='"$(guest_program)"' -o $@ $<

$(O)/obj/agent_image.o: src/engine/agent_image.S $(O)/satbed-agent $(static_agent)
	@mkdir -p $(@D)
	$(Q)$(CC) -c -DAGENT_PROGRAM='"$(O)/satbed-agent"' $(if $(SAN),-DSTATIC_AGENT_PROGRAM='"$(static_agent)"') -o $@ $<

$(O)/obj/guest_config.o: src/kernel/guest_config.S src/kernel/guest.config
	@mkdir -p $(@D)
	$(Q)$(CC) -c -DGUEST_CONFIG='"src/kernel/guest.config"' -o $@ $<

# Loaded into User-Mode Linux, which is no program of ours: no sanitizer, and no library but the C library.
$(O)/satbed-preload.so: $(PRELOAD_SRCS) src/guest/preload/preload.h $(O)/.flags
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) -shared -fPIC -fvisibility=hidden $(sb_cppflags) $(CPPFLAGS) -std=gnu11 $(sb_warn) $(if $(WERROR),-Werror) -O2 $(sb_hard) $(sb_ld) $(LDFLAGS) \
		-o $@ $(PRELOAD_SRCS)

$(O)/obj/preload_image.o: src/guest/preload_image.S $(O)/satbed-preload.so
	@mkdir -p $(@D)
	$(Q)$(CC) -c -DPRELOAD_LIBRARY='"$(O)/satbed-preload.so"' -o $@ $<

# A map of the sources would be one more file to look for.
$(O)/page/dygraphs.js: $(DYGRAPHS)/dygraph.min.js $(DYGRAPHS_SYNC) | need-packages
	@mkdir -p $(@D)
	$(Q)for f in $^; do sed '/^\/\/# sourceMappingURL/d' $$f && echo || exit 1; done >$@
$(O)/page/dygraphs.css: $(DYGRAPHS)/dygraph.min.css | need-packages
	@mkdir -p $(@D)
	$(Q)sed 's|/\*# sourceMappingURL.*||' $< >$@
$(O)/obj/page_assets.o: src/report/page/page_assets.S src/report/page/elements.js src/report/page/page.js src/report/page/sweep.js src/report/page/live.js src/report/page/page.css $(O)/page/dygraphs.js \
		$(O)/page/dygraphs.css
	@mkdir -p $(@D)
	$(Q)$(CC) -c -DELEMENTS_JS='"src/report/page/elements.js"' -DPAGE_JS='"src/report/page/page.js"' -DSWEEP_JS='"src/report/page/sweep.js"' -DLIVE_JS='"src/report/page/live.js"' -DPAGE_CSS='"src/report/page/page.css"' \
		-DDYGRAPHS_JS='"$(O)/page/dygraphs.js"' -DDYGRAPHS_CSS='"$(O)/page/dygraphs.css"' -o $@ $<

$(O)/satbed: $(O)/obj/src/cli/main.o $(O)/libsatbed.a
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) $(sb_cflags) $(CFLAGS) $(sb_link) $(LDFLAGS) -o $@ $< $(O)/libsatbed.a $(sb_libs)

testlib := $(call obj,$(TESTLIB_SRCS))
$(O)/tests/%: $(O)/obj/tests/%.o $(testlib) $(O)/libsatbed.a
	@mkdir -p $(@D)
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) $(sb_cflags) $(CFLAGS) $(sb_link) $(LDFLAGS) -o $@ $< $(testlib) $(O)/libsatbed.a $(sb_libs) -lcmocka
$(O)/obj/tests/%.o: extra_cflags = -Itests/lib -Isrc

# Unit tests of the agent's parts, which are not in the library.
$(O)/tests/unit/test_agent_%: $(O)/obj/tests/unit/test_agent_%.o $(call obj,$(filter-out src/agent/main.c,$(AGENT_SRCS))) $(O)/libsatbed.a
	@mkdir -p $(@D)
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) $(sb_cflags) $(CFLAGS) $(sb_link) $(LDFLAGS) -o $@ $^ $(agent_libs) $(sb_libs) -lcmocka

# The agent's parts, without its main(), for the fuzz targets of what it reads.
$(O)/libagent.a: $(call obj,$(filter-out src/agent/main.c,$(AGENT_SRCS)))
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(O)/tests/fuzz/replay_agent_%: $(O)/obj/tests/fuzz/fuzz_agent_%.o $(O)/obj/tests/fuzz/replay.o $(O)/libagent.a $(O)/libsatbed.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(sb_cflags) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(O)/libagent.a $(O)/libsatbed.a $(agent_libs) $(sb_libs)

# A fuzz target replays its saved inputs without clang, as an ordinary test.
$(O)/tests/fuzz/replay_%: $(O)/obj/tests/fuzz/fuzz_%.o $(O)/obj/tests/fuzz/replay.o $(O)/libsatbed.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(sb_cflags) $(CFLAGS) $(sb_link) $(LDFLAGS) -o $@ $(filter %.o,$^) $(O)/libsatbed.a $(sb_libs)

.PRECIOUS: $(O)/obj/%.o

.PHONY: need-packages
need-packages:
	@$(PKG_CONFIG) --exists $(PKGS) $(AGENT_PKGS) 2>/dev/null || { \
		echo "satbed: a library is missing: $(PKGS) $(AGENT_PKGS)" >&2; \
		echo "on Debian or Ubuntu: .ci/packages build; elsewhere install their development packages" >&2; exit 1; }
	@[ -n "$(DYGRAPHS)" ] && [ -n "$(DYGRAPHS_SYNC)" ] || { \
		echo "satbed: dygraphs, which draws the page's charts, is missing (Debian and Ubuntu: libjs-dygraphs);" >&2; \
		echo "elsewhere: make DYGRAPHS=DIR, the directory of dygraph.min.js, beside extras/synchronizer.js" >&2; exit 1; }

.PHONY: run
run:  ## install what is missing, build, and run scenarios/leo-lossy.ini
	@.ci/packages build
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	$(O)/satbed run scenarios/leo-lossy.ini

# Preloaded into satbed by tests/fault: no sanitizer, and nothing of satbed's own.
$(O)/tests/fault/fault.so: tests/fault/fault.c tests/fault/fault.h
	@mkdir -p $(@D)
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) -shared -fPIC -D_GNU_SOURCE -std=gnu11 -pthread -Wall -Wextra $(if $(WERROR),-Werror) -O2 -o $@ $< -ldl -lgcc_s
# The agent is static, so nothing can be preloaded into it: satbed with another one, of the same objects.
$(O)/tests/fault/satbed-agent: $(call obj,$(AGENT_SRCS)) $(call obj,$(AGENT_BASE_SRCS))
	@mkdir -p $(@D)
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) $(sb_ld) -pie $(sb_cflags) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(agent_libs)
$(O)/obj/tests/fault/agent_image.o: src/engine/agent_image.S $(O)/tests/fault/satbed-agent $(O)/satbed-agent
	@mkdir -p $(@D)
	$(Q)$(CC) -c -DAGENT_PROGRAM='"$(O)/tests/fault/satbed-agent"' -DSTATIC_AGENT_PROGRAM='"$(O)/satbed-agent"' -o $@ $<
$(O)/tests/fault/satbed: $(O)/obj/src/cli/main.o $(O)/obj/tests/fault/agent_image.o $(O)/libsatbed.a
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) $(sb_cflags) $(CFLAGS) $(sb_link) $(LDFLAGS) -o $@ $^ $(sb_libs)
$(O)/tests/fault/sites: tests/fault/sites.c tests/fault/fault.h
	@mkdir -p $(@D)
	@$(if $(Q),printf '  LD      %s\n' $@)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra $(if $(WERROR),-Werror) -O2 -o $@ $<

.PHONY: tests
tests: $(O)/satbed $(O)/satbed-preload.so $(FAULT_BINS) $(UNIT_BINS) $(INTEG_BINS) $(E2E_BINS) $(REPLAY_BINS)  ## build all tests

.PHONY: unit-tests
unit-tests: $(UNIT_BINS)

.PHONY: check
check:  ## install what is missing, build, and run all tests
	@.ci/packages check
	@$(MAKE) --no-print-directory -j$(shell nproc) tests
	@O=$(O) tests/run.sh

.PHONY: kernel
kernel:  ## install what is missing, and build the kernel for the virtual clock (once; in the user's data directory)
	@.ci/packages kernel
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	$(O)/satbed kernel build $(KERNEL)

KILLS ?= 100
.PHONY: kill-test
kill-test:  ## kill -9 at KILLS (100) instants on each engine, real daemons; nothing may be left
	@.ci/packages check
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@O=$(O) SATBED_KILLS=$(KILLS) tests/e2e/test_kill_containers.sh

FAULT_SEED ?= 1
.PHONY: sweep-kill-test
sweep-kill-test:  ## sweeps, their runs and guests killed at KILLS seeded instants and taken up again; needs a kernel
	@.ci/packages check
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@O=$(O) tests/fault/sweep_kill.sh $(or $(KILLS),200)

.PHONY: fault-test
fault-test:  ## every allocation, open, write, fork and request to the kernel of a run made to fail, once each; also on FAULT_ENGINES='docker podman'
	@.ci/packages check
	@$(MAKE) --no-print-directory -j$(shell nproc) $(FAULT_BINS)
	@O=$(O) tests/fault/campaign.sh 0 $(FAULT_SEED)
	@for kind in $(FAULT_ENGINES); do O=$(O) tests/fault/containers.sh $$kind 0 $(FAULT_SEED) || exit 1; done

.PHONY: determinism
N ?= 20
determinism:  ## boot five scenarios on both backends and all kernels N (20) times under loads: the same to the byte?
	@.ci/packages check
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@O=$(O) N=$(N) KERNELS='$(KERNELS)' SCENARIOS='$(SCENARIOS)' BACKENDS='$(BACKENDS)' tests/bench/determinism.sh

.PHONY: equivalence
equivalence:  ## the same seeds on the real and the virtual clock, REPEAT (10) times, JOBS (1) at once: the same results? An hour
	@.ci/packages check
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@O=$(O) REPEAT=$(REPEAT) SCENARIOS='$(SCENARIOS)' JOBS=$(JOBS) tests/bench/equivalence.sh

.PHONY: asan
asan:  ## build and run all tests with AddressSanitizer and UBSan
	@.ci/packages check
	@$(MAKE) --no-print-directory -j$(shell nproc) O=$(O)/asan SAN=address,undefined CFLAGS='-O1 -g' tests
	@O=$(O)/asan SAN=address,undefined CFLAGS='-O1 -g' SATBED_GUEST=own tests/run.sh

# Those that start threads.  ThreadSanitizer cannot follow what doctor's test does, threads in a fork of a process that has
# some, nor the sandbox's, and wants addresses where they were before Linux 6.6: setarch -R.
tsan_tests := unit/test_base_core unit/test_live unit/test_flow integration/test_capture integration/test_link_user
.PHONY: tsan tsan-tests
tsan-tests: $(foreach t,$(tsan_tests),$(filter $(O)/tests/$(t)%,$(UNIT_BINS) $(INTEG_BINS)))
tsan:  ## build and run the tests that start threads with ThreadSanitizer
	@.ci/packages check
	@$(MAKE) --no-print-directory -j$(shell nproc) O=$(O)/tsan SAN=thread CFLAGS='-O1 -g' tsan-tests
	@O=$(O)/tsan SAN=thread CFLAGS='-O1 -g' SATBED_GUEST=0 setarch -R tests/run.sh $(tsan_tests)

DATA ?= ../shared/data/starlink-drive-2024
CALIBRATION ?= $(O)/calibrate
.PHONY: calibrate
calibrate:  ## fit a link to two thirds of the tests in DATA, judge it on the others, TCP too (virtual clock); TESTS=8
	@.ci/packages check
	@$(MAKE) --no-print-directory -j$(shell nproc) all $(O)/tests/calibrate/judge_tcp
	@O=$(O) tests/calibrate/calibrate.sh $(DATA) $(CALIBRATION)

.PHONY: bench
bench:  ## measure, with ratios to peers in the same run; JSON in build/bench.json
	@.ci/packages bench
	@$(MAKE) --no-print-directory -j$(shell nproc) all $(BENCH_BINS)
	@O=$(O) tests/bench/run.sh

.PHONY: bench-analyze
bench-analyze:  ## satbed analyze beside pcap_next_ex, tcptrace and tshark on 10 million packets
	@.ci/packages bench
	@$(MAKE) --no-print-directory -j$(shell nproc) all $(O)/tests/bench/capture $(O)/tests/bench/run_captures
	@O=$(O) tests/bench/analyze.sh

.PHONY: bench-virtual
bench-virtual:  ## processor seconds of runs on the virtual clock; needs a kernel (satbed kernel build)
	@.ci/packages bench
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@O=$(O) tests/bench/virtual.sh

.PHONY: bench-sweep
bench-sweep:  ## what a sweep costs over its runs, and showing a million of them; RUNS=100
	@.ci/packages bench
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@O=$(O) tests/bench/sweep.sh

FUZZ_TIME ?= 60
.PHONY: fuzz
fuzz:  ## fuzz every input surface, or those of FUZZ='lines http', for FUZZ_TIME seconds each (clang)
	@O=$(O)/fuzz FUZZ_TIME=$(FUZZ_TIME) PKGS='$(PKGS)' AGENT_PKGS='$(AGENT_PKGS)' tests/fuzz/run.sh $(FUZZ)

.PHONY: golden
golden: $(O)/satbed  ## rewrite the expected plans in tests/golden; review the diff
	@O=$(O) tests/golden/run.sh --rewrite

.PHONY: lint
lint:  ## layers, headers alone, clang-format, cppcheck, shellcheck, man pages
	@tests/lint/run.sh

.PHONY: circles
circles: $(O)/satbed $(O)/satbed-agent  ## list groups of objects that need each other; there must be none
	@O=$(O) tests/lint/circles.sh

.PHONY: strings transcripts deps
strings:  ## list every text that satbed may show, with its place
	@tests/lint/strings.sh
transcripts: $(O)/satbed  ## run every command shown in the documents again and put its output there
	@O=$(O) docs/transcripts.sh
deps:  ## install what building, testing and lint need
	@.ci/packages check
	@.ci/packages lint

.PHONY: format
format:  ## clang-format all sources in place
	git ls-files '*.c' '*.h' | xargs clang-format -i

.PHONY: install uninstall
install: $(O)/satbed  ## install to DESTDIR/PREFIX
	install -D -m 755 $(O)/satbed $(DESTDIR)$(BINDIR)/satbed
	for m in docs/man/*.[15]; do install -D -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/} || exit 1; done
	install -D -m 644 docs/completion/satbed.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/satbed
	install -D -m 644 docs/completion/_satbed $(DESTDIR)$(DATADIR)/zsh/site-functions/_satbed
	install -D -m 644 docs/completion/satbed.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/satbed.fish
	for s in scenarios/*.ini; do install -D -m 644 $$s $(DESTDIR)$(DATADIR)/satbed/$$s || exit 1; done
	for s in scenarios/exec/*; do install -D -m 755 $$s $(DESTDIR)$(DATADIR)/satbed/$$s || exit 1; done
	for s in scenarios/recipes/*.ini; do install -D -m 644 $$s $(DESTDIR)$(DATADIR)/satbed/$$s || exit 1; done
	for s in scenarios/recipes/*.sh; do m=644; head -n 1 $$s | grep -q '^#!' && m=755; install -D -m $$m $$s $(DESTDIR)$(DATADIR)/satbed/$$s || exit 1; done
uninstall:  ## remove what install put there
	rm -f $(DESTDIR)$(BINDIR)/satbed $(DESTDIR)$(DATADIR)/bash-completion/completions/satbed
	rm -f $(DESTDIR)$(DATADIR)/zsh/site-functions/_satbed $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/satbed.fish
	for m in docs/man/*.[15]; do rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done
	rm -rf $(DESTDIR)$(DATADIR)/satbed

.PHONY: image
image: $(O)/satbed  ## a container image with satbed and its kernel, build/image/satbed.tar
	@O=$(O) packaging/image.sh

.PHONY: deb
deb:  ## Debian packages in build/deb, looked at by lintian; with the kernel of the virtual clock, which is built once
	@.ci/packages deb
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@O=$(O) packaging/deb.sh

.PHONY: dist dist-check
dist:  ## the sources as a tarball in build/dist, its version from the tag
	@O=$(O) packaging/dist.sh $(base_version)
dist-check:  ## the same, and build it and run its unit tests where there is no git
	@.ci/packages check
	@O=$(O) CC='$(CC)' packaging/dist.sh $(base_version) --check

.PHONY: release reproducible
release reproducible: export AGENT_PKGS := $(AGENT_PKGS)
release reproducible: export DYGRAPHS := $(DYGRAPHS)
release:  ## sources, packages, what is in them (SPDX) and checksums of the last commit, in build/release
	@.ci/packages deb
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@O=$(O) packaging/release.sh $(base_version)
reproducible:  ## the same made twice, in two directories and environments: the same to the byte? KERNEL=1: with the guest's kernel
	@.ci/packages deb
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@O=$(O) KERNEL=$(KERNEL) packaging/reproducible.sh $(base_version)

.PHONY: clean
clean:  ## remove build/
	rm -rf $(O)

.PHONY: help
help:  ## this list
	@sed -n 's/^\([a-z][a-z -]*\):.*  ## \(.*\)/  \1\t\2/p' Makefile | expand -t 22

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)
